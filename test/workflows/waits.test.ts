/** The workflow of a wait on a real server: by the CLI, by other workflows, through restarts, garbage and continue-as-new. */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger, Worker } from '@temporalio/worker';
import { WorkflowNotFoundError } from '@temporalio/client';
import { afterAll, describe, expect, test } from 'vitest';
import { signature } from '../../src/shared/signing.ts';
import type { WaitRequest } from '../../src/contracts/waits/types.ts';
import { listArchived } from '../../src/store/archive-lists.ts';
import type { WaitKept, WaitResult } from '../../src/workflows/waits/messages.ts';
import type { WaitOutcome } from '../../src/workflows/waits/view.ts';
import { awaitUntil } from '../support/await-until.ts';
import { eventsOf, listing, named, runsOf } from '../support/documents.ts';
import { call, startHarness, type Loose } from '../support/harness.ts';
import { replayFailures } from '../support/replaying.ts';
import { reference, type Plan, type Step } from '../support/waits.ts';

const received: { id: string; signature: string; stamp: string; body: string; message: Loose }[] =
  [];
const receiver = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const body = Buffer.concat(chunks).toString();
    const header = (name: string) => String(request.headers[`webhook-${name}`]);
    const [id, stamp] = [header('id'), header('timestamp')];
    received.push({ id, stamp, signature: header('signature'), body, message: JSON.parse(body) });
    response.writeHead(204).end();
  });
});
receiver.listen(0, '127.0.0.1');
await once(receiver, 'listening');
afterAll(() => receiver.close());
const host = `127.0.0.1:${(receiver.address() as AddressInfo).port}`;
const secret = 'only receiver and sender know';

const harness = await startHarness({ webhooks: { allow: [host], secrets: [secret] } });
const { client, connection, database, logged, taskQueue } = harness;

/** As the CLI starts it. */
async function begin(
  request: WaitRequest | object = {},
  workflowId = `wait:shipment:${randomUUID()}`,
) {
  await client.workflow.start('wait', { workflowId, taskQueue, args: [request] });
  return client.workflow.getHandle<() => Promise<WaitOutcome>>(workflowId);
}
const keptOf = (id: string) => client.workflow.getHandle(id).query<WaitKept>('wait');
const archivedOf = async (key: string) =>
  (await listArchived(database, { kind: 'wait', fields: [`key=${key}`] }, { limit: 10 })).rows;
const round = (): Promise<number> =>
  client.workflow.execute('reconcile', { workflowId: `reconcile-${randomUUID()}`, taskQueue });

