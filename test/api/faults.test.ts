/** What the gateway does when something around it is missing, foreign or hostile. */
import { randomUUID } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import { createServer, type AddressInfo } from 'node:net';
import { Connection } from '@temporalio/client';
import pino from 'pino';
import { afterAll, describe, expect, test } from 'vitest';
import { buildApp, type AppDeps } from '../../src/api/app.ts';
import type { JsonObject } from '../../src/contracts/documents/types.ts';
import type { Database } from '../../src/store/database.ts';
import { createTemporal } from '../../src/temporal/client.ts';
import { awaitUntil } from '../support/await-until.ts';
import { call, feedback, startHarness, type Loose } from '../support/harness.ts';

const harness = await startHarness({ worker: false });
const { client, taskQueue } = harness;
const url = new URL(await harness.app.listen({ host: '127.0.0.1', port: 0 }));

const opened: { close(): Promise<unknown> }[] = [];
afterAll(async () => {
  for (const one of opened) await one.close();
});

/** Another gateway, of which one part is not as it should be. */
async function gatewayWith(parts: Partial<AppDeps>) {
  const logged: JsonObject[] = [];
  const log = pino(
    { base: null },
    { write: (line: string) => void logged.push(JSON.parse(line) as JsonObject) },
  );
  const { temporal, database, documentTypes } = harness;
  const app = await buildApp({
    temporal,
    database,
    documentTypes,
    log,
    apiPrefix: '/api',
    version: 'test',
    linkSecret: undefined,
    temporalUiUrl: undefined,
    ...parts,
  });
  opened.push(app);
  return { app, logged };
}

async function create(): Promise<string> {
  const created = await call(harness, 'POST', '/api/documents', { type: 'employee-onboarding' });
  expect(created.status).toBe(201);
  return created.body.id as string;
}

const timed = async <T>(work: Promise<T>): Promise<{ answer: T; ms: number }> => {
  const began = Date.now();
  const answer = await work;
  return { answer, ms: Date.now() - began };
};

type Route = [method: 'GET' | 'POST' | 'PUT', path: string, body?: unknown];

/** Bytes as they are, over a real connection. */
function send(
  method: string,
  path: string,
  body: Buffer | string,
  headers: Record<string, string> = {},
): Promise<{ status: number; headers: Record<string, unknown>; text: string }> {
  return new Promise((resolve, reject) => {
    const sent = httpRequest(
      {
        host: url.hostname,
        port: url.port,
        method,
        path,
        headers: { 'content-type': 'application/json', ...headers },
      },
      (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => (text += chunk));
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, text }),
        );
      },
    );
    sent.on('error', reject);
    sent.end(body);
  });
}

/** A gateway whose Temporal is not there, asked on every route. It takes a while, so it begins before all tests. */
async function askUnreachable() {
  const closed = createServer();
  await new Promise<void>((resolve) => closed.listen(0, '127.0.0.1', resolve));
  const { port } = closed.address() as AddressInfo;
  await new Promise((resolve) => closed.close(resolve));
  const connection = Connection.lazy({ address: `127.0.0.1:${port}` });
  const temporal = createTemporal({ connection, namespace: 'default', taskQueue });
  const { app } = await gatewayWith({ temporal });
  // Never closed: calls that were given up still have retries scheduled, and those would throw (SDK 1.24).
  const at = '/api/documents/unreachable';
  const routes: Route[] = [
    ['POST', '/api/documents', { type: 'employee-onboarding' }],
    ['GET', '/api/documents'],
    ['GET', '/api/inbox'],
    ['GET', at],
    ['GET', `${at}/status`],
    ['GET', `${at}/history`],
    ['PUT', `${at}/sections/InterviewFeedback`, feedback],
    ['POST', `${at}/approve`],
    ['POST', `${at}/reject`],
    ['POST', `${at}/cancel`],
    ['POST', `${at}/events/InterviewFeedback`, feedback],
    ['POST', '/Onboarding/Start', {}],
    ['GET', '/Onboarding/GetInstances'],
  ];
  const answering = Promise.all(routes.map((route) => timed(call({ app }, ...route))));
  return { app, port, routes, answering };
}
const unreachable = await askUnreachable();

