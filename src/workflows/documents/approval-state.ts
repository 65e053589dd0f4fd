/** How events of an approval become part of the document's state. No rules; pure. */
import type { ApprovalFact } from '../../contracts/approvals/events.ts';
import type { DocumentEvent } from '../../contracts/documents/events.ts';
import { authorsOf, keptOf, type Surroundings } from '../approvals/situation.ts';
import { begunAnew, evolveApproval, requested, samePolicy } from '../approvals/state.ts';
import type { DocumentState } from './state.ts';

/** What is around the approval; undefined for types that have none. */
export function surroundingsOf(state: DocumentState): Surroundings | undefined {
  const { approval: policy } = state.definition;
  return policy && { policy, authors: authorsOf(state) };
}

/** Submitted, with the stage that begins; without one there is nothing to decide. */
export function submitted(state: DocumentState, next: number | undefined): Partial<DocumentState> {
  const around = surroundingsOf(state);
  if (next === undefined || !around) return {};
  return { approval: requested(state.approval, next, keptOf(around, state.approval)) };
}

/** After a fact of the approval itself. */
export function approvalAfter(
  state: DocumentState,
  event: DocumentEvent & ApprovalFact,
): Partial<DocumentState> {
  const around = surroundingsOf(state);
  if (!state.approval || !around) return {};
  return { approval: evolveApproval(state.approval, event, event, around) };
}

/** Under another definition; what was approved under another policy does not count. */
export function migrated(
  { approval }: DocumentState,
  { definition, before }: Extract<DocumentEvent, { kind: 'migrated' }>,
): Partial<DocumentState> {
  const same = samePolicy(definition.approval, before.approval);
  return { definition, ...(approval && !same ? { approval: begunAnew(approval) } : {}) };
}

/** Whoever changes the document in review, or gives it away, has had its words in hand, and is an author from then on. */
export function authoredBy(
  { state, submittedBy = [] }: DocumentState,
  user: string,
): Partial<DocumentState> {
  return state === 'in-review' ? { submittedBy: [...new Set([...submittedBy, user])] } : {};
}
