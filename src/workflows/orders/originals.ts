/** The third article's own workflow type, and the step that can be a workflow of its own. */
import { proxyActivities } from '@temporalio/workflow';
import type { OrderSteps, ShipAnswer, ShipStep } from '../../contracts/orders/steps.ts';
import type { Caller } from '../shared/caller.ts';
import { order } from './workflow.ts';

/** An order as the article calls it; the result is the tracking number. */
export async function PlaceOrder(input: unknown, caller: Caller): Promise<string> {
  return order(input, caller);
}

const { ScheduleShipping: schedule } = proxyActivities<OrderSteps>({
  startToCloseTimeout: '30s',
  heartbeatTimeout: '10s',
  retry: { initialInterval: '1s', maximumInterval: '30s', maximumAttempts: 8 },
});

/** Shipping as a workflow of its own, where the settings say so. */
export async function ScheduleShipping(step: ShipStep): Promise<ShipAnswer> {
  return schedule(step);
}
