/** How steps of an order fail. */
import { ApplicationFailure } from '@temporalio/common';
import { CARRIER_REFUSED, ORDER_UNDONE } from '../../contracts/orders/steps.ts';
import { ProviderMisconfigured, ProviderUnavailable } from '../../providers/payment.ts';

/** The step has been undone already; it has done nothing now, and never will. */
export function undone(orderId: string, step: string): ApplicationFailure {
  const message = `The ${step} of the order ${orderId} was undone before.`;
  return ApplicationFailure.create({ type: ORDER_UNDONE, message, nonRetryable: true });
}

/** The carrier will not do it, for good. */
export function carrierRefused(reason: string): ApplicationFailure {
  return ApplicationFailure.create({
    type: CARRIER_REFUSED,
    message: reason,
    nonRetryable: true,
  });
}

/** The carrier has given the tracking number of another order. */
export function sameTrackingNumber(): ApplicationFailure {
  const message = 'The carrier gave a tracking number that another order has.';
  return ApplicationFailure.create({
    type: 'provider-misconfigured',
    message,
    nonRetryable: true,
  });
}

/**
 * What the call gives. Its failures get the types `provider-unavailable`, worth another try, and `provider-misconfigured`,
 * which fails a step for good; an undo goes on trying (`undo`), because somebody may correct a setting.
 */
export async function calling<T>(
  call: Promise<T>,
  { undo = false }: { readonly undo?: boolean } = {},
): Promise<T> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof ProviderUnavailable)
      throw ApplicationFailure.create({ type: 'provider-unavailable', message: error.message });
    if (error instanceof ProviderMisconfigured)
      throw ApplicationFailure.create({
        type: 'provider-misconfigured',
        message: error.message,
        nonRetryable: !undo,
      });
    throw error;
  }
}
