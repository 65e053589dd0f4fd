/** How an order shows itself: to HTTP clients, in lists, in the memo of its workflow. Pure. */
import { terminated } from '../../contracts/durable.ts';
import { ORDERS_ROLE } from '../../contracts/orders/roles.ts';
import type { Shortage } from '../../contracts/orders/steps.ts';
import {
  isOpenOrder,
  ORDER_STATES,
  type Customer,
  type OrderStatus,
  type PricedLine,
} from '../../contracts/orders/types.ts';
import type { RefusedView } from '../shared/reception.ts';
import { isBackOrdered, returnableUntil } from './rights.ts';
import { isReturning, type OrderReturn } from './return-state.ts';
import { needsAttention, shortageText, type OrderState, type Paid } from './state.ts';
import type { Step } from './step-state.ts';

export interface Money {
  /** Whole minor units, such as cents. */
  readonly amountMinor: number;
  /** ISO 4217. */
  readonly currency: string;
}

/** What lists and the status show. Nothing personal. */
export interface OrderSummary {
  readonly orderId: string;
  readonly state: OrderStatus;
  /** Where it stands, in one line; of an unusable start the reason. */
  readonly customStatus: string;
  /** True when something could not be undone, however often it was tried. */
  readonly needsAttention: boolean;
  readonly owner: string;
  /** Of all lines, before coupons. Missing of an unusable start. */
  readonly total?: Money;
  readonly trackingNumber?: string;
  /** The id of the approval that it, or its return, waits or has waited for. */
  readonly approval?: string;
  /** Who has to act next: `role:x`. */
  readonly waitingFor: string[];
  /** Until when it waits for stock. */
  readonly dueAt?: string;
  /** True while its workflow is suspended: nothing is done with it. */
  readonly suspended?: true;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly closedAt?: string;
}

/** The order as HTTP clients see it, without links. */
export interface OrderView extends OrderSummary {
  readonly customer: Customer;
  readonly lines: readonly PricedLine[];
  readonly coupon?: string;
  /** In their order, as far as they were begun. */
  readonly steps: readonly Step[];
  readonly paid?: Paid;
  readonly carrier?: string;
  /** What is missing while it is back-ordered. */
  readonly short?: readonly Shortage[];
  readonly closedReason?: string;
  /** The last one that was asked for. */
  readonly return?: OrderReturn;
  /** Until when the customer can ask for one. */
  readonly returnableUntil?: string;
  /** Counts everything that happens. */
  readonly revision: number;
}

/** What the query `status` answers; fresh at any time. */
export interface OrderStanding extends Partial<Omit<OrderSummary, 'state'>> {
  readonly orderId: string;
  readonly state: OrderStatus | 'starting';
  readonly customStatus: string;
  readonly refused: RefusedView;
}

export function orderSummary(order: OrderState): OrderSummary {
  const { orderId, state, owner, totalMinor, terms, trackingNumber, approval } = order;
  const { createdAt, updatedAt, closedAt, backOrder } = order;
  const attention = needsAttention(order);
  const decides = order.return?.approval ?? approval?.id;
  return {
    orderId,
    state,
    customStatus: customStatusOf(order),
    needsAttention: attention,
    owner,
    total: { amountMinor: totalMinor, currency: terms.currency },
    ...(trackingNumber === undefined ? {} : { trackingNumber }),
    ...(decides === undefined ? {} : { approval: decides }),
    waitingFor: attention ? [`role:${ORDERS_ROLE}`] : [],
    ...(backOrder && isBackOrdered(order) ? { dueAt: backOrder.until } : {}),
    ...(order.suspended && isOpenOrder(state) ? { suspended: true as const } : {}),
    createdAt,
    updatedAt,
    ...(closedAt === undefined ? {} : { closedAt }),
  };
}

function customStatusOf(order: OrderState): string {
  const { state, ending, backOrder, trackingNumber, closedReason } = order;
  const stuck = order.steps.find((step) => step.state === 'undo-failed');
  if (stuck) return `Needs attention: ${stuck.reason}`;
  if (order.return && isReturning(order) && state === 'completed')
    return `Return ${order.return.state === 'asked' ? 'asked for' : 'granted'}: ${order.return.reason}`;
  if (ending && isOpenOrder(state)) {
    return `${ending.as === 'cancelled' ? 'Cancelling' : 'Failing'}: ${ending.reason}`;
  }
  const words = state === 'awaiting-approval' ? 'awaiting approval' : state;
  const status = `${words[0]?.toUpperCase()}${words.slice(1)}`;
  const more = closedReason ?? (backOrder ? shortageText(backOrder.short) : trackingNumber);
  return more === undefined ? status : `${status}: ${more}`;
}

export function orderView(order: OrderState): OrderView {
  const { customer, lines, coupon, steps, paid, carrier, backOrder, closedReason } = order;
  const until = returnableUntil(order);
  return {
    ...orderSummary(order),
    customer,
    lines,
    ...(coupon === undefined ? {} : { coupon }),
    steps,
    ...(paid ? { paid } : {}),
    ...(carrier === undefined ? {} : { carrier }),
    ...(backOrder ? { short: backOrder.short } : {}),
    ...(closedReason === undefined ? {} : { closedReason }),
    ...(order.return ? { return: order.return } : {}),
    ...(until === undefined ? {} : { returnableUntil: until }),
    revision: order.sequence,
  };
}

/** What a list shows of an order of which nothing is known but its id and when it was started. */
export function emptyOrder(orderId: string, startedAt: string): OrderSummary {
  return {
    orderId,
    state: 'placed',
    customStatus: 'Starting',
    needsAttention: false,
    owner: '',
    waitingFor: [],
    createdAt: startedAt,
    updatedAt: startedAt,
  };
}

/**
 * The memo: what never changes under `order`, what does under `now`, and `customStatus` for itself, because that key is where
 * the Durable Functions dialect looks for the custom status of any workflow.
 */
export function orderMemo(order: OrderState): Record<string, unknown> {
  const { orderId, owner, total, createdAt, customStatus, ...now } = orderSummary(order);
  const { state, closedReason } = order;
  return {
    order: { orderId, owner, total, createdAt },
    now,
    customStatus: customStatus.slice(0, 1_000).toWellFormed(),
    // Durable Functions knows no other word for it.
    ...(state === 'cancelled' ? { durable: terminated(closedReason) } : {}),
  };
}

/** What {@link orderMemo} put there, or undefined when the memo is none of an order's. */
export function orderFromMemo(memo: Record<string, unknown> | undefined): OrderSummary | undefined {
  const { order, now, customStatus, suspended } = memo ?? {};
  const is = suspended === true ? { suspended } : {};
  const summary = { ...(order as object), ...(now as object), customStatus, ...is };
  return isSummary(summary) ? summary : undefined;
}

/** Anybody can start a workflow with any memo; one that only looks like ours must not break a list. */
function isSummary(value: Partial<Record<keyof OrderSummary, unknown>>): value is OrderSummary {
  const { orderId, owner, customStatus, createdAt, updatedAt, total, waitingFor } = value;
  const { amountMinor, currency } = (total ?? {}) as Partial<Record<keyof Money, unknown>>;
  return (
    [orderId, owner, customStatus, createdAt, updatedAt, currency].every(
      (one) => typeof one === 'string',
    ) &&
    typeof amountMinor === 'number' &&
    typeof value.needsAttention === 'boolean' &&
    ORDER_STATES.some((state) => state === value.state) &&
    Array.isArray(waitingFor)
  );
}
