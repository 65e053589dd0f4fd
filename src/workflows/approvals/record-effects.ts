/** What has to be done in the outside world because of what has happened to an approval. Pure; the workflow carries it out. */
import type { RecordEvent } from '../../contracts/approvals/record-events.ts';
import type { WebhookOccasion } from '../../contracts/webhooks.ts';
import { compensationOf, type CompensationEffect } from './compensation.ts';
import { approvalNotices, endNotice, type NotifyEffect } from './notices.ts';
import { situationOf, type ApprovalRecord } from './record.ts';
import { approvalOccasion, endOccasion, webhookCalls, type WebhookEffect } from './webhooks.ts';

export type RecordEffect = NotifyEffect | CompensationEffect | WebhookEffect;

/** `record` is the one after the event. */
export function recordEffects(record: ApprovalRecord, event: RecordEvent): readonly RecordEffect[] {
  return [...own(record, event), ...webhookCalls(record.webhooks, occasionOf(event), event)];
}

function occasionOf(event: RecordEvent): WebhookOccasion | undefined {
  switch (event.kind) {
    case 'requested':
    case 'submitted':
      return 'submitted';
    case 'commented':
    case 'extended':
      return undefined;
    case 'closed':
      return endOccasion(event.state);
    default:
      return approvalOccasion(event);
  }
}

function own(record: ApprovalRecord, event: RecordEvent): readonly RecordEffect[] {
  switch (event.kind) {
    case 'requested':
    case 'submitted':
    case 'commented':
    case 'extended':
      return [];
    case 'closed': {
      const { authors } = situationOf(record);
      const { state } = event;
      if (state !== 'approved' && state !== 'rejected' && state !== 'expired') return [];
      const what = endNotice(authors, event, state);
      return what ? [{ kind: 'notify', what, final: true }] : [];
    }
    default: {
      const told = approvalNotices(situationOf(record), event);
      const compensation = compensationOf(record.policy, event);
      return [
        ...told.map((what): RecordEffect => ({ kind: 'notify', what })),
        ...(compensation ? [compensation] : []),
      ];
    }
  }
}