describe('by the CLI', () => {
  test('a signal of its event ends it, with its data', async () => {
    const handle = await begin({ events: ['Shipped', 'Lost'], data: 7, actor: 'ann' });
    await handle.signal('Shipped', { by: 'DHL' });
    const result = await handle.result();
    expect(result).toMatchObject({
      name: 'shipment',
      state: 'completed',
      timedOut: false,
      events: [{ event: 'Shipped', data: { by: 'DHL' }, by: 'operator' }],
    });
    const [row] = await archivedOf(result.key);
    expect(row?.summary).toMatchObject({ id: result.id, state: 'completed', owner: 'ann' });
  });

  test('signals that come before it begins are judged in their order', async () => {
    const workflowId = `wait:order:${randomUUID()}`;
    await harness.stopWorker();
    const handle = await client.workflow.signalWithStart('wait', {
      workflowId,
      taskQueue,
      args: [{ events: ['B', 'A'], mode: 'all' }],
      signal: 'A',
      signalArgs: [1],
    });
    for (const [name, data] of [
      ['A', 2],
      ['B', 3],
      ['B', 4],
    ] as const)
      await handle.signal(name, data);
    await harness.startWorker();
    const { events } = (await handle.result()) as WaitOutcome;
    expect(events).toMatchObject([
      { event: 'A', data: 1 },
      { event: 'B', data: 3 },
    ]);
  });

  test('the update answers, and refuses with the reason; the actor is whom the operator names', async () => {
    const handle = await begin({ events: ['A', 'B'], mode: 'all', senders: ['user:sam'] });
    const update = (command: object) =>
      handle.executeUpdate<WaitResult, [object]>('command', { args: [command] });
    const first = await update({ kind: 'event', event: 'A', data: 1, actor: 'sam' });
    expect(first).toMatchObject({ changed: true, state: 'waiting', version: 2 });
    expect(first.wait?.received).toMatchObject([{ event: 'A', by: 'sam' }]);
    for (const [command, type] of [
      [{ kind: 'event', event: 'A' }, 'wrong-state'],
      [{ kind: 'event', event: 'C' }, 'unknown-event'],
      [{ kind: 'jump' }, 'invalid-request'],
      [{ kind: 'stop', ifVersion: 9 }, 'version-mismatch'],
    ] as const)
      await expect(update(command)).rejects.toMatchObject({ cause: { type } });
    expect(await update({ kind: 'stop', data: 'enough' })).toMatchObject({ state: 'stopped' });
    expect(await handle.result()).toMatchObject({ stop: { data: 'enough', by: 'operator' } });
  });

  test('a cancel request closes it, archives it and ends it CANCELED', async () => {
    const handle = await begin();
    await handle.cancel();
    await expect(handle.result()).rejects.toMatchObject({ cause: { name: 'CancelledFailure' } });
    const key = handle.workflowId.split(':')[2] ?? '';
    expect((await archivedOf(key))[0]?.summary).toMatchObject({
      state: 'cancelled',
      closedReason: 'Cancelled through Temporal.',
    });
  });

  test('garbage neither wedges nor ends it, and is told as refused', async () => {
    const handle = await begin({ events: ['A'] });
    const { workflowId } = handle;
    const encoding = (text: string) => ({ encoding: new TextEncoder().encode(text) });
    const payloads = [
      { metadata: encoding('json/plain'), data: new TextEncoder().encode('{"broken') },
      { metadata: encoding('from/mars'), data: new Uint8Array([1, 2]) },
    ];
    for (const payload of payloads)
      for (const signalName of ['A', 'command'])
        await client.workflowService.signalWorkflowExecution({
          namespace: 'default',
          workflowExecution: { workflowId },
          signalName,
          input: { payloads: [payload] },
        });
    for (const [name, payload] of [
      ['__temporal_x', 1],
      ['Nonsense', { a: 1 }],
      ['command', 'stop'],
      ['dossier:relay', { name: 'A', payload: 1 }],
      ['__proto__', 1],
      ['A', 'NUL \0'],
    ] as const)
      await handle.signal(name, payload);
    const kept = await awaitUntil('all are refused', async () => {
      const now = await keptOf(workflowId);
      return now.refusedCount === 10 && now;
    });
    expect(kept.record).toMatchObject({ state: 'waiting', received: [] });
    expect(kept.refused.map(({ command, code }) => `${command} ${code}`)).toEqual([
      'A malformed-json',
      'command malformed-json',
      'A malformed-json',
      'command malformed-json',
      'reserved:__temporal_x unknown-event',
      'Nonsense unknown-event',
      'command invalid-request',
      expect.stringMatching(/^A /),
      '__proto__ unknown-event',
      'A malformed-json',
    ]);
    await handle.signal('A', 'at last');
    expect((await handle.result()).events).toMatchObject([{ data: 'at last' }]);
    expect(await replayFailures(client, [workflowId])).toEqual([]);
  });

  test('unusable starts fail with the reason, and are archived once', async () => {
    for (const request of [5, { mode: 'most' }, { timeout: 'soon' }, { events: ['command'] }]) {
      const handle = await begin(request as object);
      await expect(handle.result()).rejects.toMatchObject({
        cause: { type: expect.stringMatching(/^invalid-/) },
      });
      const key = handle.workflowId.split(':')[2] ?? '';
      await awaitUntil('it is listed', async () => {
        return (await archivedKeys(key)).length === 1;
      });
    }
    await round();
    expect(await round()).toBe(0);
  });
});

/** Of failed starts too, which have no tags. */
async function archivedKeys(key: string): Promise<string[]> {
  const { rows } = await listArchived(database, { kind: 'wait' }, { limit: 200 });
  return rows.flatMap(({ summary }) => (summary['key'] === key ? [summary.id] : []));
}

