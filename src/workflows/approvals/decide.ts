/** The rules of an approval: who may decide, and what a decision leads to. Pure. */
import type { ApprovalFact } from '../../contracts/approvals/events.ts';
import type { ApprovalCommand } from '../../contracts/approvals/commands.ts';
import type { EntryRequest, StageEntry } from '../../contracts/approvals/entry.ts';
import type { ApprovalPolicy } from '../../contracts/approvals/policy.ts';
import type { Actor } from '../../contracts/caller.ts';
import type { Condition } from '../../contracts/conditions.ts';
import { ok, refuse, type Result } from '../../contracts/failures.ts';
import { matches } from '../shared/people.ts';
import { barredFrom, barring } from './barring.ts';
import { delegation } from './delegation.ts';
import {
  evolveApproval,
  stageOf,
  type ApprovalState,
  type CurrentStage,
  type Vote,
} from './state.ts';
import { openSeats, resultOf, seatOf, voiceOf, voteOf } from './votes.ts';

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

/**
 * The stage was looked up. It is over at once when earlier approvals that count on are enough; otherwise whoever has
 * given one of them would wait for nobody.
 */
export function decideEntry(situation: Situation, entry: StageEntry, at: string): Decided {
  const { policy, approval } = situation;
  const fact = { kind: 'stage-entered', stage: approval.stage, entry } as const;
  const after = evolveApproval(approval, fact, { by: 'system', at, version: 0 }, policy);
  return isSettled(policy, after) ? goingOn(situation, fact) : { facts: [fact] };
}

/** Why this actor may not decide in the current stage; undefined when they may, and when it has not been entered. */
export function unentitled(situation: Situation, actor: Actor): string | undefined {
  const { policy, approval, owner } = situation;
  // Whoever operates the cluster stands above the policy, but still has one voice.
  if (actor.operator) return undefined;
  const barred = barring(situation, actor);
  const { current } = approval;
  if (barred !== undefined || !current || seatOf(current, actor.id)) return barred;
  const given = voiceOf(current, actor.id);
  if (given) return `${given.holders.join(', ')} decides instead of ${actor.id}.`;
  if (current.approvers.groups.some((who) => matches(who, actor, owner))) return undefined;
  const { name } = stageOf(policy, approval);
  return `The decision of the stage ${name} is for ${askedIn(current).join(', ')}; ${actor.id} is none of them.`;
}

/**
 * Whether the actor has decided so already: asked twice, the answer is the same. In this stage, or earlier in this attempt
 * when the actor is not asked any more; whoever is asked in several stages decides in each.
 */
export function hasDecided(
  situation: Situation,
  actor: Actor,
  kind: ApprovalCommand['kind'],
): boolean {
  const { approval } = situation;
  const given = voteOf(approval, actor.id);
  if (given?.by === actor.id) return verdict(given) === VERDICTS[kind];
  return decidedSo(approval, actor, kind) && unentitled(situation, actor) !== undefined;
}

