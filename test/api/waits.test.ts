/** Waits over HTTP: every route and every status, and what each costs. */
import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { as, openApi, pointersOf, problemOf, type Answer } from '../support/api.ts';
import { awaitUntil } from '../support/await-until.ts';
import { startHarness, type Loose } from '../support/harness.ts';

const calls: string[] = [];
const harness = await startHarness({ onGrpc: (method) => void calls.push(method) });
const { client, taskQueue } = harness;
const { send } = await openApi(harness);

const OLGA = as('olga');
const EVE = as('eve');

const place = (name = 'shipment', key: string = randomUUID()): string =>
  `/api/waits/${encodeURIComponent(name)}/${encodeURIComponent(key)}`;
const get = (at: string, headers = OLGA): Promise<Answer> => send('GET', at, undefined, headers);
const post = (at: string, body: unknown = {}, headers = OLGA): Promise<Answer> =>
  send('POST', at, body, headers);

async function started(body: object = {}, at = place()): Promise<string> {
  const made = await post(at, body);
  expect(made.status, made.text).toBe(201);
  return at;
}

/** The result, once there is one. */
async function resultOf(at: string): Promise<Loose> {
  const answer = await get(`${at}/result?wait=20s`);
  expect(answer.status, answer.text).toBe(200);
  return answer.body;
}

/** What a request costs, and its answer. */
async function costOf(request: () => Promise<Answer>): Promise<[string[], Answer]> {
  calls.length = 0;
  const answer = await request();
  return [[...calls], answer];
}

