/** Commands and events to waits. */
import { OPERATOR_ROLE } from '../../contracts/caller.ts';
import { waitAddress, type WaitKey } from '../../contracts/ids.ts';
import type { WaitCommand } from '../../contracts/waits/commands.ts';
import { hasRole } from '../../workflows/shared/people.ts';
import { waitUpdate, type WaitResult } from '../../workflows/waits/messages.ts';
import type { Request } from '../documents/service.ts';
import type { Idempotency } from '../idempotency.ts';
import { Sender } from '../updating.ts';
import type { WaitReader } from './service.ts';

export class WaitCommander {
  readonly #reader: WaitReader;
  readonly #sender: Sender;

  constructor(reader: WaitReader) {
    this.#reader = reader;
    this.#sender = new Sender(reader);
  }

  /** One update, and what the workflow answers. */
  async command(
    wait: WaitKey,
    command: WaitCommand,
    request: Request,
    idempotency?: Idempotency,
  ): Promise<WaitResult> {
    return this.#sender.update(waitAddress(wait), waitUpdate, command, request, idempotency);
  }

  /** One signal: delivered, not judged. */
  async signal(wait: WaitKey, name: string, payload: unknown, request: Request): Promise<void> {
    // From those who may read everything there is nothing to hide, and a signal stays one call.
    if (!hasRole(request.actor, OPERATOR_ROLE)) await this.#reader.read(wait, request);
    await this.#sender.signal(waitAddress(wait), name, payload, request);
  }
}
