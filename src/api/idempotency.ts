/** `Idempotency-Key`: the same request, sent again, is carried out once (draft-ietf-httpapi-idempotency-key-header). */
import { createHash } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';

/** Hashes; neither the key nor the request can be read from them. */
export interface Idempotency {
  /** Of caller, method, path and key: nobody meets somebody else's key. 64 hexadecimal digits. */
  readonly key: string;
  /** Of what was asked: the body and the version that it is based on. */
  readonly fingerprint: string;
}

/** The header, for the schemas of routes that take it. */
export const idempotencyHeader = {
  'idempotency-key': Type.Optional(
    Type.String({
      pattern: '^[\\x21-\\x7e]{1,255}$',
      description: 'Sent again with the same key, the same request is carried out once.',
      'x-expected': 'must be 1 to 255 visible ASCII characters',
    }),
  ),
};

/** What the request carries; undefined without a key. The same JSON with its names in another order is another request. */
export function idempotencyOf(request: FastifyRequest): Idempotency | undefined {
  const key = request.headers['idempotency-key'];
  if (typeof key !== 'string') return undefined;
  const { actor, method, url, body, headers } = request;
  return {
    key: sha256(actor.id, method, url, key),
    fingerprint: sha256(JSON.stringify(body ?? null), headers['if-match'] ?? ''),
  };
}

function sha256(...parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}