describe('starting', () => {
  test('answers the wait as it begins; one call', async () => {
    const at = place('shipment', 'a/b ü 1');
    const body = { events: ['Shipped', 'Lost'], timeout: 'P1D', data: { order: 1 } };
    const [cost, made] = await costOf(() => post(at, body));
    expect(made.status, made.text).toBe(201);
    expect(cost).toEqual(['startWorkflowExecution']);
    expect(made.headers['location']).toBe(at);
    expect(made.body).toMatchObject({
      name: 'shipment',
      key: 'a/b ü 1',
      state: 'waiting',
      customStatus: 'Waiting for Shipped or Lost',
      events: ['Shipped', 'Lost'],
      mode: 'any',
      received: [],
      owner: 'olga',
      senders: [],
      data: { order: 1 },
      dueAt: expect.any(String),
      _links: { self: { href: at } },
    });
    expect(Object.keys(made.body._templates)).toEqual([
      'event-Shipped',
      'event-Lost',
      'stop',
      'cancel',
    ]);
    const [reading, read] = await costOf(() => get(at));
    expect(reading).toEqual(['describeWorkflowExecution']);
    // Its data only the workflow has until it ends.
    const { data: _data, ...rest } = made.body;
    expect(read.body).toEqual(rest);
    await client.workflow.getHandle('wait:shipment:a~2Fb~20~C3~BC~201').terminate();
  });

  test('everything has a default: the event is called like the wait', async () => {
    const at = place('payment');
    const made = await send('POST', at, undefined, OLGA);
    expect(made.body).toMatchObject({ events: ['payment'], mode: 'any' });
    expect(made.body).not.toHaveProperty('dueAt');
    expect((await post(`${at}/stop`)).status).toBe(200);
  });

  test('twice: 409, or the one that there is', async () => {
    const at = await started();
    expect(problemOf(await post(at))).toEqual([409, 'already-exists']);
    const there = await post(at, { ifExists: 'existing', events: ['other'] });
    expect(there.status, there.text).toBe(200);
    expect(there.body).toMatchObject({ events: ['shipment'], state: 'waiting' });
    // Nobody else gets to see it so.
    expect(problemOf(await post(at, { ifExists: 'existing' }, EVE))).toEqual([
      409,
      'already-exists',
    ]);
  });

  test('again after the end: another one, and both can be read', async () => {
    const at = await started({ data: 1 });
    const first = (await get(at)).body;
    await post(`${at}/stop`, { data: 'first' });
    await resultOf(at);
    const second = await post(at, { data: 2 });
    expect(second.status, second.text).toBe(201);
    expect(second.body.id).not.toBe(first.id);
    expect((await get(at)).body).toMatchObject({ id: second.body.id, state: 'waiting' });
    const old = await get(`${at}?startedAt=${first.createdAt}`);
    expect(old.body).toMatchObject({ state: 'stopped', data: 1, stop: { data: 'first' } });
    await post(`${at}/stop`);
    await resultOf(at);
    const key = decodeURIComponent(at.split('/').at(-1) ?? '');
    const { body } = await get(`/api/waits?key=${key}`);
    expect(body._embedded.waits.map(({ id }: Loose) => id)).toEqual([second.body.id, first.id]);
    const hrefs = body._embedded.waits.map(({ _links }: Loose) => _links.self.href as string);
    for (const href of hrefs) expect((await get(href)).body.state).toBe('stopped');
  });

  test('straight after the end: the one before makes room', async () => {
    const at = place();
    const ids: string[] = [];
    for (let i = 0; i < 10; i += 1) {
      const made = await post(at, { data: i, ifExists: 'existing' });
      expect(made.status, made.text).toBe(201);
      ids.push(made.body.id);
      expect((await post(`${at}/stop`)).status).toBe(200);
    }
    expect(new Set(ids).size).toBe(10);
  });

  test('once for each Idempotency-Key, whatever came after it', async () => {
    const at = place();
    const headers = { ...OLGA, 'idempotency-key': randomUUID() };
    const made = await post(at, { data: 1 }, headers);
    const again = await post(at, { data: 1 }, headers);
    expect([made.status, again.status]).toEqual([201, 200]);
    expect(again.body.id).toBe(made.body.id);
    expect(problemOf(await post(at, { data: 2 }, headers))).toEqual([
      422,
      'idempotency-key-reused',
    ]);
    await post(`${at}/stop`);
    await resultOf(at);
    expect((await post(at, { data: 1 }, headers)).body).toMatchObject({ state: 'stopped' });
    await started({}, at);
    const late = await post(at, { data: 1 }, headers);
    expect([late.status, late.body.id]).toEqual([200, made.body.id]);
    expect(problemOf(await post(at, { data: 2 }, headers))[1]).toBe('idempotency-key-reused');
  });

  test('refuses what it cannot use, naming each place', async () => {
    const bad: [body: unknown, status: number, code: string, pointers: string[]][] = [
      [{ events: [] }, 400, 'invalid-request', ['/events']],
      [{ mode: 'most' }, 400, 'invalid-request', ['/mode']],
      [{ actor: 'me' }, 400, 'invalid-request', ['/actor']],
      [{ webhook: 'ftp://x' }, 400, 'invalid-request', ['/webhook']],
      [{ senders: ['eve'] }, 400, 'invalid-request', ['/senders/0']],
      [{ ifExists: 'maybe' }, 400, 'invalid-request', ['/ifExists']],
      [{ mode: 2 }, 422, 'invalid-data', ['/mode']],
      [{ events: ['A', 'a'] }, 422, 'invalid-data', ['/events/1']],
      [
        { events: ['command', '__x', 'durable:terminate'] },
        422,
        'invalid-data',
        ['/events/0', '/events/1', '/events/2'],
      ],
      [{ timeout: 'soon' }, 422, 'invalid-data', ['/timeout']],
      [{ timeout: '1ms' }, 422, 'invalid-data', ['/timeout']],
      [{ deadline: '2001-01-01T00:00:00Z' }, 422, 'invalid-data', ['/deadline']],
      [
        { deadline: '2101-01-01T00:00:00Z', timeout: 'P1D' },
        422,
        'invalid-data',
        ['/deadline', '/timeout'],
      ],
    ];
    for (const [body, status, code, pointers] of bad) {
      const answer = await post(place(), body);
      expect(problemOf(answer), `${JSON.stringify(body)}: ${answer.text}`).toEqual([status, code]);
      expect([...new Set(pointersOf(answer))], answer.text).toEqual(pointers);
    }
    const large = { data: 'x'.repeat(600_000) };
    expect(problemOf(await post(place(), large))).toEqual([413, 'too-large']);
    expect(pointersOf(await post(place('command')))).toEqual(['/events']);
    for (const wrong of [
      place('x'.repeat(101)),
      place('x', 'y'.repeat(257)),
      place('x', 'a\0b'),
      place('x', '😀'.repeat(128)),
    ])
      expect(problemOf(await post(wrong)), wrong.slice(0, 40)).toEqual([400, 'invalid-request']);
  });
});

