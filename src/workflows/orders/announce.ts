/** Live hints about an order: one after each step, for those who watch it. */
import { announce } from '../shared/announcing.ts';
import type { OrderLedger } from './ledger.ts';
import { isUnderWay } from './state.ts';
import { orderSummary } from './view.ts';

/** Tells how the order stands, unless that was told already. */
export function announceOrder(ledger: OrderLedger): void {
  const { order } = ledger;
  const { orderId: id, state, owner, waitingFor } = orderSummary(order);
  const [open, revision] = [isUnderWay(order), order.sequence];
  announce(ledger, { kind: 'order', id, type: '', state, open, owner, revision, waitingFor });
}
