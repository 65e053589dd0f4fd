/**
 * The steps of an order as their activities take and answer them. Each step can be repeated, and each undo too, also before
 * and without its step: a step that comes after its undo does nothing any more and fails for good with `order-undone`.
 */
import type { Customer, OrderLine, PricedLine } from './types.ts';

/** What an activity fails with, for good, when what it was to do has been undone already. */
export const ORDER_UNDONE = 'order-undone';
/** And when the carrier will not do it, however often. */
export const CARRIER_REFUSED = 'carrier-refused';

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

/** What to release: everything and for good, or the parts that one attempt got before it turned out to be short. */
export interface ReleaseStep extends UndoStep {
  /** Only what attempts up to this one hold; later ones may go on. Default: all, and none may reserve any more. */
  readonly attempt?: number;
}

/** Tells the customer that the order is on its way, or that its money is on the way back. */
export interface TellStep {
  readonly orderId: string;
  readonly customer: Customer;
  readonly lines: readonly PricedLine[];
  /** Of all lines, before any coupon. */
  readonly totalMinor: number;
  readonly currency: string;
  readonly trackingNumber: string;
  /** Of goods that came back, what is given back for them; undefined: it is about their being on the way. */
  readonly refundedMinor?: number;
}

/** What customers are told about, once each for an order. */
export type MailTopic = 'shipped' | 'returned';

export function topicOf({ refundedMinor }: TellStep): MailTopic {
  return refundedMinor === undefined ? 'shipped' : 'returned';
}

/** Which mail to a customer. */
export interface CustomerMailKey {
  /** The id of the order. */
  readonly order: string;
  /** Default: that it is on its way. */
  readonly topic?: MailTopic;
}

/** The activities of orders that carry out steps and undo them, by the names that the article gives the first four. */
export interface OrderSteps {
  readonly CheckAndReserveInventory: (step: ReserveStep) => Promise<ReserveAnswer>;
  readonly ProcessPayment: (step: PayStep) => Promise<PayAnswer>;
  readonly ScheduleShipping: (step: ShipStep) => Promise<ShipAnswer>;
  /** What was written, in one line. */
  readonly EmailCustomer: (step: TellStep) => Promise<string>;
  /** Of what there is more now. */
  readonly ReleaseInventory: (release: ReleaseStep) => Promise<readonly string[]>;
  /** Puts goods that came back into the stock again. Of what there is more now. */
  readonly ReturnInventory: (undo: UndoStep) => Promise<readonly string[]>;
  readonly RefundPayment: (undo: UndoStep) => Promise<void>;
  readonly CancelShipping: (undo: UndoStep) => Promise<void>;
}
