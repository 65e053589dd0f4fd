/** Orders that Temporal has ended without their own doing. */
import type { Call } from '../../contracts/caller.ts';
import { archive, WITHOUT_STATE } from '../../store/archive.ts';
import type { Database } from '../../store/database.ts';
import { findShipment } from '../../store/orders/shipments.ts';
import { release } from '../../store/orders/stock.ts';
import type { Listed } from '../../temporal/visibility.ts';
import { archivedSummary, orderRow } from '../../workflows/orders/archive-record.ts';
import { hearOrder } from '../../workflows/orders/decide.ts';
import type { OrderKept } from '../../workflows/orders/messages.ts';
import { evolveOrder } from '../../workflows/orders/state.ts';
import { emptyOrder, orderFromMemo } from '../../workflows/orders/view.ts';
import { refund, type PayingDeps } from './paying.ts';
import { cancelShipment, type SendingDeps } from './sending.ts';

/** How Temporal has ended it. */
export interface OrderEnd {
  readonly id: string;
  readonly row: Listed;
  readonly state: 'terminated' | 'failed';
  readonly reason: string;
  readonly call: Call;
}

/**
 * What the carrier has stays sold; of any other everything is undone, and only then is it archived. What cannot be undone
 * now throws, and is undone another time.
 */
export async function archiveEndedOrder(
  deps: PayingDeps & SendingDeps,
  { id, row, state, reason, call }: OrderEnd,
  last: OrderKept | undefined,
  signal: AbortSignal,
): Promise<void> {
  const { database } = deps;
  await undoUnlessShipped(deps, id, signal);
  const { workflowId, status: closedBy, startedAt, closedAt = startedAt } = row;
  if (last) {
    const events = hearOrder(last.order, { kind: 'ended', state, reason }, call);
    const order = events.reduce(evolveOrder, last.order);
    return archive(database, 'order', { ...orderRow({ ...last, order, workflowId }), closedBy });
  }
  const known = orderFromMemo(row.memo) ?? emptyOrder(id, startedAt);
  const summary = archivedSummary(
    { ...known, state, waitingFor: [], updatedAt: closedAt },
    closedAt,
  );
  await archive(database, 'order', { ...WITHOUT_STATE, workflowId, summary, closedBy });
}

async function undoUnlessShipped(
  deps: PayingDeps & SendingDeps & { readonly database: Database },
  orderId: string,
  signal: AbortSignal,
): Promise<void> {
  if (await findShipment(deps.database, orderId)) return;
  await cancelShipment(deps, { orderId }, signal);
  await refund(deps, { orderId }, signal);
  await release(deps.database, orderId);
}
