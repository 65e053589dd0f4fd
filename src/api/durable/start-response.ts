/** The 202 reply of Durable Functions to a start: where to watch and steer the new instance. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { managementUris } from './management/uris.ts';

const Uri = Type.String();
export const StartResponse = Type.Object({
  id: Type.String(),
  statusQueryGetUri: Uri,
  sendEventPostUri: Uri,
  terminatePostUri: Uri,
  rewindPostUri: Uri,
  purgeHistoryDeleteUri: Uri,
  restartPostUri: Uri,
  suspendPostUri: Uri,
  resumePostUri: Uri,
});

const BASE = '/runtime/webhooks/durabletask';

/**
 * Answers 202 with `Location`, `Retry-After: 10` and the URIs. Their authority is that of the request, as Azure has it;
 * `{eventName}` and `{text}` stay as they are, for the client to fill in; `code` is empty, because `AUTH_MODE=none` has
 * no keys.
 */
export function sendStartResponse(
  instanceId: string,
  taskHub: string,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  const origin = `${request.protocol}://${request.host}`;
  const uris = managementUris(instanceId, { origin, base: BASE, taskHub });
  return reply
    .code(202)
    .headers({ location: uris.statusQueryGetUri, 'retry-after': '10' })
    .send(uris);
}
