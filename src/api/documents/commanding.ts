/** Commands and events to documents. */
import type { Command } from '../../contracts/documents/commands.ts';
import { workflowIdCandidates } from '../../contracts/ids.ts';
import { commandUpdate, type CommandResult } from '../../workflows/documents/messages.ts';
import { refusedCommand } from '../../workflows/shared/refusals.ts';
import { asProblem, problem, type Problem } from '../errors.ts';
import type { Idempotency } from '../idempotency.ts';
import { summaryOfExecution } from './executions.ts';
import { readableBy } from './filters.ts';
import { Sender } from '../updating.ts';
import { notFound, type DocumentReader, type Request } from './service.ts';

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
  readonly #sender: Sender;

  constructor(reader: DocumentReader) {
    this.#reader = reader;
    const { temporal, locator } = reader;
    const closed = (id: string, request: Request) => this.#closed(id, request);
    this.#sender = new Sender({ temporal, locator, closed });
  }

  /** One update, and what the workflow answers. A refusal is kept for the history. */
  async command(
    id: string,
    command: Command,
    request: Request,
    idempotency?: Idempotency,
  ): Promise<CommandResult> {
    try {
      return await this.#sender.update(id, commandUpdate, command, request, idempotency);
    } catch (reason) {
      await this.#remember(id, command, request, reason);
      throw reason;
    }
  }

  /** One signal: delivered, not judged. */
  async signal(id: string, name: string, payload: unknown, request: Request): Promise<void> {
    const { types } = this.#reader;
    // Where everything may be read there is nothing to hide, and a signal stays one call.
    if (!readableBy(types, request.actor).all) await this.#reader.status(id, request);
    await this.#sender.signal(id, name, payload, request);
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
