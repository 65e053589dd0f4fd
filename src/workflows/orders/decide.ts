/** The rules of orders: what a command, or what a step has come to, leads to. Pure; knows neither Temporal nor HTTP, reads no clock. */
import type { ApprovalStatus } from '../../contracts/approvals/types.ts';
import type { Call } from '../../contracts/caller.ts';
import { ok, type Result } from '../../contracts/failures.ts';
import type { OrderCommand } from '../../contracts/orders/commands.ts';
import type { OrderEvent, OrderFact, StepName } from '../../contracts/orders/events.ts';
import type { PayAnswer, ReserveAnswer, ShipAnswer } from '../../contracts/orders/steps.ts';
import type { OrderStatus } from '../../contracts/orders/types.ts';
import { nextMove } from './moves.ts';
import { barrier, isBackOrdered } from './rights.ts';
import { isReturning, type OrderReturn } from './return-state.ts';
import {
  isUnderWay,
  needsAttention,
  orderEvents,
  shortageText,
  stepOf,
  type OrderState,
} from './state.ts';

/**
 * What the command leads to: events (none, when it changes nothing), or the refusal. Checked in this order: may this
 * actor know of it (404), is it possible now (409), may this actor (403).
 */
export function decideOrder(
  order: OrderState,
  command: OrderCommand,
  call: Call,
): Result<readonly OrderEvent[]> {
  const blocked = barrier(order, command.kind, call.actor, call.at);
  if (blocked) return { ok: false, refusal: blocked };
  return ok(orderEvents(order, call, commanded(order, command)));
}

function commanded(order: OrderState, command: OrderCommand): readonly OrderFact[] {
  switch (command.kind) {
    case 'cancel':
      return order.ending
        ? []
        : [{ kind: 'given-up', as: 'cancelled', reason: command.reason ?? 'Cancelled.' }];
    case 'proceed':
      return [
        needsAttention(order) ? { kind: 'undo-retried' } : { kind: 'proceeded', why: 'asked' },
      ];
    case 'settle':
      return [{ kind: 'settled', reason: command.reason }];
    case 'return':
      return isReturning(order) ? [] : [{ kind: 'return-asked', reason: command.reason }];
  }
}

/** What the steps, clocks, other workflows and the engine tell an order; nobody outside can. */
export type OrderNotice =
  | { readonly kind: 'begun'; readonly step: StepName }
  | { readonly kind: 'reserve-answered'; readonly answer: ReserveAnswer }
  | { readonly kind: 'pay-answered'; readonly answer: PayAnswer }
  | { readonly kind: 'ship-answered'; readonly answer: ShipAnswer }
  | { readonly kind: 'email-answered' }
  | { readonly kind: 'step-failed'; readonly step: StepName; readonly reason: string }
  | { readonly kind: 'undone'; readonly step: StepName }
  /** `isFinal`: whoever was asked will not do it, however often. */
  | {
      readonly kind: 'undo-failed';
      readonly step: StepName;
      readonly reason: string;
      readonly isFinal?: boolean;
    }
  | { readonly kind: 'approval-asked'; readonly approval: string }
  /** How the approval with this id has ended. */
  | {
      readonly kind: 'decided';
      readonly approval: string;
      readonly state: ApprovalStatus;
      readonly reason?: string;
    }
  | { readonly kind: 'restocked' }
  | { readonly kind: 'tick' }
  | { readonly kind: 'close' }
  /** The workflow was ended behind our back. */
  | { readonly kind: 'ended'; readonly state: OrderStatus; readonly reason: string };

/** What follows from the notice; nothing, when it is late or repeated. */
export function hearOrder(
  order: OrderState,
  notice: OrderNotice,
  call: Call,
): readonly OrderEvent[] {
  return isUnderWay(order) ? orderEvents(order, call, factsOf(order, notice, call.at)) : [];
}

