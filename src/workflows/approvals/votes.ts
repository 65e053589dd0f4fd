/** Voices and votes of a stage: who has decided, who can still, and what the votes come to. Pure. */
import type { Seat } from '../../contracts/approvals/entry.ts';
import type { ApprovalStage } from '../../contracts/approvals/policy.ts';
import type { ApprovalState, CurrentStage, Vote } from './state.ts';

/** The seat that this user decides for. */
export function seatOf(current: CurrentStage | undefined, user: string): Seat | undefined {
  return current?.approvers.seats.find(({ holders }) => holders.includes(user));
}

/** The seat that is this user's voice: the one that they decide for, else their own, also when somebody else decides for it. */
export function voiceOf(current: CurrentStage | undefined, user: string): Seat | undefined {
  return seatOf(current, user) ?? current?.approvers.seats.find((seat) => seat.for === user);
}

/** The vote by which this user's voice is given already. */
export function voteOf({ current, votes }: ApprovalState, user: string): Vote | undefined {
  const seat = voiceOf(current, user)?.for;
  return (
    votes.find(({ by }) => by === user) ??
    votes.find((vote) => seat !== undefined && vote.seat === seat)
  );
}

/** The seats for which nobody has decided yet. */
export function openSeats(seats: readonly Seat[], votes: readonly Vote[]): readonly Seat[] {
  const decided = new Set(votes.map(({ seat }) => seat));
  return seats.filter((one) => !decided.has(one.for));
}

export function approvalsOf(votes: readonly Vote[]): number {
  return votes.filter(({ approves }) => approves).length;
}

/**
 * What the votes, the last of which was just given, make of the stage; undefined while it is open. Without veto it is
 * rejected as soon as those who are known cannot reach the quorum any more. Of a group nobody knows how many it is, so
 * where there is one it takes besides as many rejections as approvals are needed.
 */
export function resultOf(
  { veto }: Pick<ApprovalStage, 'veto'>,
  { current, votes }: Pick<ApprovalState, 'current' | 'votes'>,
): 'approved' | 'rejected' | undefined {
  if (!current) return undefined;
  const { needed, approvers } = current;
  const approvals = approvalsOf(votes);
  const rejections = votes.length - approvals;
  if (veto && rejections > 0) return 'rejected';
  if (approvals >= needed) return 'approved';
  // Only a rejection rejects: an escalation may have left fewer people than it takes, and must not turn approvals round.
  if (votes.at(-1)?.approves !== false) return undefined;
  if (approvals + openSeats(approvers.seats, votes).length >= needed) return undefined;
  return approvers.groups.length === 0 || rejections >= needed ? 'rejected' : undefined;
}

/** Votes of an earlier attempt among the seats of now: the one that the voter has now, else the one voted for then. */
export function reseated(votes: readonly Vote[], seats: readonly Seat[]): readonly Vote[] {
  const taken = new Set<string>();
  return votes.map(({ by, approves, seat: before }) => {
    const own = seats.find(({ holders }) => holders.includes(by));
    const seat = (own ?? seats.find((one) => one.for === by || one.for === before))?.for;
    if (seat === undefined || taken.has(seat)) return { by, approves };
    taken.add(seat);
    return { by, approves, seat };
  });
}
