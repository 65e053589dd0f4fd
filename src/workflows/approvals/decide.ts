/** The rules of an approval: who may decide, and what a decision leads to. Pure. */
import type { ApprovalFact } from '../../contracts/approvals/events.ts';
import type { ApprovalCommand } from '../../contracts/approvals/commands.ts';
import type { EntryRequest } from '../../contracts/approvals/entry.ts';
import type { ApprovalPolicy } from '../../contracts/approvals/policy.ts';
import type { Actor } from '../../contracts/caller.ts';
import type { Condition } from '../../contracts/conditions.ts';
import { ok, refuse, type Result } from '../../contracts/failures.ts';
import { matches } from '../shared/people.ts';
import {
  seatOf,
  stageOf,
  voteOf,
  type ApprovalState,
  type CurrentStage,
  type Vote,
} from './state.ts';

/** An approval and what is around it. */
export interface Situation {
  readonly policy: ApprovalPolicy;
  readonly approval: ApprovalState;
  readonly owner: string;
  /** The owner and whoever submitted it. */
  readonly authors: readonly string[];
  /** Whether a condition of the policy holds now. */
  readonly applies: (condition: Condition) => boolean;
}

/** What a decision leads to. Without an outcome it goes on. */
export interface Decided {
  readonly facts: readonly ApprovalFact[];
  readonly outcome?: 'approved' | 'rejected' | 'changes-requested';
}

/** The first stage from `from` on that there is, as things are; undefined when none is left. */
export function stageFrom(
  { stages }: ApprovalPolicy,
  applies: Situation['applies'],
  from = 0,
): number | undefined {
  const found = stages.findIndex(({ when }, i) => i >= from && (!when || applies(when)));
  return found === -1 ? undefined : found;
}

/** What has to be looked up before anybody can decide; undefined when nothing has. */
export function entryRequest(situation: Situation, at: string): EntryRequest | undefined {
  const { policy, approval, owner } = situation;
  if (!approval.entering) return undefined;
  return { policy, stage: approval.stage, owner, barred: barredFrom(situation), at };
}

/** Those who may not decide in the current stage, whatever they are. */
function barredFrom({ policy, approval, authors }: Situation): readonly string[] {
  const stage = stageOf(policy, approval);
  const elsewhere = policy.oncePerPerson
    ? approval.decisions
        .filter(({ round, stage: name }) => round === approval.round && name !== stage.name)
        .map(({ by }) => by)
    : [];
  return [...new Set([...(stage.ownerMayDecide ? [] : authors), ...elsewhere])];
}

