/** What all routes of the dialect share: bodies, errors, queries, and who may ask. */
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { OPERATOR_ROLE } from '../../../contracts/caller.ts';
import type { DurableOptions } from '../../../contracts/durable.ts';
import { FAILURES } from '../../../contracts/failures.ts';
import { hasRole } from '../../../workflows/shared/people.ts';
import { asProblem, logFailure } from '../../errors.ts';
import { takeAnyBody } from '../../plugins/any-body.ts';
import { parseStrict } from '../../plugins/json-body.ts';
import { isCodeOf } from '../capability.ts';
import { badArgument, DurableFailure, invalidJson, unauthorized } from './failures.ts';
import { DurableQuery } from './query.ts';
import type { InstanceStatus } from './status.ts';

/** Bodies and errors as the contract has them. */
export function speakDurable(scope: FastifyInstance): void {
  takeAnyBody(scope);
  scope.setErrorHandler(refuse);
  scope.addHook('onRoute', (route) => void (route.schema = { ...route.schema, hide: true }));
}

/** Tells the failure in the shape of the contract. */
export function refuse(
  error: FastifyError | Error,
  request: FastifyRequest,
  reply: FastifyReply,
): void {
  const failure = error instanceof DurableFailure ? error : foreign(error, request);
  reply.code(failure.status);
  if (failure.body === undefined) void reply.send();
  else void sendJson(reply, failure.body);
}

/** What is none of the contract's own: told in its shape. */
function foreign(error: Error, request: FastifyRequest): DurableFailure {
  const found = asProblem(error);
  logFailure(found, error, request);
  const { code, detail } = found.refusal;
  if (code === 'invalid-request') return badArgument(detail);
  const { status: http, title } = FAILURES[code];
  const body = { Message: title, ExceptionMessage: detail, ExceptionType: code, StackTrace: '' };
  return new DurableFailure(http, body);
}

/**
 * Who operates the service may do all of it, and whoever has the code of an instance may watch and steer that one.
 * @throws DurableFailure 401
 */
export function admit(request: FastifyRequest, secrets: readonly string[]): void {
  if (hasRole(request.actor, OPERATOR_ROLE)) return;
  const { id } = request.params as { readonly id?: string };
  const isInstance = request.routeOptions.url?.includes('/instances/:id') ?? false;
  const code = queryOf(request).text('code') ?? '';
  if (!isInstance || id === undefined || !isCodeOf(secrets, id, code)) throw unauthorized();
}

/** An input or the data of an event, as the settings say. @throws DurableFailure 400 */
export function dataOf(body: Buffer | undefined, { text }: Pick<DurableOptions, 'text'>): unknown {
  const value = jsonOf(body);
  if (text === 'kept' || typeof value !== 'string') return value;
  try {
    return parseStrict(Buffer.from(value));
  } catch {
    // A text like any other.
    return value;
  }
}

/** The body as JSON, whatever its type says it is; nothing is `null`. @throws DurableFailure 400 */
function jsonOf(body: Buffer | undefined): unknown {
  if (!body || body.length === 0) return null;
  try {
    return parseStrict(body);
  } catch (error) {
    throw invalidJson((error as Error).message);
  }
}

/** The status of what has ended: 200, and 500 of what has failed where the client asks for that. */
export function sendEnded(
  ended: InstanceStatus,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  const asked = queryOf(request).flag('returnInternalServerErrorOnFailure') ?? false;
  return sendJson(reply.code(asked && ended.runtimeStatus === 'Failed' ? 500 : 200), ended);
}

/** Any JSON value, also a bare text or `null`. */
export function sendJson(reply: FastifyReply, value: unknown): FastifyReply {
  return reply.type('application/json; charset=utf-8').send(JSON.stringify(value));
}

export function queryOf({ url }: FastifyRequest): DurableQuery {
  const mark = url.indexOf('?');
  return new DurableQuery(mark === -1 ? '' : url.slice(mark + 1));
}
