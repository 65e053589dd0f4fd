/** What a running approval answers to: its update, its signals, its queries; and what clocks and lookups tell it. */
import { CancellationScope, setHandler } from '@temporalio/workflow';
import type { RecordCommand } from '../../contracts/approvals/record-commands.ts';
import type { RecordEvent } from '../../contracts/approvals/record-events.ts';
import { ok, type Result } from '../../contracts/failures.ts';
import { durably } from '../shared/activities.ts';
import type { Caller } from '../shared/caller.ts';
import { failureOf } from '../shared/failure.ts';
import { guarded, now } from '../shared/guarded.ts';
import { asItStands } from '../durable/suspension.ts';
import type { HeldSignal } from '../shared/holding.ts';
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
import {
  atVersion,
  fitting,
  serveAnySignal,
  serveSignal,
  takeHeld,
  type Receive,
} from '../shared/serving.ts';
import { task } from '../shared/task.ts';
import { take, type ApprovalLedger } from './ledger.ts';
import {
  approvalQuery,
  approvalStatusQuery,
  approvalUpdate,
  type RecordResult,
} from './messages.ts';
import { decideRecord, hearRecord, stageToEnter, type RecordNotice } from './record-decide.ts';
import { parseRecordCommand, RECORD_COMMAND, recordCommandOf } from './record-messages.ts';
import { allowedTo, awaitsEntry } from './record-rights.ts';
import { approvalSummary, recordView } from './record-view.ts';

type CommandMessage = Message<RecordCommand>;

/** Registers the handlers of the update, of the queries, and of the signals that an approval acts upon. */
export function serveApproval(ledger: ApprovalLedger): void {
  const { event } = ledger.record.policy;
  setHandler(approvalUpdate, (raw, caller = {}) => carryOutCommand(ledger, raw, caller), {
    description:
      'Any command: {"kind": "approve"}, {"kind": "delegate", "to"}, {"kind": "submit", "subject"}, ... Answers or refuses.',
    validator: (raw, caller = {}) => {
      const result = judge(ledger, updateOf(raw, caller));
      if (!result.ok) throw failureOf(atVersion(ledger.record.version, result.refusal));
    },
  });
  const receive = receiving(ledger);
  serveSignal(event, 'Decides: true, false or {"approved": ..., "reason": ...}.', receive);
  serveSignal(RECORD_COMMAND, 'Any command, like the update, but without an answer.', receive);
  setHandler(
    approvalStatusQuery,
    () => ({ ...approvalSummary(asItStands(ledger.record)), refused: refusedOf(ledger) }),
    { description: 'Where the approval stands.' },
  );
  setHandler(
    approvalQuery,
    () => {
      const { record, refused, refusedCount } = ledger;
      return { record: asItStands(record), refused, refusedCount };
    },
    { description: 'The whole approval with its history, and refused signals.' },
  );
}

/** Records every signal that no handler is for as refused. To be called before {@link serveApproval}, for the order. */
export function serveForeign(ledger: ApprovalLedger): void {
  serveAnySignal(receiving(ledger));
}

/** Judges what came in before there were any handlers. */
export async function judgeHeld(
  ledger: ApprovalLedger,
  held: readonly HeldSignal[],
): Promise<void> {
  await takeHeld(held, receiving(ledger));
}

function receiving(ledger: ApprovalLedger): Receive {
  return (name, payload, caller) => receiveSignal(ledger, name, payload, caller);
}

/** What a clock, a lookup or the engine has to say. */
export function hear(ledger: ApprovalLedger, notice: RecordNotice): void {
  const heard = guarded(() => ok(hearRecord(ledger.record, notice, systemCall())));
  take(ledger, heard.ok ? heard.value : []);
}

/** Looks up whom the stage is for and enters it, once for all who ask; does nothing when none is to be entered. */
export async function enterStage(ledger: ApprovalLedger): Promise<void> {
  while (stageToEnter(ledger.record, now())) {
    ledger.entering ??= lookUpStage(ledger).finally(() => (ledger.entering = undefined));
    await ledger.entering;
  }
}

