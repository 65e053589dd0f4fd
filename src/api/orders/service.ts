/** Orders where they are, and who may read them. */
import type { Actor } from '../../contracts/caller.ts';
import { idFromWorkflowId } from '../../contracts/ids.ts';
import type { Database } from '../../store/database.ts';
import type { Temporal } from '../../temporal/client.ts';
import type { Listed } from '../../temporal/visibility.ts';
import { orderQuery, type OrderKept } from '../../workflows/orders/messages.ts';
import { allowedTo, mayReadOrder } from '../../workflows/orders/rights.ts';
import type { OrderState } from '../../workflows/orders/state.ts';
import {
  emptyOrder,
  orderFromMemo,
  orderSummary,
  type OrderSummary,
} from '../../workflows/orders/view.ts';
import { ENGINE_ENDS } from '../documents/executions.ts';
import { KeptReader } from '../kept-reader.ts';

/** An order that can still be read in full, or what is left of one that failed to start or was terminated. */
export type FoundOrder = OrderKept | { readonly summary: OrderSummary };

/** What lists have: everything has an `id` there. */
export type ListedOrder = OrderSummary & { readonly id: string };

export class OrderReader extends KeptReader<FoundOrder, OrderSummary> {
  constructor(sources: { readonly temporal: Temporal; readonly database: Database }) {
    super(sources, {
      kind: 'order',
      ask: (handle) => handle.query(orderQuery),
      ofArchived: ({ state, summary, refused, refusedCount }) =>
        state
          ? { order: state as OrderState, refused, refusedCount }
          : { summary: summary as unknown as OrderSummary },
      ofListed: (listed) => ({ summary: orderOfListed(listed) }),
      mayRead,
      summaryOf,
      allowed: (found, actor) =>
        'order' in found ? allowedTo(found.order, actor, new Date().toISOString()) : [],
    });
  }
}

/** What a list shows of it. */
export function summaryOf(found: FoundOrder): OrderSummary {
  return 'order' in found ? orderSummary(found.order) : found.summary;
}

/** The same for one that visibility lists. Of an unusable start there is nothing but its id and the reason. */
export function orderOfListed({
  workflowId,
  status,
  startedAt,
  closedAt,
  memo,
}: Listed): ListedOrder {
  const id = idFromWorkflowId('order', workflowId);
  const known = orderFromMemo(memo) ?? emptyOrder(id, startedAt);
  const { customStatus = known.customStatus } = memo as { customStatus?: string };
  const state = ENGINE_ENDS[status];
  if (!state || isEnd(known.state)) return { id, ...known, customStatus };
  const ended = closedAt ? { closedAt, updatedAt: closedAt } : {};
  return { id, ...known, customStatus, state, waitingFor: [], ...ended };
}

/** Its workflow has said so, before Temporal has. */
function isEnd(state: OrderSummary['state']): boolean {
  return state === 'failed' || state === 'cancelled';
}

/** Of an unusable start there is nothing but the reason, which its starter must find. */
function mayRead(found: FoundOrder, actor: Actor): boolean {
  if ('order' in found) return mayReadOrder(found.order, actor);
  return found.summary.owner === '' || mayReadOrder(found.summary, actor);
}
