/** One call of a webhook, tried again until the receiver takes it or three days have passed. */
import { proxyActivities } from '@temporalio/workflow';
import type { Activities } from '../../activities/index.ts';
import type { WebhookCall } from '../../activities/webhooks.ts';

const { postWebhook } = proxyActivities<Pick<Activities, 'postWebhook'>>({
  startToCloseTimeout: '20s',
  scheduleToCloseTimeout: '3d',
  retry: { initialInterval: '5s', backoffCoefficient: 2, maximumInterval: '1h' },
});

/** Completes with the receiver's status; fails when the receiver has refused for good or was away for too long. */
export async function webhook(call: WebhookCall): Promise<number> {
  return postWebhook(call);
}
