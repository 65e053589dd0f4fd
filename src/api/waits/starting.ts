/** How waits come into being over HTTP. */
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import { waitAddress, workflowIdOf, type WaitKey } from '../../contracts/ids.ts';
import { LIMITS } from '../../contracts/limits.ts';
import type { IfExists } from '../../contracts/waits/schemas.ts';
import { isOpenWait } from '../../contracts/waits/types.ts';
import { listArchived } from '../../store/archive-lists.ts';
import { askedTag, startTag } from '../../workflows/waits/archive-record.ts';
import { setWaitAttributes, waitHeadline } from '../../workflows/waits/console.ts';
import { mayReadWait } from '../../workflows/waits/rights.ts';
import { parseWaitRequest, startedWait } from '../../workflows/waits/request.ts';
import type { WaitRecord } from '../../workflows/waits/state.ts';
import { waitMemo } from '../../workflows/waits/view.ts';
import type { ResolvedWait } from '../../workflows/waits/workflow.ts';
import { isRepeated } from '../created-before.ts';
import { orThrow, type Request } from '../documents/service.ts';
import { answered, problem } from '../errors.ts';
import type { Idempotency } from '../idempotency.ts';
import type { Endings } from './endings.ts';
import { isClosed, summaryOf, type FoundWait, type WaitReader } from './service.ts';

/** Milliseconds that one which has ended has to make room. */
const ENDING = 5_000;

/** What is to be started, and how. */
export interface WaitStart {
  readonly wait: WaitKey;
  /** A `WaitRequest`, to be checked. */
  readonly request: unknown;
  /** Default `fail`. */
  readonly ifExists?: IfExists | undefined;
  readonly idempotency?: Idempotency | undefined;
  /** The workflow type and its input, where they are not `wait` and the request. */
  readonly as?: { readonly workflowType: string; readonly input: unknown };
}

/** The new wait, or the one that was there. */
export type StartedWait = { readonly record: WaitRecord } | { readonly existing: FoundWait };

export class WaitStarter {
  readonly #reader: WaitReader;
  readonly #endings: Endings;

  constructor(reader: WaitReader, endings: Endings) {
    this.#reader = reader;
    this.#endings = endings;
  }

  /**
   * Checks here, starts, and answers the wait as it is then: one call, which needs no worker, and the workflow comes to the
   * same. Temporal itself sees to it that of one key there is one at a time; one that has ended makes room for the next.
   * Problems: those of `parseWaitRequest`, `already-exists`, `idempotency-key-reused`, `busy`.
   */
  async start(start: WaitStart, caller: Request): Promise<StartedWait> {
    const { wait, request, idempotency } = start;
    const workflowId = workflowIdOf('wait', waitAddress(wait));
    if (Buffer.byteLength(workflowId) > LIMITS.waitWorkflowId)
      throw problem('invalid-request', 'Name and key together are too long, as they are escaped.');
    const { actor, context } = caller;
    const at = new Date().toISOString();
    const checked = orThrow(parseWaitRequest(request, wait, at));
    const before = idempotency && (await this.#startedBefore(wait, idempotency, caller));
    if (before) return before;
    const record = startedWait(wait, checked, { actor, at, via: context.via });
    for (const until = Date.now() + ENDING; ;) {
      try {
        await this.#start(workflowId, record, start, caller);
        return { record };
      } catch (error) {
        if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      }
      const existing = await this.#existing(start, caller, until - Date.now());
      if (existing) return existing;
    }
  }

  async #start(
    workflowId: string,
    record: WaitRecord,
    { request, idempotency, as = { workflowType: 'wait', input: request } }: WaitStart,
    { context, signal }: Request,
  ): Promise<void> {
    const { temporal } = this.#reader;
    const resolved: ResolvedWait = { at: record.createdAt };
    await temporal.call({ caller: { ...context, resolved }, signal }, (client) =>
      client.workflow.start(as.workflowType, {
        workflowId,
        taskQueue: temporal.taskQueue,
        workflowIdReusePolicy: 'ALLOW_DUPLICATE',
        workflowIdConflictPolicy: 'FAIL',
        args: [as.input],
        memo: { ...waitMemo(record), ...(idempotency ? { idempotency } : {}) },
        typedSearchAttributes: setWaitAttributes(record),
        staticSummary: waitHeadline(record),
      }),
    );
  }

  /**
   * The one that goes on, for those who want it and may read it, or whose own request has started it. Undefined when it has
   * ended meanwhile: one that is on its way to the archive makes room, too.
   */
  async #existing(
    { wait, ifExists, idempotency }: WaitStart,
    { actor, signal }: Request,
    ms: number,
  ): Promise<StartedWait | undefined> {
    const located = await this.#reader.find(wait, signal);
    const { description, found } = located ?? {};
    if (!found || !description) return undefined;
    const summary = summaryOf(found);
    const isMine = isRepeated(description.memo, idempotency);
    if (isMine) return { existing: found };
    if (isClosed(description)) return undefined;
    if (!isOpenWait(summary.state)) {
      const { workflowId, runId } = description;
      // Not the request's signal: on Node 20 it is aborted as soon as the body was read.
      const late = AbortSignal.timeout(Math.max(0, ms));
      if (await this.#endings.within({ workflowId, runId }, ms, late)) return undefined;
      throw problem('busy', 'The one before it is still being archived. Try again in a second.');
    }
    if (ifExists === 'existing' && mayReadWait(summary, actor)) return { existing: found };
    throw problem('already-exists', `There is a wait ${wait.name}/${wait.key} already.`);
  }

  /** What the same request, by its Idempotency-Key, has started, wherever it is by now. */
  async #startedBefore(
    wait: WaitKey,
    idempotency: Idempotency,
    { signal }: Request,
  ): Promise<StartedWait | undefined> {
    const latest = await this.#reader.find(wait, signal);
    if (latest && isRepeated(latest.description?.memo, idempotency))
      return { existing: latest.found };
    const filter = { kind: 'wait', fields: [startTag(idempotency)] } as const;
    const { rows } = await answered(listArchived(this.#reader.database, filter, { limit: 1 }));
    const [row] = rows;
    if (!row) return undefined;
    if (!row.fields.includes(askedTag(idempotency)))
      throw problem('idempotency-key-reused', 'This key came with another request before.');
    const existing = await this.#reader.archived(row.summary.id);
    return existing && { existing };
  }
}
