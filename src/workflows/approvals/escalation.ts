/** A level of the escalation: who can decide from then on, and how many approvals it takes. Pure. */
import type { Approvers, Seat } from '../../contracts/approvals/entry.ts';
import type { EscalationLevel, Quorum } from '../../contracts/approvals/policy.ts';
import type { CurrentStage, Vote } from './state.ts';
import { approvalsOf, openSeats } from './votes.ts';

/**
 * The stage once the level is asked. What was decided counts on, and somebody can always decide: a `reassign` that would
 * leave only people who have decided already is an `add`. A `reassign` lowers what is needed to what those who are left
 * can reach; a group counts as one person there, unless the quorum is a number.
 */
export function escalatedStage(
  current: CurrentStage,
  votes: readonly Vote[],
  level: number,
  { mode, quorum }: { readonly mode: EscalationLevel['mode']; readonly quorum: Quorum },
): Pick<CurrentStage, 'escalated' | 'approvers' | 'needed'> {
  const { approvers, needed, levels } = current;
  const { seats: named, groups } = levels[level]?.approvers ?? NOBODY;
  const seats = withSeats(approvers.seats, named, votes);
  const all = { seats, groups: distinct([...approvers.groups, ...groups]) };
  const escalated = level + 1;
  if (mode === 'add') return { escalated, approvers: all, needed };
  const asked = levels.slice(0, escalated).map((one) => one.approvers);
  const users = new Set(asked.flatMap((one) => one.seats.map((seat) => seat.for)));
  const open = openSeats(seats, votes);
  const left = {
    seats: seats.filter((seat) => !open.includes(seat) || isFor(seat, users)),
    groups: distinct(asked.flatMap((one) => one.groups)),
  };
  const people = openSeats(left.seats, votes).length;
  if (people + left.groups.length === 0) return { escalated, approvers: all, needed };
  const countless = typeof quorum === 'number' && left.groups.length > 0;
  const most = approvalsOf(votes) + people + left.groups.length;
  return { escalated, approvers: left, needed: countless ? needed : Math.min(needed, most) };
}

const NOBODY: Approvers = { seats: [], groups: [] };

/** Whether the seat is one of theirs, or was handed to one of them. */
function isFor({ for: user, holders }: Seat, users: ReadonlySet<string>): boolean {
  return users.has(user) || (holders.length === 1 && holders.every((one) => users.has(one)));
}

/**
 * Seats with those of the level. Whoever has one keeps it as it is: it may have been handed on, or decided. Whoever only
 * shares another's seat, as a substitute, gets one of their own and leaves that. Nobody who has decided gets a second one.
 */
function withSeats(
  before: readonly Seat[],
  added: readonly Seat[],
  votes: readonly Vote[],
): readonly Seat[] {
  const voted = new Set(votes.map(({ by }) => by));
  let seats = before;
  for (const { for: user, holders } of added) {
    const shared = seats.find((seat) => seat.holders.includes(user));
    const has = seats.some((seat) => seat.for === user) || shared?.holders.length === 1;
    if (has || voted.has(user)) continue;
    seats = seats.map((seat) =>
      seat === shared ? { ...seat, holders: seat.holders.filter((one) => one !== user) } : seat,
    );
    const known = new Set(seats.flatMap((seat) => [seat.for, ...seat.holders]));
    const free = holders.filter((one) => !known.has(one) && !voted.has(one));
    if (free.length > 0) seats = [...seats, { for: user, holders: free }];
  }
  return seats;
}

function distinct<T>(items: readonly T[]): readonly T[] {
  return [...new Set(items)];
}
