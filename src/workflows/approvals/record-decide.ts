/** The rules of approvals of their own: what a command, or a clock, leads to. Pure; knows neither Temporal nor HTTP, reads no clock. */
import type { ApprovalCommand } from '../../contracts/approvals/commands.ts';
import type { EntryRequest } from '../../contracts/approvals/entry.ts';
import type { RecordCommand } from '../../contracts/approvals/record-commands.ts';
import type { RecordEvent, RecordFact } from '../../contracts/approvals/record-events.ts';
import type { ApprovalStatus } from '../../contracts/approvals/types.ts';
import type { Call } from '../../contracts/caller.ts';
import { ok, refuse, type Result } from '../../contracts/failures.ts';
import { LIMITS } from '../../contracts/limits.ts';
import { newDeadline } from '../shared/deadline.ts';
import { jsonSize, sameJson } from '../shared/json.ts';
import { reasonOf } from '../shared/reason.ts';
import { consequencesOf } from './consequences.ts';
import { decideApproval, entryRequest } from './decide.ts';
import { clockStruck, stageEntered, type Entered } from './heard.ts';
import { awaitsEntry, barrier, wrongState } from './record-rights.ts';
import { subjectErrors } from './record-request.ts';
import { isOpenRecord, recordEvents, situationOf, type ApprovalRecord } from './record.ts';
import { firstStage } from './situation.ts';

/**
 * What the command leads to: events (none, when it changes nothing), or the refusal. Checked in this order: may this
 * actor know of it (404), is it possible now (409), may this actor (403), is there room for it (413), is it about the
 * current version and round (412), does the data fit (422). A refused command changes nothing.
 *
 * Decisions in a stage that has not been entered yield no event: nothing speaks against looking up whom it is for.
 */
export function decideRecord(
  record: ApprovalRecord,
  command: RecordCommand,
  call: Call,
): Result<readonly RecordEvent[]> {
  const blocked = barrier(record, command, call.actor);
  if (blocked) return { ok: false, refusal: blocked };
  const stale = staleness(record, command);
  if (stale) return stale;
  const facts = (...all: readonly RecordFact[]) => ok(recordEvents(record, call, all));
  switch (command.kind) {
    case 'comment':
      return facts({ kind: 'commented', text: command.text });
    case 'withdraw':
      return facts({ kind: 'closed', state: 'withdrawn', ...reasonOf(command) });
    case 'extend': {
      const until = newDeadline(command.until, call.at);
      if (!until.ok) return until;
      const same = until.value === record.approval.current?.dueAt;
      return same ? facts() : facts({ kind: 'extended', until: until.value });
    }
    case 'submit':
      return submitted(record, command, call);
    default:
      return awaitsEntry(record, command.kind) ? facts() : decided(record, command, call);
  }
}

/** Refused when it is based on, or about, another version than the current one. */
function staleness({ version }: ApprovalRecord, command: RecordCommand) {
  const { ifVersion, version: about } = command as {
    readonly ifVersion?: number | '*';
    readonly version?: number;
  };
  const other = [ifVersion, about].find(
    (one) => one !== undefined && one !== '*' && one !== version,
  );
  if (other === undefined) return undefined;
  const detail = `The command is for version ${other}, but the approval is at version ${version}. Read it again and decide again.`;
  return refuse('version-mismatch', detail, { version });
}

function decided(
  record: ApprovalRecord,
  command: ApprovalCommand,
  call: Call,
): Result<readonly RecordEvent[]> {
  const result = decideApproval(situationOf(record), command, call);
  if (!result.ok) {
    const { code, detail } = result.refusal;
    const refusal =
      code === 'wrong-state'
        ? wrongState(record, call.actor, detail)
        : { ...result.refusal, version: record.version };
    return { ok: false, refusal };
  }
  return ok(recordEvents(record, call, consequencesOf(command, result.value)));
}

/** Asked again; what was approved before counts on or not, as the policy says. */
function submitted(
  record: ApprovalRecord,
  command: Extract<RecordCommand, { kind: 'submit' }>,
  call: Call,
): Result<readonly RecordEvent[]> {
  const { title, subject } = command;
  const size = jsonSize(subject ?? null);
  if (size > LIMITS.subject) {
    const detail = `The subject takes ${size} bytes; ${LIMITS.subject} are allowed.`;
    return refuse('too-large', detail);
  }
  const content = {
    ...(title === undefined || title === record.title ? {} : { title }),
    ...(subject === undefined || sameJson(subject, record.subject) ? {} : { subject }),
  };
  const misfit = subjectErrors(
    record.policy,
    'subject' in content ? content.subject : record.subject,
  );
  if (misfit.length > 0)
    return refuse('invalid-data', 'The subject does not fit the policy.', { errors: misfit });
  const submittedBy = [...record.submittedBy, call.actor.id];
  const { applies, approval, ...around } = situationOf({ ...record, ...content, submittedBy });
  const next = firstStage(around, applies, approval);
  const begins = next === undefined ? {} : { next };
  const facts: RecordFact[] = [
    { kind: 'submitted', ...content, ...reasonOf(command), ...begins },
    // No stage is left to decide.
    ...(next === undefined ? [{ kind: 'closed', state: 'approved' } as const] : []),
  ];
  return ok(recordEvents(record, call, facts));
}

/** What clocks and the engine tell an approval; nobody outside can. */
export type RecordNotice =
  | Entered
  /** A clock has struck. */
  | { readonly kind: 'tick' }
  /** The workflow was ended behind our back, or is to be. */
  | { readonly kind: 'ended'; readonly state: ApprovalStatus; readonly reason: string };

/** What follows from the notice; nothing, when it is late or repeated. */
export function hearRecord(
  record: ApprovalRecord,
  notice: RecordNotice,
  call: Call,
): readonly RecordEvent[] {
  return isOpenRecord(record) ? recordEvents(record, call, factsOf(record, notice, call.at)) : [];
}

function factsOf(record: ApprovalRecord, notice: RecordNotice, at: string): readonly RecordFact[] {
  const pending = record.state === 'pending';
  switch (notice.kind) {
    case 'entered':
      return pending ? stageEntered(situationOf(record), notice, at) : [];
    case 'tick':
      return pending ? clockStruck(situationOf(record), at) : [];
    case 'ended':
      return [{ kind: 'closed', state: notice.state, reason: notice.reason }];
  }
}

/** What the lookup of the stage needs to know; undefined when none is to be entered. */
export function stageToEnter(record: ApprovalRecord, at: string): EntryRequest | undefined {
  return record.state === 'pending' ? entryRequest(situationOf(record), at) : undefined;
}
