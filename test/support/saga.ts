/** Orders without Temporal: their rules, on a real database, with whatever a test wants to go wrong. */
import { pay, refund } from '../../src/activities/orders/paying.ts';
import { cancelShipment, ship } from '../../src/activities/orders/sending.ts';
import { undone } from '../../src/activities/orders/failing.ts';
import type { OrderSteps } from '../../src/contracts/orders/steps.ts';
import type { OrderTerms } from '../../src/contracts/orders/types.ts';
import { builtInPayment } from '../../src/providers/built-in/payment.ts';
import { builtInShipping } from '../../src/providers/built-in/shipping.ts';
import type { Database } from '../../src/store/database.ts';
import { release, reserve, takeBack } from '../../src/store/orders/stock.ts';
import { decideOrder, hearOrder, type OrderNotice } from '../../src/workflows/orders/decide.ts';
import { nextMove } from '../../src/workflows/orders/moves.ts';
import { performStep, performUndo } from '../../src/workflows/orders/perform.ts';
import { evolveOrder, isUnderWay, type OrderState } from '../../src/workflows/orders/state.ts';

export const TERMS: OrderTerms = {
  currency: 'EUR',
  approvers: ['role:manager'],
  backOrderMs: 60_000,
  returnMs: 60_000,
  returnApprovers: ['role:orders'],
  remotePayment: false,
  remoteShipping: false,
  shippingAsChild: false,
};

const { signal } = new AbortController();
const AT = '2026-01-01T00:00:00.000Z';

/** How calls of one activity fail: so many fail before they have done anything, then so many after it. */
export interface Fault {
  readonly before: number;
  readonly after: number;
}
export type Faults = Partial<Record<keyof OrderSteps, Fault>>;

/** The steps on the database. Each is tried three times, as its policy says, or so. */
export function stepsOn(database: Database, faults: Faults): OrderSteps {
  const payment = builtInPayment(database);
  const shipping = builtInShipping(database);
  const left = structuredClone(faults) as Record<string, { before: number; after: number }>;
  const trying = async <T>(name: keyof OrderSteps, step: () => Promise<T>): Promise<T> => {
    for (let attempt = 1; ; attempt += 1) {
      try {
        const fault = left[name] ?? { before: 0, after: 0 };
        if (fault.before > 0) {
          fault.before -= 1;
          throw new Error(`${name} is away`);
        }
        const answer = await step();
        if (fault.after === 0) return answer;
        fault.after -= 1;
        throw new Error(`the reply of ${name} is lost`);
      } catch (error) {
        const isFinal = (error as { nonRetryable?: boolean }).nonRetryable === true;
        if (isFinal || attempt === 3) throw error;
      }
    }
  };
  return {
    CheckAndReserveInventory: (step) =>
      trying('CheckAndReserveInventory', async () => {
        const answer = await reserve(database, step, { workflowId: step.orderId, at: AT });
        if (answer === 'undone') throw undone(step.orderId, 'reservation');
        return answer;
      }),
    ProcessPayment: (step) =>
      trying('ProcessPayment', () => pay({ database, payment }, step, signal)),
    ScheduleShipping: (step) =>
      trying('ScheduleShipping', () => ship({ database, shipping }, step, signal)),
    EmailCustomer: () => trying('EmailCustomer', async () => 'told'),
    ReleaseInventory: ({ orderId, attempt }) =>
      trying('ReleaseInventory', () => release(database, orderId, attempt)),
    ReturnInventory: ({ orderId }) => trying('ReturnInventory', () => takeBack(database, orderId)),
    RefundPayment: (undo) =>
      trying('RefundPayment', () => refund({ database, payment }, undo, signal)),
    CancelShipping: (undo) =>
      trying('CancelShipping', () => cancelShipment({ database, shipping }, undo, signal)),
  };
}

/** What people and machines do to an order while it is under way. */
export interface Story {
  /** The number of the move, from 0, during which somebody cancels it. */
  readonly cancelAt?: number | undefined;
  /** The moves after which the worker dies, so that nobody knows that they were made. */
  readonly lostAt: readonly number[];
  /** What happens while it waits for stock: it comes, or time is up. */
  readonly restock: () => Promise<boolean>;
}

/** Lives an order to its end, as its workflow does. */
export async function live(
  placed: OrderState,
  steps: OrderSteps,
  { cancelAt, lostAt, restock }: Story,
): Promise<OrderState> {
  let order = placed;
  const at = (ms = 0): string => new Date(Date.parse(order.updatedAt) + ms).toISOString();
  const call = (ms = 0) =>
    ({ actor: { id: 'ada', roles: [], operator: true }, at: at(ms), via: 'system' }) as const;
  const hear = (notice: OrderNotice, ms = 0): void => {
    order = hearOrder(order, notice, call(ms)).reduce(evolveOrder, order);
  };
  const cancel = (): void => {
    const decided = decideOrder(order, { kind: 'cancel' }, call());
    if (decided.ok) order = decided.value.reduce(evolveOrder, order);
  };
  for (let i = 0; isUnderWay(order); i += 1) {
    if (i > 200) throw new Error(`it does not end: ${JSON.stringify(order)}`);
    const before = order;
    const move = nextMove(order);
    if (move.kind === 'step') hear({ kind: 'begun', step: move.step });
    const notice =
      move.kind === 'step'
        ? await performStep(order, move.step, steps)
        : move.kind === 'undo'
          ? await performUndo(order, move.step, steps)
          : undefined;
    if (notice && lostAt.includes(i)) order = before;
    if (cancelAt === i) cancel();
    if (notice && !lostAt.includes(i)) hear(notice);
    if (move.kind === 'close') hear({ kind: 'close' });
    if (move.kind === 'wait' && !order.ending && (await restock())) hear({ kind: 'restocked' });
    else if (move.kind === 'wait') hear({ kind: 'tick' }, 24 * 60 * 60_000);
  }
  return order;
}

/** The order with its return granted, as its workflow begins it. */
export function returning(completed: OrderState): OrderState {
  const actor = { id: 'ada', roles: [], operator: false };
  const call = { actor, at: completed.updatedAt, via: 'http' } as const;
  const asked = decideOrder(completed, { kind: 'return', reason: 'It hums.' }, call);
  if (!asked.ok) throw new Error(asked.refusal.detail);
  const notices: readonly OrderNotice[] = [
    { kind: 'approval-asked', approval: 'a' },
    { kind: 'decided', approval: 'another', state: 'withdrawn' },
    { kind: 'decided', approval: 'a', state: 'approved' },
  ];
  return notices.reduce(
    (order, notice) => hearOrder(order, notice, call).reduce(evolveOrder, order),
    asked.value.reduce(evolveOrder, completed),
  );
}
