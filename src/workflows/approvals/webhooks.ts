/** Which webhooks are called, of documents and of approvals of their own. Pure. */
import type { ApprovalFact } from '../../contracts/approvals/events.ts';
import { WEBHOOK_OCCASIONS, type Webhook, type WebhookOccasion } from '../../contracts/webhooks.ts';

export interface WebhookEffect {
  readonly kind: 'webhook';
  readonly url: string;
  readonly occasion: WebhookOccasion;
  /** The number of the event, and of the webhook in its list: together they make the call one. */
  readonly sequence: number;
  readonly place: number;
  readonly at: string;
  readonly section?: string;
}

/** The calls for this occasion; none without one. */
export function webhookCalls(
  webhooks: readonly Webhook[],
  occasion: WebhookOccasion | undefined,
  event: { readonly sequence: number; readonly at: string; readonly section?: string | undefined },
): readonly WebhookEffect[] {
  if (occasion === undefined) return [];
  const { sequence, at, section } = event;
  const about = section === undefined ? {} : { section };
  return webhooks.flatMap(({ url, on }, place): WebhookEffect[] =>
    on.includes(occasion)
      ? [{ kind: 'webhook', url, occasion, sequence, place, at, ...about }]
      : [],
  );
}

/** What a fact of an approval is to webhooks. */
export function approvalOccasion(fact: ApprovalFact): WebhookOccasion | undefined {
  switch (fact.kind) {
    case 'stage-entered':
      return 'asked';
    case 'approvers-reminded':
      return 'reminder';
    case 'decided':
      return fact.decision === 'changes-requested' ? fact.decision : fact.kind;
    case 'timed-out':
      return fact.outcome === 'wait' ? 'overdue' : undefined;
    case 'delegated':
    case 'escalated':
      return fact.kind;
    case 'approval-reset':
      return undefined;
  }
}

/** The end, where somebody can be told of it. */
export function endOccasion(state: string): WebhookOccasion | undefined {
  return WEBHOOK_OCCASIONS.find((one) => one === state);
}