/** Whether this was the actor's verdict in this attempt; `stage`: in the stage of that name. */
function decidedSo(
  { decisions, round }: ApprovalState,
  { id }: Actor,
  kind: ApprovalCommand['kind'],
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

const VERDICTS: Readonly<Partial<Record<ApprovalCommand['kind'], string>>> = {
  approve: 'approved',
  reject: 'rejected',
};

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

/**
 * What the command leads to. Whoever decides must be entitled: {@link unentitled} is asked before, as is whether the
 * stage has been entered. Refusals: `wrong-state` for a voice that is given already, for a decision in a second stage that
 * does not name it, and for a delegation to somebody who has a voice; `version-mismatch` for another round or stage.
 */
export function decideApproval(
  situation: Situation,
  command: ApprovalCommand,
  { actor, at }: { readonly actor: Actor; readonly at: string },
): Result<Decided> {
  const { policy, approval } = situation;
  if (command.kind === 'remind') return ok(reminding(situation, at));
  if (command.kind !== 'delegate') {
    const { kind, stage } = command;
    const elsewhere = mismatch(situation, command);
    if (elsewhere === undefined && hasDecided(situation, actor, kind)) return ok({ facts: [] });
    if (stage !== undefined && decidedSo(approval, actor, kind, stage)) return ok({ facts: [] });
    if (elsewhere !== undefined) return refuse('version-mismatch', elsewhere);
    const unsaid = stage === undefined ? stageUnsaid(situation, actor, kind) : undefined;
    if (unsaid !== undefined) return refuse('wrong-state', unsaid);
  }
  const given = voteOf(approval, actor.id);
  if (given) {
    const who = given.by === actor.id ? actor.id : `${given.by}, who has the same voice,`;
    return refuse('wrong-state', `${who} has decided already: ${verdict(given)}.`);
  }
  if (command.kind === 'delegate') {
    const barred = (to: string) => barring(situation, { id: to, roles: [], operator: false });
    const made = delegation(stageOf(policy, approval), approval, command, { actor, barred });
    return made.ok ? ok({ facts: [made.value] }) : made;
  }
  return ok(deciding(situation, command, actor));
}

/**
 * Why the stage must be named: whoever is asked in two of them would by a double click decide both. Messages from the
 * Temporal CLI all come from the operator, so two of them may well be two people's.
 */
function stageUnsaid(
  { policy, approval }: Situation,
  actor: Actor,
  kind: ApprovalCommand['kind'],
): string | undefined {
  if (actor.operator || !decidedSo(approval, actor, kind) || voteOf(approval, actor.id)) {
    return undefined;
  }
  const { name } = stageOf(policy, approval);
  return `${actor.id} has decided so in another stage; the stage ${name} is another decision. Name it: {"stage": ${JSON.stringify(name)}}.`;
}

/** Why the decision is about something else than what is asked now; undefined when it is about that. */
function mismatch(
  { policy, approval }: Situation,
  { round, stage }: { readonly round?: number; readonly stage?: string },
): string | undefined {
  const { name } = stageOf(policy, approval);
  const about = (what: string, is: string) =>
    `The decision is for ${what}; the approval is in ${is}. Read it again and decide again.`;
  if (round !== undefined && round !== approval.round)
    return about(`round ${round}`, `round ${approval.round}`);
  if (stage !== undefined && stage !== name)
    return about(`the stage ${stage}`, `the stage ${name}`);
  return undefined;
}

function verdict({ approves }: Vote): string {
  return approves ? 'approved' : 'rejected';
}

function deciding(
  situation: Situation,
  { kind, reason }: { readonly kind: ApprovalCommand['kind']; readonly reason?: string },
  { id: by }: Actor,
): Decided {
  const { policy, approval } = situation;
  const { name: stage } = stageOf(policy, approval);
  const seat = voiceOf(approval.current, by)?.for;
  const told = {
    ...(seat === undefined || seat === by ? {} : { for: seat }),
    ...(reason === undefined ? {} : { reason }),
  };
  if (kind === 'request-changes') {
    const fact = { kind: 'decided', stage, decision: 'changes-requested', ...told } as const;
    return { facts: [fact], outcome: 'changes-requested' };
  }
  const approves = kind === 'approve';
  const decision = approves ? 'approved' : 'rejected';
  const fact = { kind: 'decided', stage, decision, ...told } as const;
  const vote = { by, approves, ...(seat === undefined ? {} : { seat }) };
  const votes = [...approval.votes, vote];
  switch (resultOf(stageOf(policy, approval), { ...approval, votes })) {
    case undefined:
      return { facts: [fact] };
    case 'rejected':
      return { facts: [fact], outcome: 'rejected' };
    case 'approved':
      return goingOn(situation, fact);
  }
}

type Ending = Extract<ApprovalFact, { kind: 'decided' | 'stage-entered' | 'timed-out' }>;

/** The fact ends the current stage: the next one begins, or it is approved. */
export function goingOn(
  { policy, approval, applies }: Situation,
  fact: Ending,
): Decided & { readonly outcome?: 'approved' } {
  const next = stageFrom(policy, applies, approval.stage + 1);
  return next === undefined
    ? { facts: [fact], outcome: 'approved' }
    : { facts: [{ ...fact, next }] };
}

/** Whether the votes have brought the current stage to its end. */
export function isSettled(policy: ApprovalPolicy, approval: ApprovalState): boolean {
  return resultOf(stageOf(policy, approval), approval) !== undefined;
}

/** Milliseconds within which a reminder by hand is the same one: a double click. */
const ONE_REMINDER = 60_000;

/** Nothing before the stage has been entered: people are about to be asked. */
function reminding({ policy, approval }: Situation, at: string): Decided {
  const { current } = approval;
  const last = current?.remindedAt;
  const again = last !== undefined && Date.parse(at) - Date.parse(last) < ONE_REMINDER;
  if (!current || again) return { facts: [] };
  return { facts: [{ kind: 'approvers-reminded', stage: stageOf(policy, approval).name }] };
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

const DECISIONS: ReadonlySet<string> = new Set([
  'approve',
  'reject',
  'request-changes',
  'delegate',
] satisfies ApprovalCommand['kind'][]);

/** Whether one decides with this command. */
export function isDecision(kind: string): kind is Exclude<ApprovalCommand['kind'], 'remind'> {
  return DECISIONS.has(kind);
}