async function lookUpStage(ledger: ApprovalLedger): Promise<void> {
  const request = stageToEnter(ledger.record, now());
  if (!request) return;
  const { round } = ledger.record.approval;
  const entry = await durably('enterStage', 'Look up whom to ask', request);
  hear(ledger, { kind: 'entered', stage: request.stage, round, entry });
}

function judge(ledger: ApprovalLedger, message: CommandMessage): Result<Judged<RecordEvent>> {
  return judgeBy(ledger, message, (command, call) => decideRecord(ledger.record, command, call));
}

function updateOf(raw: unknown, caller: Caller): CommandMessage {
  const command = guarded(() => parseRecordCommand(raw));
  const name = command.ok ? command.value.kind : RECORD_COMMAND;
  return { name, command, via: 'update', caller };
}

/** Answers at once, unless it has to be looked up first whom the stage is for. */
function carryOutCommand(
  ledger: ApprovalLedger,
  raw: unknown,
  caller: Caller,
): RecordResult | Promise<RecordResult> {
  const message = updateOf(raw, caller);
  // The validator has just said yes to the same state; a replay skips validators and must come to the same end.
  const first = judge(ledger, message);
  if (!first.ok) throw failureOf(atVersion(ledger.record.version, first.refusal));
  ledger.updatedIn = task().number;
  if (!waits(ledger, message)) return answer(ledger, message, accept(ledger, message, first.value));
  return onceEntered(ledger, message, () => {
    const result = judge(ledger, message);
    if (!result.ok) throw failureOf(atVersion(ledger.record.version, result.refusal));
    return answer(ledger, message, accept(ledger, message, result.value));
  });
}

/** Returns a promise only when something has to be looked up, so that messages are judged in their order. */
function receiveSignal(
  ledger: ApprovalLedger,
  name: string,
  payload: unknown,
  caller: Caller,
): Promise<void> | void {
  const { event } = ledger.record.policy;
  const command = guarded(() => recordCommandOf(event, name, payload));
  const message: CommandMessage = { name, command, via: 'signal', caller };
  if (!waits(ledger, message)) return settle(ledger, message);
  return onceEntered(ledger, message, () => settle(ledger, message));
}

function settle(ledger: ApprovalLedger, message: CommandMessage): void {
  const result = judge(ledger, message);
  if (result.ok) {
    accept(ledger, message, result.value);
    return;
  }
  const { version } = ledger.record;
  recordRefusal(ledger, refusedCommand(message.name, version, callOf(message), result.refusal));
}

/** Whether the command cannot be judged to the end before the stage has been entered. */
function waits({ record }: ApprovalLedger, { command }: CommandMessage): boolean {
  return command.ok && awaitsEntry(record, command.value.kind);
}

/**
 * Does it at the very moment at which it is known whom the stage is for: one wait more, and another decision could have
 * begun the next stage. A cancelled workflow too goes through with it: an exception would end the handler, and with it the
 * workflow.
 */
async function onceEntered<T>(
  ledger: ApprovalLedger,
  message: CommandMessage,
  act: () => T,
): Promise<T> {
  while (waits(ledger, message)) await CancellationScope.nonCancellable(() => enterStage(ledger));
  return act();
}

/** Whether it changed anything, now or when the same command came before. */
function accept(
  ledger: ApprovalLedger,
  message: CommandMessage,
  judged: Judged<RecordEvent>,
): boolean {
  take(ledger, judged.events);
  keepResult(ledger, message, judged, ledger.record.version);
  return judged.before?.changed ?? judged.events.length > 0;
}

function answer(
  { record }: ApprovalLedger,
  message: CommandMessage,
  changed: boolean,
): RecordResult {
  const { state, version } = record;
  const core: RecordResult = { changed, state, version };
  const allowed = allowedTo(record, callOf(message).actor);
  return fitting(core, { ...core, allowed, approval: recordView(record) });
}