describe('without a worker', () => {
  test('creating, status, lists and events work', async () => {
    const id = await create();
    const at = `/api/documents/${id}`;
    expect((await call(harness, 'GET', `${at}/status`)).body).toEqual({
      id,
      state: 'open',
      customStatus: 'Waiting for feedback',
      version: 1,
    });
    expect((await call(harness, 'POST', `${at}/events/InterviewFeedback`, feedback)).status).toBe(
      202,
    );
    const later = { prefer: 'respond-async' };
    expect(
      (await call(harness, 'PUT', `${at}/sections/ContractFeedback`, feedback, later)).status,
    ).toBe(202);
    await awaitUntil('it is listed', async () => {
      const list = await call(harness, 'GET', '/api/documents?limit=200');
      return list.body._embedded.documents.some((row: Loose) => row.id === id);
    });
  });

  test(
    'reading and changing answer 503 no-worker in time; a cancellation is accepted',
    { timeout: 40_000 },
    async () => {
      const at = `/api/documents/${await create()}`;
      const routes: Route[] = [
        ['GET', at],
        ['GET', `${at}/history`],
        ['PUT', `${at}/sections/InterviewFeedback`, feedback],
        ['POST', `${at}/approve`],
        ['POST', `${at}/reject`],
      ];
      const toCancel = await create();
      const [cancelled, ...answers] = await Promise.all([
        timed(call(harness, 'POST', `/api/documents/${toCancel}/cancel`, { reason: 'Not needed' })),
        ...routes.map((route) => timed(call(harness, ...route))),
      ]);
      for (const [i, { answer, ms }] of answers.entries()) {
        const what = routes[i]!.slice(0, 2).join(' ');
        expect({ what, status: answer.status, code: answer.body.code }).toEqual({
          what,
          status: 503,
          code: 'no-worker',
        });
        expect(answer.headers['retry-after'], what).toMatch(/^\d+$/);
        expect(ms, what).toBeLessThan(13_000);
      }

      // A cancellation is accepted all the same, and takes effect when a worker comes.
      const { answer, ms } = cancelled;
      expect(answer.status).toBe(202);
      expect(answer.headers.location).toBe(`/api/documents/${toCancel}/status`);
      expect(ms).toBeLessThan(14_000);
      await harness.startWorker();
      await awaitUntil('cancelled', async () => {
        const read = await call(harness, 'GET', `/api/documents/${toCancel}`);
        return read.status === 200 && read.body.state === 'cancelled';
      });
      const history = await call(harness, 'GET', `/api/documents/${toCancel}/history`);
      const cancels = history.body._embedded.entries.filter(
        (entry: Loose) => entry.command === 'cancel' && entry.accepted,
      );
      expect(cancels).toMatchObject([{ by: 'dev', reason: 'Not needed' }]);
    },
  );
});

describe('/readyz', () => {
  const dead: Database = new Proxy({} as Database, {
    get() {
      throw new Error('no database');
    },
  });

  test('is 503 without a worker, and names the part', async () => {
    const other = createTemporal({
      connection: harness.connection,
      namespace: 'default',
      taskQueue: `${taskQueue}-nobody`,
    });
    const { app } = await gatewayWith({ temporal: other });
    const ready = await app.inject('/readyz');
    expect(ready.statusCode).toBe(503);
    expect(ready.headers['retry-after']).toMatch(/^\d+$/);
    expect(ready.json()).toEqual({
      status: 'not ready',
      parts: { temporal: true, database: true, worker: false },
    });
  });

  test('is 503 without a database', async () => {
    await harness.startWorker();
    const { app } = await gatewayWith({ database: dead });
    await awaitUntil(
      'the worker has polled',
      async () => (await app.inject('/readyz')).json().parts?.worker,
    );
    const ready = await app.inject('/readyz');
    expect(ready.statusCode).toBe(503);
    expect(ready.json().parts).toEqual({ temporal: true, database: false, worker: true });
    expect((await app.inject('/healthz')).json()).toEqual({ status: 'ok' });
  });

  test('is 200 with all three', async () => {
    await harness.startWorker();
    await awaitUntil('ready', async () => (await call(harness, 'GET', '/readyz')).status === 200);
    const ready = await call(harness, 'GET', '/readyz');
    expect(ready.body).toEqual({
      status: 'ready',
      parts: { temporal: true, database: true, worker: true },
    });
  });
});

