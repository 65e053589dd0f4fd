/** How an order lives, on its way to the customer and back: one move after the other, and what others see of it. */
import type { SearchAttributePair, SearchAttributeUpdatePair } from '@temporalio/common';
import {
  allHandlersFinished,
  condition,
  makeContinueAsNewFunc,
  setCurrentDetails,
  workflowInfo,
} from '@temporalio/workflow';
import { LIMITS } from '../../contracts/limits.ts';
import { durably, uncommitted } from '../shared/activities.ts';
import { archiveWhole, type Life } from '../shared/life.ts';
import { refusedOf } from '../shared/reception.ts';
import { task } from '../shared/task.ts';
import { upsertStale } from '../shared/upserts.ts';
import { announceOrder } from './announce.ts';
import { askForApproval, withdrawApproval } from './approval.ts';
import { orderDetails } from './console.ts';
import { hear } from './handlers.ts';
import type { CarriedOrder, OrderLedger } from './ledger.ts';
import { isRemote, nextMove } from './moves.ts';
import { performStep, performUndo } from './perform.ts';
import { isUnderWay, type OrderState } from './state.ts';
import { orderSteps } from './steps.ts';

/** What lists and the Durable Functions dialect find of its workflow. */
export interface Shown {
  readonly memo: (order: OrderState) => Record<string, unknown>;
  /** All of them; `null` where there is nothing to say. */
  readonly attributes: (order: OrderState) => SearchAttributeUpdatePair[];
}

export function lifeOf(ledger: OrderLedger, shown: Shown): Life {
  return {
    isOpen: () => isUnderWay(ledger.order),
    prepare: async () => {},
    publish: () => publish(ledger, shown),
    carryOut: () => moveOn(ledger, shown),
    renewal: {
      isDue: () => ledger.received >= LIMITS.messagesPerRun || task().historyIsLong,
      continueAsNew: () => continueAsNew(ledger, shown),
    },
    nextStrike: () => {
      const move = nextMove(ledger.order);
      return move.kind === 'wait' && move.until !== undefined ? Date.parse(move.until) : undefined;
    },
    tick: () => hear(ledger, { kind: 'tick' }),
  };
}

/** One move after the other, until somebody else has to act or all is done. */
async function moveOn(ledger: OrderLedger, shown: Shown): Promise<void> {
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
        if (isRemote(ledger.order, move.step)) publish(ledger, shown);
        hear(ledger, await performStep(ledger.order, move.step, stepsOf(ledger)));
        break;
      case 'undo':
        publish(ledger, shown);
        hear(ledger, await performUndo(ledger.order, move.step, stepsOf(ledger)));
        break;
      case 'close':
        await withdrawIfOpen(ledger.order);
        hear(ledger, { kind: 'close' });
    }
  }
}

/** Of an order that was cancelled before somebody has decided on it. */
async function withdrawIfOpen({ approval, ending }: OrderState): Promise<void> {
  if (approval && !approval.approved && ending) await withdrawApproval(approval.id, ending.reason);
}

function stepsOf(ledger: OrderLedger) {
  return orderSteps(ledger.order, uncommitted(ledger));
}

/** Keeps memo, search attributes and the Web UI's details in step with the order. */
function publish(ledger: OrderLedger, { memo, attributes }: Shown): void {
  upsertStale(memo(ledger.order), attributes(ledger.order));
  setCurrentDetails(orderDetails(ledger.order, refusedOf(ledger)));
  announceOrder(ledger);
}

/** Writes the order, of which `workflowId` is the workflow, to the archive; only then may its workflow end. */
export async function closeOrder(
  ledger: OrderLedger,
  shown: Shown,
  workflowId: string,
): Promise<void> {
  await condition(allHandlersFinished);
  publish(ledger, shown);
  const nothing = async (): Promise<void> => {};
  await archiveWhole(ledger, [], nothing, (when) => keepOrder(ledger, workflowId, when));
}

/** Writes it to the archive as it is. */
export async function keepOrder(
  { order, refused, refusedCount }: OrderLedger,
  workflowId: string,
  when: { readonly afterCommit: boolean },
): Promise<void> {
  const row = { workflowId, order, refused, refusedCount };
  await durably('archiveOrder', 'Archive the order', row, when);
}

/** What the next run of the same workflow is started with. */
export interface Continued {
  readonly carried: CarriedOrder;
}

async function continueAsNew(ledger: OrderLedger, shown: Shown): Promise<void> {
  const { order, refused, refusedCount, outcomes } = ledger;
  if (nextMove(order).kind !== 'wait') return;
  const set = shown.attributes(order).filter(({ value }) => value !== null);
  // Said anew, because the next run would otherwise have the memo of the first start until its first task is done.
  const next = makeContinueAsNewFunc<(input: Continued) => Promise<unknown>>({
    memo: { ...workflowInfo().memo, ...shown.memo(order) },
    typedSearchAttributes: set as SearchAttributePair[],
  });
  await next({ carried: { order, refused, refusedCount, outcomes } });
}
