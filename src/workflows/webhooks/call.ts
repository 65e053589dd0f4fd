/** Calling a webhook: by a workflow of its own, so that nobody waits for a receiver that is away. */
import { ParentClosePolicy, startChild } from '@temporalio/workflow';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import type { WebhookCall } from '../../activities/webhooks.ts';

/** Returns once the call is certain to be made; how it ends concerns nobody but the receiver. `key` makes it one call. */
export async function callWebhook(key: string, call: Omit<WebhookCall, 'id'>): Promise<void> {
  const id = `webhook:${key}`;
  try {
    await startChild('webhook', {
      workflowId: id,
      args: [{ ...call, id }],
      parentClosePolicy: ParentClosePolicy.ABANDON,
      staticSummary: `Tell ${new URL(call.url).host}`,
    });
  } catch (error) {
    // Told before, by a workflow task that was lost.
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
  }
}
