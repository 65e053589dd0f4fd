/** Orders that have arrived and are to come back: started here, and moved on by a workflow of its own. */
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import type { Call } from '../../contracts/caller.ts';
import { returnWorkflowId } from '../../contracts/ids.ts';
import type { OrderCommand } from '../../contracts/orders/commands.ts';
import { DEADLINES } from '../../temporal/client.ts';
import { decideOrder } from '../../workflows/orders/decide.ts';
import { orderUpdate } from '../../workflows/orders/messages.ts';
import { orThrow, type Request } from '../documents/service.ts';
import type { OrderReader } from './service.ts';

export class OrderReturns {
  readonly #reader: OrderReader;

  constructor(reader: OrderReader) {
    this.#reader = reader;
  }

  /**
   * Asks for the return of a finished order, which needs no worker, or moves one on that is under way. The same return
   * asked for again is one. False when the order is not finished, and then nothing was done.
   * @throws Problem those of `decideOrder`
   */
  async carryOut(id: string, command: OrderCommand, request: Request): Promise<boolean> {
    const found = await this.#reader.archived(id);
    if (!found || !('order' in found)) return false;
    const { actor, context } = request;
    const call: Call = { actor, at: new Date().toISOString(), via: context.via };
    orThrow(decideOrder(found.order, command, call));
    if (command.kind === 'return') await this.#start(id, command.reason, request);
    else await this.#update(id, command, request);
    return true;
  }

  async #start(id: string, reason: string, { context, signal }: Request): Promise<void> {
    const { temporal } = this.#reader;
    try {
      await temporal.call({ caller: context, signal }, ({ workflow }) =>
        workflow.start('returnOrder', {
          workflowId: returnWorkflowId(id),
          taskQueue: temporal.taskQueue,
          args: [{ reason }],
          staticSummary: `Return of order ${id.slice(0, 100)}`,
        }),
      );
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    }
  }

  async #update(id: string, command: OrderCommand, { context, signal }: Request): Promise<void> {
    const { temporal } = this.#reader;
    const options = { caller: context, signal, deadlineMs: DEADLINES.update };
    await temporal.call(options, ({ workflow }) =>
      workflow.getHandle(returnWorkflowId(id)).executeUpdate(orderUpdate, { args: [command] }),
    );
  }
}
