/** The approval of a document: what its rules know of the document around it. Pure. */
import type { ApprovalCommand } from '../../contracts/approvals/commands.ts';
import type { EntryRequest } from '../../contracts/approvals/entry.ts';
import type { Actor, Call } from '../../contracts/caller.ts';
import type { CommandKind } from '../../contracts/documents/commands.ts';
import type { DocumentType } from '../../contracts/documents/definition.ts';
import type { Fact } from '../../contracts/documents/events.ts';
import { refuse, type Result } from '../../contracts/failures.ts';
import type { Who } from '../../contracts/people.ts';
import { consequencesOf } from '../approvals/consequences.ts';
import { afterChange, decideApproval, entryRequest, isDecision } from '../approvals/decide.ts';
import { hasDecided, unentitled, waitsForAuthors, type Intent } from '../approvals/entitlement.ts';
import { clockStruck, stageEntered, type Entered } from '../approvals/heard.ts';
import { firstStage as firstStageOf, type Situation } from '../approvals/situation.ts';
import { samePolicy } from '../approvals/state.ts';
import { involvedIn, isAsked, waitingIn } from '../approvals/view.ts';
import { surroundingsOf } from './approval-state.ts';
import { holds } from './requirements.ts';
import type { DocumentState } from './state.ts';

/** The approval and what is around it; undefined for a document that has none, or was never submitted. */
export function situationOf(state: DocumentState): Situation | undefined {
  const { approval, owner } = state;
  const around = surroundingsOf(state);
  if (!approval || !around) return undefined;
  return { ...around, approval, owner, applies: (condition) => holds(condition, state) };
}

/** The same, while it is being decided. */
function inReview(state: DocumentState): Situation | undefined {
  return state.state === 'in-review' ? situationOf(state) : undefined;
}

/** What the lookup of the stage needs to know; undefined when none is to be entered. */
export function stageToEnter(state: DocumentState, at: string): EntryRequest | undefined {
  const situation = inReview(state);
  return situation && entryRequest(situation, at);
}

/** The stage was looked up; nothing, when meanwhile it is another one, or none. */
export function entered(state: DocumentState, notice: Entered, at: string): readonly Fact[] {
  const situation = inReview(state);
  return situation ? stageEntered(situation, notice, at) : [];
}

/** The stage with which a submission begins; undefined when there is nothing to decide, and it is approved at once. */
export function firstStage(state: DocumentState): number | undefined {
  const around = surroundingsOf(state);
  return around && firstStageOf(around, (condition) => holds(condition, state), state.approval);
}

/** Who has to decide now. */
export function approversNow(state: DocumentState): readonly Who[] {
  const situation = situationOf(state);
  return situation ? (waitingIn(situation) as Who[]) : [];
}

/**
 * Why the actor may not do this to the approval; undefined when they may, and when that cannot be told before the stage
 * has been entered.
 */
export function notAnApprover(
  state: DocumentState,
  intent: Intent,
  actor: Actor,
): string | undefined {
  const situation = situationOf(state);
  if (!situation || hasDecided(situation, actor, intent)) return undefined;
  return unentitled(situation, actor, intent.kind);
}

/** Whether a decision is to be offered to the actor. */
export function isAskedNow(state: DocumentState, actor: Actor, kind: Intent['kind']): boolean {
  const situation = situationOf(state);
  return situation !== undefined && isAsked(situation, actor, kind);
}

/** Whether the command cannot be judged before the stage has been entered. */
export function awaitsEntry({ approval, state }: DocumentState, kind: CommandKind): boolean {
  return isDecision(kind) && state === 'in-review' && approval?.entering === true;
}

/** What the command leads to. Whether the actor may has been asked before. */
export function decideOn(
  state: DocumentState,
  command: ApprovalCommand,
  call: Call,
): Result<readonly Fact[]> {
  const situation = situationOf(state);
  if (!situation) return refuse('internal', 'There is no approval.');
  const decided = decideApproval(situation, command, call);
  if (!decided.ok) return decided;
  return { ok: true, value: consequencesOf(command, decided.value) };
}

/** What the clocks of the approval bring about at this instant. */
export function approvalStrike(state: DocumentState, at: string): readonly Fact[] {
  const situation = inReview(state);
  return situation ? clockStruck(situation, at) : [];
}

const NOTHING_LEFT: Fact = {
  kind: 'closed',
  state: 'approved',
  automatic: true,
  reason: 'Nothing is left to decide.',
};

/** What another content does to the approval under way. */
export function contentChanged(state: DocumentState): readonly Fact[] {
  const situation = inReview(state);
  if (!situation) return [];
  const { facts, outcome } = afterChange(situation);
  if (outcome === 'approved') return [NOTHING_LEFT];
  return facts.length > 0 ? facts : authorsChanged(state);
}

/** What another author does to it: nothing, unless it waits for exactly them, who may not decide any more; then people are asked anew. */
export function authorsChanged(state: DocumentState): readonly Fact[] {
  const situation = inReview(state);
  if (!situation || !waitsForAuthors(situation)) return [];
  const next = firstStage(state);
  return next === undefined ? [] : [{ kind: 'approval-reset', next }];
}

/** What another definition does to the approval under way: it begins anew under the new policy. */
export function policyChanged(state: DocumentState, before: DocumentType): readonly Fact[] {
  if (state.state !== 'in-review' || samePolicy(before.approval, state.definition.approval))
    return [];
  const next = firstStage(state);
  return [next === undefined ? NOTHING_LEFT : { kind: 'approval-reset', next }];
}

/** Everybody who was ever asked or has decided; they may read the document ever after. */
export function involved({ approval }: DocumentState): readonly string[] {
  return approval ? involvedIn(approval) : [];
}
