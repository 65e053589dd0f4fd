/** What the gateway does when something around it is missing, foreign or hostile. */
import { randomUUID } from 'node:crypto';
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
  const { temporal, database, changes, documentTypes, directory } = harness;
  const app = await buildApp({
    temporal,
    database,
    changes,
    documentTypes,
    directory,
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
    expect((await call(harness, 'GET', `${at}/status`)).body).toMatchObject({
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
      // The server holds one query per workflow and turns the others away; they wait for the same worker all the same.
      const readers = Array.from({ length: 6 }, (): Route[] => [
        ['GET', at],
        ['GET', `${at}/history`],
      ]);
      const routes: Route[] = [
        ...readers.flat(),
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

test('the database does not answer: 503 database-unavailable where it is needed', async () => {
  await harness.startWorker();
  const id = await create();
  const broken = () => {
    throw new Error('no database at 10.1.2.3');
  };
  const database = new Proxy(harness.database, { get: () => broken });
  const { app } = await gatewayWith({ database });
  const at = `/api/documents/${id}`;
  for (const [method, path, body] of [
    ['GET', at],
    ['GET', `${at}/history`],
    ['GET', '/api/documents?state=approved'],
    ['GET', '/api/documents/counts'],
    ['GET', '/api/documents.csv?state=approved'],
    ['GET', '/api/notifications'],
    ['GET', '/api/bulk/4711'],
    ['POST', '/api/bulk', { action: 'cancel', filter: { owner: 'nobody' } }],
    ['POST', `${at}/restore`, {}],
  ] as readonly Route[]) {
    const answer = await call({ app }, method, path, body);
    expect([path, answer.status, answer.body?.code]).toEqual([path, 503, 'database-unavailable']);
    expect(answer.headers['retry-after']).toMatch(/^\d+$/);
    expect(answer.text).not.toContain('10.1.2.3');
  }
  for (const path of [`${at}/status`, '/api/inbox', '/api/documents?state=open', '/api'])
    expect((await call({ app }, 'GET', path)).status, path).toBe(200);
  expect((await call({ app }, 'PUT', `${at}/sections/ContractFeedback`, feedback)).status).toBe(
    200,
  );
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
    expect(ms, what).toBeLessThan(20_000);
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
