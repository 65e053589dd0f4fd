/**
 * The steps of an order as their activities take and answer them. Each step can be repeated, and each undo too, also before
 * and without its step: a step that comes after its undo does nothing any more and fails for good with `order-undone`.
 */
import type { Customer, OrderLine } from './types.ts';

/** What an activity fails with, for good, when what it was to do has been undone already. */
export const ORDER_UNDONE = 'order-undone';

export interface ReserveStep {
  readonly orderId: string;
  /** From 1; a back-order tries again under the next number. */
  readonly attempt: number;
  /** Which of the parts of a large order these lines are; from 0. */
  readonly part: number;
  readonly lines: readonly OrderLine[];
}

/** All of the lines, or none. */
export type ReserveAnswer =
  { readonly reserved: true } | { readonly reserved: false; readonly short: readonly Shortage[] };

export interface Shortage {
  readonly sku: string;
  readonly wanted: number;
  readonly available: number;
}

export interface PayStep {
  readonly orderId: string;
  /** Whose store credit it is. */
  readonly email: string;
  readonly totalMinor: number;
  readonly currency: string;
  readonly token: string;
  readonly coupon?: string;
}

/** The coupon first, then store credit, then the card; the three sums are the total. */
export type PayAnswer =
  | {
      readonly paid: true;
      readonly discountMinor: number;
      readonly creditMinor: number;
      readonly cardMinor: number;
      /** The provider's; none when the card was not needed. */
      readonly reference?: string;
    }
  | { readonly paid: false; readonly reason: string };

export interface ShipStep {
  readonly orderId: string;
  readonly customer: Customer;
  readonly lines: readonly OrderLine[];
}

export interface ShipAnswer {
  readonly trackingNumber: string;
  readonly carrier: string;
}

/** Undoes one step of the order, whatever of it was done. */
export interface UndoStep {
  readonly orderId: string;
}
