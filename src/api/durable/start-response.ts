/** The 202 reply of Durable Functions to a start: where to watch and steer the new instance. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';

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

const BASE = '/runtime/webhooks/durabletask/instances';

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
  const id = encodeURIComponent(instanceId).replaceAll('%20', '+');
  const instance = `${request.protocol}://${request.host}${BASE}/${id}`;
  const keys = `taskHub=${encodeURIComponent(taskHub)}&connection=Storage&code=`;
  const operation = (name: string): string => `${instance}/${name}?reason={text}&${keys}`;
  const status = `${instance}?${keys}`;
  return reply
    .code(202)
    .headers({ location: status, 'retry-after': '10' })
    .send({
      id: instanceId,
      statusQueryGetUri: status,
      sendEventPostUri: `${instance}/raiseEvent/{eventName}?${keys}`,
      terminatePostUri: operation('terminate'),
      rewindPostUri: operation('rewind'),
      purgeHistoryDeleteUri: status,
      restartPostUri: `${instance}/restart?${keys}`,
      suspendPostUri: operation('suspend'),
      resumePostUri: operation('resume'),
    });
}
