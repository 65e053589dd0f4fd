/**
 * An approval of its own: something that needs a decision and is no document. The state, and how events become state. No
 * rules here: record-decide.ts has them. Neither knows Temporal or HTTP, neither reads a clock.
 */
import type { ApprovalFact } from '../../contracts/approvals/events.ts';
import type { ApprovalPolicy } from '../../contracts/approvals/policy.ts';
import type { RecordEvent, RecordFact } from '../../contracts/approvals/record-events.ts';
import { isOpenApproval, type ApprovalStatus } from '../../contracts/approvals/types.ts';
import type { Call } from '../../contracts/caller.ts';
import type { Condition } from '../../contracts/conditions.ts';
import type { HistoryEntry } from '../../contracts/documents/events.ts';
import type { Json } from '../../contracts/json.ts';
import type { Webhook } from '../../contracts/webhooks.ts';
import { LIMITS } from '../../contracts/limits.ts';
import { isTrue, valueAt } from '../shared/conditions.ts';
import { jsonSize, lastOf } from '../shared/json.ts';
import { tellRecord } from './record-history.ts';
import { authorsOf, keptOf, type Situation, type Surroundings } from './situation.ts';
import { evolveApproval, extended, paused, requested, type ApprovalState } from './state.ts';

/** Something that somebody has said. */
export interface RecordComment {
  readonly by: string;
  readonly at: string;
  readonly text: string;
  /** The part of the subject that it is about. */
  readonly section?: string;
}

/** All there is to know about an approval. Plain data; carried over continue-as-new and kept in the archive as it is. */
export interface ApprovalRecord {
  /** The shape of this record; raised when it changes, and older ones are converted in one place. */
  readonly schema: 1;
  readonly id: string;
  readonly title: string;
  readonly subject: Json;
  readonly owner: string;
  /** Whoever asked or asked again, besides the owner; they may not decide either. */
  readonly submittedBy: readonly string[];
  readonly policy: ApprovalPolicy;
  readonly webhooks: readonly Webhook[];
  readonly state: ApprovalStatus;
  /** Counts content only: 1 at the beginning, one more with each submission of another title or subject. The strong ETag. */
  readonly version: number;
  /** Number of the last event; counts everything that happened. */
  readonly sequence: number;
  readonly approval: ApprovalState;
  /** The last {@link LIMITS}.comments of them; all are in the history. */
  readonly comments: readonly RecordComment[];
  /** What happened, oldest first. Bounded: see `historyIsFull`. */
  readonly history: readonly HistoryEntry[];
  readonly historyBytes: number;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly closedAt?: string;
  readonly closedReason?: string;
  /** Only in what queries answer: the workflow is suspended, and nothing can be done. */
  readonly suspended?: true;
}

/** Numbers and stamps the facts of one command so that they follow on the record. */
export function recordEvents(
  from: { readonly sequence: number; readonly version: number },
  { at, actor, via }: Call,
  facts: readonly RecordFact[],
): readonly RecordEvent[] {
  const version = from.version + (facts.some(changesContent) ? 1 : 0);
  const stamp = { version, at, by: actor.id, via };
  return facts.map((fact, i) => ({ ...fact, sequence: from.sequence + 1 + i, ...stamp }));
}

function changesContent(fact: RecordFact): boolean {
  if (fact.kind === 'submitted') return fact.title !== undefined || fact.subject !== undefined;
  return fact.kind === 'requested';
}

/** The record after all its events, of which the first is `requested`. */
export function recordOf(id: string, events: readonly RecordEvent[]): ApprovalRecord {
  const [first, ...rest] = events;
  if (first?.kind !== 'requested') throw new Error('an approval begins with its request');
  return rest.reduce(evolveRecord, begun(id, first));
}

function begun(id: string, event: Extract<RecordEvent, { kind: 'requested' }>): ApprovalRecord {
  const { title, subject, owner, submittedBy, policy, webhooks = [], next = 0 } = event;
  const { version, sequence, at } = event;
  const record: ApprovalRecord = {
    schema: 1,
    id,
    title,
    subject,
    owner,
    submittedBy: submittedBy === undefined ? [] : [submittedBy],
    policy,
    webhooks,
    state: 'pending',
    version,
    sequence,
    approval: requested(undefined, next, undefined),
    comments: [],
    history: [],
    historyBytes: 0,
    createdAt: at,
    updatedAt: at,
  };
  return noted(record, record, event);
}

