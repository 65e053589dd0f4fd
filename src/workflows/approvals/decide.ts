/** The rules of an approval: who may decide, and what a decision leads to. Pure. */
import type { ApprovalFact } from '../../contracts/approvals/events.ts';
import type { ApprovalCommand } from '../../contracts/approvals/commands.ts';
import type { EntryRequest, StageEntry } from '../../contracts/approvals/entry.ts';
import type { ApprovalPolicy } from '../../contracts/approvals/policy.ts';
import type { Actor } from '../../contracts/caller.ts';
import { ok, refuse, type Result } from '../../contracts/failures.ts';
import { delegation } from './delegation.ts';
import { barredFrom, barring, decidedSo, hasDecided, verdict } from './entitlement.ts';
import { firstStage, keptOf, nextStage, type Kept, type Situation } from './situation.ts';
import { evolveApproval, stageOf, type ApprovalState } from './state.ts';
import { approvalsOf, resultOf, voiceOf, voteOf } from './votes.ts';

/** What a decision leads to. Without an outcome it goes on. */
export interface Decided {
  readonly facts: readonly ApprovalFact[];
  readonly outcome?: 'approved' | 'rejected' | 'changes-requested';
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
  const after = evolveApproval(approval, fact, { by: 'system', at, version: 0 }, situation);
  return isSettled(policy, after) ? goingOn(situation, fact) : { facts: [fact] };
}

/**
 * What the command leads to. Whoever decides must be entitled: `unentitled` is asked before, as is whether the
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
    if (elsewhere === undefined && hasDecided(situation, actor, command)) return ok({ facts: [] });
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
  const next = nextStage(policy, applies, [...approval.passed, approval.stage]);
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
 * What a change of the content, or of the authors, does to the approval: begins it anew when something had been approved,
 * or when another stage would be the first now. When the policy keeps earlier approvals, only when some of them do not
 * count any more, or in the latter case.
 */
export function afterChange(situation: Situation): Decided {
  const { approval, applies } = situation;
  const next = firstStage(situation, applies, approval);
  // No stage is left to decide: it is as if it were submitted now.
  if (next === undefined) return { facts: [], outcome: 'approved' };
  const kept = keptOf(situation, approval);
  const same =
    next === approval.stage && (kept ? isWhole(kept, approval) : approval.votes.length === 0);
  return { facts: same ? [] : [{ kind: 'approval-reset', next }] };
}

function isWhole(kept: Kept, { passed, votes }: ApprovalState): boolean {
  return kept.passed.length === passed.length && kept.votes.length === approvalsOf(votes);
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
