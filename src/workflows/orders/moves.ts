/** What is to be done next with an order: the story of every order. Pure; knows neither Temporal nor HTTP, reads no clock. */
import { STEPS, type StepName } from '../../contracts/orders/events.ts';
import type { OrderStatus } from '../../contracts/orders/types.ts';
import { RETURNED, type OrderReturn } from './return-state.ts';
import { isUnderWay, stepOf, type OrderState } from './state.ts';
import type { Step } from './step-state.ts';

export type Move =
  /** Somebody has to approve it. */
  | { readonly kind: 'ask' }
  | { readonly kind: 'step'; readonly step: StepName }
  | { readonly kind: 'undo'; readonly step: UndoableStep }
  | { readonly kind: 'close'; readonly state: OrderStatus; readonly reason?: string }
  /** For somebody to act. `until`: the instant at which to look again; undefined where no clock runs. */
  | { readonly kind: 'wait'; readonly until?: string };

/**
 * The one thing to do now. Until it is done, which is to be told by events, nothing else is: an order has one step at a
 * time.
 */
export function nextMove(order: OrderState): Move {
  if (!isUnderWay(order)) return { kind: 'wait' };
  if (order.return) return nextOfReturn(order, order.return);
  const { ending } = order;
  if (ending)
    return nextUndo(order, UNDONE, { kind: 'close', state: ending.as, reason: ending.reason });
  const { approval, backOrder } = order;
  if (needsApproval(order) && !approval) return { kind: 'ask' };
  if (approval && !approval.approved) return { kind: 'wait' };
  if (backOrder && !backOrder.woken) return { kind: 'wait', until: backOrder.until };
  const step = STEPS.find((name) => !isBehind(stepOf(order, name)));
  return step ? { kind: 'step', step } : { kind: 'close', state: 'completed' };
}

export function needsApproval({ totalMinor, terms }: OrderState): boolean {
  return terms.approvalAboveMinor !== undefined && totalMinor > terms.approvalAboveMinor;
}

/** The last step gets no second chance: what has left the house stays shipped, whether the customer was told or not. */
function isBehind(step: Step | undefined): boolean {
  return step?.state === 'done' || (step?.name === 'EmailCustomer' && step.state === 'failed');
}

/** What was sold is given back when somebody has granted that. */
function nextOfReturn(order: OrderState, { state, approval, reason }: OrderReturn): Move {
  if (state === 'granted')
    return nextUndo(order, RETURNED, { kind: 'close', state: 'returned', reason });
  return approval === undefined ? { kind: 'ask' } : { kind: 'wait' };
}

/**
 * In reverse: what would be done last is undone first. Everything, not only what was begun: a workflow task that got lost
 * with its worker may have carried out steps of which nothing is known. Refused payments are refused for good.
 */
function nextUndo(order: OrderState, undone: readonly UndoableStep[], close: Move): Move {
  const name = undone.find((one) => isToBeUndone(order, one));
  if (!name) return close;
  const { retryAt } = stepOf(order, name)?.undo ?? {};
  return retryAt === undefined ? { kind: 'undo', step: name } : { kind: 'wait', until: retryAt };
}

/** Nothing undoes a mail. */
const UNDONE = ['ScheduleShipping', 'ProcessPayment', 'CheckAndReserveInventory'] as const;
export type UndoableStep = (typeof UNDONE)[number];

function isToBeUndone(order: OrderState, name: UndoableStep): boolean {
  const step = stepOf(order, name);
  // What other services do is asked for only when that is in the history.
  if (!step) return !isRemote(order, name);
  if (step.state === 'refused') return name === 'CheckAndReserveInventory';
  return step.state !== 'undone' && step.state !== 'settled';
}

/** Whether the step is more than some rows in the database. */
export function isRemote({ terms }: OrderState, name: StepName): boolean {
  if (name === 'ProcessPayment') return terms.remotePayment;
  return name === 'ScheduleShipping' && (terms.remoteShipping || terms.shippingAsChild);
}
