/** How documents come into being over HTTP. */
import {
  WorkflowExecutionAlreadyStartedError,
  type WorkflowExecutionDescription,
} from '@temporalio/client';
import type { CreateRequest } from '../../contracts/documents/types.ts';
import { ok, type Result } from '../../contracts/failures.ts';
import { workflowIdOf } from '../../contracts/ids.ts';
import { admission } from '../../workflows/documents/admission.ts';
import type { ResolvedStart } from '../../workflows/documents/begin.ts';
import { headlineOf, setAttributesOf } from '../../workflows/documents/console.ts';
import { decideCreate } from '../../workflows/documents/create.ts';
import { hasSensitive } from '../../workflows/documents/sensitive.ts';
import { replay } from '../../workflows/documents/birth.ts';
import type { DocumentState } from '../../workflows/documents/state.ts';
import { callAtStart, isRepeated, newId } from '../created-before.ts';
import { Problem, problem } from '../errors.ts';
import type { Idempotency } from '../idempotency.ts';
import { inputMemo } from './executions.ts';
import { orThrow, type DocumentReader, type Request } from './service.ts';
import { memoOf, summaryFromMemo } from '../../workflows/documents/memo.ts';

/** The workflow to start for a new document; the originals' own workflow types take inputs of their own. */
export interface StartAs {
  readonly workflowType: string;
  readonly input: unknown;
}

export interface Created {
  readonly state: DocumentState;
  /** True when the same request, by its Idempotency-Key, had created it before. */
  readonly replayed: boolean;
}

export class DocumentCreator {
  readonly #reader: DocumentReader;

  constructor(reader: DocumentReader) {
    this.#reader = reader;
  }

  /**
   * Decides here, starts, and answers the document as it is then: needs no worker (except to read what `from` and
   * `parent` name), and the workflow comes to the same document. Problems: those of `decideCreate` and `admission`,
   * `unknown-type`, `already-exists`, `idempotency-key-reused`.
   */
  async create(
    request: CreateRequest,
    caller: Request,
    { as, idempotency }: { as?: StartAs; idempotency?: Idempotency } = {},
  ): Promise<Created> {
    const id = request.id ?? newId(idempotency);
    // An id made of a key is used once, too, also when Temporal has forgotten what it was used for.
    if (request.id !== undefined || (idempotency && (await this.#reader.archive.find(id)))) {
      const before = await this.#before(id, request, caller, idempotency);
      if (before) return before;
    }
    const at = new Date().toISOString();
    try {
      const { state, resolved } = await this.#decide(id, at, request, caller);
      await this.#start(id, state, { ...resolved, at }, request, caller, as, idempotency);
      return { state, replayed: false };
    } catch (error) {
      // What the request names may have changed since the same one was carried out: then it is refused now.
      const exists = error instanceof WorkflowExecutionAlreadyStartedError;
      if (!exists && !(idempotency && error instanceof Problem)) throw error;
      const before = await this.#before(id, request, caller, idempotency);
      if (before) return before;
      throw error;
    }
  }

  async #decide(
    id: string,
    at: string,
    request: CreateRequest,
    { actor, context, signal }: Request,
  ) {
    const definition = orThrow(this.#reader.types.find(request.type));
    const read = async (other: string): Promise<Result<DocumentState | undefined>> => {
      const found = await this.#reader.find(other, signal);
      return ok(found && 'state' in found ? found.state : undefined);
    };
    const resolved = orThrow(await admission(definition, request, actor, read));
    const call = { actor, at, via: context.via };
    const events = orThrow(decideCreate(definition, request, call, resolved.reused));
    return { state: replay(id, definition, events), resolved };
  }

  async #start(
    id: string,
    state: DocumentState,
    resolved: ResolvedStart,
    request: CreateRequest,
    { context, signal }: Request,
    as: StartAs | undefined,
    idempotency: Idempotency | undefined,
  ): Promise<void> {
    const { temporal } = this.#reader;
    const { definition } = resolved;
    const input = as ? as.input : request;
    // The memo is never encrypted away from those who may list.
    const schemas = [
      definition.metadata,
      ...Object.values(definition.sections).map((s) => s.schema),
    ];
    const shown = schemas.some(hasSensitive) ? {} : inputMemo(input);
    await temporal.call({ caller: { ...context, resolved }, signal }, (client) =>
      client.workflow.start(as?.workflowType ?? 'document', {
        workflowId: workflowIdOf('document', id),
        taskQueue: temporal.taskQueue,
        workflowIdReusePolicy: 'REJECT_DUPLICATE',
        args: [input],
        memo: { ...memoOf(state), ...shown, ...(idempotency ? { idempotency } : {}) },
        typedSearchAttributes: setAttributesOf(state),
        staticSummary: headlineOf(state),
        ...(definition.description === undefined ? {} : { staticDetails: definition.description }),
      }),
    );
  }

  /**
   * Ids are used once for ever, and one id never names both `document:{id}` and a workflow started as `{id}`. One that
   * the same request has created is answered again, as it was then.
   */
  async #before(
    id: string,
    request: CreateRequest,
    caller: Request,
    idempotency: Idempotency | undefined,
  ): Promise<Created | undefined> {
    const { locator, archive } = this.#reader;
    const execution = await locator.find(id, caller.signal);
    const archived = await archive.find(id);
    // One that was deleted is not brought back by what Temporal still remembers of it.
    const deleted = archived?.deletedAt !== undefined;
    if (execution && !deleted && isRepeated(execution.memo, idempotency))
      return { state: await this.#asItWas(id, request, caller, execution), replayed: true };
    if (!execution && !archived) return undefined;
    throw problem('already-exists', `The id ${id} is or was in use.`);
  }

  /** The document as the first answer told it: decided again on what was looked up for its start. */
  async #asItWas(
    id: string,
    request: CreateRequest,
    caller: Request,
    execution: WorkflowExecutionDescription,
  ): Promise<DocumentState> {
    const context = await callAtStart(this.#reader.temporal, execution, caller.signal);
    if (!context) {
      const at = summaryFromMemo(execution.memo)?.createdAt ?? new Date().toISOString();
      return (await this.#decide(id, at, request, caller)).state;
    }
    const { user, roles, via, resolved } = context;
    const { definition, at, reused } = resolved as ResolvedStart;
    const call = { actor: { id: user, roles, operator: false }, at, via };
    return replay(id, definition, orThrow(decideCreate(definition, request, call, reused)));
  }
}