/** Why this actor may not decide in the current stage; undefined when they may, and when it has not been entered. */
export function unentitled(situation: Situation, actor: Actor): string | undefined {
  const { policy, approval, authors, owner } = situation;
  // Whoever operates the cluster stands above the policy, but still has one voice.
  if (actor.operator) return undefined;
  const stage = stageOf(policy, approval);
  if (!stage.ownerMayDecide && authors.includes(actor.id)) {
    return 'Neither the owner nor whoever submitted it may decide on it.';
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
  if (excluded !== undefined) return `${excluded} may not decide in the stage ${stage.name}.`;
  const { current } = approval;
  if (!current) return undefined;
  if (seatOf(current, actor.id)) return undefined;
  const given = current.approvers.seats.find((seat) => seat.for === actor.id);
  if (given) return `${actor.id} has handed the decision to ${given.holders.join(', ')}.`;
  if (current.approvers.groups.some((who) => matches(who, actor, owner))) return undefined;
  return `The decision of the stage ${stage.name} is for ${askedIn(current).join(', ')}; ${actor.id} is none of them.`;
}

/** Whether the actor has decided so in this attempt already, in whatever stage: asked twice, the answer is the same. */
export function hasDecided(
  { approval }: Situation,
  { id }: Actor,
  kind: ApprovalCommand['kind'],
): boolean {
  const decision = VERDICTS[kind];
  return approval.decisions.some(
    (one) => one.round === approval.round && one.by === id && one.decision === decision,
  );
}

const VERDICTS: Readonly<Partial<Record<ApprovalCommand['kind'], string>>> = {
  approve: 'approved',
  reject: 'rejected',
};

/** Everybody who has been asked, as `user:x` and `role:y`. */
export function askedIn({ approvers }: Pick<CurrentStage, 'approvers'>): string[] {
  const users = approvers.seats.flatMap(({ holders }) => holders);
  return [...users.map((user) => `user:${user}`), ...approvers.groups];
}

/** Those of them who have not decided. */
export function undecidedIn({ votes, current }: ApprovalState): string[] {
  if (!current) return [];
  const voted = new Set(votes.flatMap(({ seat }) => (seat === undefined ? [] : [seat])));
  const users = current.approvers.seats
    .filter((seat) => !voted.has(seat.for))
    .flatMap(({ holders }) => holders);
  return [...users.map((user) => `user:${user}`), ...current.approvers.groups];
}

/**
 * What the command leads to. Whoever decides must be entitled: {@link unentitled} is asked before, as is whether the
 * stage has been entered. Refusals: `wrong-state` for a voice that is given already, and for a delegation to somebody
 * who has one; `version-mismatch` for another round.
 */
export function decideApproval(
  situation: Situation,
  command: ApprovalCommand,
  { actor, at }: { readonly actor: Actor; readonly at: string },
): Result<Decided> {
  const { policy, approval } = situation;
  const stage = stageOf(policy, approval).name;
  if (command.kind === 'remind') return ok(reminding(approval, stage, at));
  if ('round' in command && command.round !== undefined && command.round !== approval.round) {
    const detail = `The decision is for round ${command.round}; the approval is in round ${approval.round}. Read it again and decide again.`;
    return refuse('version-mismatch', detail);
  }
  if (command.kind !== 'delegate' && hasDecided(situation, actor, command.kind)) {
    return ok({ facts: [] });
  }
  const given = voteOf(approval, actor.id);
  if (given) {
    const who = given.by === actor.id ? actor.id : `${given.by}, who has the same voice,`;
    return refuse('wrong-state', `${who} has decided already: ${verdict(given)}.`);
  }
  if (command.kind === 'delegate') return delegating(situation, command, actor, stage);
  const explained = command.reason === undefined ? {} : { reason: command.reason };
  if (command.kind === 'request-changes') {
    const fact = { kind: 'decided', stage, decision: 'changes-requested', ...explained } as const;
    return ok({ facts: [fact], outcome: 'changes-requested' });
  }
  return ok(voting(situation, command.kind === 'approve', actor, explained));
}

function verdict({ approves }: Vote): string {
  return approves ? 'approved' : 'rejected';
}

function voting(
  situation: Situation,
  approves: boolean,
  { id: by }: Actor,
  explained: { readonly reason?: string },
): Decided {
  const { policy, approval } = situation;
  const { name: stage } = stageOf(policy, approval);
  const seat = seatOf(approval.current, by)?.for;
  const fact = {
    kind: 'decided',
    stage,
    decision: approves ? 'approved' : 'rejected',
    ...(seat === undefined || seat === by ? {} : { for: seat }),
    ...explained,
  } as const;
  const vote = { by, approves, ...(seat === undefined ? {} : { seat }) };
  const result = resultOf(policy, { ...approval, votes: [...approval.votes, vote] });
  if (result === undefined) return { facts: [fact] };
  if (result === 'rejected') return { facts: [fact], outcome: 'rejected' };
  const next = stageFrom(policy, situation.applies, approval.stage + 1);
  return next === undefined
    ? { facts: [fact], outcome: 'approved' }
    : { facts: [{ ...fact, next }] };
}

/** Whether the votes have brought the current stage to its end. */
export function isSettled(policy: ApprovalPolicy, approval: ApprovalState): boolean {
  return resultOf(policy, approval) !== undefined;
}

/** What the votes make of the current stage; undefined while it is open. */
function resultOf(
  policy: ApprovalPolicy,
  approval: ApprovalState,
): 'approved' | 'rejected' | undefined {
  const { current, votes } = approval;
  if (!current) return undefined;
  const approvals = votes.filter(({ approves }) => approves).length;
  const rejections = votes.length - approvals;
  if (rejections > 0 && stageOf(policy, approval).veto) return 'rejected';
  if (approvals >= current.needed) return 'approved';
  if (rejections === 0) return undefined;
  // Of a group nobody knows how many it is: as many rejections as it takes approvals.
  if (current.approvers.groups.length > 0) {
    return rejections >= current.needed ? 'rejected' : undefined;
  }
  const voted = new Set(votes.map(({ seat }) => seat));
  const open = current.approvers.seats.filter((one) => !voted.has(one.for)).length;
  return approvals + open < current.needed ? 'rejected' : undefined;
}

function delegating(
  situation: Situation,
  command: Extract<ApprovalCommand, { kind: 'delegate' }>,
  actor: Actor,
  stage: string,
): Result<Decided> {
  const { policy, approval } = situation;
  const { to } = command;
  if (!stageOf(policy, approval).delegable) {
    return refuse('wrong-state', `Decisions of the stage ${stage} cannot be handed on.`);
  }
  const seat = seatOf(approval.current, actor.id);
  if (to === actor.id) return refuse('wrong-state', `${to} has the decision already.`);
  const held = seatOf(approval.current, to);
  // Nobody may get a second voice; back to whom it came from is no second one.
  if ((held && held !== seat) || approval.votes.some(({ by }) => by === to)) {
    return refuse('wrong-state', `${to} decides in this stage already, and has one voice.`);
  }
  const asked = { id: to, roles: [], operator: false };
  const barred = unentitled(
    { ...situation, approval: { ...approval, current: undefined } as unknown as ApprovalState },
    asked,
  );
  if (barred !== undefined) return refuse('wrong-state', barred);
  const explained = command.reason === undefined ? {} : { reason: command.reason };
  const fact = { kind: 'delegated', stage, for: seat?.for ?? actor.id, to, ...explained } as const;
  return ok({ facts: [fact] });
}

/** Milliseconds within which a reminder by hand is the same one: a double click. */
const ONE_REMINDER = 60_000;

function reminding({ current }: ApprovalState, stage: string, at: string): Decided {
  const last = current?.remindedAt;
  if (last !== undefined && Date.parse(at) - Date.parse(last) < ONE_REMINDER) return { facts: [] };
  return { facts: [{ kind: 'approvers-reminded', stage }] };
}

/**
 * What a change of the content does to the approval: begins it anew when something had been approved, or when another
 * stage would be the first now. Nothing when the policy keeps earlier approvals.
 */
export function afterChange({ policy, approval, applies }: Situation): Decided {
  if (policy.earlierApprovals === 'keep') return { facts: [] };
  const next = stageFrom(policy, applies);
  // No stage is left to decide: it is as if it were submitted now.
  if (next === undefined) return { facts: [], outcome: 'approved' };
  const same = next === approval.stage && approval.votes.length === 0;
  return { facts: same ? [] : [{ kind: 'approval-reset', next }] };
}
