/** What a running document answers to: its update, its signals, its queries. */
import { CancellationScope, setHandler } from '@temporalio/workflow';
import type { Via } from '../../contracts/caller.ts';
import type { Command } from '../../contracts/documents/commands.ts';
import type { Refusal } from '../../contracts/failures.ts';
import { isSystem, type Caller } from '../shared/caller.ts';
import { failureOf } from '../shared/failure.ts';
import { guarded } from '../shared/guarded.ts';
import { isJsonObject } from '../shared/json.ts';
import { callOf } from '../shared/judging.ts';
import { asItStands } from '../durable/suspension.ts';
import type { HeldSignal } from '../shared/holding.ts';
import { refusedOf } from '../shared/reception.ts';
import {
  atVersion,
  fitting,
  serveAnySignal,
  serveSignal,
  takeHeld,
  type Receive,
} from '../shared/serving.ts';
import { task } from '../shared/task.ts';
import { approvalEvents, COMMAND, commandFromEvent, parseCommand } from './commands.ts';
import { accept, judge, notice, turnDown, type Message } from './judge.ts';
import type { Ledger } from './ledger.ts';
import type { Found } from './decide.ts';
import { inTurn, letGo, lookUp, needsLookup } from './lookups.ts';
import {
  commandUpdate,
  documentQuery,
  historyQuery,
  NOTICE,
  statusQuery,
  type CommandResult,
} from './messages.ts';
import { actionName } from './actions.ts';
import { allowedActions, readableOf } from './permissions.ts';
import type { Notice } from './system.ts';
import { statusOf, viewOf } from './view.ts';

/** Registers every handler, and judges what came in before. */
export async function serveMessages(ledger: Ledger, held: readonly HeldSignal[]): Promise<void> {
  const { definition } = ledger.state;
  setHandler(commandUpdate, (raw, caller = {}) => carryOutCommand(ledger, raw, caller), {
    description:
      'Any command: {"kind": "fill", "section", "data"}, {"kind": "approve"}, ... Answers or refuses.',
    validator: (raw, caller = {}) => {
      const result = judge(ledger, updateOf(raw, caller));
      if (!result.ok) throw failureOf(atVersion(ledger.state.version, result.refusal));
    },
  });
  const receive: Receive = (name, payload, caller) => receiveSignal(ledger, name, payload, caller);
  serveAnySignal(receive);
  for (const [name, section] of Object.entries(definition.sections))
    serveSignal(name, `Fills ${section.title}.`, receive);
  for (const name of approvalEvents(definition))
    serveSignal(name, 'Decides: true, false or {"approved": ..., "reason": ...}.', receive);
  serveSignal(COMMAND, 'Any command, like the update, but without an answer.', receive);
  serveQueries(ledger);
  await takeHeld(held, receive);
}

function serveQueries(ledger: Ledger): void {
  setHandler(statusQuery, () => statusOf(asItStands(ledger.state), refusedOf(ledger)), {
    description: 'Where the document stands.',
  });
  setHandler(documentQuery, () => asItStands(ledger.state), { description: 'The whole document.' });
  setHandler(
    historyQuery,
    () => ({
      events: ledger.tail,
      refused: ledger.refused,
      refusedCount: ledger.refusedCount,
      ...readableOf(ledger.state),
    }),
    { description: 'Recent history entries and refused signals.' },
  );
}

/** Takes a command in; a refused one is recorded, because nobody waits for the answer. */
export function receive(ledger: Ledger, via: Via, command: Command, caller: Caller): void {
  settle(ledger, { name: command.kind, command: { ok: true, value: command }, via, caller });
}

/** Returns a promise only when something has to be looked up, so that messages are judged in their order. */
function receiveSignal(
  ledger: Ledger,
  name: string,
  payload: unknown,
  caller: Caller,
): Promise<void> | void {
  if (name === NOTICE && isSystem(caller) && isJsonObject(payload)) {
    notice(ledger, payload as unknown as Notice);
    return;
  }
  const command = guarded(() => commandFromEvent(ledger.state.definition, name, payload));
  const message: Message = { name, command, via: 'signal', caller };
  if (!needsLookup(ledger, command) || !judge(ledger, message).ok) return settle(ledger, message);
  return settleLater(ledger, message);
}

function settle(ledger: Ledger, message: Message): void {
  const result = judge(ledger, message);
  if (result.ok) accept(ledger, message, result.value);
  else turnDown(ledger, message, result.refusal);
}

async function settleLater(ledger: Ledger, message: Message): Promise<void> {
  const refusal = await settleLooked(ledger, message);
  if (refusal) turnDown(ledger, message, refusal);
}

/**
 * Looks up, judges again, takes in; what was noted for nothing is taken back. Returns why not. A cancelled workflow too
 * goes through with it: the exception would end a signal's handler, and with it the workflow before it is archived.
 */
async function settleLooked(ledger: Ledger, message: Message): Promise<Refusal | undefined> {
  return CancellationScope.nonCancellable(() =>
    inTurn(ledger, () => lookUpAndSettle(ledger, message)),
  );
}

async function lookUpAndSettle(ledger: Ledger, message: Message): Promise<Refusal | undefined> {
  const { command } = message;
  if (!needsLookup(ledger, command)) return settleNow(ledger, message);
  const found = await lookUp(ledger, command.value, callOf(message));
  if (!found.ok) return found.refusal;
  const refusal = settleNow(ledger, message, found.value);
  if (refusal) await letGo(ledger, command.value);
  return refusal;
}

function settleNow(ledger: Ledger, message: Message, found?: Found): Refusal | undefined {
  const result = judge(ledger, message, found);
  if (!result.ok) return result.refusal;
  accept(ledger, message, result.value);
  return undefined;
}

function updateOf(raw: unknown, caller: Caller): Message {
  const command = guarded(() => parseCommand(raw));
  return { name: command.ok ? command.value.kind : COMMAND, command, via: 'update', caller };
}

/** Answers at once, unless something has to be looked up. */
function carryOutCommand(
  ledger: Ledger,
  raw: unknown,
  caller: Caller,
): CommandResult | Promise<CommandResult> {
  const message = updateOf(raw, caller);
  const result = judge(ledger, message);
  // The validator has just said yes to the same state; a replay skips validators and must come to the same end.
  if (!result.ok) throw failureOf(atVersion(ledger.state.version, result.refusal));
  mark(ledger);
  if (needsLookup(ledger, message.command) && !result.value.before)
    return carryOutLooked(ledger, message);
  accept(ledger, message, result.value);
  const changed = result.value.before?.changed ?? result.value.events.length > 0;
  return answer(ledger, message, changed);
}

async function carryOutLooked(ledger: Ledger, message: Message): Promise<CommandResult> {
  const before = ledger.state.sequence;
  const refusal = await settleLooked(ledger, message);
  if (refusal) throw failureOf(atVersion(ledger.state.version, refusal));
  return answer(ledger, message, ledger.state.sequence > before);
}

/** Notes that an update was accepted in this workflow task: what follows from it is not in the history for sure. */
function mark(ledger: Ledger): void {
  const { number } = task();
  if (ledger.updatedIn < number) ledger.committed = ledger.tail.length;
  ledger.updatedIn = number;
}

function answer(ledger: Ledger, message: Message, changed: boolean): CommandResult {
  const { state } = ledger;
  const { actor } = callOf(message);
  const core: CommandResult = { changed, state: state.state, version: state.version };
  const allowed = allowedActions(state, actor).map(actionName);
  const document = viewOf(state, { data: false, reader: actor });
  return fitting(core, { ...core, allowed, document });
}
