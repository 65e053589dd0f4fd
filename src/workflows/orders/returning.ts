/** The way back of an order that has arrived: somebody decides on it, the money is given back, the goods can be sold again. */
import { CancellationScope, upsertMemo, workflowInfo } from '@temporalio/workflow';
import type { Call } from '../../contracts/caller.ts';
import { refuse, type Refusal, type Result } from '../../contracts/failures.ts';
import { orderOfReturn } from '../../contracts/ids.ts';
import type { OrderCommand } from '../../contracts/orders/commands.ts';
import {
  DossierCreatedAt,
  DossierNeedsAttention,
  DossierOwner,
  searchText,
} from '../../contracts/search-attributes.ts';
import { durably, uncommitted } from '../shared/activities.ts';
import { actorOf, viaOf, type Caller } from '../shared/caller.ts';
import { isContinuation } from '../shared/continuation.ts';
import { failureOf } from '../shared/failure.ts';
import { guarded, now } from '../shared/guarded.ts';
import { isJsonObject } from '../shared/json.ts';
import { liveUntilClosed } from '../shared/life.ts';
import { withdrawApproval } from './approval.ts';
import { decideOrder } from './decide.ts';
import { serveOrder } from './handlers.ts';
import { openOrder, take, type OrderLedger } from './ledger.ts';
import { closeOrder, keepOrder, lifeOf, type Continued, type Shown } from './life.ts';
import { parseOrderCommand, type OrderKept } from './messages.ts';
import type { ReturnStatus } from './return-state.ts';
import { isUnderWay, needsAttention, orderEvents, type OrderState } from './state.ts';
import { orderSummary } from './view.ts';

/** No `DossierKind`: lists of orders have the order itself, from the archive. */
const SHOWN: Shown = {
  memo: (order) => ({
    customStatus: orderSummary(order).customStatus.slice(0, 1_000).toWellFormed(),
  }),
  attributes: (order) => [
    { key: DossierOwner, value: searchText(order.owner) },
    { key: DossierCreatedAt, value: new Date(order.return?.askedAt ?? order.updatedAt) },
    { key: DossierNeedsAttention, value: needsAttention(order) ? true : null },
  ],
};

/**
 * The return of a finished order. The workflow id is `return:{orderId}`, so an order has one at a time; `input` is
 * `{reason}`, and `actor` from the CLI. The order stays in the archive all the time, and this workflow is the only one
 * that changes it there. Ended half way, it goes on where it was when the return is asked for again.
 *
 * @returns how it ended: `granted` or `refused`
 */
export async function returnOrder(input: unknown, caller: Caller): Promise<ReturnStatus> {
  // Who asked for it may think better of it through the approval; money that is on its way is not to be called back.
  return CancellationScope.nonCancellable(async () => {
    const orderId = orderOfReturn(workflowInfo().workflowId);
    const found = orderId === undefined ? undefined : await lookUp(orderId);
    if (!found) throw refusal({ code: 'not-found', detail: `There is no finished order for it.` });
    const { workflowId, ...kept } = found;
    const ledger = isContinuation<Continued>(input)
      ? openOrder(input.carried.order, input.carried)
      : await begin(kept, input, caller);
    await serveOrder(ledger, []);
    const life = lifeOf(ledger, SHOWN);
    await liveUntilClosed(ledger, {
      ...life,
      carryOut: async () => {
        await life.carryOut();
        if (ledger.order.state === 'returned') await tellCustomer(ledger.order);
        else if (isUnderWay(ledger.order)) await keepOrder(ledger, workflowId, uncommitted(ledger));
      },
    });
    await closeOrder(ledger, SHOWN, workflowId);
    return ledger.order.return?.state ?? 'refused';
  });
}

function lookUp(orderId: string) {
  return durably('findOrder', 'Look up the order', { orderId });
}

/** The order with its return asked for. @throws ApplicationFailure that says why it cannot be returned */
async function begin(kept: OrderKept, input: unknown, caller: Caller): Promise<OrderLedger> {
  const command = parse(input);
  if (!command.ok) throw refusal(command.refusal);
  const call: Call = {
    actor: actorOf(caller, command.value.actor),
    at: now(),
    via: viaOf(caller, 'start'),
  };
  const ledger = openOrder(kept.order, { ...kept, refused: [...kept.refused], outcomes: [] });
  const { return: before } = kept.order;
  const decided = guarded(() => decideOrder(kept.order, command.value, call));
  if (!decided.ok) throw refusal(decided.refusal);
  take(ledger, decided.value);
  // An earlier run was ended, and would have been told; whoever decides is asked anew.
  if (before?.state === 'asked') {
    if (before.approval !== undefined) await withdrawApproval(before.approval, 'Asked for anew.');
    take(
      ledger,
      orderEvents(ledger.order, call, [{ kind: 'return-asked', reason: before.reason }]),
    );
  }
  return ledger;
}

function parse(input: unknown): Result<OrderCommand> {
  return isJsonObject(input)
    ? guarded(() => parseOrderCommand({ ...input, kind: 'return' }))
    : refuse('invalid-request', 'The input of a return is {"reason": "..."}.');
}

function refusal(why: Refusal): Error {
  upsertMemo({ customStatus: `Failed: ${why.detail}`.slice(0, 1_000) });
  return failureOf(why);
}

async function tellCustomer({ orderId, customer, lines, totalMinor, terms, ...order }: OrderState) {
  const { creditMinor = 0, cardMinor = 0 } = order.paid ?? {};
  const { trackingNumber = '' } = order;
  const { currency } = terms;
  const about = { orderId, customer, lines, totalMinor, currency, trackingNumber };
  const refunded = { ...about, refundedMinor: creditMinor + cardMinor };
  await durably('EmailCustomer', 'Tell the customer', refunded, { afterCommit: true });
}
