/** Webhooks, of documents and of approvals. */
import type { JsonSchema } from './documents/definition.ts';
import { object, told } from './shape-parts.ts';

/** What a webhook can be told of. */
export const WEBHOOK_OCCASIONS = [
  'submitted',
  'reopened',
  'approved',
  'rejected',
  'cancelled',
  'expired',
  'assigned',
  'reminder',
  'overdue',
  'asked',
  'decided',
  'delegated',
  'escalated',
  'changes-requested',
  'withdrawn',
] as const;
export type WebhookOccasion = (typeof WEBHOOK_OCCASIONS)[number];

/** Somebody else's service that is told, by a signed POST (Standard Webhooks). Its host must be in WEBHOOK_ALLOW. */
export interface Webhook {
  readonly url: string;
  /** Default: all. */
  readonly on: readonly WebhookOccasion[];
}

/** Where such a POST goes. */
export const webhookUrl: JsonSchema = {
  ...told(['URL', 'Where the POST goes.']),
  type: 'string',
  // Without a backslash too: for URLs it is a slash, for a reader a part of the host.
  pattern: '^https?://[^/?#@\\\\\\s]+([/?][^#\\s]*)?$',
  maxLength: 500,
  'x-expected': 'must be a URL such as https://example.org/hooks, without user and fragment',
};

const webhook = object(
  ['Webhook', 'A service that is told by a signed POST. Its host must be in WEBHOOK_ALLOW.'],
  {
    url: webhookUrl,
    on: {
      ...told(['On', 'Of what it is told. Default: of everything.']),
      type: 'array',
      minItems: 1,
      uniqueItems: true,
      items: {
        enum: [...WEBHOOK_OCCASIONS],
        'x-expected': `must be one of ${WEBHOOK_OCCASIONS.join(', ')}`,
      },
      default: [...WEBHOOK_OCCASIONS],
      'x-expected': `must be a list of some of ${WEBHOOK_OCCASIONS.join(', ')}`,
    },
  },
  { required: ['url'], 'x-expected': 'must be an object with url' },
);

/** Services that are told. */
export const webhooksShape: JsonSchema = {
  ...told(['Webhooks', 'Services that are told of what happens.']),
  type: 'array',
  maxItems: 5,
  items: webhook,
  default: [],
  'x-expected': 'must be a list of at most 5 webhooks',
};
