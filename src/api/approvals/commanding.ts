/** Commands and events to approvals. */
import type { RecordCommand } from '../../contracts/approvals/record-commands.ts';
import { OPERATOR_ROLE } from '../../contracts/caller.ts';
import { approvalUpdate, type RecordResult } from '../../workflows/approvals/messages.ts';
import { hasRole } from '../../workflows/shared/people.ts';
import type { Request } from '../documents/service.ts';
import type { Idempotency } from '../idempotency.ts';
import { Sender } from '../updating.ts';
import type { ApprovalReader } from './service.ts';

export class ApprovalCommander {
  readonly #reader: ApprovalReader;
  readonly #sender: Sender;

  constructor(reader: ApprovalReader) {
    this.#reader = reader;
    this.#sender = new Sender(reader);
  }

  /** One update, and what the workflow answers. */
  async command(
    id: string,
    command: RecordCommand,
    request: Request,
    idempotency?: Idempotency,
  ): Promise<RecordResult> {
    return this.#sender.update(id, approvalUpdate, command, request, idempotency);
  }

  /** One signal: delivered, not judged. */
  async signal(id: string, name: string, payload: unknown, request: Request): Promise<void> {
    // From those who may read everything there is nothing to hide, and a signal stays one call.
    if (!hasRole(request.actor, OPERATOR_ROLE)) await this.#reader.status(id, request);
    await this.#sender.signal(id, name, payload, request);
  }
}
