/** What the archive keeps of a finished order. Pure. */
import type { RefusedCommand } from '../../contracts/documents/events.ts';
import { needsAttention, type OrderState } from './state.ts';
import { orderSummary, type OrderSummary } from './view.ts';

/** What the archive calls the type of every order; of an unusable start it is empty. */
const TYPE = 'order';

/** By which lists find finished orders of which something cannot be undone: returns. */
export const NEEDS_ATTENTION = 'needsAttention=true';

/** What lists show of it, with what every row has. */
export function archivedSummary(summary: OrderSummary, closedAt: string) {
  return { ...summary, id: summary.orderId, type: TYPE, title: '', closedAt };
}

/** The row of the archive; what stands in the summary, lists show. */
export function orderRow({
  workflowId,
  order,
  refused,
  refusedCount,
}: {
  readonly workflowId: string;
  readonly order: OrderState;
  readonly refused: readonly RefusedCommand[];
  readonly refusedCount: number;
}) {
  return {
    workflowId,
    state: order,
    summary: archivedSummary(orderSummary(order), order.closedAt ?? order.updatedAt),
    refused,
    refusedCount,
    fields: needsAttention(order) ? [NEEDS_ATTENTION] : [],
    words: undefined,
    dueAt: undefined,
  };
}
