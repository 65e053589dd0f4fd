/**
 * An order: the state, and how events become state. No rules here: decide.ts has them, and moves.ts says what is to be
 * done next. None of them knows Temporal or HTTP, none reads a clock.
 */
import type { Call } from '../../contracts/caller.ts';
import type { HistoryEntry, Stamp } from '../../contracts/documents/events.ts';
import type { GivenUp, OrderEvent, OrderFact, StepName } from '../../contracts/orders/events.ts';
import type { Shortage } from '../../contracts/orders/steps.ts';
import {
  isOpenOrder,
  type Customer,
  type OrderStatus,
  type OrderTerms,
  type PricedLine,
} from '../../contracts/orders/types.ts';
import { LIMITS } from '../../contracts/limits.ts';
import { lastOf } from '../shared/json.ts';
import { tellOrder } from './history.ts';
import { afterReturn, isReturning, type OrderReturn } from './return-state.ts';
import { afterUndo, begun, ended, type Step } from './step-state.ts';

/** What was paid how; the sums are the order's total. */
export interface Paid {
  readonly discountMinor: number;
  readonly creditMinor: number;
  readonly cardMinor: number;
  readonly reference?: string;
}

export interface BackOrder {
  readonly short: readonly Shortage[];
  /** When it tries for the last time. */
  readonly until: string;
  /** Why it tries again; undefined while it waits. */
  readonly woken?: 'asked' | 'restocked' | 'deadline';
}

/** All there is to know about an order. Plain data; carried over continue-as-new and kept in the archive as it is. */
export interface OrderState {
  /** The shape of this record; raised when it changes, and older ones are converted in one place. */
  readonly schema: 1;
  readonly orderId: string;
  readonly owner: string;
  readonly customer: Customer;
  readonly lines: readonly PricedLine[];
  readonly totalMinor: number;
  readonly terms: OrderTerms;
  readonly coupon?: string;
  /** Until the money is taken, or never will be. */
  readonly token?: string | undefined;
  /** By which the same order, placed again, is known. */
  readonly fingerprint?: string;
  readonly state: OrderStatus;
  /** Those that were begun, in their order. */
  readonly steps: readonly Step[];
  /** The id of the approval that it waits, or has waited, for. */
  readonly approval?: { readonly id: string; readonly approved: boolean };
  /** What it waits for while it is back-ordered. */
  readonly backOrder?: BackOrder | undefined;
  readonly paid?: Paid;
  readonly trackingNumber?: string;
  readonly carrier?: string;
  /** That the customer has, or had, asked for; the last one. */
  readonly return?: OrderReturn;
  /** As what it ends when all that was done has been undone, and why. */
  readonly ending?: { readonly as: GivenUp; readonly reason: string } | undefined;
  /** Number of the last event. */
  readonly sequence: number;
  /** What happened, oldest first; the last {@link LIMITS}.orderEvents lines. */
  readonly history: readonly HistoryEntry[];
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly closedAt?: string;
  readonly closedReason?: string;
  /** Only in what queries answer: the workflow is suspended, and nothing is done. */
  readonly suspended?: true;
}

/** Numbers and stamps the facts of one command so that they follow on the order. */
export function orderEvents(
  { sequence }: { readonly sequence: number },
  { at, actor, via }: Call,
  facts: readonly OrderFact[],
): readonly OrderEvent[] {
  const stamp: Stamp = { at, by: actor.id, via };
  return facts.map((fact, i) => ({ ...fact, sequence: sequence + 1 + i, ...stamp }));
}

/** The order after all its events, of which the first is `placed`. */
export function orderOf(orderId: string, events: readonly OrderEvent[]): OrderState {
  const [first, ...rest] = events;
  if (first?.kind !== 'placed') throw new Error('an order begins with being placed');
  return rest.reduce(evolveOrder, placed(orderId, first));
}

function placed(orderId: string, event: Extract<OrderEvent, { kind: 'placed' }>): OrderState {
  const { owner, customer, lines, totalMinor, terms, coupon, token, sequence, at } = event;
  const { fingerprint } = event;
  const order: OrderState = {
    schema: 1,
    orderId,
    owner,
    customer,
    lines,
    totalMinor,
    terms,
    ...(coupon === undefined ? {} : { coupon }),
    token,
    ...(fingerprint === undefined ? {} : { fingerprint }),
    state: 'placed',
    steps: [],
    sequence,
    history: [],
    createdAt: at,
    updatedAt: at,
  };
  return noted(order, event);
}

