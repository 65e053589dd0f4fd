/** Small things that routes ask of requests. */
import type { FastifyRequest } from 'fastify';
import type { Request } from './documents/service.ts';
import { callContext } from './plugins/caller.ts';

/** For whom the request is and until when; `signal` when it goes on as a Temporal signal. */
export function askedBy(request: FastifyRequest, via: 'http' | 'signal' = 'http'): Request {
  return { actor: request.actor, context: callContext(request, via), signal: request.signal };
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
