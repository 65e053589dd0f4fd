/** What can be asked of documents: each one client call to Temporal, or the archive once the document is closed. */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { QueryRejectedError } from '@temporalio/client';
import type { Actor, CallContext } from '../../contracts/caller.ts';
import type { Command, CreateRequest, HistoryEntry } from '../../contracts/documents/types.ts';
import type { Result } from '../../contracts/failures.ts';
import { workflowIdOf } from '../../contracts/ids.ts';
import type { DocumentTypes } from '../../document-types.ts';
import type { Database } from '../../store/database.ts';
import { DEADLINES, type Temporal } from '../../temporal/client.ts';
import type { ResolvedStart } from '../../workflows/documents/begin.ts';
import { decideCreate } from '../../workflows/documents/create.ts';
import { historyOf } from '../../workflows/documents/history.ts';
import {
  commandUpdate,
  documentQuery,
  historyQuery,
  type CommandResult,
} from '../../workflows/documents/messages.ts';
import { refusedCommand } from '../../workflows/documents/refusals.ts';
import { replay, type DocumentState } from '../../workflows/documents/state.ts';
import {
  headlineOf,
  memoOf,
  searchAttributesOf,
  summaryOf,
  type DocumentSummary,
} from '../../workflows/documents/view.ts';
import { asProblem, lostItsTask, Problem, problem } from '../errors.ts';
import { DocumentArchive } from './archive.ts';
import { inputMemo, summaryOfExecution } from './executions.ts';
import { DocumentLocator, isGone, isStuck } from './locator.ts';
import { Turns } from './turns.ts';

export interface DocumentDeps {
  readonly temporal: Temporal;
  readonly database: Database;
  readonly documentTypes: DocumentTypes;
  readonly warn: (fields: object, message: string) => void;
}

/** For whom, and until when. */
export interface Request {
  readonly actor: Actor;
  readonly context: CallContext;
  readonly signal: AbortSignal;
}

/** The workflow to start for a new document; the originals' own workflow types take inputs of their own. */
export interface StartAs {
  readonly workflowType: string;
  readonly input: unknown;
}

/** A document that can still be read in full, or what is left of one that failed or was terminated. */
export type Found = { readonly state: DocumentState } | { readonly summary: DocumentSummary };

/** Failures of a command that tell about the command; the others tell about the service and are no history. */
const JUDGED = new Set([
  'forbidden',
  'unknown-section',
  'wrong-state',
  'version-mismatch',
  'too-large',
  'invalid-data',
]);

export class DocumentService {
  readonly #temporal: Temporal;
  readonly #types: DocumentTypes;
  readonly #archive: DocumentArchive;
  readonly #locator: DocumentLocator;
  readonly #turns = new Turns();

  constructor({ temporal, database, documentTypes, warn }: DocumentDeps) {
    this.#temporal = temporal;
    this.#types = documentTypes;
    this.#archive = new DocumentArchive(database, warn);
    this.#locator = new DocumentLocator(temporal);
  }

  /**
   * Decides here, starts, and answers the document as it is then: needs no worker, and the workflow comes to the same
   * document. Problems: those of `decideCreate`, `unknown-type`, `already-exists`.
   */
  async create(
    request: CreateRequest,
    { actor, context, signal }: Request,
    as?: StartAs,
  ): Promise<DocumentState> {
    const definition = orThrow(this.#types.find(request.type));
    const resolved: ResolvedStart = { definition, at: new Date().toISOString() };
    const events = orThrow(
      decideCreate(definition, request, { actor, at: resolved.at, via: context.via }),
    );
    const id = request.id ?? randomUUID().replaceAll('-', '');
    if (request.id !== undefined) await this.#checkUnused(id, signal);
    const state = replay(id, definition, events);
    const input = as ? as.input : request;
    await this.#temporal.call({ caller: { ...context, resolved }, signal }, (client) =>
      client.workflow.start(as?.workflowType ?? 'document', {
        workflowId: workflowIdOf('document', id),
        taskQueue: this.#temporal.taskQueue,
        workflowIdReusePolicy: 'REJECT_DUPLICATE',
        args: [input],
        memo: { ...memoOf(state), ...inputMemo(input) },
        typedSearchAttributes: searchAttributesOf(state),
        staticSummary: headlineOf(state),
        ...(definition.description === undefined ? {} : { staticDetails: definition.description }),
      }),
    );
    return state;
  }