describe('events', () => {
  test('any: the first one ends it; a signal is one call, and needs no answer', async () => {
    const at = await started({ events: ['Shipped', 'Lost'] });
    const operator = as('otto', 'operator');
    const [cost, sent] = await costOf(() => post(`${at}/events/Shipped`, { by: 'DHL' }, operator));
    expect([sent.status, cost]).toEqual([202, ['signalWorkflowExecution']]);
    expect(sent.headers['location']).toBe(at);
    const result = await resultOf(at);
    expect(result).toMatchObject({
      state: 'completed',
      timedOut: false,
      events: [{ event: 'Shipped', data: { by: 'DHL' }, by: 'otto', at: expect.any(String) }],
    });
    expect((await get(at)).body).toMatchObject({
      state: 'completed',
      received: [{ event: 'Shipped', data: { by: 'DHL' } }],
      closedAt: result.closedAt,
      _templates: {},
    });
  });

  test('all, and so many of them, in any order and any case', async () => {
    const all = await started({ events: ['A', 'B', 'C'], mode: 'all' });
    const two = await started({ events: ['A', 'B', 'C'], mode: 2 });
    for (const at of [all, two])
      for (const event of ['c', 'A'])
        expect((await post(`${at}/events/${event}`, event)).status).toBe(202);
    expect((await resultOf(two)).events).toMatchObject([
      { event: 'C', data: 'c' },
      { event: 'A', data: 'A' },
    ]);
    const waiting = await awaitUntil('both have come', async () => {
      const { body } = await get(all);
      return body.received.length === 2 && body;
    });
    expect(waiting).toMatchObject({
      state: 'waiting',
      customStatus: 'Waiting for B',
      received: [{ event: 'C' }, { event: 'A' }],
    });
    expect(Object.keys(waiting._templates)).toEqual(['event-B', 'stop', 'cancel']);
    await post(`${all}/events/B`, null);
    expect((await resultOf(all)).events).toHaveLength(3);
  });

  test('before the start: 404; after the end: 409; in a clear text', async () => {
    const at = place();
    const early = await post(`${at}/events/shipment`, 1);
    expect(problemOf(early)).toEqual([404, 'not-found']);
    expect(early.body.detail).toContain('nothing was kept');
    await started({}, at);
    await post(`${at}/events/shipment`, 1);
    await resultOf(at);
    for (const headers of [OLGA, as('otto', 'operator')]) {
      const late = await post(`${at}/events/shipment`, 2, headers);
      expect(problemOf(late)).toEqual([409, 'wrong-state']);
      expect(late.body.detail).toContain('It can be started again');
    }
    expect((await resultOf(at)).events).toMatchObject([{ data: 1 }]);
  });

  test('twice: the first counts, the second is recorded as refused; judged when one asks for it', async () => {
    const at = await started({ events: ['A', 'B'], mode: 'all' });
    await post(`${at}/events/A`, 1);
    await post(`${at}/events/A`, 2);
    await post(`${at}/events/Nonsense`, 3);
    const judged = { ...OLGA, prefer: 'return=representation' };
    await awaitUntil('A has come', async () => (await get(at)).body.received.length === 1);
    const again = await post(`${at}/events/A`, 4, judged);
    expect(problemOf(again)).toEqual([409, 'wrong-state']);
    expect(again.body).toMatchObject({ state: 'waiting', allowed: ['event', 'stop', 'cancel'] });
    expect(problemOf(await post(`${at}/events/Nonsense`, 4, judged))).toEqual([
      422,
      'unknown-event',
    ]);
    const { body } = await get(`${at}/history`);
    expect(body._embedded.entries).toMatchObject([
      { command: 'start', accepted: true },
      { command: 'event A', accepted: true, version: 2 },
      { command: 'A', accepted: false, code: 'wrong-state' },
      { command: 'Nonsense', accepted: false, code: 'unknown-event' },
    ]);
    const done = await post(`${at}/events/B`, 5, judged);
    expect(done.status, done.text).toBe(200);
    expect(done.headers['preference-applied']).toBe('return=representation');
    expect(done.body).toMatchObject({ state: 'completed' });
    expect((await resultOf(at)).events).toMatchObject([{ data: 1 }, { data: 5 }]);
    expect((await get(`${at}/history`)).body).toMatchObject({ refusedCount: 2 });
  });

  test('a foreign service may send any JSON, or nothing, where it is let in', async () => {
    const payloads = ['"text"', '[1,{"a":null}]', 'null', '0', undefined];
    for (const payload of payloads) {
      const at = await started({ senders: ['user:github'] });
      const headers = { 'x-user': 'github', 'x-roles': '' };
      const sent = await harness.app.inject({
        method: 'POST',
        url: `${at}/events/shipment`,
        headers:
          payload === undefined ? headers : { ...headers, 'content-type': 'application/json' },
        ...(payload === undefined ? {} : { payload }),
      });
      expect(sent.statusCode, sent.payload).toBe(202);
      expect((await resultOf(at)).events).toMatchObject([
        { by: 'github', data: payload === undefined ? null : JSON.parse(payload) },
      ]);
    }
    const at = await started();
    expect(problemOf(await post(`${at}/events/shipment`, 1, EVE))).toEqual([404, 'not-found']);
    for (const name of ['__x', 'durable:terminate', 'dossier:relay'])
      expect(problemOf(await post(`${at}/events/${name}`, 1))).toEqual([400, 'invalid-request']);
    expect((await get(at)).body.state).toBe('waiting');
  });
});

