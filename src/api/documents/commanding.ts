/** Commands and events to documents: updates, because the caller deserves an answer, and signals, which are delivered. */
import type { Command } from '../../contracts/documents/commands.ts';
import { workflowIdCandidates } from '../../contracts/ids.ts';
import { commandUpdate, type CommandResult } from '../../workflows/documents/messages.ts';
import { refusedCommand } from '../../workflows/shared/refusals.ts';
import { asProblem, problem, type Problem } from '../errors.ts';
import type { Idempotency } from '../idempotency.ts';
import { summaryOfExecution } from './executions.ts';
import { readableBy } from './filters.ts';
import { isGone } from '../locator.ts';
import { outcomeOf, sendUpdate } from '../updating.ts';
import { notFound, type DocumentReader, type Request } from './service.ts';
import { Turns } from './turns.ts';

/** Failures of a command that tell about the command; the others tell about the service and are no history. */
const JUDGED = new Set([
  'forbidden',
  'unknown-section',
  'wrong-state',
  'not-linkable',
  'version-mismatch',
  'precondition-required',
  'too-large',
  'invalid-data',
]);

export class DocumentCommander {
  readonly #reader: DocumentReader;
  readonly #turns = new Turns();

  constructor(reader: DocumentReader) {
    this.#reader = reader;
  }

  /** One update, and what the workflow answers. A refusal is kept for the history. */
  async command(
    id: string,
    command: Command,
    request: Request,
    idempotency?: Idempotency,
  ): Promise<CommandResult> {
    const context = { ...request.context, ...(idempotency ? { idempotency } : {}) };
    const caller = { ...request, context };
    try {
      return await this.#turns.take(id, () =>
        this.#reader.locator.locate(id, request.signal, (workflowId) =>
          sendUpdate(this.#reader.temporal, workflowId, commandUpdate, command, caller),
        ),
      );
    } catch (error) {
      const before = isGone(error) && (await outcomeOf<CommandResult>(this.#reader, id, caller));
      if (before) return before;
      const reason = isGone(error)
        ? await this.#closed(id, request)
        : await this.#reader.locator.explain(id, error, request.signal);
      await this.#remember(id, command, request, reason);
      throw reason;
    }
  }

  /** One signal: delivered, not judged. */
  async signal(id: string, name: string, payload: unknown, request: Request): Promise<void> {
    const { temporal, types, locator } = this.#reader;
    // Where everything may be read there is nothing to hide, and a signal stays one call.
    if (!readableBy(types, request.actor).all) await this.#reader.status(id, request);
    try {
      await locator.locate(id, request.signal, (workflowId) =>
        temporal.call({ caller: request.context }, (client) =>
          client.workflow.getHandle(workflowId).signal(name, payload),
        ),
      );
    } catch (error) {
      throw isGone(error) ? await this.#closed(id, request) : error;
    }
  }

  /** Empties a closed document. @throws Problem `wrong-state` for an open one, `not-found` */
  async delete(id: string, request: Request): Promise<void> {
    const found = await this.#reader.archived(id);
    if (found && this.#reader.readable(found, request.actor)) {
      await this.#reader.archive.delete(id);
      await this.#forget(id);
      return;
    }
    const { state } = (await this.#reader.status(id, request)).summary;
    const detail = 'Only what is in the archive can be deleted; cancel the document first.';
    throw problem('wrong-state', detail, { state });
  }

  /** Temporal’s own copy of a closed document; without it the content would be there until RETENTION is over. */
  async #forget(id: string): Promise<void> {
    const { temporal } = this.#reader;
    const { namespace } = temporal;
    for (const workflowId of workflowIdCandidates('document', id)) {
      const workflowExecution = { workflowId };
      await temporal
        .call({}, ({ workflowService }) =>
          workflowService.deleteWorkflowExecution({ namespace, workflowExecution }),
        )
        // Temporal has forgotten it already, or will.
        .catch(() => undefined);
    }
  }

  /** Why a command to a document that is closed, or never was, is refused. */
  async #closed(id: string, { actor, signal }: Request): Promise<Problem> {
    const found = await this.#reader.archived(id);
    const execution = found ? undefined : await this.#reader.locator.find(id, signal);
    const known = found ?? (execution && { summary: summaryOfExecution(execution) });
    if (!known || !this.#reader.readable(known, actor)) return notFound(id);
    const { state, version } = 'state' in known ? known.state : known.summary;
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
    const section = 'section' in command ? command.section : undefined;
    const name = section === undefined ? command.kind : `${command.kind} ${section}`;
    const call = { actor, at: new Date().toISOString(), via: context.via };
    const kept = refusedCommand(name, refusal.version ?? 0, call, refusal);
    await this.#reader.archive.remember(id, kept);
  }
}
