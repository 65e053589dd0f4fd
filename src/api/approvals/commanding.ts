/** Commands and events to approvals: updates, because the caller deserves an answer, and signals, which are delivered. */
import type { RecordCommand } from '../../contracts/approvals/record-commands.ts';
import { OPERATOR_ROLE } from '../../contracts/caller.ts';
import { approvalUpdate, type RecordResult } from '../../workflows/approvals/messages.ts';
import { hasRole } from '../../workflows/shared/people.ts';
import type { Request } from '../documents/service.ts';
import { Turns } from '../documents/turns.ts';
import type { Idempotency } from '../idempotency.ts';
import { isGone } from '../locator.ts';
import { outcomeOf, sendUpdate } from '../updating.ts';
import type { ApprovalReader } from './service.ts';

export class ApprovalCommander {
  readonly #reader: ApprovalReader;
  readonly #turns = new Turns();

  constructor(reader: ApprovalReader) {
    this.#reader = reader;
  }

  /** One update, and what the workflow answers. */
  async command(
    id: string,
    command: RecordCommand,
    request: Request,
    idempotency?: Idempotency,
  ): Promise<RecordResult> {
    const { temporal, locator } = this.#reader;
    const context = { ...request.context, ...(idempotency ? { idempotency } : {}) };
    const caller = { ...request, context };
    try {
      return await this.#turns.take(id, () =>
        locator.locate(id, request.signal, (workflowId) =>
          sendUpdate(temporal, workflowId, approvalUpdate, command, caller),
        ),
      );
    } catch (error) {
      if (!isGone(error)) throw await locator.explain(id, error, request.signal);
      const before = await outcomeOf<RecordResult>(this.#reader, id, caller);
      if (before) return before;
      throw await this.#reader.closed(id, request);
    }
  }

  /** One signal: delivered, not judged. */
  async signal(id: string, name: string, payload: unknown, request: Request): Promise<void> {
    const { temporal, locator } = this.#reader;
    // From those who may read everything there is nothing to hide, and a signal stays one call.
    if (!hasRole(request.actor, OPERATOR_ROLE)) await this.#reader.status(id, request);
    try {
      await locator.locate(id, request.signal, (workflowId) =>
        temporal.call({ caller: request.context }, (client) =>
          client.workflow.getHandle(workflowId).signal(name, payload),
        ),
      );
    } catch (error) {
      throw isGone(error) ? await this.#reader.closed(id, request) : error;
    }
  }
}