describe('the deadline', () => {
  test('ends it as expired, or as complete as it is', async () => {
    const [expired, complete] = await Promise.all([
      started({ events: ['A', 'B'], mode: 'all', timeout: '1s' }),
      started({
        events: ['A', 'B'],
        mode: 'all',
        deadline: new Date(Date.now() + 1_500).toISOString(),
        onTimeout: 'complete',
      }),
    ]);
    await post(`${complete}/events/A`, 'in time');
    expect(await resultOf(expired)).toMatchObject({ state: 'expired', timedOut: true, events: [] });
    expect(await resultOf(complete)).toMatchObject({
      state: 'completed',
      timedOut: true,
      events: [{ event: 'A', data: 'in time' }],
    });
    expect((await get(expired)).body).toMatchObject({ state: 'expired', timedOut: true });
    expect(problemOf(await post(`${expired}/events/A`, 1))).toEqual([409, 'wrong-state']);
  });
});

describe('stop and cancel', () => {
  test('stop: one update, which answers; with data', async () => {
    const at = await started({ events: ['A', 'B'], mode: 'all' });
    await post(`${at}/events/A`, 1, { ...OLGA, prefer: 'return=representation' });
    const [cost, done] = await costOf(() => post(`${at}/stop`, { data: ['enough'] }));
    expect([done.status, cost]).toEqual([200, ['updateWorkflowExecution']]);
    expect(done.body).toMatchObject({ state: 'stopped', _templates: {} });
    expect(await resultOf(at)).toMatchObject({
      state: 'stopped',
      events: [{ event: 'A', data: 1 }],
      stop: { data: ['enough'], by: 'olga' },
    });
    expect(problemOf(await post(`${at}/stop`))).toEqual([409, 'wrong-state']);
    expect(problemOf(await post(`${place()}/stop`))).toEqual([404, 'not-found']);
  });

  test('straight after the start, and twice with one key', async () => {
    const at = place();
    const headers = { ...OLGA, 'idempotency-key': randomUUID() };
    await started({}, at);
    const both = [await post(`${at}/stop`, {}, headers), await post(`${at}/stop`, {}, headers)];
    expect(both.map(({ status }) => status)).toEqual([200, 200]);
  });

  test('later, without an answer', async () => {
    const at = await started();
    const sent = await post(`${at}/stop`, { data: 7 }, { ...OLGA, prefer: 'respond-async' });
    expect(sent.status).toBe(202);
    expect(await resultOf(at)).toMatchObject({ state: 'stopped', stop: { data: 7 } });
  });

  test('cancel is for the owner; senders stop', async () => {
    const at = await started({ senders: ['role:warehouse'] });
    const will = as('will', 'warehouse');
    expect(Object.keys((await get(at, will)).body._templates)).toEqual(['event-shipment', 'stop']);
    expect(problemOf(await post(`${at}/cancel`, {}, will))).toEqual([403, 'forbidden']);
    const done = await post(`${at}/cancel`, { reason: 'Not needed' });
    expect(done.body).toMatchObject({ state: 'cancelled', closedReason: 'Not needed' });
    expect(await resultOf(at)).toMatchObject({ state: 'cancelled', reason: 'Not needed' });
    // For clients of Durable Functions it is terminated.
    const id = `wait:shipment:${at.split('/').at(-1)}`;
    const url = `/runtime/webhooks/durabletask/instances/${id}`;
    const { payload } = await harness.app.inject({ method: 'GET', url });
    expect(JSON.parse(payload)).toMatchObject({
      runtimeStatus: 'Terminated',
      output: 'Not needed',
    });
  });
});

