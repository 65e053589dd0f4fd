/** A running order and what was sent to it. Plain data and pure functions, so that it can be carried over continue-as-new. */
import type { OrderEvent } from '../../contracts/orders/events.ts';
import { receptionAfter, type CarriedReception, type Reception } from '../shared/reception.ts';
import type { OrderNotice } from './decide.ts';
import { evolveOrder, type OrderState } from './state.ts';

export interface OrderLedger extends Reception {
  order: OrderState;
  /** Of approvals, heard in this run. */
  readonly decisions: OrderNotice[];
  /** The number of the event of which the last live hint told. */
  announced: number;
}

/** What continue-as-new hands to the next run. */
export type CarriedOrder = Pick<OrderLedger, 'order'> & CarriedReception;

export function openOrder(order: OrderState, carried?: CarriedOrder): OrderLedger {
  return { ...receptionAfter(carried), order, decisions: [], announced: 0 };
}

/** Takes the events of one accepted command into the order; none, when it changed nothing. */
export function take(ledger: OrderLedger, events: readonly OrderEvent[]): void {
  ledger.received += 1;
  ledger.order = events.reduce(evolveOrder, ledger.order);
}
