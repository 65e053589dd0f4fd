/**
 * Carries out one move of an order with the activities that it is given, and says what came of it. Knows no Temporal: in
 * the workflow the activities are Temporal's, in tests whatever a test wants to go wrong.
 */
import type { StepName } from '../../contracts/orders/events.ts';
import {
  CARRIER_REFUSED,
  type OrderSteps,
  type ReserveAnswer,
  type Shortage,
} from '../../contracts/orders/steps.ts';
import { LIMITS } from '../../contracts/limits.ts';
import type { OrderNotice } from './decide.ts';
import type { UndoableStep } from './moves.ts';
import { stepOf, type OrderState } from './state.ts';

/** What has come of the step, which was begun. Never throws. */
export async function performStep(
  order: OrderState,
  step: StepName,
  steps: OrderSteps,
): Promise<OrderNotice> {
  try {
    return await STEP[step](order, steps);
  } catch (error) {
    return { kind: 'step-failed', step, reason: reasonOf(error) };
  }
}

/** What has come of the undo. Never throws. */
export async function performUndo(
  order: OrderState,
  step: UndoableStep,
  steps: OrderSteps,
): Promise<OrderNotice> {
  const undo = order.return && step === 'CheckAndReserveInventory' ? 'ReturnInventory' : UNDO[step];
  try {
    await steps[undo]({ orderId: order.orderId });
    return { kind: 'undone', step };
  } catch (error) {
    const isFinal = innermost(error).type === CARRIER_REFUSED;
    return { kind: 'undo-failed', step, reason: `${undo}: ${reasonOf(error)}`, isFinal };
  }
}

/** The activity that undoes the step. */
const UNDO = {
  CheckAndReserveInventory: 'ReleaseInventory',
  ProcessPayment: 'RefundPayment',
  ScheduleShipping: 'CancelShipping',
} as const satisfies Record<UndoableStep, keyof OrderSteps>;

type Perform = (order: OrderState, steps: OrderSteps) => Promise<OrderNotice>;

const STEP: Readonly<Record<StepName, Perform>> = {
  CheckAndReserveInventory: async (order, steps) => ({
    kind: 'reserve-answered',
    answer: await reserve(order, steps),
  }),

  ProcessPayment: async (order, steps) => {
    const { orderId, customer, totalMinor, terms, token = '', coupon } = order;
    const { email } = customer;
    const { currency } = terms;
    const off = coupon === undefined ? {} : { coupon };
    const pay = { orderId, email, totalMinor, currency, token, ...off };
    return { kind: 'pay-answered', answer: await steps.ProcessPayment(pay) };
  },

  ScheduleShipping: async ({ orderId, customer, lines }, steps) => {
    const pieces = lines.map(({ sku, quantity }) => ({ sku, quantity }));
    const answer = await steps.ScheduleShipping({ orderId, customer, lines: pieces });
    return { kind: 'ship-answered', answer };
  },

  EmailCustomer: async (order, steps) => {
    const { orderId, customer, lines, totalMinor, terms, trackingNumber = '' } = order;
    const { currency } = terms;
    await steps.EmailCustomer({ orderId, customer, lines, totalMinor, currency, trackingNumber });
    return { kind: 'email-answered' };
  },
};

/** The parts of a large order side by side; all of them, or none. */
async function reserve(order: OrderState, steps: OrderSteps): Promise<ReserveAnswer> {
  const { orderId } = order;
  const attempt = stepOf(order, 'CheckAndReserveInventory')?.attempts ?? 1;
  const pieces = order.lines.map(({ sku, quantity }) => ({ sku, quantity }));
  const parts = Array.from({ length: Math.ceil(pieces.length / LIMITS.orderPart) }, (_, part) =>
    pieces.slice(part * LIMITS.orderPart, (part + 1) * LIMITS.orderPart),
  );
  // None is left behind under way: what comes next may be to undo them.
  const settled = await Promise.allSettled(
    parts.map((lines, part) => steps.CheckAndReserveInventory({ orderId, attempt, part, lines })),
  );
  const answers = settled.map((one) => {
    if (one.status === 'rejected') throw one.reason;
    return one.value;
  });
  const short = answers.flatMap((answer): readonly Shortage[] =>
    answer.reserved ? [] : answer.short,
  );
  if (short.length === 0) return { reserved: true };
  if (answers.some(({ reserved }) => reserved)) await steps.ReleaseInventory({ orderId, attempt });
  return { reserved: false, short };
}

/** Temporal wraps what an activity has thrown. What was cancelled has nothing to say within. */
function innermost(error: unknown): { readonly message: string; readonly type?: unknown } {
  let inner = error;
  while (inner instanceof Error && inner.cause instanceof Error && inner.cause.message !== '')
    inner = inner.cause;
  return inner instanceof Error ? inner : { message: String(inner) };
}

/** As people should read it. */
function reasonOf(error: unknown): string {
  return innermost(error).message.slice(0, 500).toWellFormed().replaceAll('\0', '');
}