test('Temporal cannot be reached: 503 temporal-unavailable in time, and alive', async () => {
  const { app, port, routes, answering } = unreachable;
  const answers = await answering;
  for (const [i, { answer, ms }] of answers.entries()) {
    const what = routes[i]!.slice(0, 2).join(' ');
    expect({ what, status: answer.status, code: answer.body?.code }).toEqual({
      what,
      status: 503,
      code: 'temporal-unavailable',
    });
    expect(answer.headers['retry-after'], what).toMatch(/^\d+$/);
    // Fastify's own limit for a handler is the last to speak.
    expect(ms, what).toBeLessThan(16_000);
    expect(answer.text, what).not.toMatch(new RegExp(`${port}|ECONN|grpc|\\.ts|\\.js|at `));
  }
  expect((await app.inject('/healthz')).statusCode).toBe(200);
  expect((await app.inject('/readyz')).json().parts).toMatchObject({
    temporal: false,
    worker: false,
  });
  expect((await app.inject('/api')).statusCode).toBe(200);
});

describe('foreign workflows in the namespace', () => {
  test('are in no list and under no id, whatever their ids and memos are', async () => {
    await harness.startWorker();
    const memos = [
      undefined,
      { document: 'text', now: 4, customStatus: { a: 1 } },
      { document: null, now: null },
      { document: { id: 'x' }, now: [] },
    ];
    const ids = memos.flatMap(() => [`document:${randomUUID()}`, `foreign ${randomUUID()}/x`]);
    await Promise.all(
      ids.map((workflowId, i) => {
        const memo = memos[i % memos.length];
        return client.workflow.start('Foreign', {
          workflowId,
          taskQueue: `${taskQueue}-foreign`,
          args: [],
          ...(memo ? { memo } : {}),
        });
      }),
    );
    const marker = await create();
    for (const path of ['/api/documents?limit=200', '/api/inbox']) {
      const rows = await awaitUntil('the list has caught up', async () => {
        const list = await call(harness, 'GET', path);
        expect(list.status).toBe(200);
        const found: Loose[] = list.body._embedded.documents ?? list.body._embedded.tasks;
        return found.some(({ id }) => id === marker) && found;
      });
      const texts = JSON.stringify(rows);
      for (const id of ids) expect(texts).not.toContain(id.replace('document:', ''));
    }
    for (const id of ids.filter((one) => one.startsWith('document:'))) {
      const at = `/api/documents/${id.slice(9)}`;
      expect((await call(harness, 'GET', `${at}/status`)).status).toBe(404);
      expect(
        (
          await call(harness, 'POST', '/api/documents', {
            type: 'employee-onboarding',
            id: id.slice(9),
          })
        ).status,
        'the id is taken in Temporal all the same',
      ).toBe(409);
    }
    await Promise.all(ids.map((id) => client.workflow.getHandle(id).terminate()));
  });

  test('with our kind but nothing of ours in the memo, they are listed without a crash', async () => {
    const template = (await client.workflow.getHandle(`document:${await create()}`).describe()).raw
      .workflowExecutionInfo as Loose;
    const workflowId = `document:${randomUUID()}`;
    await client.workflowService.startWorkflowExecution({
      namespace: 'default',
      requestId: randomUUID(),
      workflowId,
      workflowType: { name: 'Foreign' },
      taskQueue: { name: `${taskQueue}-foreign` },
      searchAttributes: template.searchAttributes,
      memo: { fields: { document: { data: new Uint8Array([1]) }, now: {}, customStatus: {} } },
    });
    await awaitUntil('it is listed', async () => {
      const list = await call(harness, 'GET', '/api/documents?limit=200');
      expect(list.status).toBe(200);
      return list.body._embedded.documents.some(({ id }: Loose) => id === workflowId.slice(9));
    });
    expect(
      (await call(harness, 'GET', `/api/documents/${workflowId.slice(9)}/status`)).status,
    ).toBe(200);
    expect((await call(harness, 'GET', '/Onboarding/GetInstances')).status).toBe(200);
    await client.workflow.getHandle(workflowId).terminate();
  });
});

