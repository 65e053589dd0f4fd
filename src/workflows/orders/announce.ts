/** Live hints about an order: one after each step, for those who watch it. */
import { announce } from '../shared/announcing.ts';
import type { OrderLedger } from './ledger.ts';
import { orderSummary } from './view.ts';

/** Tells how the order stands, unless that was told already. */
export function announceOrder(ledger: OrderLedger): void {
  const { orderId: id, state, owner, waitingFor } = orderSummary(ledger.order);
  const { sequence: revision } = ledger.order;
  announce(ledger, { kind: 'order', id, type: '', state, owner, revision, waitingFor });
}
