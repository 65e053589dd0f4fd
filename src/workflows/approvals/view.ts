/** How an approval shows itself. Pure. */
import type { Decision } from '../../contracts/approvals/events.ts';
import type { ApprovalPolicy } from '../../contracts/approvals/policy.ts';
import type { Actor } from '../../contracts/caller.ts';
import type { Who } from '../../contracts/people.ts';
import { matches } from '../shared/people.ts';
import { undecidedIn, unentitled, type Intent } from './entitlement.ts';
import type { Situation } from './situation.ts';
import { stageOf, type ApprovalState, type DecisionState } from './state.ts';
import { approvalsOf, voteOf } from './votes.ts';

/** Who has been asked, who has decided, and what is still needed. */
export interface ApprovalView {
  /** The stage that it is at; before the submission the first one. */
  readonly stage: string;
  /** All stages of the policy. */
  readonly stages: string[];
  /** The external event that decides. */
  readonly event: string;
  /** Which attempt; 0 before the first. */
  readonly round: number;
  /** Approvals that the stage takes, and those that it has; once it has been entered. */
  readonly needed?: number;
  readonly approvals?: number;
  /** `user:x`, `role:y`, `anyone`: who can decide and has not; until the stage has been entered, whom the policy names. */
  readonly waitingFor: string[];
  readonly dueAt?: string;
  readonly overdue?: true;
  /** All of them, oldest first. */
  readonly decisions: DecisionView[];
  readonly escalations: { at: string; stage: string; from: string[]; to: string[] }[];
}

/** `for`: the one who was asked first, when somebody else has decided instead. */
export type DecisionView = Pick<
  DecisionState,
  'by' | 'at' | 'version' | 'stage' | 'round' | 'for' | 'reason'
> & { readonly decision: Decision };

/** `situation` is undefined before the submission. `running`: false once it has ended, when nobody is waited for any more. */
export function approvalView(
  policy: ApprovalPolicy,
  situation: Situation | undefined,
  running = true,
): ApprovalView {
  const stages = policy.stages.map(({ name }) => name);
  const { event } = policy;
  if (!situation) {
    const [stage = ''] = stages;
    return { stage, stages, event, round: 0, waitingFor: [], decisions: [], escalations: [] };
  }
  const { approval: state } = situation;
  const { current, votes, entering } = state;
  return {
    stage: stageOf(policy, state).name,
    stages,
    event,
    round: state.round,
    ...(current ? { needed: current.needed, approvals: approvalsOf(votes) } : {}),
    waitingFor: running && (current || entering) ? waitingIn(situation) : [],
    ...(!running || current?.dueAt === undefined ? {} : { dueAt: current.dueAt }),
    ...(running && current?.overdue ? { overdue: true as const } : {}),
    decisions: [...state.decisions],
    escalations: state.escalations.map(({ from, to, ...rest }) => ({
      ...rest,
      from: [...from],
      to: [...to],
    })),
  };
}

/** Who has to decide now; until the stage has been entered, whom the policy names. */
export function waitingIn({ policy, approval, owner }: Situation): string[] {
  if (approval.current) return undecidedIn(approval);
  const { approvers, ownerMayDecide } = stageOf(policy, approval);
  const named = approvers.filter((who) => who !== 'manager' && (ownerMayDecide || who !== 'owner'));
  return [...new Set(named.map((who) => (who === 'owner' ? `user:${owner}` : who)))];
}

/** Everybody who was ever asked or has decided. User ids; bounded, as the approval remembers. */
export function involvedIn({ asked, decisions }: ApprovalState): readonly string[] {
  return [...new Set([...asked, ...decisions.map(({ by }) => by)])];
}

/** Whether a decision is to be offered to the actor: before the stage has been entered, by what the policy says. */
export function isAsked(situation: Situation, actor: Actor, kind: Intent['kind']): boolean {
  const { policy, approval, owner } = situation;
  if (voteOf(approval, actor.id)) return false;
  if (kind === 'delegate' && !stageOf(policy, approval).delegable) return false;
  if (approval.current || actor.operator) return !unentitled(situation, actor, kind);
  return waitingIn(situation).some((who) => matches(who as Who, actor, owner));
}
