/** An order from its placement to its end: one step after the other, or everything undone. */
import { ApplicationFailure, CancellationScope, workflowInfo } from '@temporalio/workflow';
import { idFromWorkflowId } from '../../contracts/ids.ts';
import type { Caller } from '../shared/caller.ts';
import { isContinuation } from '../shared/continuation.ts';
import { liveUntilClosed } from '../shared/life.ts';
import { beginOrder, holdMessages } from './begin.ts';
import { orderAttributes } from './console.ts';
import { serveOrder } from './handlers.ts';
import { openOrder, type OrderLedger } from './ledger.ts';
import { closeOrder, lifeOf, type Continued, type Shown } from './life.ts';
import { ORDER_COMMAND } from './messages.ts';
import { orderMemo } from './view.ts';

const SHOWN: Shown = { memo: orderMemo, attributes: orderAttributes };

/**
 * An order, from its placement to the mail with the tracking number, which is the result.
 *
 * `input` is an `OrderRequest`, from the gateway or from anybody with the CLI; an unusable one ends the workflow FAILED
 * with the reason. An order that fails ends it FAILED after everything was undone; one that is cancelled completes it,
 * or, by a cancel request to the workflow, ends it CANCELED. No order ends before what was done of it is undone or settled.
 */
export async function order(input: unknown, caller: Caller): Promise<string> {
  const { workflowId } = workflowInfo();
  const id = idFromWorkflowId('order', workflowId);
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
    await liveUntilClosed(ledger, lifeOf(ledger, SHOWN));
    await closeOrder(ledger, SHOWN, workflowId);
    if (cancelled !== undefined && ledger.order.state === 'cancelled') throw cancelled;
    return resultOf(ledger);
  });
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