function factsOf(order: OrderState, notice: OrderNotice, at: string): readonly OrderFact[] {
  switch (notice.kind) {
    case 'begun':
      return [{ kind: 'step-begun', step: notice.step }];
    case 'reserve-answered':
      return reserveAnswered(order, notice.answer, at);
    case 'pay-answered': {
      const { answer } = notice;
      if (!answer.paid)
        return refused(order, 'ProcessPayment', `Payment refused: ${answer.reason}`);
      const { paid: _paid, ...sums } = answer;
      return [{ kind: 'paid', ...sums }];
    }
    case 'ship-answered':
      return [{ kind: 'shipped', ...notice.answer }];
    case 'email-answered':
      return [{ kind: 'emailed' }];
    case 'step-failed':
      return failed(order, notice.step, notice.reason);
    case 'undone':
      return [{ kind: 'undone', step: notice.step }];
    case 'undo-failed': {
      const { step, reason, isFinal = false } = notice;
      if (isFinal && hasLeftAnyway(order)) return [{ kind: 'cancel-refused', reason }];
      const failures = stepOf(order, step)?.undo?.failures ?? 0;
      return [{ kind: 'undo-failed', step, reason, retryAt: later(at, pauseAfter(failures)) }];
    }
    case 'approval-asked':
      return [{ kind: 'approval-asked', approval: notice.approval }];
    case 'decided':
      return decided(order, notice);
    case 'restocked':
      return isBackOrdered(order) ? [{ kind: 'proceeded', why: 'restocked' }] : [];
    case 'tick':
      return clockStruck(order, at);
    case 'close': {
      const { kind, ...how } = nextMove(order);
      if (kind !== 'close') return [];
      return [{ kind: 'closed', ...(how as { state: OrderStatus; reason?: string }) }];
    }
    case 'ended':
      return [{ kind: 'closed', state: notice.state, reason: notice.reason }];
  }
}

function reserveAnswered(
  order: OrderState,
  answer: ReserveAnswer,
  at: string,
): readonly OrderFact[] {
  const { backOrder, terms, ending } = order;
  if (answer.reserved) return [{ kind: 'reserved' }];
  const { short } = answer;
  const until = backOrder?.until ?? later(at, terms.backOrderMs);
  const isLast = backOrder?.woken === 'deadline' || terms.backOrderMs === 0;
  if (isLast || ending) return refused(order, 'CheckAndReserveInventory', shortageText(short));
  return [{ kind: 'back-ordered', short, until }];
}

/** Without the step there is no order. */
function refused(order: OrderState, step: StepName, reason: string): readonly OrderFact[] {
  return [{ kind: 'step-refused', step, reason }, ...givenUp(order, reason)];
}

function failed(order: OrderState, step: StepName, reason: string): readonly OrderFact[] {
  const what = { kind: 'step-failed', step, reason } as const;
  // A mail that cannot be sent never undoes what was shipped.
  return step === 'EmailCustomer' ? [what] : [what, ...givenUp(order, `${step} failed: ${reason}`)];
}

/** Unless somebody has cancelled it meanwhile. */
function givenUp({ ending }: OrderState, reason: string): readonly OrderFact[] {
  return ending ? [] : [{ kind: 'given-up', as: 'failed', reason }];
}

/** It was cancelled a moment too late: the carrier has it and does not give it back, and nothing else was undone yet. */
function hasLeftAnyway({ ending, trackingNumber }: OrderState): boolean {
  return ending?.as === 'cancelled' && trackingNumber !== undefined;
}

/** Only of what it waits for: an approval that was withdrawn because another one was asked for says so, too. */
function decided(
  order: OrderState,
  { approval, state, reason }: Extract<OrderNotice, { kind: 'decided' }>,
): readonly OrderFact[] {
  const waitsFor = order.return ? pendingReturn(order.return) : pendingOrder(order);
  if (approval !== waitsFor) return [];
  if (state === 'approved') return [{ kind: 'approved' }];
  const why = reason === undefined ? '' : ` ${reason}`;
  const isNo = `The approval ${state === 'failed' ? 'has failed' : `is ${state}`}.${why}`;
  if (order.return) return [{ kind: 'return-refused', reason: isNo }];
  // When it has failed, nobody has turned it down: it could not even be asked for.
  return state === 'failed'
    ? givenUp(order, isNo)
    : [{ kind: 'given-up', as: 'cancelled', reason: isNo }];
}

/** The approval that the order waits for. */
function pendingOrder({ approval, ending }: OrderState): string | undefined {
  return approval && !approval.approved && !ending ? approval.id : undefined;
}

function pendingReturn({ state, approval }: OrderReturn): string | undefined {
  return state === 'asked' ? approval : undefined;
}

function clockStruck(order: OrderState, at: string): readonly OrderFact[] {
  const move = nextMove(order);
  if (move.kind !== 'wait' || move.until === undefined || move.until > at) return [];
  return [
    order.ending || order.return
      ? { kind: 'undo-retried' }
      : { kind: 'proceeded', why: 'deadline' },
  ];
}

/** After all tries of its policy: five minutes, doubled each time, at most a day. */
function pauseAfter(failures: number): number {
  return Math.min(5 * 60_000 * 2 ** Math.min(failures, 20), 24 * 60 * 60_000);
}

function later(at: string, ms: number): string {
  return new Date(Date.parse(at) + ms).toISOString();
}
