/** From where a decision page may be asked for, and its form be sent. */
import type { FastifyRequest } from 'fastify';
import { problem } from '../errors.ts';
import { originOf } from '../requests.ts';
import { isLoopback } from '../plugins/caller.ts';

/**
 * Only by the address at which people reach the gateway, and on this machine; and what is sent only by a page of ours.
 * @throws Problem `forbidden`
 */
export function refuseForeign(request: FastifyRequest, publicUrl: string | undefined): void {
  const { method, host, hostname } = request;
  const known = publicUrl === undefined ? undefined : new URL(publicUrl);
  if (!isLoopback(hostname) && host !== known?.host)
    throw problem('forbidden', 'This service does not have this address.');
  if (method === 'GET' || method === 'HEAD') return;
  if (!isOurs(request, known?.origin))
    throw problem('forbidden', 'Pages of other sites may not decide.');
}

/** Whether a page of ours sent the form, or no page at all. */
function isOurs(request: FastifyRequest, known?: string): boolean {
  const { headers, hostname } = request;
  const { origin } = headers;
  const site = headers['sec-fetch-site'];
  if (site === 'cross-site') return false;
  // Our pages say `no-referrer`, so browsers send their forms with an origin that says nothing.
  if (origin === 'null') return site === 'same-origin' || site === 'none';
  if (origin === undefined) return site !== 'same-site';
  return origin === known || (isLoopback(hostname) && origin === originOf(request));
}
