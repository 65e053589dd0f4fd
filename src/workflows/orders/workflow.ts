/** The life of an order: one step after the other, or everything undone. */
import {
  allHandlersFinished,
  ApplicationFailure,
  CancellationScope,
  condition,
  makeContinueAsNewFunc,
  setCurrentDetails,
  workflowInfo,
} from '@temporalio/workflow';
import { idFromWorkflowId } from '../../contracts/ids.ts';
import { LIMITS } from '../../contracts/limits.ts';
import { isOpenOrder } from '../../contracts/orders/types.ts';
import { durably, uncommitted } from '../shared/activities.ts';
import type { Caller } from '../shared/caller.ts';
import { isContinuation } from '../shared/continuation.ts';
import { archiveWhole, liveUntilClosed, type Life } from '../shared/life.ts';
import { refusedOf } from '../shared/reception.ts';
import { task } from '../shared/task.ts';
import { upsertStale } from '../shared/upserts.ts';
import { announceOrder } from './announce.ts';
import { askForApproval, withdrawApproval } from './approval.ts';
import { beginOrder, holdMessages } from './begin.ts';
import { orderAttributes, orderDetails, setOrderAttributes } from './console.ts';
import { hear, serveOrder } from './handlers.ts';
import { openOrder, type CarriedOrder, type OrderLedger } from './ledger.ts';
import { ORDER_COMMAND } from './messages.ts';
import { isRemote, nextMove } from './moves.ts';
import { performStep, performUndo } from './perform.ts';
import { orderSteps } from './steps.ts';
import { orderMemo } from './view.ts';

/**
 * An order, from its placement to the mail with the tracking number, which is the result.
 *
 * `input` is an `OrderRequest`, from the gateway or from anybody with the CLI; an unusable one ends the workflow FAILED
 * with the reason. An order that fails ends it FAILED after everything was undone; one that is cancelled completes it,
 * or, by a cancel request to the workflow, ends it CANCELED. No order ends before what was done of it is undone or settled.
 */
export async function order(input: unknown, caller: Caller): Promise<string> {
  const id = idFromWorkflowId('order', workflowInfo().workflowId);
  const continued = isContinuation<Continued>(input);
  // Without a wait, Temporal itself keeps messages until there are handlers.
  const held = continued || caller.context?.resolved !== undefined ? [] : holdMessages(id);
  let cancelled: unknown;
  // Steps and undos are not to be interrupted; a cancel request is a command like any other.
  const wanted = CancellationScope.current().cancelRequested;
  return CancellationScope.nonCancellable(async () => {
    const ledger = continued
      ? openOrder(input.carried.order, input.carried)
      : await beginOrder(id, input, caller);
    const receive = await serveOrder(ledger, held);
    wanted.catch((failure: unknown) => {
      cancelled = failure;
      const reason = 'Cancelled through Temporal.';
      void receive(ORDER_COMMAND, { kind: 'cancel', reason }, {});
    });
    await liveUntilClosed(ledger, lifeOf(ledger));
    await close(ledger);
    if (cancelled !== undefined && ledger.order.state === 'cancelled') throw cancelled;
    return resultOf(ledger);
  });
}

function lifeOf(ledger: OrderLedger): Life {
  return {
    isOpen: () => isOpenOrder(ledger.order.state),
    prepare: async () => {},
    publish: () => publish(ledger),
    carryOut: () => moveOn(ledger),
    renewal: {
      isDue: () => ledger.received >= LIMITS.messagesPerRun || task().historyIsLong,
      continueAsNew: () => continueAsNew(ledger),
    },
    nextStrike: () => {
      const move = nextMove(ledger.order);
      return move.kind === 'wait' && move.until !== undefined ? Date.parse(move.until) : undefined;
    },
    tick: () => hear(ledger, { kind: 'tick' }),
  };
}

/** One move after the other, until somebody else has to act or all is done. */
async function moveOn(ledger: OrderLedger): Promise<void> {
  for (;;) {
    announceOrder(ledger);
    const move = nextMove(ledger.order);
    switch (move.kind) {
      case 'wait':
        return;
      case 'ask':
        await askForApproval(ledger);
        break;
      case 'step':
        hear(ledger, { kind: 'begun', step: move.step });
        if (isRemote(ledger.order, move.step)) publish(ledger);
        hear(ledger, await performStep(ledger.order, move.step, stepsOf(ledger)));
        break;
      case 'undo':
        publish(ledger);
        hear(ledger, await performUndo(ledger.order, move.step, stepsOf(ledger)));
        break;
      case 'close':
        if (move.state === 'cancelled') await withdrawApproval(ledger);
        hear(ledger, { kind: 'close' });
    }
  }
}

function stepsOf(ledger: OrderLedger) {
  return orderSteps(ledger.order, uncommitted(ledger));
}

/** Keeps memo, search attributes and the Web UI's details in step with the order. */
function publish(ledger: OrderLedger): void {
  upsertStale(orderMemo(ledger.order), orderAttributes(ledger.order));
  setCurrentDetails(orderDetails(ledger.order, refusedOf(ledger)));
  announceOrder(ledger);
}

/** Writes the order to the archive; only then may the workflow end. */
async function close(ledger: OrderLedger): Promise<void> {
  await condition(allHandlersFinished);
  publish(ledger);
  const { workflowId } = workflowInfo();
  const nothing = async (): Promise<void> => {};
  await archiveWhole(ledger, [], nothing, async (when) => {
    const { order: finished, refused, refusedCount } = ledger;
    const row = { workflowId, order: finished, refused, refusedCount };
    await durably('archiveOrder', 'Archive the order', row, when);
  });
}

async function continueAsNew(ledger: OrderLedger): Promise<void> {
  const { order: carriedOrder, refused, refusedCount, outcomes } = ledger;
  if (nextMove(carriedOrder).kind !== 'wait') return;
  // Said anew, because the next run would otherwise have the memo of the first start until its first task is done.
  const next = makeContinueAsNewFunc<(input: Continued) => Promise<string>>({
    memo: { ...workflowInfo().memo, ...orderMemo(carriedOrder) },
    typedSearchAttributes: setOrderAttributes(carriedOrder),
  });
  await next({ carried: { order: carriedOrder, refused, refusedCount, outcomes } });
}

interface Continued {
  readonly carried: CarriedOrder;
}

/** The tracking number; nothing of one that was cancelled. @throws ApplicationFailure of one that has failed */
function resultOf({
  order: { state, trackingNumber = '', closedReason = '' },
}: OrderLedger): string {
  if (state !== 'failed') return trackingNumber;
  throw ApplicationFailure.create({
    type: 'order-failed',
    message: closedReason,
    nonRetryable: true,
  });
}
