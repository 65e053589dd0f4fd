/** Reminders, escalations and the deadline of a stage: what strikes when, and what it leads to. Pure. */
import type { ApprovalFact } from '../../contracts/approvals/events.ts';
import { goingOn } from './decide.ts';
import { askedIn, undecidedIn } from './entitlement.ts';
import type { Situation } from './situation.ts';
import { evolveApproval, stageOf, type ApprovalState, type CurrentStage } from './state.ts';

/** What the clocks lead to. Without an outcome it goes on. */
export interface Struck {
  readonly facts: readonly ApprovalFact[];
  readonly outcome?: 'approved' | 'rejected' | 'expired';
}

/** When the next clock strikes, in milliseconds since 1970; undefined when none does. */
export function nextStrike({ current }: ApprovalState): number | undefined {
  if (!current) return undefined;
  const { dueAt, overdue, reminded, levels, escalated } = current;
  const times = [
    overdue ? undefined : dueAt,
    remindersOf(current)[reminded],
    levels[escalated]?.at,
  ];
  const next = times.flatMap((at) => (at === undefined ? [] : [Date.parse(at)]));
  return next.length === 0 ? undefined : Math.min(...next);
}

/**
 * What the clocks bring about at this instant. A deadline that ends the stage is all there is to tell: nobody is asked or
 * reminded any more. Otherwise, in the order of time, each level of the escalation that is due, of the reminders that are
 * due only the last (the others were missed, because no worker ran), and that it is overdue.
 */
export function strike(situation: Situation, at: string): Struck {
  const { policy, approval } = situation;
  const { current } = approval;
  if (!current) return { facts: [] };
  const now = Date.parse(at);
  const { name: stage, onTimeout } = stageOf(policy, approval);
  const { outcome } = onTimeout;
  const { dueAt, overdue } = current;
  const timedOut = { kind: 'timed-out', stage, outcome } as const;
  const late: Due[] =
    dueAt !== undefined && !overdue && Date.parse(dueAt) <= now ? [[dueAt, timedOut]] : [];
  if (late.length > 0) {
    if (outcome === 'reject') return { facts: [timedOut], outcome: 'rejected' };
    if (outcome === 'expire') return { facts: [timedOut], outcome: 'expired' };
    if (outcome === 'approve') return goingOn(situation, timedOut);
  }
  const struck = [
    ...reminderDue(stage, current, now),
    ...escalationsDue(stage, current, now),
    ...late,
  ];
  const facts: ApprovalFact[] = [];
  let state = approval;
  for (const [, one] of struck.toSorted(byTime)) {
    const fact = one.kind === 'escalated' ? fromAndTo(state, one) : one;
    facts.push(fact);
    state = evolveApproval(state, fact, { by: 'system', at, version: 0 }, situation);
  }
  return { facts };
}

/** Something that is due, and since when. */
type Due = readonly [at: string, fact: ApprovalFact];

function byTime([one]: Due, [other]: Due): number {
  return Date.parse(one) - Date.parse(other);
}

/** Those before the deadline, as it is now. */
function remindersOf({ remindAt, dueAt }: CurrentStage): readonly string[] {
  return remindAt.filter((at) => dueAt === undefined || Date.parse(at) < Date.parse(dueAt));
}

function reminderDue(stage: string, current: CurrentStage, now: number): readonly Due[] {
  const { reminded } = current;
  const due = remindersOf(current).filter((one) => Date.parse(one) <= now);
  const { length: number } = due;
  const at = due.at(-1);
  return at !== undefined && number > reminded
    ? [[at, { kind: 'approvers-reminded', stage, number }]]
    : [];
}

type Escalated = Extract<ApprovalFact, { kind: 'escalated' }>;

function escalationsDue(
  stage: string,
  { levels, escalated }: CurrentStage,
  now: number,
): readonly Due[] {
  return levels.flatMap(({ at }, level): Due[] =>
    level >= escalated && Date.parse(at) <= now
      ? [[at, { kind: 'escalated', stage, level, from: [], to: [] }]]
      : [],
  );
}

function fromAndTo(state: ApprovalState, fact: Escalated): Escalated {
  const level = state.current?.levels[fact.level]?.approvers;
  const to = level ? askedIn({ approvers: level }) : [];
  return { ...fact, from: undecidedIn(state), to };
}
