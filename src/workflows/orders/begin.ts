/** From the input of a start, whatever it is, to an open order; and what happens to messages until then. */
import { setHandler, workflowInfo } from '@temporalio/workflow';
import type { Call } from '../../contracts/caller.ts';
import { ok, type Refusal, type Result } from '../../contracts/failures.ts';
import type { OrderRequest, Quote } from '../../contracts/orders/types.ts';
import { durably } from '../shared/activities.ts';
import { actorOf, isSystem, viaOf, type Caller } from '../shared/caller.ts';
import { rejectStart } from '../shared/failed-start.ts';
import { guarded, now } from '../shared/guarded.ts';
import { holdSignals, type HeldSignal } from '../shared/holding.ts';
import { openOrder, type CarriedOrder, type OrderLedger } from './ledger.ts';
import { orderQuery, orderStatusQuery, orderUpdate } from './messages.ts';
import { decidePlace, parseOrderRequest, type ResolvedOrder } from './request.ts';
import { orderOf } from './state.ts';

/**
 * Handlers for the time in which an order started by the CLI is being checked: signals wait, commands are refused as
 * `starting`. Returns the list in which the signals wait.
 */
export function holdMessages(orderId: string): HeldSignal[] {
  const held = holdSignals(orderUpdate, 'The order is being checked.');
  setHandler(orderStatusQuery, () => ({
    orderId,
    state: 'starting' as const,
    customStatus: 'Starting',
    refused: { count: 0 },
  }));
  setHandler(orderQuery, () => undefined);
  return held;
}

/** What the reconciler has carried over from a run that was ended behind our back; nobody else can. */
export function carriedOver(caller: Caller): CarriedOrder | undefined {
  if (!isSystem(caller)) return undefined;
  return (caller.context?.resolved as { readonly carried?: CarriedOrder } | undefined)?.carried;
}

const NO_CRON: Refusal = {
  code: 'invalid-request',
  detail: 'An order cannot be started on a cron schedule: each run would have the same id.',
};

/** Who names an order means that one, once; under another id it would be another order. */
function notItself(id: string): Refusal {
  const detail = `This is the order ${id}, whatever its input says.`;
  const wants = `must be ${id} or left out; the order X is the workflow order:X`;
  return { code: 'invalid-request', detail, errors: [{ pointer: '/orderId', detail: wants }] };
}

/** The new order, or an `ApplicationFailure` that says what is wrong with the input. */
export async function beginOrder(id: string, input: unknown, caller: Caller): Promise<OrderLedger> {
  const resolved = caller.context?.resolved as ResolvedOrder | undefined;
  const at = resolved?.at ?? now();
  const start = { kind: 'order', id, type: '', at } as const;
  if (workflowInfo().cronSchedule !== undefined) throw await rejectStart(start, NO_CRON);
  const request = guarded(() => parseOrderRequest(input));
  if (!request.ok) throw await rejectStart(start, request.refusal);
  const { orderId = id } = request.value;
  if (orderId !== id) throw await rejectStart(start, notItself(id));
  const quote = resolved ? ok(resolved.quote) : await quoteFor(id, request.value);
  if (!quote.ok) throw await rejectStart(start, quote.refusal);
  const known = { ...resolved, quote: quote.value };
  const actor = actorOf(caller, request.value.actor);
  const call: Call = { actor, at, via: viaOf(caller, 'start') };
  return openOrder(orderOf(id, decidePlace(request.value, known, call)));
}

async function quoteFor(orderId: string, { lines, coupon }: OrderRequest): Promise<Result<Quote>> {
  const off = coupon === undefined ? {} : { coupon };
  return durably('quoteOrder', 'Look up prices and terms', { orderId, lines, ...off });
}