describe('who may see it', () => {
  test('the owner, its senders and operators; others learn nothing', async () => {
    const at = await started({ senders: ['user:sam'] });
    for (const path of ['', '/result', '/history'])
      expect(problemOf(await get(`${at}${path}`, EVE))).toEqual([404, 'not-found']);
    for (const path of ['stop', 'cancel', 'events/shipment'])
      expect(problemOf(await post(`${at}/${path}`, {}, EVE)), path).toEqual([404, 'not-found']);
    for (const headers of [as('sam'), as('otto', 'operator')])
      expect((await get(at, headers)).status).toBe(200);
    expect((await get(at)).body.state).toBe('waiting');
    await post(`${at}/stop`);
    await resultOf(at);
    expect(problemOf(await get(at, EVE))).toEqual([404, 'not-found']);
    expect((await get(at, as('sam'))).body.state).toBe('stopped');
  });

  test('lists have one’s own, by name, state and key', async () => {
    const [name, user] = [`n'${randomUUID().slice(0, 8)}`, as(`u-${randomUUID()}`)];
    const [open, done] = [place(name, 'open'), place(name, 'done')];
    for (const at of [open, done]) await post(at, {}, user);
    await post(`${done}/stop`, {}, user);
    await send('GET', `${done}/result?wait=20s`, undefined, user);
    const keys = async (query: string, headers: Record<string, string>) =>
      (await get(`/api/waits?${query}`, headers)).body._embedded.waits.map(({ key }: Loose) => key);
    const all = `name=${encodeURIComponent(name)}`;
    await awaitUntil('both are listed', async () => (await keys(all, user)).length === 2);
    expect(await keys(all, user)).toEqual(['open', 'done']);
    expect(await keys(`${all}&state=waiting`, user)).toEqual(['open']);
    expect(await keys(`${all}&state=stopped`, user)).toEqual(['done']);
    expect(await keys(`${all}&key=done`, user)).toEqual(['done']);
    expect(await keys(all, EVE)).toEqual([]);
    expect(await keys(all, as('otto', 'operator'))).toEqual(['open', 'done']);
    expect(problemOf(await get('/api/waits?state=odd'))).toEqual([400, 'invalid-request']);
    const [page] = [await get(`/api/waits?${all}&limit=1`, user)];
    expect((await get(page.body._links.next.href, user)).body._embedded.waits).toMatchObject([
      { key: 'done' },
    ]);
    expect((await get('/api/')).body._links.wait.href).toBe('/api/waits/{name}/{key}');
  });
});

