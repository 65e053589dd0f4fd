/** What has to be done in the outside world because of what has happened. Pure; the workflow carries it out. */
import { WEBHOOK_OCCASIONS, type WebhookOccasion } from '../../contracts/documents/definition.ts';
import type { ApprovalFact } from '../../contracts/approvals/events.ts';
import type { DocumentEvent } from '../../contracts/documents/events.ts';
import { isOpenState } from '../../contracts/documents/types.ts';
import { approvalNotices } from '../approvals/notices.ts';
import { situationOf } from './approval.ts';
import { waitingFor } from './permissions.ts';
import type { DocumentState } from './state.ts';

/** Why somebody is told. */
export type Occasion = 'assigned' | 'reminder' | 'overdue' | 'expired';

export type Effect =
  | { readonly kind: 'submit-document' }
  /** Looks up whom the next stage of the approval is for. */
  | { readonly kind: 'enter-stage' }
  /** Tells the document above how this one stands. `joining`: the link itself is to be noted first. */
  | { readonly kind: 'tell-parent'; readonly parent: string; readonly joining: boolean }
  | { readonly kind: 'tell-child'; readonly child: string; readonly notice: 'attach' | 'detach' }
  | { readonly kind: 'cancel-child'; readonly child: string }
  | {
      readonly kind: 'notify';
      readonly occasion: Occasion;
      /** The number of the event: what makes the notification one, however often it is tried. */
      readonly sequence: number;
      readonly at: string;
      /** `user:x`, `role:y` or `anyone`. */
      readonly to: readonly string[];
      readonly section?: string;
    }
  | {
      readonly kind: 'webhook';
      readonly url: string;
      readonly occasion: WebhookOccasion;
      /** The number of the event, and of the webhook in the type: together they make the call one. */
      readonly sequence: number;
      readonly place: number;
      readonly at: string;
      readonly section?: string;
    }
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
      return [...cancelChildren(state, event.state), ...expired(state, event)];
    case 'assigned': {
      const { section, to } = event;
      if (to === undefined || to === event.by) return [];
      return [{ kind: 'notify', occasion: 'assigned', sequence, at, to: [`user:${to}`], section }];
    }
    case 'reminded': {
      const section = event.section === undefined ? {} : { section: event.section };
      return [
        { kind: 'notify', occasion: 'reminder', sequence, at, to: waitingFor(state), ...section },
      ];
    }
    case 'overdue': {
      const to = [...new Set([...waitingFor(state), `user:${state.owner}`])];
      return [{ kind: 'notify', occasion: 'overdue', sequence, at, to, section: event.section }];
    }
    default:
      return [];
  }
}

function approving(state: DocumentState, event: DocumentEvent & ApprovalFact): readonly Effect[] {
  const situation = situationOf(state);
  const told = situation ? approvalNotices(situation, event) : [];
  const enters = 'next' in event && event.next !== undefined;
  return [
    ...(enters ? [{ kind: 'enter-stage' } as const] : []),
    ...told.map((what): Effect => ({ kind: 'notify', what })),
  ];
}

function webhooks({ definition }: DocumentState, event: DocumentEvent): readonly Effect[] {
  const occasion = occasionOf(event);
  if (occasion === undefined) return [];
  const { sequence, at } = event;
  const section =
    'section' in event && event.section !== undefined ? { section: event.section } : {};
  return definition.webhooks.flatMap(({ url, on }, place): Effect[] =>
    on.includes(occasion)
      ? [{ kind: 'webhook', url, occasion, sequence, place, at, ...section }]
      : [],
  );
}

function occasionOf(event: DocumentEvent): WebhookOccasion | undefined {
  switch (event.kind) {
    case 'review-requested':
      return 'submitted';
    case 'reminded':
      return 'reminder';
    case 'closed':
      return WEBHOOK_OCCASIONS.find((one) => one === event.state);
    case 'reopened':
    case 'assigned':
    case 'overdue':
      return event.kind;
    default:
      return undefined;
  }
}

function expired(
  { owner }: DocumentState,
  { state, by, sequence, at }: Extract<DocumentEvent, { kind: 'closed' }>,
): readonly Effect[] {
  if (state !== 'expired' || by === owner) return [];
  return [{ kind: 'notify', occasion: 'expired', sequence, at, to: [`user:${owner}`] }];
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