  async read(id: string, { signal }: Request): Promise<Found> {
    const archived = await this.#archive.find(id);
    if (archived) return archived;
    try {
      const state = await this.#locator.locate(id, signal, (workflowId) =>
        this.#temporal.call({ signal }, (client) =>
          client.workflow.getHandle(workflowId).query(documentQuery),
        ),
      );
      if (state) return { state };
    } catch (error) {
      if (!(error instanceof QueryRejectedError))
        throw await this.#locator.explain(id, error, signal);
      // Closed between the two reads, or closed without having been archived.
      const late = await this.#archive.find(id);
      if (late) return late;
    }
    return { summary: summaryOfExecution(await this.#locator.describe(id, signal)) };
  }

  /** Where it stands: one describe. `stuck`: its workflow task has failed again and again, which only a defect does. */
  async status(
    id: string,
    { signal }: Request,
  ): Promise<{ summary: DocumentSummary; stuck: boolean }> {
    try {
      const description = await this.#locator.describe(id, signal);
      return { summary: summaryOfExecution(description), stuck: isStuck(description) };
    } catch (error) {
      const archived = error instanceof Problem ? await this.#archive.find(id) : undefined;
      if (!archived) throw error;
      return { summary: summaryOf(archived.state), stuck: false };
    }
  }

  /** One update, and what the workflow answers. A refusal is kept for the history. */
  async command(id: string, command: Command, request: Request): Promise<CommandResult> {
    try {
      return await this.#turns.take(id, () =>
        this.#locator.locate(id, request.signal, (workflowId) =>
          this.#update(workflowId, command, request),
        ),
      );
    } catch (error) {
      const reason = isGone(error)
        ? await this.#closed(id, request)
        : await this.#locator.explain(id, error, request.signal);
      await this.#remember(id, command, request, reason);
      throw reason;
    }
  }

  #update(workflowId: string, command: Command, request: Request): Promise<CommandResult> {
    const { context: caller, signal } = request;
    const options = { caller, signal, deadlineMs: DEADLINES.update };
    return this.#temporal.call(options, ({ workflow }) =>
      persistently(() =>
        workflow.getHandle(workflowId).executeUpdate(commandUpdate, { args: [command] }),
      ),
    );
  }

  /** One signal: delivered, not judged. */
  async signal(id: string, name: string, payload: unknown, request: Request): Promise<void> {
    try {
      await this.#locator.locate(id, request.signal, (workflowId) =>
        this.#temporal.call({ caller: request.context }, (client) =>
          client.workflow.getHandle(workflowId).signal(name, payload),
        ),
      );
    } catch (error) {
      throw isGone(error) ? await this.#closed(id, request) : error;
    }
  }

  /** Everything that was done or refused, oldest first, and how many signals were refused in all. */
  async history(
    id: string,
    { signal }: Request,
  ): Promise<{ entries: HistoryEntry[]; refusedCount: number }> {
    const archived = await this.#archive.find(id);
    const tail = archived ? { events: [], ...archived } : await this.#openTail(id, signal);
    const { events, refused } = await this.#archive.history(id);
    // The tail may have been written between the two reads.
    const written = new Set(events.map(({ sequence }) => sequence));
    const all = [...events, ...tail.events.filter(({ sequence }) => !written.has(sequence))];
    return {
      entries: historyOf(all, [...tail.refused, ...refused]),
      refusedCount: tail.refusedCount,
    };
  }

  async #openTail(id: string, signal: AbortSignal) {
    try {
      return await this.#locator.locate(id, signal, (workflowId) =>
        this.#temporal.call({ signal }, (client) =>
          client.workflow.getHandle(workflowId).query(historyQuery),
        ),
      );
    } catch (error) {
      if (!(error instanceof QueryRejectedError))
        throw await this.#locator.explain(id, error, signal);
      // Failed or terminated: nobody is left to ask, the database has what was written before.
      const { refused = [], refusedCount = 0 } = (await this.#archive.find(id)) ?? {};
      return { events: [], refused, refusedCount };
    }
  }

  /** Ids are used once for ever, and one id never names both `document:{id}` and a workflow started as `{id}`. */
  async #checkUnused(id: string, signal: AbortSignal): Promise<void> {
    const taken = (await this.#archive.find(id)) ?? (await this.#locator.find(id, signal));
    if (taken) throw problem('already-exists', `The id ${id} is or was in use.`);
  }

  /** Why a command to a document that is closed, or never was, is refused. */
  async #closed(id: string, { signal }: Request): Promise<Problem> {
    const archived = await this.#archive.find(id);
    const { state, version } =
      archived?.state ?? summaryOfExecution(await this.#locator.describe(id, signal));
    const detail = `The document is ${state}; nothing in it can change any more.`;
    return problem('wrong-state', detail, { state, allowed: [], version });
  }

  async #remember(
    id: string,
    command: Command,
    { actor, context }: Request,
    reason: unknown,
  ): Promise<void> {
    const { refusal } = asProblem(reason);
    if (!JUDGED.has(refusal.code)) return;
    const name = command.kind === 'fill' ? `fill ${command.section}` : command.kind;
    const call = { actor, at: new Date().toISOString(), via: context.via };
    await this.#archive.remember(id, refusedCommand(name, refusal.version ?? 0, call, refusal));
  }
}

/**
 * Tries an update again when the workflow task that carried it failed, as one does that would continue as new or end
 * while more messages come in: Temporal then drops the updates that came with it.
 */
async function persistently<T>(update: () => Promise<T>): Promise<T> {
  const until = Date.now() + DEADLINES.update - 1_000;
  for (let wait = 50; ; wait = Math.min(2 * wait, 500)) {
    try {
      return await update();
    } catch (error) {
      if (Date.now() + wait > until || !lostItsTask(error)) throw error;
      await delay(wait);
    }
  }
}

/** The value, or the refusal as a {@link Problem}. */
export function orThrow<T>(result: Result<T>): T {
  if (result.ok) return result.value;
  throw new Problem(result.refusal);
}
