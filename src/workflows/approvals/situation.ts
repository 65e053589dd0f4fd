/** An approval in its surroundings, and in which order its stages come. Pure. */
import type { ApprovalPolicy } from '../../contracts/approvals/policy.ts';
import type { Condition } from '../../contracts/conditions.ts';
import type { ApprovalState } from './state.ts';

/** What is around an approval. */
export interface Surroundings {
  readonly policy: ApprovalPolicy;
  /** The owner, and whoever has ever submitted it or had its words in hand since. */
  readonly authors: readonly string[];
}

/** An approval and what is around it. */
export interface Situation extends Surroundings {
  readonly approval: ApprovalState;
  readonly owner: string;
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
  { policy, authors }: Surroundings,
  applies: Situation['applies'],
  before: ApprovalState | undefined,
): number | undefined {
  const kept = keptOf({ policy, authors }, before);
  if (!kept || !before) return nextStage(policy, applies);
  const { when } = policy.stages[before.stage] ?? {};
  const begun = kept.votes.length > 0 && (!when || applies(when));
  return begun ? before.stage : nextStage(policy, applies, kept.passed);
}

/** What counts on of an earlier attempt. */
export type Kept = Pick<ApprovalState, 'passed' | 'votes'>;

/**
 * The approvals that the policy keeps; undefined when it keeps none. Not those of people who are authors by now, nor of
 * a stage in which one of them has decided, unless authors may decide there.
 */
export function keptOf(
  { policy: { stages, earlierApprovals }, authors }: Surroundings,
  before: ApprovalState | undefined,
): Kept | undefined {
  if (earlierApprovals === 'reset' || !before) return undefined;
  const { passed, votes, stage, decisions, since } = before;
  const isOwn = (place: number, by: string): boolean =>
    !stages[place]?.ownerMayDecide && authors.includes(by);
  const decidedByAuthor = (place: number): boolean =>
    decisions.some(
      ({ round, stage: name, by }) =>
        round >= since && name === stages[place]?.name && isOwn(place, by),
    );
  return {
    passed: passed.filter((place) => !decidedByAuthor(place)),
    votes: votes.filter(({ approves, by }) => approves && !isOwn(stage, by)),
  };
}

/** Whoever may not decide under four eyes. */
export function authorsOf({
  owner,
  submittedBy = [],
}: {
  readonly owner: string;
  readonly submittedBy?: readonly string[];
}): readonly string[] {
  return [...new Set([owner, ...submittedBy])];
}
