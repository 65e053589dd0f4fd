/** What has to be done in the outside world because of what has happened. Pure; the workflow carries it out. */
import type { WebhookOccasion } from '../../contracts/webhooks.ts';
import {
  approvalOccasion,
  endOccasion,
  webhookCalls,
  type WebhookEffect,
} from '../approvals/webhooks.ts';
import type { ApprovalFact } from '../../contracts/approvals/events.ts';
import type { DocumentEvent } from '../../contracts/documents/events.ts';
import { isOpenState } from '../../contracts/documents/types.ts';
import { compensationOf, type CompensationEffect } from '../approvals/compensation.ts';
import { approvalNotices, endNotice, type NotifyEffect } from '../approvals/notices.ts';
import { authorsOf } from '../approvals/situation.ts';
import { situationOf } from './approval.ts';
import { DRAFT, type Clock } from './clocks.ts';
import { waitingFor } from './permissions.ts';
import type { DocumentState } from './state.ts';

export type Effect =
  | { readonly kind: 'submit-document' }
  /** Looks up whom the next stage of the approval is for. */
  | { readonly kind: 'enter-stage' }
  /** Tells the document above how this one stands. `joining`: the link itself is to be noted first. */
  | { readonly kind: 'tell-parent'; readonly parent: string; readonly joining: boolean }
  | { readonly kind: 'tell-child'; readonly child: string; readonly notice: 'attach' | 'detach' }
  | { readonly kind: 'cancel-child'; readonly child: string }
  | NotifyEffect
  | CompensationEffect
  | WebhookEffect
  /** What became of one document in a bulk action. */
  | { readonly kind: 'bulk-outcome'; readonly job: string; readonly outcome: string };

/** `state` is the one after the event. */
export function effectsOf(state: DocumentState, event: DocumentEvent): readonly Effect[] {
  const told: Effect[] =
    state.parent === undefined || !concernsParent(event)
      ? []
      : [{ kind: 'tell-parent', parent: state.parent, joining: event.kind === 'created' }];
  return [...own(state, event), ...told, ...webhooks(state, event)];
}

function own(state: DocumentState, event: DocumentEvent): readonly Effect[] {
  const { sequence, at } = event;
  switch (event.kind) {
    case 'review-requested':
      return [{ kind: 'submit-document' }];
    case 'stage-entered':
    case 'delegated':
    case 'approvers-reminded':
    case 'escalated':
    case 'decided':
    case 'timed-out':
    case 'approval-reset':
      return approving(state, event);
    case 'child-linked':
      // One that was created below this one knows it already; told again, it does nothing.
      return [{ kind: 'tell-child', child: event.child, notice: 'attach' }];
    case 'child-unlinked':
      return [{ kind: 'tell-child', child: event.child, notice: 'detach' }];
    case 'closed':
      return [...cancelChildren(state, event.state), ...finished(state, event)];
    case 'assigned': {
      const { section, to } = event;
      if (to === undefined || to === event.by) return [];
      const key = `assigned:${sequence}`;
      const what = { occasion: event.kind, key, at, by: event.by, section } as const;
      return [{ kind: 'notify', what: { ...what, recipients: [`user:${to}`] } }];
    }
    case 'reminded': {
      const { section, number } = event;
      const clock = state.clocks[section ?? DRAFT];
      const key = `reminder:${section ?? DRAFT}:${clock?.startedAt}:${number}`;
      const what = { occasion: 'reminder', key, at, recipients: waitingFor(state) } as const;
      const about = { ...(section === undefined ? {} : { section }), ...dueAtOf(clock) };
      return [{ kind: 'notify', what: { ...what, ...about } }];
    }
    case 'overdue': {
      const { section } = event;
      const clock = state.clocks[section];
      const key = `overdue:${section}:${clock?.startedAt}:${clock?.dueAt}`;
      const recipients = [...new Set([...waitingFor(state), `user:${state.owner}`])];
      const what = { occasion: event.kind, key, at, recipients, section, ...dueAtOf(clock) };
      return [{ kind: 'notify', what }];
    }
    default:
      return [];
  }
}

function approving(state: DocumentState, event: DocumentEvent & ApprovalFact): readonly Effect[] {
  const situation = situationOf(state);
  const told = situation ? approvalNotices(situation, event) : [];
  const compensation = situation && compensationOf(situation.policy, event);
  const enters = 'next' in event && event.next !== undefined;
  return [
    ...(enters ? [{ kind: 'enter-stage' } as const] : []),
    ...told.map((what): Effect => ({ kind: 'notify', what })),
    ...(compensation ? [compensation] : []),
  ];
}

function dueAtOf(clock: Clock | undefined): { readonly dueAt?: string } {
  return clock?.dueAt === undefined ? {} : { dueAt: clock.dueAt };
}

function webhooks({ definition }: DocumentState, event: DocumentEvent): readonly Effect[] {
  const { sequence, at } = event;
  const section = 'section' in event ? event.section : undefined;
  return webhookCalls(definition.webhooks, occasionOf(event), { sequence, at, section });
}

function occasionOf(event: DocumentEvent): WebhookOccasion | undefined {
  switch (event.kind) {
    case 'review-requested':
      return 'submitted';
    case 'reminded':
      return 'reminder';
    case 'closed':
      return endOccasion(event.state);
    case 'reopened':
    case 'assigned':
    case 'overdue':
      return event.kind;
    case 'stage-entered':
    case 'approvers-reminded':
    case 'decided':
    case 'timed-out':
    case 'delegated':
    case 'escalated':
      return approvalOccasion(event);
    default:
      return undefined;
  }
}

/** Its authors learn how it ended, unless they ended it themselves. */
function finished(
  state: DocumentState,
  event: Extract<DocumentEvent, { kind: 'closed' }>,
): readonly Effect[] {
  const { state: how } = event;
  if (how !== 'expired' && how !== 'approved' && how !== 'rejected') return [];
  // Without a decision there is none to tell.
  if (how !== 'expired' && !state.approval) return [];
  const what = endNotice(authorsOf(state), event, how);
  return what ? [{ kind: 'notify', what, final: true }] : [];
}

function cancelChildren({ children, definition }: DocumentState, state: string): readonly Effect[] {
  if (state !== 'cancelled') return [];
  return Object.entries(children).flatMap(([child, is]): Effect[] => {
    const rule = definition.children[is.type]?.onCancel;
    return isOpenState(is.state) && rule === 'cancel' ? [{ kind: 'cancel-child', child }] : [];
  });
}

/** Whether the document above shows it: states and titles. */
function concernsParent(event: DocumentEvent): boolean {
  switch (event.kind) {
    case 'created':
    case 'attached':
    case 'review-requested':
    case 'reopened':
    case 'closed':
      return true;
    case 'details-changed':
      return event.title !== undefined;
    default:
      return false;
  }
}
