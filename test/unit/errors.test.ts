import {
  isGrpcServiceError,
  QueryNotRegisteredError,
  WorkflowExecutionAlreadyStartedError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
} from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import Fastify from 'fastify';
import { describe, expect, test } from 'vitest';
import { asProblem, mayLackWorker, Problem, problem, sendProblem } from '../../src/api/errors.ts';
import { FAILURES, isFailureCode, type FailureCode } from '../../src/contracts/failures.ts';
import { failureOf } from '../../src/workflows/shared/failure.ts';

const refusal = {
  code: 'wrong-state' as const,
  detail: 'Too late',
  state: 'approved',
  allowed: [],
};

describe('what was thrown becomes the right problem', () => {
  test.each<[FailureCode, string, unknown]>([
    ['not-found', 'a problem', problem('not-found', 'Gone')],
    ['wrong-state', 'a refused update', updateFailed(failureOf(refusal))],
    [
      'internal',
      'an update that failed otherwise',
      updateFailed(ApplicationFailure.create({ type: 'Error', message: 'x' })),
    ],
    ['internal', 'an update without a cause', updateFailed()],
    [
      'already-exists',
      'an id in use',
      new WorkflowExecutionAlreadyStartedError('x', 'document:1', 'document'),
    ],
    ['not-found', 'no such workflow', new WorkflowNotFoundError('x', 'document:1', undefined)],
    [
      'not-found',
      'a workflow without our queries',
      new QueryNotRegisteredError('x', grpcStatus(3)),
    ],
    [
      'temporal-unavailable',
      'an update that timed out',
      new WorkflowUpdateRPCTimeoutOrCancelledError('x'),
    ],
    ['temporal-unavailable', 'CANCELLED', grpc(1)],
    ['temporal-unavailable', 'DEADLINE_EXCEEDED', grpc(4)],
    ['temporal-unavailable', 'RESOURCE_EXHAUSTED', grpc(8)],
    ['temporal-unavailable', 'UNAVAILABLE', grpc(14)],
    ['internal', 'INVALID_ARGUMENT', grpc(3)],
    ['too-large', 'a body that is too large', fastify('FST_ERR_CTP_BODY_TOO_LARGE', 413)],
    [
      'unsupported-media-type',
      'another media type',
      fastify('FST_ERR_CTP_INVALID_MEDIA_TYPE', 415),
    ],
    [
      'temporal-unavailable',
      'a handler that took too long',
      fastify('FST_ERR_HANDLER_TIMEOUT', 503),
    ],
    ['invalid-request', 'any other 4xx of Fastify', fastify('FST_ERR_BAD_URL', 400)],
    ['internal', 'a 5xx of Fastify', fastify('FST_ERR_SEND_INSIDE_ONERR', 500)],
    ['internal', 'a defect', new TypeError('x is not a function')],
    ['internal', 'a text', 'oops'],
    ['internal', 'nothing', undefined],
    ['internal', 'null', null],
  ])('%s: %s', (code, _what, error) => {
    expect(asProblem(error).refusal.code).toBe(code);
  });

  test('a refused update keeps everything that it says', () => {
    expect(asProblem(updateFailed(failureOf(refusal))).refusal).toEqual(refusal);
  });

  test('a failure with one of our codes but without a refusal has code and message', () => {
    for (const details of [[], [5], [{ code: 'nonsense' }], [null]]) {
      const failure = ApplicationFailure.create({ type: 'forbidden', message: 'No', details });
      expect(asProblem(updateFailed(failure)).refusal).toEqual({ code: 'forbidden', detail: 'No' });
    }
  });

  test.each([
    [{ keyword: 'required', instancePath: '/a', params: { missingProperty: 'b/c' } }, '/a/b~1c'],
    [
      { keyword: 'additionalProperties', instancePath: '', params: { additionalProperty: 'x~y' } },
      '/x~0y',
    ],
    [{ keyword: 'type', instancePath: '/a/0', message: 'must be string', params: {} }, '/a/0'],
  ])('a body of the wrong shape names the place %#', (one, pointer) => {
    const error = Object.assign(new Error('x'), { validation: [one], validationContext: 'body' });
    const { code, errors } = asProblem(error).refusal;
    expect(code).toBe('invalid-request');
    expect(errors?.map((each) => each.pointer)).toEqual([pointer]);
  });

  test('a wrong parameter is told apart from the body', () => {
    const validation = [{ keyword: 'type', instancePath: '/limit', message: 'x', params: {} }];
    const error = Object.assign(new Error('x'), { validation, validationContext: 'querystring' });
    expect(asProblem(error).refusal.errors?.[0]?.pointer).toBe('/querystring/limit');
  });

  test('silence, in each of its codes, and a failing workflow task may mean that no worker runs', () => {
    expect([1, 3, 4, 9].map((code) => mayLackWorker(grpc(code)))).not.toContain(false);
    expect(mayLackWorker(new WorkflowUpdateRPCTimeoutOrCancelledError('x'))).toBe(true);
    expect([5, 8, 14].map((code) => mayLackWorker(grpc(code)))).not.toContain(true);
    expect(mayLackWorker(undefined)).toBe(false);
  });
});

