/** The third article's own workflow type, and the step that can be a workflow of its own. */
import { proxyActivities } from '@temporalio/workflow';
import type { OrderSteps, ShipAnswer } from '../../contracts/orders/steps.ts';
import type { Caller } from '../shared/caller.ts';
import { failureOf } from '../shared/failure.ts';
import { guarded } from '../shared/guarded.ts';
import { parseShipStep } from './request.ts';
import { REMOTE } from './steps.ts';
import { order } from './workflow.ts';

/** An order as the article calls it; the result is the tracking number. */
export async function PlaceOrder(input: unknown, caller: Caller): Promise<string> {
  return order(input, caller);
}

const { ScheduleShipping: schedule } = proxyActivities<OrderSteps>(REMOTE);

/** Shipping as a workflow of its own, where the settings say so. Anybody with the CLI can start it, too. */
export async function ScheduleShipping(input: unknown): Promise<ShipAnswer> {
  const step = guarded(() => parseShipStep(input));
  if (!step.ok) throw failureOf(step.refusal);
  return schedule(step.value);
}
