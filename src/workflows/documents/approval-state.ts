/** How events of an approval become part of the document's state. No rules; pure. */
import type { ApprovalFact } from '../../contracts/approvals/events.ts';
import type { DocumentEvent } from '../../contracts/documents/events.ts';
import { begunAnew, evolveApproval, requested, samePolicy } from '../approvals/state.ts';
import type { DocumentState } from './state.ts';

/** Submitted, with the stage that begins; without one there is nothing to decide. */
export function submitted(
  { approval, definition }: DocumentState,
  next: number | undefined,
): Partial<DocumentState> {
  if (next === undefined) return {};
  const keep = definition.approval?.earlierApprovals === 'keep';
  return { approval: requested(approval, next, keep) };
}

/** After a fact of the approval itself. */
export function approvalAfter(
  { approval, definition }: DocumentState,
  event: DocumentEvent & ApprovalFact,
): Partial<DocumentState> {
  if (!approval || !definition.approval) return {};
  return { approval: evolveApproval(approval, event, event, definition.approval) };
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
