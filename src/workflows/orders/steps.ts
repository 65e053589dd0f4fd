/** The activities of an order's steps, as its workflow calls them. */
import {
  executeChild,
  proxyActivities,
  proxyLocalActivities,
  type ActivityOptions,
  type LocalActivityOptions,
} from '@temporalio/workflow';
import type { OrderSteps } from '../../contracts/orders/steps.ts';
import { workflowIdOf } from '../../contracts/ids.ts';
import type { OrderState } from './state.ts';

/**
 * As the article's author retries it: three attempts, three seconds apart. A pause of more than a second is a timer, so
 * that whoever asks meanwhile gets an answer.
 */
const RESERVING: LocalActivityOptions = {
  startToCloseTimeout: '5s',
  localRetryThreshold: '1s',
  retry: { initialInterval: '3s', backoffCoefficient: 1, maximumAttempts: 3 },
};

/** Rows in the database: about ten seconds of trying. */
const SHORT: ActivityOptions = {
  startToCloseTimeout: '5s',
  retry: { initialInterval: '200ms', maximumInterval: '5s', maximumAttempts: 6 },
};

/** Other services: about two minutes of trying, each time with the same idempotency key. */
export const REMOTE: ActivityOptions = {
  startToCloseTimeout: '30s',
  heartbeatTimeout: '10s',
  retry: { initialInterval: '1s', maximumInterval: '30s', maximumAttempts: 8 },
};

/**
 * What takes no time runs within the workflow task. `afterCommit`: the task has taken an update in that is in the history
 * only after it; what must not happen without it is an ordinary activity then.
 */
export function orderSteps(
  { orderId, terms }: OrderState,
  { afterCommit }: { readonly afterCommit: boolean },
): OrderSteps {
  const local = afterCommit
    ? proxyActivities<OrderSteps>(SHORT)
    : proxyLocalActivities<OrderSteps>({
        ...SHORT,
        localRetryThreshold: '1s',
      });
  const remote = proxyActivities<OrderSteps>(REMOTE);
  const payment = terms.remotePayment ? remote : local;
  const shipping = terms.remoteShipping ? remote : local;
  const { CheckAndReserveInventory } = proxyLocalActivities<OrderSteps>(RESERVING);
  return {
    CheckAndReserveInventory,
    ProcessPayment: payment.ProcessPayment,
    ScheduleShipping: terms.shippingAsChild
      ? async (step) =>
          executeChild('ScheduleShipping', {
            workflowId: `${workflowIdOf('order', orderId)}:shipping`,
            args: [step],
          })
      : shipping.ScheduleShipping,
    EmailCustomer: local.EmailCustomer,
    ReleaseInventory: local.ReleaseInventory,
    ReturnInventory: local.ReturnInventory,
    RefundPayment: payment.RefundPayment,
    CancelShipping: shipping.CancelShipping,
  };
}
