/** A stage is entered: who has to decide from then on, and how many approvals it takes. Pure. */
import type { StageEntry } from '../../contracts/approvals/entry.ts';
import type { ApprovalFact } from '../../contracts/approvals/events.ts';
import type { ApprovalPolicy, Quorum } from '../../contracts/approvals/policy.ts';
import type { ApprovalState, Vote } from './state.ts';
import { reseated } from './votes.ts';

/** What of the approval changes with it. Votes of an earlier attempt count on, in the seats of now. */
export function enteredStage(
  { votes: before }: ApprovalState,
  { stage, entry }: Extract<ApprovalFact, { kind: 'stage-entered' }>,
  enteredAt: string,
  { stages }: ApprovalPolicy,
): Pick<ApprovalState, 'stage' | 'entering' | 'current' | 'votes'> {
  const { approvers, levels, remindAt, dueAt } = entry;
  const votes = reseated(before, approvers.seats);
  const current = {
    enteredAt,
    approvers,
    needed: neededOf(stages[stage]?.quorum ?? 1, entry, votes),
    levels,
    remindAt,
    ...(dueAt === undefined ? {} : { dueAt }),
    escalated: 0,
    reminded: 0,
  };
  return { stage, entering: false, current, votes };
}

/**
 * A group counts as one person here: nobody knows its members. So do those who have approved before, when that is kept,
 * and are not asked any more.
 */
function neededOf(
  quorum: Quorum,
  { approvers: { seats, groups } }: StageEntry,
  kept: readonly Vote[],
): number {
  if (typeof quorum === 'number') return quorum;
  const others = kept.filter(({ seat }) => seat === undefined).length;
  const people = seats.length + Math.max(groups.length, others);
  return quorum === 'all' ? Math.max(1, people) : Math.floor(people / 2) + 1;
}
