/** The one place that turns whatever was thrown into an RFC 9457 problem from the catalogue. */
import {
  QueryNotRegisteredError,
  WorkflowExecutionAlreadyStartedError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
} from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { fieldErrors } from './shape-errors.ts';
import { TooManyBatches } from '../temporal/batch.ts';
import { DeadlineExceeded } from '../temporal/client.ts';
import { grpcCode, grpcMessage } from '../temporal/grpc.ts';
import { FAILURES, isFailureCode, type FailureCode, type Refusal } from '../contracts/failures.ts';

/** A refusal on its way to the client. Routes and services throw it; nothing else should be thrown on purpose. */
export class Problem extends Error {
  readonly refusal: Refusal;
  readonly headers: Readonly<Record<string, string>>;

  constructor(refusal: Refusal, headers: Readonly<Record<string, string>> = {}) {
    super(refusal.detail);
    this.refusal = refusal;
    this.headers = headers;
  }
}

export function problem(
  code: FailureCode,
  detail: string,
  more: Omit<Refusal, 'code' | 'detail'> = {},
): Problem {
  return new Problem({ code, detail, ...more });
}

/** What the database answers. @throws Problem `database-unavailable` when it does not */
export async function answered<T>(query: Promise<T>): Promise<T> {
  try {
    return await query;
  } catch (error) {
    const failed = problem('database-unavailable', 'The database did not answer.');
    failed.cause = error;
    throw failed;
  }
}

/** Seconds after which a retryable failure is worth another try. */
export const RETRY_AFTER = '5';

/** Answers the request with the problem that `error` amounts to; a defect is logged and its message kept back. */
export function sendProblem(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  const failed = asProblem(error);
  const { refusal, headers } = failed;
  const kind = FAILURES[refusal.code];
  logFailure(failed, error, request);
  // Fastify would close the connection with the body unread, and the client might never see this answer.
  if (refusal.code === 'too-large') reply.removeHeader('connection');
  if (kind.retryable) reply.header('retry-after', RETRY_AFTER);
  const { code, detail, ...more } = refusal;
  return reply
    .headers({ ...headers, 'cache-control': 'no-store' })
    .code(kind.status)
    .type('application/problem+json; charset=utf-8')
    .serializer(JSON.stringify)
    .send({
      type: `urn:dossier:problem:${code}`,
      title: kind.title,
      status: kind.status,
      detail,
      instance: `urn:dossier:request:${request.id}`,
      code,
      ...more,
    });
}

/** One line for what is not the caller's own fault. */
export function logFailure({ refusal }: Problem, error: unknown, request: FastifyRequest): void {
  const { code } = refusal;
  if (code === 'internal') request.log.error({ err: error }, 'request failed');
  else if (FAILURES[code].status >= 500) {
    const cause = String((error as Partial<Error>).cause ?? error);
    request.log.warn({ code, cause }, 'request failed');
  }
}

/** What `error` amounts to; `internal` when it is none of the foreseen. */
export function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  return (
    fromFastify(error) ??
    fromTemporal(error) ??
    problem('internal', 'The request could not be carried out. The log has the reason.')
  );
}

function fromFastify(error: unknown): Problem | undefined {
  const { validation, validationContext, code, statusCode } = (error ??
    {}) as Partial<FastifyError>;
  if (validation) {
    const where = validationContext ?? 'request';
    const errors = fieldErrors(validation, where);
    return problem('invalid-request', `${PARTS[where] ?? where} the right shape.`, { errors });
  }
  switch (code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return problem('too-large', 'The body is larger than this service takes.');
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return problem('unsupported-media-type', 'Send the header "Content-Type: application/json".');
    case 'FST_ERR_HANDLER_TIMEOUT':
      return problem(
        'temporal-unavailable',
        'The request took too long. It may or may not have taken effect.',
      );
    default:
      if (statusCode === undefined || statusCode < 400 || statusCode >= 500) return undefined;
      return problem('invalid-request', 'The request cannot be read.');
  }
}

const PARTS: Readonly<Record<string, string>> = {
  body: 'The body does not have',
  headers: 'The headers do not have',
  params: 'The path does not have',
  querystring: 'The query does not have',
};

function fromTemporal(error: unknown): Problem | undefined {
  if (error instanceof TooManyBatches)
    return problem('busy', 'Another bulk action is under way; Temporal takes one at a time.');
  if (error instanceof WorkflowUpdateFailedError) return fromUpdate(error);
  if (error instanceof WorkflowExecutionAlreadyStartedError)
    return problem('already-exists', 'The id is in use.');
  if (error instanceof WorkflowNotFoundError)
    return problem('not-found', 'There is no such document.');
  if (error instanceof QueryNotRegisteredError)
    return problem('not-found', 'There is no such document.');
  if (error instanceof WorkflowUpdateRPCTimeoutOrCancelledError || isUnavailable(error)) {
    return problem('temporal-unavailable', 'The Temporal server did not answer in time.');
  }
  return undefined;
}

/** A validator's or handler's refusal, as `failureOf` made it. */
function fromUpdate({ cause }: WorkflowUpdateFailedError): Problem | undefined {
  if (!(cause instanceof ApplicationFailure) || !isFailureCode(cause.type)) return undefined;
  const refusal = cause.details?.[0] as Refusal | null | undefined;
  // Anybody's workflow may fail with a type that looks like one of our codes.
  return new Problem(
    refusal?.code === cause.type ? refusal : { code: cause.type, detail: cause.message },
  );
}

/** CANCELLED, UNKNOWN, DEADLINE_EXCEEDED, RESOURCE_EXHAUSTED, ABORTED, INTERNAL, UNAVAILABLE, DATA_LOSS. */
const PASSING: ReadonlySet<number> = new Set([1, 2, 4, 8, 10, 13, 14, 15]);

/** True when the server did not answer or would not: nothing is known about the effect. */
function isUnavailable(error: unknown): boolean {
  if (error instanceof DeadlineExceeded) return true;
  const code = grpcCode(error);
  return code !== undefined && PASSING.has(code);
}

/**
 * CANCELLED (a native connection's word for a deadline), INVALID_ARGUMENT (a query while the workflow task fails),
 * DEADLINE_EXCEEDED, FAILED_PRECONDITION.
 */
const UNANSWERED: ReadonlySet<number> = new Set([1, 3, 4, 9]);

/** True when the server answered that no worker took the query in time (FAILED_PRECONDITION), or nobody did at all. */
export function mayLackWorker(error: unknown): boolean {
  if (error instanceof WorkflowUpdateRPCTimeoutOrCancelledError) return true;
  if (error instanceof DeadlineExceeded) return true;
  const code = grpcCode(error);
  return (code !== undefined && UNANSWERED.has(code)) || isBehindAnotherQuery(error);
}

/** RESOURCE_EXHAUSTED because the server holds one waiting query per workflow, and another waits for the same worker. */
function isBehindAnotherQuery(error: unknown): boolean {
  return grpcCode(error) === 8 && /query buffer is full/.test(grpcMessage(error));
}

/** True when an update was dropped because the workflow task that carried it failed: it was not carried out. */
export function lostItsTask(error: unknown): boolean {
  return grpcCode(error) === 9 && grpcMessage(error).includes('workflow task failure');
}
