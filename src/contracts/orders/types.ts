/** Orders, as they cross wires. Money: whole minor units (cents) of one currency. Instants: ISO 8601, UTC. */

/**
 * States of an order. `paid`: stock is reserved and the money is taken; `shipped`: a carrier has it; `completed`: the
 * customer knows. `returned`: the goods came back and the money was given back. `terminated`: somebody ended the workflow
 * in Temporal.
 */
export const ORDER_STATES = [
  'placed',
  'awaiting-approval',
  'back-ordered',
  'paid',
  'shipped',
  'completed',
  'cancelled',
  'failed',
  'returned',
  'terminated',
] as const;
export type OrderStatus = (typeof ORDER_STATES)[number];

const OPEN: ReadonlySet<OrderStatus> = new Set([
  'placed',
  'awaiting-approval',
  'back-ordered',
  'paid',
  'shipped',
]);

/** Whether an order in this state is still being worked on. */
export function isOpenOrder(state: OrderStatus): boolean {
  return OPEN.has(state);
}

export interface Customer {
  readonly name: string;
  readonly email: string;
  /** Where the goods go, as one would write it on a parcel. */
  readonly address: string;
}

export interface OrderLine {
  readonly sku: string;
  /** At least 1. */
  readonly quantity: number;
}

/** A line with what the product was called and cost when the order was placed. */
export interface PricedLine extends OrderLine {
  readonly name: string;
  /** Of one piece. */
  readonly priceMinor: number;
}

/** What a customer sends. */
export interface OrderRequest {
  /** Default: made up. The same one twice is one order. */
  readonly orderId?: string;
  readonly customer: Customer;
  /** No sku twice. */
  readonly lines: readonly OrderLine[];
  /** `token`: what the payment provider has given the shop for the customer's card. Never shown again. */
  readonly payment: { readonly token: string };
  readonly coupon?: string;
  /** Counts only when the start came through Temporal itself: for whom it is. */
  readonly actor?: string;
}

/** How an order is dealt with, as it was set when it was placed. */
export interface OrderTerms {
  /** ISO 4217. */
  readonly currency: string;
  /** Totals above this wait for an approval; undefined: none does. */
  readonly approvalAboveMinor?: number;
  /** Who approves those: `user:x`, `role:y`. */
  readonly approvers: readonly string[];
  /** How long an order waits for stock, in milliseconds. */
  readonly backOrderMs: number;
  /** Whether the providers are other services: calls to them take time, so they are ordinary activities. */
  readonly remotePayment: boolean;
  readonly remoteShipping: boolean;
  /** Whether shipping is a workflow of its own. */
  readonly shippingAsChild: boolean;
  /** How long after its completion an order can be returned, in milliseconds. */
  readonly returnMs: number;
  /** Who decides on returns: `user:x`, `role:y`. */
  readonly returnApprovers: readonly string[];
}

/** What an order costs, and on which terms. */
export interface Quote {
  readonly lines: readonly PricedLine[];
  /** Of all lines, before any coupon. */
  readonly totalMinor: number;
  readonly terms: OrderTerms;
}
