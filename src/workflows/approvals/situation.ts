/** An approval in its surroundings, and in which order its stages come. Pure. */
import type { ApprovalPolicy } from '../../contracts/approvals/policy.ts';
import type { Condition } from '../../contracts/conditions.ts';
import type { ApprovalState } from './state.ts';

/** An approval and what is around it. */
export interface Situation {
  readonly policy: ApprovalPolicy;
  readonly approval: ApprovalState;
  readonly owner: string;
  /** The owner, whoever submitted it, and whoever has had its words in hand since. */
  readonly authors: readonly string[];
  /** Whether a condition of the policy holds now. */
  readonly applies: (condition: Condition) => boolean;
}

/**
 * The first stage that there is, as things are, and that has not been passed; undefined when none is left. One that was
 * left out before is asked as soon as its condition holds, whatever came after it.
 */
export function nextStage(
  { stages }: ApprovalPolicy,
  applies: Situation['applies'],
  passed: readonly number[] = [],
): number | undefined {
  const found = stages.findIndex(({ when }, i) => !passed.includes(i) && (!when || applies(when)));
  return found === -1 ? undefined : found;
}

/**
 * The stage with which it begins, or goes on after the author's turn; undefined when there is nothing to decide. Where
 * earlier approvals are kept, one that has some already goes before all others.
 */
export function firstStage(
  policy: ApprovalPolicy,
  applies: Situation['applies'],
  before: ApprovalState | undefined,
): number | undefined {
  if (policy.earlierApprovals === 'reset' || !before) return nextStage(policy, applies);
  const { passed, stage, votes } = before;
  const { when } = policy.stages[stage] ?? {};
  const begun = votes.some(({ approves }) => approves) && (!when || applies(when));
  return begun ? stage : nextStage(policy, applies, passed);
}
