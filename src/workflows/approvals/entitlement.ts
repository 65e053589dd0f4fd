/** Who may decide, who has, and who is waited for. Pure. */
import type { ApprovalCommand } from '../../contracts/approvals/commands.ts';
import type { Actor } from '../../contracts/caller.ts';
import { matches } from '../shared/people.ts';
import type { Situation } from './situation.ts';
import { stageOf, type ApprovalState, type CurrentStage, type Vote } from './state.ts';
import { openSeats, seatOf, voiceOf, voteOf } from './votes.ts';

/** What entitles, and what was decided before, depend on no more of a command than this. */
export interface Intent {
  readonly kind: ApprovalCommand['kind'];
  /** The name of the stage that it is about; default: any. */
  readonly stage?: string;
}

/** Why this actor may not decide in the current stage; undefined when they may, and when it has not been entered. */
export function unentitled(
  situation: Situation,
  actor: Actor,
  kind: Intent['kind'],
): string | undefined {
  const { policy, approval, owner } = situation;
  // Whoever operates the cluster stands above the policy, but still has one voice.
  if (actor.operator) return undefined;
  const barred = barring(situation, actor);
  const { current } = approval;
  if (barred !== undefined || !current || seatOf(current, actor.id)) return barred;
  const given = voiceOf(current, actor.id);
  // What was handed on can be handed to somebody else, or taken back.
  if (given && kind === 'delegate') return undefined;
  if (given) return `${given.holders.join(', ')} decides instead of ${actor.id}.`;
  if (current.approvers.groups.some((who) => matches(who, actor, owner))) return undefined;
  const { name } = stageOf(policy, approval);
  return `The decision of the stage ${name} is for ${askedIn(current).join(', ')}; ${actor.id} is none of them.`;
}

/** Why this actor may not decide in the current stage, whoever is asked; undefined when nothing speaks against it. */
export function barring(situation: Situation, actor: Actor): string | undefined {
  const { policy, approval, authors, owner } = situation;
  const stage = stageOf(policy, approval);
  if (!stage.ownerMayDecide && authors.includes(actor.id)) {
    return 'Neither the owner nor whoever submitted it, or has changed it since, may decide on it.';
  }
  if (barredFrom(situation).includes(actor.id)) {
    return `${actor.id} has decided in another stage already.`;
  }
  // By name, not by "all roles": that would exclude whoever has those.
  const excluded = stage.excluded.find((who) =>
    who.startsWith('role:')
      ? actor.roles.includes(who.slice('role:'.length))
      : matches(who, actor, owner),
  );
  return excluded && `${excluded} may not decide in the stage ${stage.name}.`;
}

/** Those who may not decide in the current stage, whatever they are. */
export function barredFrom({ policy, approval, authors }: Situation): readonly string[] {
  const stage = stageOf(policy, approval);
  const elsewhere = policy.oncePerPerson
    ? approval.decisions
        .filter(({ round, stage: name }) => round >= approval.since && name !== stage.name)
        .map(({ by }) => by)
    : [];
  return [...new Set([...(stage.ownerMayDecide ? [] : authors), ...elsewhere])];
}

/**
 * Whether the actor has decided so already: asked twice, the answer is the same. In this stage, or earlier in this attempt
 * when the actor is not asked any more; whoever is asked in several stages decides in each.
 */
export function hasDecided(situation: Situation, actor: Actor, intent: Intent): boolean {
  const { approval } = situation;
  const { kind, stage } = intent;
  const given = voteOf(approval, actor.id);
  if (given?.by === actor.id) return verdict(given) === VERDICTS[kind];
  return (
    decidedSo(approval, actor, kind, stage) && unentitled(situation, actor, kind) !== undefined
  );
}

/** Whether this was the actor's verdict in this attempt; `stage`: in the stage of that name. */
export function decidedSo(
  { decisions, round }: ApprovalState,
  { id }: Actor,
  kind: Intent['kind'],
  stage?: string,
): boolean {
  return decisions.some(
    (one) =>
      one.round === round &&
      one.by === id &&
      one.decision === VERDICTS[kind] &&
      (stage === undefined || one.stage === stage),
  );
}

const VERDICTS: Readonly<Partial<Record<Intent['kind'], string>>> = {
  approve: 'approved',
  reject: 'rejected',
};

/** The vote in words. */
export function verdict({ approves }: Vote): string {
  return approves ? 'approved' : 'rejected';
}

/** Everybody who has been asked, as `user:x` and `role:y`. */
export function askedIn({ approvers }: Pick<CurrentStage, 'approvers'>): string[] {
  const users = approvers.seats.flatMap(({ holders }) => holders);
  return [...users.map((user) => `user:${user}`), ...approvers.groups];
}

/** Those who can decide and have not. */
export function undecidedIn({ votes, current }: ApprovalState): string[] {
  if (!current) return [];
  const { seats, groups } = current.approvers;
  return askedIn({ approvers: { seats: openSeats(seats, votes), groups } });
}

/** Whether it waits for somebody who may not decide any more, because they have become an author. */
export function waitsForAuthors({ policy, approval, authors }: Situation): boolean {
  const { current, votes } = approval;
  if (!current || stageOf(policy, approval).ownerMayDecide) return false;
  const open = openSeats(current.approvers.seats, votes);
  return open.some(({ holders }) => holders.some((user) => authors.includes(user)));
}
