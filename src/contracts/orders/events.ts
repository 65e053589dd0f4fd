/** What happens to orders. */
import type { Stamp } from '../documents/events.ts';
import type { PayAnswer, ShipAnswer, Shortage } from './steps.ts';
import type { Customer, OrderStatus, Quote } from './types.ts';

/** The steps of an order, in their order, as the article calls them. */
export const STEPS = [
  'CheckAndReserveInventory',
  'ProcessPayment',
  'ScheduleShipping',
  'EmailCustomer',
] as const;
export type StepName = (typeof STEPS)[number];

/** How an order ends that nothing can be shipped of. */
export type GivenUp = 'cancelled' | 'failed';

export type OrderFact =
  | ({
      readonly kind: 'placed';
      readonly owner: string;
      readonly customer: Customer;
      /** The payment provider's, for the customer's card; in the state no longer than it is needed. */
      readonly token: string;
      readonly coupon?: string;
      /** By which the same order, placed again, is known; not of those that came through Temporal itself. */
      readonly fingerprint?: string;
    } & Quote)
  /** `approval`: the id of the approval. */
  | { readonly kind: 'approval-asked'; readonly approval: string }
  | { readonly kind: 'approved' }
  | { readonly kind: 'step-begun'; readonly step: StepName }
  | { readonly kind: 'reserved' }
  /** `until`: the instant at which it is tried for the last time. */
  | {
      readonly kind: 'back-ordered';
      readonly short: readonly Shortage[];
      readonly until: string;
    }
  /** Stock is to be asked for again: somebody said so, there is some, or time is up. */
  | { readonly kind: 'proceeded'; readonly why: 'asked' | 'restocked' | 'deadline' }
  | ({ readonly kind: 'paid' } & Omit<Extract<PayAnswer, { paid: true }>, 'paid'>)
  | ({ readonly kind: 'shipped' } & ShipAnswer)
  | { readonly kind: 'emailed' }
  /** The answer of the step was no, and nothing of it was done. */
  | { readonly kind: 'step-refused'; readonly step: StepName; readonly reason: string }
  /** Nobody knows what of it was done. */
  | { readonly kind: 'step-failed'; readonly step: StepName; readonly reason: string }
  /** No further step is begun, and those that were are undone. */
  | { readonly kind: 'given-up'; readonly as: GivenUp; readonly reason: string }
  /** It was too late for that: the order goes on. */
  | { readonly kind: 'cancel-refused'; readonly reason: string }
  | { readonly kind: 'undone'; readonly step: StepName }
  /** Tried as often as its policy says. `retryAt`: when it is tried again, unless somebody acts before. */
  | {
      readonly kind: 'undo-failed';
      readonly step: StepName;
      readonly reason: string;
      readonly retryAt: string;
    }
  | { readonly kind: 'undo-retried' }
  /** Somebody has put it in order by hand. */
  | { readonly kind: 'settled'; readonly reason: string }
  | { readonly kind: 'return-asked'; readonly reason: string }
  | { readonly kind: 'return-refused'; readonly reason: string }
  | { readonly kind: 'closed'; readonly state: OrderStatus; readonly reason?: string };

export type OrderEvent = Stamp & {
  /** 1, 2, 3 ... without gaps. */
  readonly sequence: number;
} & OrderFact;