/** The record after the event. No rules here; it cannot fail. */
export function evolveRecord(record: ApprovalRecord, event: RecordEvent): ApprovalRecord {
  const { version, sequence, at: updatedAt } = event;
  const next = { ...record, ...changesOf(record, event), version, sequence, updatedAt };
  return noted(next, record, event);
}

function changesOf(record: ApprovalRecord, event: RecordEvent): Partial<ApprovalRecord> {
  switch (event.kind) {
    case 'requested':
      return {};
    case 'submitted': {
      const { title = record.title, subject = record.subject, next = 0, by } = event;
      const { policy, owner } = record;
      const submittedBy = [...new Set([...record.submittedBy, ...(by === owner ? [] : [by])])];
      const around = { policy, authors: authorsOf({ owner, submittedBy }) };
      const approval = requested(record.approval, next, keptOf(around, record.approval));
      return { title, subject, state: 'pending', submittedBy, approval };
    }
    case 'commented': {
      const { by, at, text, section } = event;
      const about = section === undefined ? {} : { section };
      const all = [...record.comments, { by, at, text, ...about }];
      return { comments: lastOf(all, LIMITS.comments, LIMITS.commentBytes) };
    }
    case 'extended':
      return { approval: extended(record.approval, event) };
    case 'closed': {
      const { state, at: closedAt, reason } = event;
      const why = reason === undefined ? {} : { closedReason: reason };
      return { state, closedAt, ...why, approval: paused(record.approval) };
    }
    default:
      return approving(record, event);
  }
}

function approving(
  record: ApprovalRecord,
  event: Extract<RecordEvent, ApprovalFact>,
): Partial<ApprovalRecord> {
  const approval = evolveApproval(record.approval, event, event, surroundingsOf(record));
  const back = event.kind === 'decided' && event.decision === 'changes-requested';
  return { approval, ...(back ? { state: 'changes-requested' as const } : {}) };
}

/** With the line of the history that tells the event. */
function noted(after: ApprovalRecord, before: ApprovalRecord, event: RecordEvent): ApprovalRecord {
  const line = tellRecord(event, before.title);
  if (!line) return after;
  // Far beyond the limit, which only decisions can get to, the beginning is given up.
  const all = [...after.history, line];
  const most = 2 * LIMITS.approvalEvents;
  const historyBytes = after.historyBytes + jsonSize(line);
  if (all.length <= most && historyBytes <= 2 * LIMITS.approvalEventBytes)
    return { ...after, history: all, historyBytes };
  const history = lastOf(all, most, 2 * LIMITS.approvalEventBytes);
  return { ...after, history, historyBytes: jsonSize(history) };
}

/** Whether the history has so many lines that there is room for decisions only. */
export function historyIsFull({ history, historyBytes }: ApprovalRecord): boolean {
  return history.length >= LIMITS.approvalEvents || historyBytes >= LIMITS.approvalEventBytes;
}

/** Whether the approval can still change. */
export function isOpenRecord({ state }: Pick<ApprovalRecord, 'state'>): boolean {
  return isOpenApproval(state);
}

/** The approval and what is around it, as its rules see it. */
export function situationOf(record: ApprovalRecord): Situation {
  const { approval, owner, subject } = record;
  return { ...surroundingsOf(record), approval, owner, applies: applies(subject) };
}

function surroundingsOf(record: ApprovalRecord): Surroundings {
  return { policy: record.policy, authors: authorsOf(record) };
}

/** Whether a condition holds for this subject: `subject.amount`, deeper with more dots. */
export function applies(subject: Json): (condition: Condition) => boolean {
  return (condition) =>
    isTrue(condition, (path) => {
      const [head, ...names] = path.split('.');
      return head === 'subject' ? valueAt(subject, names) : undefined;
    });
}
