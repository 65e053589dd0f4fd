/** Webhooks: signed POSTs to services of other people (Standard Webhooks, https://www.standardwebhooks.com). */
import { createHmac } from 'node:crypto';
import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import type { Json } from '../contracts/json.ts';

/** One message to one receiver. */
export interface WebhookCall {
  /** The same for each attempt: by it the receiver knows a repetition. */
  readonly id: string;
  readonly url: string;
  readonly message: { readonly [name: string]: Json };
}

export interface WebhookSettings {
  /** Hosts that may be called, as they stand in a URL: with the port when it is not the default one. */
  readonly allow: readonly string[];
  /** Signs each call; undefined when none may be made. */
  readonly secret: string | undefined;
}

const TIMEOUT_MS = 10_000;

export function webhookActivities({ webhooks }: { webhooks: WebhookSettings }) {
  return {
    /**
     * Posts the message, with the headers `webhook-id`, `webhook-timestamp` (seconds) and `webhook-signature` (`v1,` and
     * the base64 of HMAC-SHA256 over `id.timestamp.body`). Redirects are not followed, the answer's body is not read.
     * Fails for good when the host is not allowed and on 410; on anything but a 2xx it is to be tried again.
     */
    async postWebhook({ id, url, message }: WebhookCall): Promise<number> {
      const { allow, secret } = webhooks;
      const { host } = new URL(url);
      if (!allow.includes(host) || secret === undefined) {
        throw final('webhook-not-allowed', `${host} is not in WEBHOOK_ALLOW.`);
      }
      const body = JSON.stringify(message);
      const timestamp = String(Math.floor(Date.now() / 1000));
      const response = await fetch(url, {
        method: 'POST',
        redirect: 'manual',
        signal: AbortSignal.any([
          Context.current().cancellationSignal,
          AbortSignal.timeout(TIMEOUT_MS),
        ]),
        headers: {
          'content-type': 'application/json',
          'user-agent': 'dossier',
          'webhook-id': id,
          'webhook-timestamp': timestamp,
          'webhook-signature': signature(secret, `${id}.${timestamp}.${body}`),
        },
        body,
      });
      await response.body?.cancel();
      if (response.ok) return response.status;
      const reason = `${host} answered ${response.status}.`;
      if (response.status === 410) throw final('webhook-gone', reason);
      throw ApplicationFailure.create({ type: 'webhook-refused', message: reason });
    },
  };
}

/** What a receiver computes anew and compares in constant time. */
export function signature(secret: string, signed: string): string {
  return `v1,${createHmac('sha256', secret).update(signed).digest('base64')}`;
}

function final(type: string, message: string): ApplicationFailure {
  return ApplicationFailure.create({ type, message, nonRetryable: true });
}