describe('bodies that are no acceptable JSON', () => {
  const CASES: readonly [string, Buffer | string][] = [
    ['malformed', '{"type":'],
    ['trailing comma', '{"type":"x",}'],
    ['a second value', '{} {}'],
    ['a comment', '{/* */}'],
    ['byte order mark', '\uFEFF{"type":"employee-onboarding"}'],
    ['invalid UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])],
    ['lone surrogate', '{"type":"\\ud800"}'],
    ['NUL', '{"type":"\\u0000"}'],
    ['duplicate names', '{"type":"a","type":"employee-onboarding"}'],
    ['the same name, escaped', '{"type":"a","\\u0074ype":"employee-onboarding"}'],
    ['NaN', '{"type":NaN}'],
    ['Infinity', '{"type":Infinity}'],
    ['1e400', '{"type":1e400}'],
    ['-0', '{"type":-0}'],
    ['__proto__', '{"__proto__":{"polluted":1},"type":"employee-onboarding"}'],
    ['constructor.prototype', '{"constructor":{"prototype":{"polluted":1}}}'],
    ['10,000 levels', '['.repeat(10_000) + ']'.repeat(10_000)],
    ['100 levels', '['.repeat(100) + ']'.repeat(100)],
    ['empty', ''],
    ['null', 'null'],
    ['an array', '[]'],
    ['a text', '"employee-onboarding"'],
    ['a number', '1'],
  ];
  test.each(CASES)('%s', async (_what, body) => {
    for (const [method, path] of [
      ['POST', '/api/documents'],
      ['PUT', '/api/documents/any/sections/InterviewFeedback'],
    ] as const) {
      const answer = await send(method, path, body);
      expect(answer.status, answer.text).toBe(400);
      expect(answer.headers['content-type']).toContain('application/problem+json');
      expect(['malformed-json', 'invalid-request']).toContain(JSON.parse(answer.text).code);
    }
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });
});

describe('what answers and logs give away', () => {
  test('no stack, path or address in any problem', async () => {
    const answers = await Promise.all([
      send('POST', '/api/documents', '{'),
      send('POST', '/api/documents', '{"type":"nope"}'),
      send('GET', '/api/documents/nobody', ''),
      send('GET', '/api/documents?limit=x', ''),
      send('GET', '/api/documents?cursor=x', ''),
      send('GET', '/nowhere', ''),
      send('GET', '/api/documents/%ff', ''),
      send('DELETE', '/api/documents', ''),
      send('POST', '/api/documents', '<a/>', { 'content-type': 'text/xml' }),
      send('GET', '/api', '', { host: 'evil.example' }),
    ]);
    for (const { status, text, headers } of answers) {
      expect(status, text).toBeGreaterThanOrEqual(400);
      expect(status, text).toBeLessThan(500);
      expect(headers['content-type']).toContain('application/problem+json');
      expect(text).not.toMatch(/node_modules|\.[tj]s\b|\bat \w+ \(|grpc|127\.0\.0\.1:\d+|stack/i);
      const body = JSON.parse(text);
      expect(body).toMatchObject({ status, code: expect.any(String), detail: expect.any(String) });
      expect(body.instance).toMatch(/^urn:dossier:request:[0-9a-f-]{36}$/);
    }
  });

  test('a defect is answered without its message, and logged with it', async () => {
    const broken = {
      all: [],
      find: () => {
        throw new Error('secret detail at /srv/app.ts');
      },
    };
    const { app, logged } = await gatewayWith({ documentTypes: broken });
    const answer = await call({ app }, 'POST', '/api/documents', { type: 'employee-onboarding' });
    expect(answer).toMatchObject({ status: 500, body: { code: 'internal' } });
    expect(answer.text).not.toContain('secret');
    expect(JSON.stringify(logged)).toContain('secret detail');
  });

  test('newlines in headers and URLs make one JSON line each', async () => {
    const lines: string[] = [];
    const log = pino({ base: null }, { write: (line: string) => void lines.push(line) });
    const { app } = await gatewayWith({ log });
    const forged = '\n{"level":30,"msg":"forged"}';
    await app.inject({
      url: `/api/documents/x%0a%7B%22msg%22%3A%22forged%22%7D`,
      headers: { 'x-user': 'a' },
    });
    await app.inject({ url: '/api', headers: { 'x-user': `eve${forged}` } });
    await app.inject({ url: `/nowhere${forged}` });
    await awaitUntil(
      'logged',
      () => lines.filter((line) => line.includes('"request"')).length >= 3,
    );
    for (const line of lines) {
      expect(line.trimEnd()).not.toContain('\n');
      expect(JSON.parse(line).msg).not.toBe('forged');
    }
  });
});
