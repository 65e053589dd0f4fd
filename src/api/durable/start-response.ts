/** The 202 reply of Durable Functions to a start: where to watch and steer the new instance. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { originOf } from '../requests.ts';
import { codeOf } from './capability.ts';
import { managementUris, type ManagementUris } from './management/uris.ts';

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

/** How a start is answered. */
export interface StartAnswer {
  readonly id: string;
  readonly taskHub: string;
  /** Sign the `code` of the addresses. Without any it is empty. */
  readonly secrets: readonly string[];
  /** Whether the address for rewinding is among them: an app tells it, the management API does not. Default true. */
  readonly withRewind?: boolean;
}

/** The addresses of an instance, as this request has reached us. */
export function addressesOf(
  { id, taskHub, secrets }: Omit<StartAnswer, 'withRewind'>,
  request: FastifyRequest,
): ManagementUris {
  return managementUris(id, { origin: originOf(request), taskHub, code: codeOf(secrets, id) });
}

/**
 * Answers 202 with `Location`, `Retry-After: 10` and the URIs. Their authority is that of the request, as Azure has it;
 * `{eventName}` and `{text}` stay as they are, for the client to fill in; `code` is good for this instance only, and not
 * the caller's own key.
 */
export function sendStartResponse(
  { withRewind = true, ...answer }: StartAnswer,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  const { rewindPostUri, ...uris } = addressesOf(answer, request);
  return reply
    .code(202)
    .headers({ location: uris.statusQueryGetUri, 'retry-after': '10' })
    .send(withRewind ? { ...uris, rewindPostUri } : uris);
}