describe('the answer', () => {
  test.each(Object.keys(FAILURES) as FailureCode[])(
    'for %s is a problem document',
    async (code) => {
      const answer = await answerTo(new Problem({ code, detail: 'Because' }, { 'x-more': '1' }));
      const { status, title, retryable } = FAILURES[code];
      expect(answer.status).toBe(status);
      expect(answer.headers).toMatchObject({
        'content-type': 'application/problem+json; charset=utf-8',
        'cache-control': 'no-store',
        'x-more': '1',
      });
      expect('retry-after' in answer.headers).toBe(retryable);
      expect(JSON.parse(answer.text)).toEqual({
        type: `urn:dossier:problem:${code}`,
        title,
        status,
        detail: 'Because',
        code,
        instance: expect.stringMatching(/^urn:dossier:request:./),
      });
    },
  );

  test('to a 409 names state and what is allowed', async () => {
    const { text } = await answerTo(new Problem(refusal));
    expect(JSON.parse(text)).toMatchObject({ status: 409, state: 'approved', allowed: [] });
  });

  test.each<[string, unknown]>([
    ['a defect', secretive(new TypeError('hush'))],
    ['an unknown failure of Temporal', secretive(grpc(13))],
    ['an unknown failure of an update', secretive(updateFailed(new Error('hush')))],
    ['an unreachable server', secretive(grpc(14))],
    ['a broken request', secretive(fastify('FST_ERR_BAD_URL', 400))],
  ])('keeps back what it was, where and at which address: %s', async (_what, error) => {
    const { status, text } = await answerTo(error);
    expect(status).toBeGreaterThanOrEqual(400);
    expect(text).not.toMatch(/hush|stack|\.ts|\.js|node_modules|\/srv|10\.1\.2\.3|7233/);
  });
});

test('the catalogue knows its own codes only', () => {
  expect(isFailureCode('forbidden')).toBe(true);
  for (const other of ['constructor', 'Forbidden', '', 7, null, undefined])
    expect(isFailureCode(other)).toBe(false);
});

async function answerTo(error: unknown) {
  const app = Fastify();
  app.setErrorHandler(sendProblem);
  app.get('/', async () => {
    throw error;
  });
  const response = await app.inject('/');
  await app.close();
  return { status: response.statusCode, headers: response.headers, text: response.body };
}

function updateFailed(cause?: Error): WorkflowUpdateFailedError {
  return new WorkflowUpdateFailedError('Workflow Update failed', cause);
}

function fastify(code: string, statusCode: number): Error {
  return Object.assign(new Error('x'), { code, statusCode });
}

function grpc(code: number): Error {
  const error = Object.assign(new Error('x'), { code, details: 'x', metadata: {} });
  if (!isGrpcServiceError(error)) throw new Error('this is no gRPC error any more');
  return error;
}

/** A number as the enumeration of a library that we do not depend on. */
function grpcStatus(code: number): never {
  return code as never;
}

/** An error whose text, stack and other fields say more than the world should know. */
function secretive(error: Error): Error {
  error.message = 'hush at 10.1.2.3:7233 in /srv/dossier/app.ts';
  error.stack = `Error: hush\n    at /srv/dossier/node_modules/x.js:1`;
  if ('details' in error) error.details = 'connect 10.1.2.3:7233 hush';
  return error;
}
