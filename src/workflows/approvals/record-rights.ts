/** What can be done to an approval of its own now, and by whom: the part of the rules that needs no data. Pure. */
import type {
  RecordCommand,
  RecordCommandKind,
} from '../../contracts/approvals/record-commands.ts';
import { OPERATOR_ROLE, type Actor } from '../../contracts/caller.ts';
import type { Refusal } from '../../contracts/failures.ts';
import type { Who } from '../../contracts/people.ts';
import { hasRole, matches } from '../shared/people.ts';
import { isDecision } from './decide.ts';
import { hasDecided, unentitled, type Intent } from './entitlement.ts';
import { historyIsFull, isOpenRecord, situationOf, type ApprovalRecord } from './record.ts';
import { involvedIn, isAsked, waitingIn } from './view.ts';

/** What lists and single reads need to know to decide who may read. */
export interface ReadableApproval {
  readonly owner: string;
  readonly waitingFor: readonly string[];
  /** User ids. */
  readonly involved?: readonly string[];
}

/** The owner, who is waited for, who asked, was asked or has decided, and operators. Others get a 404. */
export function mayReadApproval(
  { owner, waitingFor, involved = [] }: ReadableApproval,
  actor: Actor,
): boolean {
  return (
    actor.operator ||
    actor.id === owner ||
    hasRole(actor, OPERATOR_ROLE) ||
    involved.includes(actor.id) ||
    waitingFor.some((who) => matches(who as Who, actor, owner))
  );
}

/** What decides who may read this approval. */
export function readableOf(record: ApprovalRecord): ReadableApproval {
  const { owner, approval, submittedBy } = record;
  const involved = [...involvedIn(approval), ...submittedBy];
  return { owner, waitingFor: waitingFor(record), involved };
}

/** Who has to act next, as it stands in lists: `user:x`, `role:y` or `anyone`. Empty once it is closed. */
export function waitingFor(record: ApprovalRecord): string[] {
  if (record.state === 'pending') return waitingIn(situationOf(record));
  return record.state === 'changes-requested' ? [`user:${record.owner}`] : [];
}

/** Whether the command cannot be judged before the stage has been entered. */
export function awaitsEntry({ approval, state }: ApprovalRecord, kind: RecordCommandKind): boolean {
  return isDecision(kind) && state === 'pending' && approval.entering;
}

/** Everything that this actor can do now, in the order in which it is offered. Each of them may still fail on its data. */
export function allowedTo(record: ApprovalRecord, actor: Actor): RecordCommandKind[] {
  if (record.suspended) return [];
  return OFFERED.filter(
    (kind) =>
      wrongStateFor(record, kind) === undefined &&
      forbidden(record, { kind }, actor) === undefined &&
      (!isDecision(kind) || isAsked(situationOf(record), actor, kind)),
  );
}

const OFFERED: readonly RecordCommandKind[] = [
  'approve',
  'reject',
  'request-changes',
  'delegate',
  'submit',
  'remind',
  'extend',
  'comment',
  'withdraw',
];

/** Why the command is out of the question whatever it carries, or undefined: 404, 409, 413, 403, in this order. */
export function barrier(
  record: ApprovalRecord,
  command: RecordCommand,
  actor: Actor,
): Refusal | undefined {
  const { kind } = command;
  // Whoever may not read it must not learn that it is there.
  if (!mayReadApproval(readableOf(record), actor))
    return { code: 'not-found', detail: `There is no approval ${record.id}.` };
  const problem = wrongStateFor(record, kind);
  if (problem !== undefined) return wrongState(record, actor, problem);
  const reason = forbidden(record, command, actor);
  if (reason !== undefined) return { code: 'forbidden', detail: reason };
  const full = WORDS.has(kind) && historyIsFull(record);
  const detail = 'The history of this approval is full; it takes decisions, but no more words.';
  return full ? { code: 'too-large', detail } : undefined;
}

/** Commands without which it comes to its end as well. */
const WORDS: ReadonlySet<RecordCommandKind> = new Set(['comment', 'remind', 'delegate', 'extend']);

/** A 409: why, and what this actor can do instead. */
export function wrongState(record: ApprovalRecord, actor: Actor, detail: string): Refusal {
  return { code: 'wrong-state', detail, state: record.state, allowed: allowedTo(record, actor) };
}

/** Why this cannot be done now, whoever it is that wants it. */
function wrongStateFor(record: ApprovalRecord, kind: RecordCommandKind): string | undefined {
  const { state, approval } = record;
  if (!isOpenRecord(record)) return `The approval is ${state}; nothing in it can change any more.`;
  const pending = state === 'pending';
  switch (kind) {
    case 'submit':
      return pending ? 'It has been submitted; it waits for a decision.' : undefined;
    case 'extend':
      return pending && approval.current?.dueAt !== undefined
        ? undefined
        : 'There is no deadline that runs now.';
    case 'comment':
    case 'withdraw':
      return undefined;
    default:
      return pending ? undefined : 'Changes were requested; it waits for the owner.';
  }
}

function forbidden(
  record: ApprovalRecord,
  { kind, stage }: { readonly kind: RecordCommandKind; readonly stage?: string },
  actor: Actor,
): string | undefined {
  if (actor.operator) return undefined;
  if (isDecision(kind)) {
    const situation = situationOf(record);
    const intent: Intent = { kind, ...(stage === undefined ? {} : { stage }) };
    return hasDecided(situation, actor, intent) ? undefined : unentitled(situation, actor, kind);
  }
  if (kind === 'comment' || actor.id === record.owner) return undefined;
  // Whoever asks for somebody else can put right what they asked, and take it back.
  const own = kind === 'withdraw' || kind === 'submit';
  if (own && record.submittedBy.includes(actor.id)) return undefined;
  return `${kind} is for the owner, ${record.owner}.`;
}
