/** The payment of an order, and its undo. Right whenever it is killed: the row first, then the charge, then the row. */
import type { PayAnswer, PayStep, UndoStep } from '../../contracts/orders/steps.ts';
import type { Authorised, Charge, Declined, PaymentProvider } from '../../providers/payment.ts';
import type { Database } from '../../store/database.ts';
import {
  beginPayment,
  capturePayment,
  declinePayment,
  refundedPayment,
  undoPayment,
  type PaymentState,
} from '../../store/orders/payments.ts';
import { calling, undone } from './failing.ts';

export interface PayingDeps {
  readonly database: Database;
  readonly payment: PaymentProvider;
}

/** Charges what coupon and credit leave. @throws ApplicationFailure `order-undone` and those of `calling` */
export async function pay(
  deps: PayingDeps,
  step: PayStep,
  signal: AbortSignal,
): Promise<PayAnswer> {
  const { database } = deps;
  const { orderId } = step;
  let state: PaymentState = await beginPayment(database, step, now());
  if (state.state === 'pending') {
    const { cardMinor: amountMinor, currency } = state;
    const { token } = step;
    const charge = { key: keyOf(orderId), amountMinor, currency, token };
    const made = await calling(charging(deps.payment, charge, signal));
    state =
      'declined' in made
        ? await declinePayment(database, orderId, made.declined, now())
        : await capturePayment(database, orderId, made.reference, now());
    // The undo may have come before the charge; whoever came last gives the money back.
    if (state.state === 'undone')
      await calling(deps.payment.refund(charge, signal), { undo: true });
  }
  if (state.state === 'answered') return state.answer;
  throw undone(orderId, 'payment');
}

/** Gives everything back, and keeps the order from being charged. */
export async function refund(
  { database, payment }: PayingDeps,
  { orderId }: UndoStep,
  signal: AbortSignal,
): Promise<void> {
  if (!(await undoPayment(database, orderId, now()))) return;
  await calling(payment.refund({ key: keyOf(orderId) }, signal), { undo: true });
  await refundedPayment(database, orderId, now());
}

async function charging(
  payment: PaymentProvider,
  charge: Charge,
  signal: AbortSignal,
): Promise<Authorised | Declined> {
  const authorised = await payment.authorise(charge, signal);
  if ('declined' in authorised) return authorised;
  return payment.capture({ ...charge, ...authorised }, signal);
}

/** By which payment provider and carrier know the order. */
export function keyOf(orderId: string): string {
  return `order:${orderId}`;
}

function now(): string {
  return new Date().toISOString();
}