describe('the result', () => {
  test('is 202 while it waits, at once or after the time that one gives', async () => {
    const at = await started();
    const [cost, now] = await costOf(() => get(`${at}/result`));
    expect([now.status, now.body.state, cost]).toEqual([
      202,
      'waiting',
      ['describeWorkflowExecution'],
    ]);
    const begun = Date.now();
    expect((await get(`${at}/result?wait=1s`)).status).toBe(202);
    expect(Date.now() - begun).toBeGreaterThan(900);
    expect(problemOf(await get(`${at}/result?wait=long`))).toEqual([400, 'invalid-request']);
    expect(problemOf(await get(`${place()}/result?wait=20s`))).toEqual([404, 'not-found']);
    await post(`${at}/stop`);
  });

  test('comes to all who wait for it as soon as it is there: one poll, no update', async () => {
    const at = await started();
    calls.length = 0;
    const waiting = Array.from({ length: 20 }, () => get(`${at}/result?wait=30s`));
    await awaitUntil('the poll', () => calls.includes('getWorkflowExecutionHistory'));
    await awaitUntil(
      'all have looked',
      () => calls.filter((one) => /describe/.test(one)).length === 20,
    );
    expect(calls.filter((one) => one === 'getWorkflowExecutionHistory')).toHaveLength(1);
    expect(calls).not.toContain('updateWorkflowExecution');
    const sent = Date.now();
    await post(`${at}/events/shipment`, 'here');
    const answers = await Promise.all(waiting);
    expect(Date.now() - sent).toBeLessThan(5_000);
    for (const { status, body } of answers)
      expect([status, body.events[0].data]).toEqual([200, 'here']);
  });
});

describe('over the network', async () => {
  const origin = await harness.app.listen({ port: 0, host: '127.0.0.1' });
  const polls = () => calls.filter((one) => one === 'getWorkflowExecutionHistory').length;

  test('a client that goes away is not waited for any more', async () => {
    const at = await started();
    calls.length = 0;
    const gone = new AbortController();
    const asked = fetch(`${origin}${at}/result?wait=60s`, { signal: gone.signal });
    await awaitUntil('the poll', () => polls() === 1);
    gone.abort();
    await expect(asked).rejects.toThrow(/abort/);
    // Whoever asks now would share its poll, were that still there.
    await awaitUntil('a poll of its own', async () => {
      expect((await get(`${at}/result?wait=50ms`)).status).toBe(202);
      return polls() > 1;
    });
    await post(`${at}/stop`);
  });

  test('started with a body straight after the end: the one before makes room', async () => {
    const at = place();
    const send = (path: string) =>
      fetch(`${origin}${at}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: '{}',
      });
    for (let i = 0; i < 5; i += 1) {
      expect((await send('')).status).toBe(201);
      expect((await send('/stop')).status).toBe(200);
    }
  });

  test('a gateway that closes answers those who wait', async () => {
    const its: string[] = [];
    const other = await startHarness({ worker: false, onGrpc: (method) => void its.push(method) });
    const there = await other.app.listen({ port: 0, host: '127.0.0.1' });
    const at = place();
    await other.app.inject({ method: 'POST', url: at });
    const asked = fetch(`${there}${at}/result?wait=60s`);
    await awaitUntil('the poll', () => its.includes('getWorkflowExecutionHistory'));
    await other.app.close();
    expect([202, 503]).toContain((await asked).status);
  });

  test('one that stays is told also after more than Temporal holds one call for, 20 s', async () => {
    const at = await started({ timeout: '22s' });
    const answer = await fetch(`${origin}${at}/result?wait=60s`);
    expect([answer.status, ((await answer.json()) as Loose).state]).toEqual([200, 'expired']);
  }, 40_000);
});

test('one that was terminated in Temporal says so', async () => {
  const at = await started();
  const key = at.split('/').at(-1);
  await client.workflow.getHandle(`wait:shipment:${key}`).terminate('behind our back');
  expect((await get(at)).body).toMatchObject({ state: 'terminated' });
  expect(await resultOf(at)).toMatchObject({ state: 'terminated', events: [] });
  expect(problemOf(await post(`${at}/stop`))).toEqual([409, 'wrong-state']);
  // And the key can be used again.
  await started({}, at);
});

test('an unusable start by the CLI is told by its key', async () => {
  const at = place('cli');
  const workflowId = `wait:cli:${at.split('/').at(-1)}`;
  const handle = await client.workflow.start('wait', {
    workflowId,
    taskQueue,
    args: [{ mode: 7 }],
  });
  await expect(handle.result()).rejects.toMatchObject({ cause: { type: 'invalid-data' } });
  const { body } = await get(at, as('otto', 'operator'));
  expect(body).toMatchObject({ state: 'failed', key: at.split('/').at(-1) });
  expect(body.customStatus).toContain('/mode is more events');
});
