/** Telling orders that wait for stock that there is some. */
import { WorkflowNotFoundError } from '@temporalio/client';
import { SYSTEM } from '../contracts/caller.ts';
import { RESTOCKED } from '../contracts/orders/commands.ts';
import type { Database } from '../store/database.ts';
import { restockable } from '../store/orders/back-orders.ts';
import type { Temporal } from './client.ts';

/**
 * Tells up to a hundred orders of which all that they wait for is there, those first that wait longest. Each tries again
 * then; there may be less by then. What is lost of it, the reconciler tells again.
 */
export async function wakeBackOrders({
  database,
  temporal,
}: {
  readonly database: Database;
  readonly temporal: Temporal;
}): Promise<void> {
  for (const workflowId of await restockable(database)) {
    await temporal
      .call({ caller: SYSTEM }, ({ workflow }) => workflow.getHandle(workflowId).signal(RESTOCKED))
      .catch((error: unknown) => {
        if (!(error instanceof WorkflowNotFoundError)) throw error;
      });
  }
}
