/** What a running order answers to: its update, its signals, its queries; and what steps and clocks tell it. */
import { setHandler } from '@temporalio/workflow';
import { APPROVAL_STATES } from '../../contracts/approvals/types.ts';
import { ok } from '../../contracts/failures.ts';
import { PROCEED, RESTOCKED } from '../../contracts/orders/commands.ts';
import { APPROVAL_DECIDED, type ApprovalOutcome } from '../approvals/messages.ts';
import { asItStands } from '../durable/suspension.ts';
import { isSystem } from '../shared/caller.ts';
import { commandHandlers } from '../shared/commanded.ts';
import { guarded, now } from '../shared/guarded.ts';
import { isJsonObject } from '../shared/json.ts';
import type { HeldSignal } from '../shared/holding.ts';
import { systemCall } from '../shared/judging.ts';
import { refusedOf } from '../shared/reception.ts';
import { fitting, serveAnySignal, serveSignal, takeHeld, type Receive } from '../shared/serving.ts';
import { decideOrder, hearOrder, type OrderNotice } from './decide.ts';
import { take, type OrderLedger } from './ledger.ts';
import {
  ORDER_COMMAND,
  orderCommandOf,
  orderQuery,
  orderStatusQuery,
  orderUpdate,
  parseOrderCommand,
  type OrderResult,
} from './messages.ts';
import { allowedTo } from './rights.ts';
import { orderSummary, orderView } from './view.ts';

/** Registers all handlers, and judges what came in before there were any. Returns what takes in signals. */
export async function serveOrder(
  ledger: OrderLedger,
  held: readonly HeldSignal[],
): Promise<Receive> {
  const command = commandHandlers({
    reception: ledger,
    update: orderUpdate,
    description:
      'Any command: {"kind": "cancel", "reason"}, {"kind": "proceed"}, ... Answers or refuses.',
    parse: parseOrderCommand,
    commandOf: orderCommandOf,
    decide: (what, call) => decideOrder(ledger.order, what, call),
    take: (events) => take(ledger, events),
    version: () => 1,
    answer: (changed, { actor }): OrderResult => {
      const { order } = ledger;
      const core: OrderResult = { changed, state: order.state };
      return fitting(core, {
        ...core,
        allowed: allowedTo(order, actor, now()),
        order: orderView(order),
      });
    },
  });
  const receive: Receive = (name, payload, caller) => {
    const notice = isSystem(caller) ? noticeOf(name, payload) : undefined;
    if (!notice) return command.receive(name, payload, caller);
    if (notice.kind === 'decided') ledger.decisions.push(notice);
    hear(ledger, notice);
  };
  command.serveUpdate();
  serveAnySignal(receive);
  serveSignal(PROCEED, 'Tries again at once what it waits for, such as stock.', receive);
  serveSignal(ORDER_COMMAND, 'Any command, like the update, but without an answer.', receive);
  setHandler(
    orderStatusQuery,
    () => ({ ...orderSummary(asItStands(ledger.order)), refused: refusedOf(ledger) }),
    { description: 'Where the order stands.' },
  );
  setHandler(
    orderQuery,
    () => {
      const { order, refused, refusedCount } = ledger;
      return { order: asItStands(order), refused, refusedCount };
    },
    { description: 'The whole order with its history, and refused signals.' },
  );
  await takeHeld(held, receive);
  return receive;
}

/** What the service itself says by a signal; undefined when it is nothing of that. */
function noticeOf(name: string, payload: unknown): OrderNotice | undefined {
  if (name === RESTOCKED) return { kind: 'restocked' };
  if (name !== APPROVAL_DECIDED || !isJsonObject(payload)) return undefined;
  const { id, state, reason } = payload as Partial<Record<keyof ApprovalOutcome, unknown>>;
  const known = APPROVAL_STATES.find((one) => one === state);
  if (known === undefined || typeof id !== 'string') return undefined;
  const why = typeof reason === 'string' ? { reason } : {};
  return { kind: 'decided', approval: id, state: known, ...why };
}

/** What a step, a clock, another workflow or the engine has to say. */
export function hear(ledger: OrderLedger, notice: OrderNotice): void {
  const heard = guarded(() => ok(hearOrder(ledger.order, notice, systemCall())));
  take(ledger, heard.ok ? heard.value : []);
}