test('every combination of any, all and some, with and without the deadline, ends as the reference says', async () => {
  const combinations = (['any', 'all', 2] as const).flatMap((mode) =>
    (['expire', 'complete'] as const).flatMap((onTimeout) =>
      [[], ['A'], ['B', 'B'], ['C', 'A'], ['X', 'B', 'C', 'A']].map((events): Plan => {
        const steps = events.map((event): Step => ({ kind: 'event', event, after: 0 }));
        const request = { events: ['A', 'B', 'C'], mode, timeout: '3s', onTimeout };
        return { request, steps: [...steps, { kind: 'tick', after: 3 }] };
      }),
    ),
  );
  const ended = await Promise.all(
    combinations.map(async (plan) => {
      const handle = await begin(plan.request);
      // Those after its end have nowhere to go.
      for (const [place, step] of plan.steps.entries())
        if (step.kind === 'event') await handle.signal(step.event, place).catch(unlessOver);
      return [plan, await handle.result()] as const;
    }),
  );
  for (const [plan, { state, timedOut, events }] of ended) {
    const { refused: _refused, ...expected } = reference(plan);
    const came = events.map(({ event }) => event);
    expect({ state, timedOut, came }, JSON.stringify(plan)).toEqual(expected);
  }
}, 40_000);

function unlessOver(error: unknown): void {
  if (!(error instanceof WorkflowNotFoundError)) throw error;
}

test('another workflow stops it', async () => {
  const file = (path: string) => fileURLToPath(new URL(path, import.meta.url));
  const theirs = `test-${randomUUID()}`;
  const workflowBundle = await bundleWorkflowCode({
    workflowsPath: file('../support/waker-workflow.ts'),
    logger: new DefaultLogger('ERROR'),
  });
  const worker = await Worker.create({
    connection,
    namespace: 'default',
    taskQueue: theirs,
    workflowBundle,
  });
  const handle = await begin({ events: ['Shipped'], senders: ['user:nobody'] });
  const to = { id: handle.workflowId, event: 'Shipped', data: { from: 'a workflow' } };
  await worker.runUntil(
    client.workflow.execute('waker', {
      workflowId: `waker-${randomUUID()}`,
      taskQueue: theirs,
      args: [to],
    }),
  );
  expect((await handle.result()).events).toMatchObject([{ data: { from: 'a workflow' } }]);
});

test('says the texts of the article once each, also when it is replayed', async () => {
  const input = `ada-${randomUUID()}`;
  const workflowId = `wait:Workflow:${input}`;
  const handle = await client.workflow.start('Workflow', { workflowId, taskQueue, args: [input] });
  const said = () =>
    logged
      .map(({ msg }) => msg as string)
      .filter((msg) => msg.endsWith(input) || msg.includes(`${input} `));
  await awaitUntil('it has begun', () => said().length === 1);
  await harness.stopWorker();
  await harness.startWorker();
  // A new worker replays it.
  await handle.query('status');
  await handle.signal('Workflow');
  expect(await handle.result()).toBeUndefined();
  await awaitUntil('it has stopped', () => said().length === 2);
  expect(said()).toEqual([`Starting workflow for ${input}`, `Workflow for ${input} is stopping`]);
});

test('continues as new before its history grows long, and loses nothing', async () => {
  const handle = await begin({ events: ['A', 'B'], mode: 'all', timeout: '1h', data: 'kept' });
  const { workflowId } = handle;
  await handle.signal('A', 'early');
  const { record } = await awaitUntil('A has come', async () => {
    const now = await keptOf(workflowId);
    return now.record.received.length === 1 && now;
  });
  for (let i = 0; i < 620; i += 20)
    await Promise.all(Array.from({ length: 20 }, (_, j) => handle.signal('Nonsense', i + j)));
  const runs = await awaitUntil(
    'a second run',
    async () => {
      const all = await runsOf(client, workflowId);
      return all.length > 1 && (await keptOf(workflowId)).refusedCount === 620 && all;
    },
    30_000,
  );
  expect(runs.length).toBeLessThan(4);
  const now = await keptOf(workflowId);
  expect(now.record).toEqual(record);
  const { memo } = await handle.describe();
  expect(memo).toMatchObject({ wait: { id: record.id }, now: { dueAt: record.dueAt } });
  await handle.signal('B', 'late');
  expect(await handle.result()).toMatchObject({
    id: record.id,
    events: [{ data: 'early' }, { data: 'late' }],
  });
  expect((await archivedOf(record.key)).map(({ summary }) => summary.id)).toEqual([record.id]);
  expect(await replayFailures(client, [workflowId])).toEqual([]);
}, 60_000);