/** The order after the event. No rules here; it cannot fail. */
export function evolveOrder(order: OrderState, event: OrderEvent): OrderState {
  const { sequence, at: updatedAt } = event;
  return noted({ ...order, ...changesOf(order, event), sequence, updatedAt }, event);
}

function changesOf(order: OrderState, event: OrderEvent): Partial<OrderState> {
  const { at } = event;
  switch (event.kind) {
    case 'placed':
      return {};
    case 'return-asked':
    case 'return-refused':
      return afterReturn(order.return, event);
    case 'approval-asked':
      if (order.return) return afterReturn(order.return, event);
      return { state: 'awaiting-approval', approval: { id: event.approval, approved: false } };
    case 'approved':
      if (order.return) return afterReturn(order.return, event);
      return {
        state: 'placed',
        ...(order.approval && { approval: { ...order.approval, approved: true } }),
      };
    case 'step-begun':
      return { steps: begun(order.steps, event.step, at) };
    case 'reserved':
      return {
        state: 'placed',
        ...ended(order, 'CheckAndReserveInventory', 'done', at),
        backOrder: undefined,
      };
    case 'back-ordered': {
      const { short, until } = event;
      const reason = shortageText(short);
      const steps = ended(order, 'CheckAndReserveInventory', 'refused', at, reason);
      return { state: 'back-ordered', ...steps, backOrder: { short, until } };
    }
    case 'proceeded':
      return order.backOrder ? { backOrder: { ...order.backOrder, woken: event.why } } : {};
    case 'paid': {
      const { discountMinor, creditMinor, cardMinor, reference } = event;
      const paid = {
        discountMinor,
        creditMinor,
        cardMinor,
        ...(reference === undefined ? {} : { reference }),
      };
      return {
        state: 'paid',
        ...ended(order, 'ProcessPayment', 'done', at),
        paid,
        token: undefined,
      };
    }
    case 'shipped': {
      const { trackingNumber, carrier } = event;
      return {
        state: 'shipped',
        ...ended(order, 'ScheduleShipping', 'done', at),
        trackingNumber,
        carrier,
      };
    }
    case 'emailed':
      return ended(order, 'EmailCustomer', 'done', at);
    case 'step-refused':
      return ended(order, event.step, 'refused', at, event.reason);
    case 'step-failed':
      return ended(order, event.step, 'failed', at, event.reason);
    case 'given-up':
      return {
        ending: { as: event.as, reason: event.reason },
        token: undefined,
        backOrder: undefined,
      };
    case 'cancel-refused':
      return { ending: undefined };
    case 'undone':
    case 'undo-failed':
    case 'undo-retried':
    case 'settled':
      return { steps: afterUndo(order.steps, event) };
    case 'closed': {
      const { state, reason } = event;
      return {
        state,
        closedAt: at,
        ...(reason === undefined ? {} : { closedReason: reason }),
        token: undefined,
      };
    }
  }
}

function noted(order: OrderState, event: OrderEvent): OrderState {
  const line = tellOrder(event);
  if (!line) return order;
  const history = [...order.history, line];
  return { ...order, history: lastOf(history, LIMITS.orderEvents, LIMITS.orderEventBytes) };
}

/** What is missing, in one line. */
export function shortageText(short: readonly Shortage[]): string {
  const first = short
    .slice(0, 3)
    .map(({ sku, wanted, available }) => `${available} of ${wanted} ${sku}`);
  const more = short.length > first.length ? ` and ${short.length - first.length} more` : '';
  return `There is only ${first.join(', ')}${more}.`;
}

/** Whether something is still to be done with it: until it has ended, or while it comes back. */
export function isUnderWay(order: OrderState): boolean {
  return isOpenOrder(order.state) || (order.state === 'completed' && isReturning(order));
}

/** How the step stands; undefined when it was not begun. */
export function stepOf({ steps }: OrderState, name: StepName): Step | undefined {
  return steps.find((step) => step.name === name);
}

/** Whether something went wrong that only a person, or time, can put right. */
export function needsAttention({ steps }: OrderState): boolean {
  return steps.some(({ state }) => state === 'undo-failed');
}
