/** Reminders, escalations and the deadline of a stage: what strikes when, and what it leads to. Pure. */
import type { ApprovalFact } from '../../contracts/approvals/events.ts';
import { askedIn, stageFrom, undecidedIn, type Situation } from './decide.ts';
import { evolveApproval, stageOf, type ApprovalState, type CurrentStage } from './state.ts';

/** What the clocks lead to. Without an outcome it goes on. */
export interface Struck {
  readonly facts: readonly ApprovalFact[];
  readonly outcome?: 'approved' | 'rejected' | 'expired';
}

/** When the next clock strikes, in milliseconds since 1970; undefined when none does. */
export function nextStrike({ current }: ApprovalState): number | undefined {
  if (!current) return undefined;
  const { dueAt, overdue, remindAt, reminded, levels, escalated } = current;
  const times = [overdue ? undefined : dueAt, remindAt[reminded], levels[escalated]?.at];
  const next = times.flatMap((at) => (at === undefined ? [] : [Date.parse(at)]));
  return next.length === 0 ? undefined : Math.min(...next);
}

/**
 * What the clocks bring about at this instant, in the order of time: each level of the escalation that is due, of the
 * reminders that are due only the last (the others were missed, because no worker ran), and the deadline.
 */
export function strike(situation: Situation, at: string): Struck {
  const { policy, approval } = situation;
  const { current } = approval;
  if (!current) return { facts: [] };
  const now = Date.parse(at);
  const facts: ApprovalFact[] = [...remindersDue(situation, current, now)];
  let state = approval;
  const stamp = { by: 'system', at, version: 0 };
  for (const escalated of escalationsDue(situation, current, now)) {
    const fact = fromAndTo(state, escalated);
    facts.push(fact);
    state = evolveApproval(state, fact, stamp, policy);
  }
  const due = current.dueAt !== undefined && !current.overdue && Date.parse(current.dueAt) <= now;
  if (!due) return { facts };
  const { name: stage, onTimeout } = stageOf(policy, approval);
  const timedOut = { kind: 'timed-out', stage, outcome: onTimeout.outcome } as const;
  switch (onTimeout.outcome) {
    case 'wait':
      return { facts: [...facts, timedOut] };
    case 'reject':
      return { facts: [...facts, timedOut], outcome: 'rejected' };
    case 'expire':
      return { facts: [...facts, timedOut], outcome: 'expired' };
    case 'approve': {
      const next = stageFrom(policy, situation.applies, approval.stage + 1);
      return next === undefined
        ? { facts: [...facts, timedOut], outcome: 'approved' }
        : { facts: [...facts, { ...timedOut, next }] };
    }
  }
}

function remindersDue(
  { policy, approval }: Situation,
  { remindAt, reminded }: CurrentStage,
  now: number,
): readonly ApprovalFact[] {
  const number = remindAt.filter((one) => Date.parse(one) <= now).length;
  const { name: stage } = stageOf(policy, approval);
  return number > reminded ? [{ kind: 'approvers-reminded', stage, number }] : [];
}

type Escalated = Extract<ApprovalFact, { kind: 'escalated' }>;

function escalationsDue(
  { policy, approval }: Situation,
  { levels, escalated }: CurrentStage,
  now: number,
): readonly Escalated[] {
  const { name: stage } = stageOf(policy, approval);
  return levels.flatMap(({ at }, level): Escalated[] =>
    level >= escalated && Date.parse(at) <= now
      ? [{ kind: 'escalated', stage, level, from: [], to: [] }]
      : [],
  );
}

function fromAndTo(state: ApprovalState, fact: Escalated): Escalated {
  const level = state.current?.levels[fact.level]?.approvers;
  const to = level ? askedIn({ approvers: level }) : [];
  return { ...fact, from: undecidedIn(state), to };
}
