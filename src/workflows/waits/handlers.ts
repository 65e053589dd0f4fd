/** What a running wait answers to: its update, its signals, its queries; and what the clock tells it. */
import { setHandler } from '@temporalio/workflow';
import { OPERATOR_ROLE } from '../../contracts/caller.ts';
import { DURABLE_SIGNALS } from '../../contracts/durable.ts';
import { ok, type Result } from '../../contracts/failures.ts';
import type { WaitCommand } from '../../contracts/waits/commands.ts';
import type { WaitEvent } from '../../contracts/waits/events.ts';
import { asItStands } from '../durable/suspension.ts';
import type { Caller } from '../shared/caller.ts';
import { failureOf } from '../shared/failure.ts';
import { guarded } from '../shared/guarded.ts';
import {
  callOf,
  judgeBy,
  keepResult,
  systemCall,
  type Judged,
  type Message,
} from '../shared/judging.ts';
import { recordRefusal, refusedOf } from '../shared/reception.ts';
import { refusedCommand } from '../shared/refusals.ts';
import { atVersion, fitting, serveAnySignal, serveSignal } from '../shared/serving.ts';
import { task } from '../shared/task.ts';
import { parseWaitCommand, WAIT_COMMAND, waitCommandOf } from './commands.ts';
import { decideWait, hearWait, type WaitNotice } from './decide.ts';
import { take, type WaitLedger } from './ledger.ts';
import { waitQuery, waitStatusQuery, waitUpdate, type WaitResult } from './messages.ts';
import { allowedToWait } from './rights.ts';
import { waitSummary } from './view.ts';

type CommandMessage = Message<WaitCommand>;

/** Registers the handlers of the update, of the queries, and of every signal: what is no event of the wait is refused. */
export function serveWait(ledger: WaitLedger): void {
  const receive = (name: string, payload: unknown, caller: Caller): void =>
    receiveSignal(ledger, name, payload, caller);
  // First, so that what came before there were handlers is judged in its order.
  serveAnySignal(receive);
  for (const name of ledger.record.events)
    serveSignal(name, 'What this waits for; with any data.', receive);
  serveSignal(WAIT_COMMAND, 'Any command, like the update, but without an answer.', receive);
  setHandler(waitUpdate, (raw, caller = {}) => carryOutCommand(ledger, raw, caller), {
    description:
      'Any command: {"kind": "event", "event", "data"}, {"kind": "stop", "data"}, {"kind": "cancel", "reason"}. Answers or refuses.',
    validator: (raw, caller = {}) => {
      const result = judge(ledger, updateOf(raw, caller));
      if (!result.ok) throw failureOf(atVersion(ledger.record.version, result.refusal));
    },
  });
  setHandler(
    waitStatusQuery,
    () => ({ ...waitSummary(asItStands(ledger.record)), refused: refusedOf(ledger) }),
    { description: 'Where the wait stands.' },
  );
  setHandler(
    waitQuery,
    () => {
      const { record, refused, refusedCount } = ledger;
      return { record: asItStands(record), refused, refusedCount };
    },
    { description: 'The whole wait with all data that has come, and refused signals.' },
  );
}

/** What the clock or the engine has to say. */
export function hear(ledger: WaitLedger, notice: WaitNotice): void {
  const heard = guarded(() => ok(hearWait(ledger.record, notice, systemCall())));
  take(ledger, heard.ok ? heard.value : []);
}

function judge(ledger: WaitLedger, message: CommandMessage): Result<Judged<WaitEvent>> {
  return judgeBy(ledger, message, (command, call) => decideWait(ledger.record, command, call));
}

function updateOf(raw: unknown, caller: Caller): CommandMessage {
  const command = guarded(() => parseWaitCommand(raw));
  const name = command.ok ? command.value.kind : WAIT_COMMAND;
  return { name, command, via: 'update', caller };
}

function carryOutCommand(ledger: WaitLedger, raw: unknown, caller: Caller): WaitResult {
  const message = updateOf(raw, caller);
  // The validator has just said yes to the same state; a replay skips validators and must come to the same end.
  const judged = judge(ledger, message);
  if (!judged.ok) throw failureOf(atVersion(ledger.record.version, judged.refusal));
  ledger.updatedIn = task().number;
  const changed = accept(ledger, message, judged.value);
  const { record } = ledger;
  const { state, version } = record;
  const core: WaitResult = { changed, state, version };
  const allowed = allowedToWait(record, callOf(message).actor);
  return fitting(core, { ...core, allowed, wait: waitSummary(record) });
}

function receiveSignal(ledger: WaitLedger, name: string, payload: unknown, caller: Caller): void {
  const command = guarded(() => waitCommandOf(name, payload));
  const by = name === DURABLE_SIGNALS.terminate ? admitted(caller) : caller;
  const message: CommandMessage = { name, command, via: 'signal', caller: by };
  const judged = judge(ledger, message);
  if (judged.ok) {
    accept(ledger, message, judged.value);
    return;
  }
  const { version } = ledger.record;
  recordRefusal(ledger, refusedCommand(message.name, version, callOf(message), judged.refusal));
}

/** Whoever gets the dialect to terminate something has been let in there, be it by the code of the instance. */
function admitted(caller: Caller): Caller {
  const { context } = caller;
  if (!context) return caller;
  return { context: { ...context, roles: [...context.roles, OPERATOR_ROLE] } };
}

/** Whether it changed anything, now or when the same command came before. */
function accept(ledger: WaitLedger, message: CommandMessage, judged: Judged<WaitEvent>): boolean {
  take(ledger, judged.events);
  keepResult(ledger, message, judged, ledger.record.version);
  return judged.before?.changed ?? judged.events.length > 0;
}