describe('the webhook', () => {
  test('is called once at the end of each wait of a key, signed, without data', async () => {
    const key = randomUUID();
    const at = `/api/waits/parcel/${key}`;
    const about = () => received.filter(({ message }) => message.wait.key === key);
    for (const round of [1, 2]) {
      const body = { events: ['Shipped'], webhook: `http://${host}/done` };
      expect((await call(harness, 'POST', at, body)).status).toBe(201);
      expect((await call(harness, 'POST', `${at}/events/Shipped`, { private: 1 })).status).toBe(
        202,
      );
      await client.workflow.getHandle(`wait:parcel:${key}`).result();
      await awaitUntil('it is called', () => about().length === round);
    }
    for (const { id, stamp, signature: signed, body, message } of about()) {
      expect(signed).toBe(signature(secret, `${id}.${stamp}.${body}`));
      expect(body).not.toContain('private');
      expect(message).toMatchObject({
        occasion: 'completed',
        wait: { name: 'parcel', key, state: 'completed', owner: 'dev', events: ['Shipped'] },
      });
    }
    expect(new Set(about().map(({ id }) => id)).size).toBe(2);
  });

  test('of one whose deadline has struck says so; one that is not allowed is never called', async () => {
    const handle = await begin({ timeout: '1s', webhook: `http://${host}/late` });
    const other = await begin({ webhook: 'http://127.0.0.1:7233/' });
    await other.signal('shipment', 1);
    expect((await other.result()).state).toBe('completed');
    expect((await handle.result()).state).toBe('expired');
    const told = await awaitUntil('it is told', () =>
      received.find(({ message }) => message.wait.id.includes(handle.workflowId.split(':')[2])),
    );
    expect(told.message).toMatchObject({ occasion: 'expired', wait: { timedOut: true } });
    const { runId } = await other.describe();
    await expect(client.workflow.getHandle(`webhook:wait:${runId}`).result()).rejects.toMatchObject(
      { cause: { cause: { message: '127.0.0.1:7233 is not in WEBHOOK_ALLOW.' } } },
    );
  });
});

describe('behind our back', () => {
  test('terminated: the reconciler archives what it knew, each start of a key for itself', async () => {
    const key = randomUUID();
    const at = `/api/waits/lost/${key}`;
    const started = async () =>
      (await call(harness, 'POST', at, { events: ['A', 'B'], mode: 'all' })).body
        .createdAt as string;
    const first = await started();
    const sent = await call(harness, 'POST', `${at}/events/A`, 'kept', {
      prefer: 'return=representation',
    });
    expect(sent.status).toBe(200);
    const workflow = client.workflow.getHandle(`wait:lost:${key}`);
    await workflow.terminate('gone');
    // The next one goes on meanwhile.
    await started();
    const old = await awaitUntil('it is archived', async () => {
      await round();
      const { status, body } = await call(harness, 'GET', `${at}?startedAt=${first}`);
      return status === 200 && body;
    });
    expect(old).toMatchObject({
      state: 'terminated',
      received: [{ event: 'A', data: 'kept' }],
      closedReason: 'Ended in Temporal: Terminated.',
    });
    expect((await call(harness, 'GET', at)).body).toMatchObject({ state: 'waiting' });
    expect((await archivedOf(key)).length).toBe(1);
    await workflow.signal('command', { kind: 'stop' });
    await workflow.result();
    expect((await archivedOf(key)).map(({ summary }) => summary.state)).toEqual([
      'stopped',
      'terminated',
    ]);
  });
});

test('costs twelve events, and no more, when the gateway starts it and one event ends it', async () => {
  const key = randomUUID();
  const at = `/api/waits/cheap/${key}`;
  expect((await call(harness, 'POST', at)).status).toBe(201);
  const workflowId = `wait:cheap:${key}`;
  await awaitUntil('it waits', async () =>
    (await eventsOf(client, workflowId)).some((one) => named(one) === 'WORKFLOW_TASK_COMPLETED'),
  );
  await call(harness, 'POST', `${at}/events/cheap`, 1);
  await client.workflow.getHandle(workflowId).result();
  const events = await eventsOf(client, workflowId);
  expect(events.map(named), listing(events)).toEqual([
    'WORKFLOW_EXECUTION_STARTED',
    'WORKFLOW_TASK_SCHEDULED',
    'WORKFLOW_TASK_STARTED',
    'WORKFLOW_TASK_COMPLETED',
    'WORKFLOW_EXECUTION_SIGNALED',
    'WORKFLOW_TASK_SCHEDULED',
    'WORKFLOW_TASK_STARTED',
    'WORKFLOW_TASK_COMPLETED',
    'WORKFLOW_PROPERTIES_MODIFIED',
    'UPSERT_WORKFLOW_SEARCH_ATTRIBUTES',
    'MARKER_RECORDED',
    'WORKFLOW_EXECUTION_COMPLETED',
  ]);
});
