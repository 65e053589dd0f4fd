/** Webhooks: signed POSTs to services of other people (Standard Webhooks, https://www.standardwebhooks.com). */
import type { LookupAddress } from 'node:dns';
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import type { Json } from '../contracts/json.ts';
import { blocked, destinationOf, type Destination } from './webhooks/destinations.ts';
import { post } from './webhooks/post.ts';
import { messageId, signedHeaders } from '../shared/signing.ts';

/** One message to one receiver. */
export interface WebhookCall {
  /** The same for each attempt: by it the receiver knows a repetition. */
  readonly id: string;
  readonly url: string;
  readonly message: { readonly [name: string]: Json };
}

/** All addresses of a host, asked anew for each attempt. */
export type Resolver = (hostname: string) => Promise<readonly LookupAddress[]>;

export interface WebhookSettings {
  /** The entries of WEBHOOK_ALLOW: `host`, `host:port`, either with `=private`. */
  readonly allow: readonly string[];
  /** Each of them signs each call; none when none may be made. */
  readonly secrets: readonly string[];
  /** Default: as the operating system does, with its hosts file. */
  readonly resolve?: Resolver;
}

/** For everything together: the look-up, the connection, the request, the answer with its body. */
const TIMEOUT_MS = 10_000;

export function webhookActivities({ webhooks }: { webhooks: WebhookSettings }) {
  const { allow, secrets, resolve = resolveBySystem } = webhooks;
  return {
    /**
     * Posts the message, with the headers `webhook-id`, `webhook-timestamp` (seconds) and `webhook-signature` (for each
     * secret `v1,` and the base64 of HMAC-SHA256 over `id.timestamp.body`, with spaces between). Redirects are not
     * followed. Fails for good when host or address are not allowed and on 410; on anything but a 2xx it is to be tried
     * again. Takes at most 10 s.
     */
    async postWebhook({ id, url, message }: WebhookCall): Promise<number> {
      const destination = destinationOf(url, secrets.length > 0 ? allow : []);
      const { host } = destination.url;
      const status = await withinTime(host, async (signal) => {
        const addresses = await checkedAddresses(destination, resolve, signal);
        const body = JSON.stringify(message);
        const headers = signedHeaders(messageId(id), body, secrets);
        return post({ url: destination.url, addresses, headers, body, signal });
      });
      if (status >= 200 && status < 300) return status;
      const reason = `${host} answered ${status}.`;
      throw status === 410
        ? ApplicationFailure.create({ type: 'webhook-gone', message: reason, nonRetryable: true })
        : ApplicationFailure.create({ type: 'webhook-refused', message: reason });
    },
  };
}

/**
 * The addresses that a call may connect to. One that is not permitted is enough to refuse them all: a host that has such
 * an address too is no receiver of other people.
 * @throws ApplicationFailure `webhook-not-allowed`
 */
async function checkedAddresses(
  { url, hostname, permits }: Destination,
  resolve: Resolver,
  signal: AbortSignal,
): Promise<readonly LookupAddress[]> {
  const family = isIP(hostname);
  const addresses =
    family === 0
      ? await Promise.race([resolve(hostname), aborted(signal)])
      : [{ address: hostname, family }];
  if (addresses.every(({ address }) => permits(address))) return addresses;
  // Which address it is would tell about the network behind us.
  throw blocked(`${url.host} leads to an address to which webhooks may not go.`);
}

/** What `call` gives, at most 10 s from now. A failure names the host and a code, and nothing that a network tells. */
async function withinTime(
  host: string,
  call: (signal: AbortSignal) => Promise<number>,
): Promise<number> {
  const { cancellationSignal: cancelled } = Context.current();
  const late = AbortSignal.timeout(TIMEOUT_MS);
  const signal = AbortSignal.any([cancelled, late]);
  try {
    return await call(signal);
  } catch (error) {
    if (error instanceof ApplicationFailure) throw error;
    if (cancelled.aborted) throw cancelled.reason;
    const { code } = error as NodeJS.ErrnoException;
    const why = late.aborted
      ? `did not answer within ${TIMEOUT_MS / 1000} s`
      : `cannot be reached (${typeof code === 'string' ? code : 'no answer'})`;
    throw ApplicationFailure.create({ type: 'webhook-unreachable', message: `${host} ${why}.` });
  }
}

/** Rejects as soon as the signal says so: nothing else ends a look-up. */
function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const end = (): void => reject(signal.reason as Error);
    if (signal.aborted) end();
    else signal.addEventListener('abort', end, { once: true });
  });
}

function resolveBySystem(hostname: string): Promise<readonly LookupAddress[]> {
  return lookup(hostname, { all: true });
}
