/** Small things that routes ask of requests. */
import type { FastifyRequest } from 'fastify';
import { idempotencyOf } from './idempotency.ts';
import type { Request } from './documents/service.ts';
import type { Via } from '../contracts/caller.ts';
import { callContext } from './plugins/caller.ts';

/** For whom the request is and until when; `signal` when it goes on as a Temporal signal. */
export function askedBy(request: FastifyRequest, via: Via = 'http'): Request {
  return { actor: request.actor, context: callContext(request, via), signal: request.signal };
}

/** The same for what is delivered as a signal, with its idempotency key. */
export function signalledBy(request: FastifyRequest): Request {
  const asked = askedBy(request, 'signal');
  const idempotency = idempotencyOf(request);
  return { ...asked, context: { ...asked.context, ...(idempotency ? { idempotency } : {}) } };
}

/** The origin by which the client has reached us, for addresses. */
export function originOf({ protocol, host }: FastifyRequest): string {
  return `${protocol}://${host}`;
}

/** A version as a strong ETag. */
export function etagOf(version: number): string {
  return `"${version}"`;
}

/** Whether the client asked for it by a `Prefer` header (RFC 7240). */
export function prefers({ headers }: FastifyRequest, preference: string): boolean {
  const given = [headers.prefer ?? []].flat().join(',');
  return given.split(',').some((one) => one.trim().toLowerCase() === preference);
}

/** What stands at these places of the value, such as `state` or `sections.Request`; places that are not there are left out. */
export function only(value: object, places: readonly string[]): object {
  const tree = new Map<string, string[]>();
  for (const place of places) {
    const [name = '', ...rest] = place.split('.');
    const below = tree.get(name) ?? [];
    tree.set(name, rest.length === 0 ? [...below, ''] : [...below, rest.join('.')]);
  }
  return Object.fromEntries(
    [...tree].flatMap(([name, below]) => {
      if (!Object.hasOwn(value, name)) return [];
      const item = (value as Record<string, unknown>)[name];
      const whole = below.includes('') || typeof item !== 'object' || item === null;
      return [[name, whole ? item : only(item, below)]];
    }),
  );
}
