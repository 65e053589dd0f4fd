/** The third article's own workflow type, and the step that can be a workflow of its own. */
import { proxyActivities } from '@temporalio/workflow';
import type { OrderSteps, ShipAnswer, ShipStep } from '../../contracts/orders/steps.ts';
import type { Caller } from '../shared/caller.ts';
import { REMOTE } from './steps.ts';
import { order } from './workflow.ts';

/** An order as the article calls it; the result is the tracking number. */
export async function PlaceOrder(input: unknown, caller: Caller): Promise<string> {
  return order(input, caller);
}

const { ScheduleShipping: schedule } = proxyActivities<OrderSteps>(REMOTE);

/** Shipping as a workflow of its own, where the settings say so. */
export async function ScheduleShipping(step: ShipStep): Promise<ShipAnswer> {
  return schedule(step);
}
