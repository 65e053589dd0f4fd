/** How an approval of its own shows itself: to HTTP clients, in lists, in the memo of its workflow. Pure. */
import { terminated } from '../../contracts/durable.ts';
import { APPROVAL_STATES, type ApprovalStatus } from '../../contracts/approvals/types.ts';
import type { Json } from '../../contracts/json.ts';
import type { RefusedView } from '../shared/reception.ts';
import { waitingFor } from './record-rights.ts';
import { isOpenRecord, situationOf, type ApprovalRecord, type RecordComment } from './record.ts';
import { stageOf } from './state.ts';
import { approvalView, involvedIn, type ApprovalView } from './view.ts';

/** What lists and the status show. */
export interface ApprovalSummary {
  readonly id: string;
  readonly title: string;
  readonly state: ApprovalStatus;
  /** Where it stands, in one line; of an unusable start the reason. */
  readonly customStatus: string;
  /** The name of the stage that it is at. */
  readonly stage: string;
  readonly round: number;
  readonly version: number;
  readonly owner: string;
  /** `user:x`, `role:y` or `anyone`: who has to act next. */
  readonly waitingFor: string[];
  readonly dueAt?: string;
  /** True when the deadline has passed, and it waits on. */
  readonly overdue?: true;
  /** True while its workflow is suspended: nothing can be done with it. */
  readonly suspended?: true;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly closedAt?: string;
}

/** The approval as HTTP clients see it, without links. `subject` is the big part. */
export interface RecordView
  extends
    ApprovalSummary,
    Omit<ApprovalView, 'waitingFor' | 'stage' | 'round' | 'dueAt' | 'overdue'> {
  readonly subject: Json;
  /** Counts everything that happens. */
  readonly revision: number;
  /** The last twenty. */
  readonly comments?: RecordComment[];
  readonly closedReason?: string;
}

/** What the query `status` answers; fresh at any time, small whatever the subject is. */
export interface ApprovalStanding extends Partial<Omit<ApprovalSummary, 'state'>> {
  readonly id: string;
  readonly state: ApprovalStatus | 'starting';
  readonly customStatus: string;
  /** Commands and signals that were not carried out: how many, and the last of them. */
  readonly refused: RefusedView;
}

export function approvalSummary(record: ApprovalRecord): ApprovalSummary {
  const { id, title, state, version, owner, policy, approval } = record;
  const { createdAt, updatedAt, closedAt } = record;
  const { current } = approval;
  return {
    id,
    title,
    state,
    customStatus: customStatusOf(record),
    stage: stageOf(policy, approval).name,
    round: approval.round,
    version,
    owner,
    waitingFor: waitingFor(record),
    ...(current?.dueAt === undefined ? {} : { dueAt: current.dueAt }),
    ...(current?.overdue ? { overdue: true as const } : {}),
    ...(record.suspended && isOpenRecord(record) ? { suspended: true as const } : {}),
    createdAt,
    updatedAt,
    ...(closedAt === undefined ? {} : { closedAt }),
  };
}

function customStatusOf(record: ApprovalRecord): string {
  const { state, policy, approval } = record;
  if (state === 'pending') return `Waiting for a decision: ${stageOf(policy, approval).name}`;
  const words = state.replaceAll('-', ' ');
  return `${words[0]?.toUpperCase()}${words.slice(1)}`;
}

export function recordView(record: ApprovalRecord): RecordView {
  const { policy, subject, sequence: revision, comments, closedReason } = record;
  const shown = approvalView(policy, situationOf(record), record.state === 'pending');
  const summary = approvalSummary(record);
  return {
    ...shown,
    ...summary,
    // Of a closed one nobody is asked any more.
    waitingFor: isOpenRecord(record) ? summary.waitingFor : [],
    subject,
    revision,
    ...(comments.length === 0 ? {} : { comments: [...comments] }),
    ...(closedReason === undefined ? {} : { closedReason }),
  };
}

/** What a list shows of an approval of which nothing is known but its id and when it was started. */
export function emptyApproval(id: string, startedAt: string): ApprovalSummary {
  return {
    id,
    title: '',
    state: 'pending',
    customStatus: 'Starting',
    stage: '',
    round: 0,
    version: 0,
    owner: '',
    waitingFor: [],
    createdAt: startedAt,
    updatedAt: startedAt,
  };
}

/**
 * The memo: what never changes under `approval`, what does under `now`, and `customStatus` for itself, because that key is
 * where the Durable Functions dialect looks for the custom status of any workflow. Who has been asked before, and may
 * read it therefore, is told too, as far as there is room.
 */
export function recordMemo(record: ApprovalRecord): Record<string, unknown> {
  const { id, createdAt, customStatus, ...now } = approvalSummary(record);
  const { state, closedReason } = record;
  return {
    approval: { id, createdAt },
    now,
    customStatus,
    involved: peopleOf(record),
    // Durable Functions knows no other word for it.
    ...(state === 'withdrawn' ? { durable: terminated(closedReason) } : {}),
  };
}

/** User ids that stand in memo and search attributes. */
const MOST_PEOPLE = 50;

/** Those who may read it besides the owner and whoever is waited for. */
export function peopleOf({ approval, submittedBy }: ApprovalRecord): string[] {
  return [...new Set([...submittedBy, ...involvedIn(approval)])].slice(0, MOST_PEOPLE);
}

/** What {@link recordMemo} put there, or undefined when the memo is none of an approval's. */
export function approvalFromMemo(
  memo: Record<string, unknown> | undefined,
): (ApprovalSummary & { readonly involved: readonly string[] }) | undefined {
  const { approval, now, customStatus, suspended, involved } = memo ?? {};
  const is = suspended === true ? { suspended } : {};
  const summary = { ...(approval as object), ...(now as object), customStatus, ...is };
  if (!isSummary(summary)) return undefined;
  return { ...summary, involved: Array.isArray(involved) ? involved : [] };
}

/** Anybody can start a workflow with any memo; one that only looks like ours must not break a list. */
function isSummary(
  value: Partial<Record<keyof ApprovalSummary, unknown>>,
): value is ApprovalSummary {
  const { id, title, stage, owner, customStatus, createdAt, updatedAt } = value;
  return (
    [id, title, stage, owner, customStatus, createdAt, updatedAt].every(
      (one) => typeof one === 'string',
    ) &&
    [value.version, value.round].every((one) => Number.isInteger(one)) &&
    APPROVAL_STATES.some((state) => state === value.state) &&
    Array.isArray(value.waitingFor)
  );
}
