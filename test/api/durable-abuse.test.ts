/** What the management API makes of filters and tokens that are none, and of clients that race or repeat themselves. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { awaitUntil } from '../support/await-until.ts';
import { dialectOf, type Answer } from '../support/dialect.ts';
import { failure, MESSAGES, titled } from '../support/dialect-wire.ts';
import { call, startHarness, type GrpcObserver, type Loose } from '../support/harness.ts';

const grpc: { readonly method: string; readonly request: Loose }[] = [];
/** What Temporal is asked instead. */
let instead: GrpcObserver = () => undefined;
const harness = await startHarness({
  durable: { DURABLE_FUNCTIONS: `Nowhere=Nowhere@nobody-${randomUUID()}` },
  onGrpc: (method, request) => {
    grpc.push({ method, request });
    return instead(method, request);
  },
});
const { client } = harness;
const { send, start, raise, ended } = dialectOf(harness);

const TOKEN = 'x-ms-continuation-token';
const decided = (decision: string) => [`Your project design proposal has been -  ${decision}!`];
const idsOf = ({ status, text, body }: Answer): string[] => {
  expect(status, text).toBe(200);
  return body.map(({ instanceId }: Loose) => instanceId).toSorted();
};
const list = (query: string, token?: string) =>
  send('GET', `instances?${query}`, undefined, token === undefined ? {} : { [TOKEN]: token });
const terminate = (id: string) => send('POST', `instances/${id}/terminate`);
/** Whatever is answered. */
const tryRaise = (id: string, event: string, data: unknown) =>
  send('POST', `instances/${id}/raiseEvent/${event}`, JSON.stringify(data));
const purge = (id: string) => send('DELETE', `instances/${id}`);

/** Three of ours, and a workflow of the same prefix that is none of the hub. */
const mark = `a${randomUUID().slice(0, 8)}-`;
const OURS = ['done', 'failed', 'open'].map((name) => `${mark}${name}`);
const FOREIGN = `${mark}foreign`;
const since = encodeURIComponent(new Date().toISOString());
beforeAll(async () => {
  await client.workflow.start('Other', { workflowId: FOREIGN, taskQueue: `other-${mark}` });
  await start('ApprovalTexts', null, `${mark}done`);
  await start('OrchFunction', { timeout: 'soon' }, `${mark}failed`);
  await start('OrchFunction', { timeout: 'PT1H' }, `${mark}open`);
  await ended(`${mark}done`);
  await ended(`${mark}failed`);
  await awaitUntil('all are listed', async () => {
    const answer = await list(`instanceIdPrefix=${mark}&runtimeStatus=Completed,Failed,Running`);
    return idsOf(answer).length === OURS.length;
  });
});
afterAll(async () => {
  for (const id of [FOREIGN, `${mark}open`]) await client.workflow.getHandle(id).terminate();
});

describe('39: filters are data', () => {
  const NOBODY = [
    "' OR 1=1 --",
    "' OR '1'='1",
    `${mark}' OR TaskQueue != '`,
    `${mark}') OR (WorkflowId != '`,
    `${mark}'' OR ''1''=''1`,
    `${mark}\\' OR 1=1 --`,
    `${mark}" OR "1"="1`,
    `${mark}%`,
    `${mark.slice(0, -1)}_`,
    `${mark}*`,
    `${mark}\0`,
    `${mark}\u2019 OR 1=1`,
    `${mark}\uFF07 OR 1=1`,
    `${mark} `,
    ` ${mark}`,
    mark.toUpperCase(),
    '\\',
    "'",
    '"',
    '😀'.repeat(100),
    '漢'.repeat(1_000),
    'x'.repeat(10_000),
    "' STARTS_WITH '",
    '`ExecutionStatus`',
    '/**/',
    ';',
    '\n',
  ];
  test.each(titled(NOBODY))('no id begins with %j', async (_what, prefix) => {
    expect(idsOf(await list(`instanceIdPrefix=${encodeURIComponent(prefix)}`))).toEqual([]);
  });

  test('an empty prefix is none, and there is nothing in any list that is not of the hub', async () => {
    for (const query of ['top=1000', 'top=1000&instanceIdPrefix='])
      expect(idsOf(await list(query))).toEqual(expect.arrayContaining(OURS));
    for (const query of ['top=1000', `instanceIdPrefix=${mark}`, 'runtimeStatus=Running,Pending'])
      expect(idsOf(await list(query))).not.toContain(FOREIGN);
    expect(idsOf(await list(`instanceIdPrefix=${FOREIGN}`))).toEqual([]);
  });

  test.each([
    ["runtimeStatus=Failed' OR '1'='1", OURS],
    ["runtimeStatus=Failed') OR (TaskQueue != '", OURS],
    [`runtimeStatus=Failed&runtimeStatus=x' OR '1'='1`, [`${mark}failed`]],
    ['runtimeStatus=Failed,%00,__proto__,constructor', [`${mark}failed`]],
    ['runtimeStatus=__proto__', OURS],
    ['runtimeStatus=,,,', OURS],
    ['runtimeStatus=99,-1,1e0', OURS],
    ['runtimeStatus=3', [`${mark}failed`]],
    [`runtimeStatus=${'Failed,'.repeat(20)}`, [`${mark}failed`]],
    ["createdTimeFrom=2999-01-01' OR '1'='1", OURS],
    ["createdTimeFrom=2999-01-01T00:00:00Z') OR (TaskQueue != '", OURS],
    ["createdTimeTo=2000-01-01' OR StartTime > '2000-01-01", OURS],
    ["createdTimeTo=2000-01-01T00:00:00Z%00' OR '1'='1", OURS],
    ['createdTimeTo=2000-01-01T00:00:00%2B99:99', OURS],
  ])('%s', async (query, ids) => {
    const answer = await list(`instanceIdPrefix=${mark}&${query.replaceAll(' ', '%20')}`);
    expect(idsOf(answer)).toEqual(ids);
  });

  test('nothing is purged by an injection', async () => {
    for (const query of [
      "createdTimeFrom=2000-01-01' OR '1'='1",
      'createdTimeFrom=',
      'createdTimeFrom=never',
      "createdTimeFrom=' OR 1=1 --",
    ]) {
      const { status, body } = await send('DELETE', `instances?${query.replaceAll(' ', '%20')}`);
      expect([status, body]).toEqual([
        400,
        "Please provide value for 'createdTimeFrom' parameter.",
      ]);
    }
    for (const query of [
      "createdTimeFrom=2999-01-01&createdTimeTo=2999-01-01' OR '1'='1",
      `createdTimeFrom=${since}&createdTimeTo=2000-01-01&runtimeStatus=Failed`,
      `createdTimeFrom=${since}&runtimeStatus=Canceled&runtimeStatus=Failed' OR '1'='1`,
      `createdTimeFrom=${since}&runtimeStatus=Running,Pending,Suspended,ContinuedAsNew`,
    ]) {
      const { status, text } = await send('DELETE', `instances?${query.replaceAll(' ', '%20')}`);
      expect([query, status, text]).toEqual([query, 404, '']);
    }
    expect(idsOf(await list(`instanceIdPrefix=${mark}`))).toEqual(OURS);
  });
});

describe('40: continuation tokens', () => {
  const FILTER = `instanceIdPrefix=${mark}`;
  let token = '';
  beforeAll(async () => {
    token = (await list(`${FILTER}&top=1`)).headers[TOKEN];
    expect(token).not.toBe('');
  });
  /** At once, because Temporal is not asked: it would take 19 s over it. */
  async function refused(query: string, given: string): Promise<void> {
    grpc.length = 0;
    const { status, headers, body } = await list(query, given);
    expect([status, body]).toEqual([400, failure(expect.any(String))]);
    expect(headers).not.toHaveProperty(TOKEN);
    expect(grpc).toEqual([]);
  }

  test('one is good for its list as often as it is shown, with any top', async () => {
    const seen = idsOf(await list(`${FILTER}&top=1`));
    for (const query of [`${FILTER}&top=9`, `top=9&showInput=false&${FILTER}`])
      expect([...seen, ...idsOf(await list(query, token))].toSorted()).toEqual(OURS);
    expect(idsOf(await list(`${FILTER}&top=9`, '')), 'an empty one is none').toEqual(OURS);
  });

  test('with any byte changed it is none', async () => {
    const bytes = Buffer.from(token, 'base64url');
    for (const at of bytes.keys()) {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ 1;
      await refused(FILTER, changed.toString('base64url'));
    }
  });

  test.each([
    ['cut', (given: string) => given.slice(0, -4)],
    ['cut in front', (given: string) => given.slice(4)],
    ['the signature alone', (given: string) => given.slice(0, 21)],
    ['in capitals', (given: string) => given.toUpperCase()],
    ['twice', (given: string) => given + given],
    ['twice, as headers are joined', (given: string) => `${given}, ${given}`],
    ['encoded once more', (given: string) => Buffer.from(given).toString('base64url')],
    ['with something behind', (given: string) => `${given}!`],
    ['garbage', () => 'garbage'],
    ['null', () => 'null'],
    ['JSON', () => '{"place":0}'],
    ['zeros', () => Buffer.alloc(200).toString('base64url')],
    ['10,000 characters', () => 'A'.repeat(10_000)],
    ['what Temporal takes for one', (given: string) => given.slice(22)],
  ])('%s: none', async (_what, of) => {
    await refused(FILTER, of(token));
  });

  test.each([
    ['', 'no filter'],
    [`${FILTER}x`, 'another prefix'],
    [`${FILTER}&runtimeStatus=Failed`, 'a status more'],
    [`${FILTER}&runtimeStatus=ContinuedAsNew`, 'a status that nothing can have'],
    [`${FILTER}&createdTimeFrom=2000-01-01`, 'a time more'],
  ])('%s: of a list with %s it is none', async (query) => {
    await refused(query, token);
  });

  test('of another list of ours it is none, and none of theirs is one here', async () => {
    const headers = { 'x-user': `owner-${mark}` };
    const made: string[] = [];
    for (let i = 0; i < 2; i += 1) {
      const body = { type: 'employee-onboarding' };
      const created = await call(harness, 'POST', '/api/documents', body, headers);
      expect(created.status, created.text).toBe(201);
      made.push(`document:${created.body.id}`);
    }
    const documents = `/api/documents?owner=owner-${mark}&limit=1`;
    const cursor = await awaitUntil('there is a second page', async () => {
      const { body } = await call(harness, 'GET', documents, undefined, headers);
      const next = body._links.next?.href;
      return next && new URL(next, 'http://localhost').searchParams.get('cursor');
    });
    await refused(FILTER, cursor);
    const theirs = await call(harness, 'GET', `${documents}&cursor=${token}`, undefined, headers);
    expect(theirs).toMatchObject({ status: 400, body: { code: 'invalid-request' } });

    instead = (method, request) =>
      method === 'listWorkflowExecutions' ? { ...request, pageSize: 1 } : undefined;
    const instances = await call(harness, 'GET', '/Onboarding/GetInstances');
    instead = () => undefined;
    const original = String(instances.headers[TOKEN]);
    expect(original).not.toBe('');
    await refused(FILTER, original);
    const back = { [TOKEN]: token };
    const refusedThere = await call(harness, 'GET', '/Onboarding/GetInstances', undefined, back);
    expect(refusedThere).toMatchObject({ status: 400, body: { code: 'invalid-request' } });
    for (const id of made) expect((await terminate(id)).status).toBe(202);
  });
});

describe('41: numbers and times beyond all measure', () => {
  const FILTER = `instanceIdPrefix=${mark}`;

  test.each([
    ['top=0', 100],
    ['top=-1', 100],
    ['top=1e9', 100],
    ['top=NaN', 100],
    ['top=Infinity', 100],
    ['top=1.5', 100],
    ['top=', 100],
    ['top=%00', 100],
    ['top=3&top=4', 100],
    ['top=999999999', 1_000],
  ])('%s is a page of %s', async (query, size) => {
    grpc.length = 0;
    const answer = await list(`${FILTER}&${query}`);
    expect(idsOf(answer)).toEqual(OURS);
    expect(answer.headers[TOKEN]).toBe('');
    expect(grpc[0]?.request.pageSize).toBe(size);
  });

  test('one that no machine counts to is a page like any other', async () => {
    for (const top of ['2147483648', '9007199254740993', '9'.repeat(5_000)]) {
      grpc.length = 0;
      expect(idsOf(await list(`${FILTER}&top=${top}`))).toEqual(OURS);
      expect(grpc[0]?.request.pageSize).toBeLessThanOrEqual(1_000);
    }
  });

  test.each<[query: string, ids: readonly string[]]>([
    ['createdTimeFrom=2030-01-01&createdTimeTo=2020-01-01', []],
    [`createdTimeFrom=${since}&createdTimeTo=${since}`, []],
    // The least and the most that .NET has.
    ['createdTimeFrom=0001-01-01T00:00:00.0000000Z', OURS],
    ['createdTimeTo=9999-12-31T23:59:59.9999999Z', OURS],
    ['createdTimeTo=0001-01-01T00:00:00Z', []],
    ['createdTimeFrom=9999-12-31T23:59:59.9999999Z', []],
    // Nanoseconds since 1970 end in 2262.
    ['createdTimeTo=2262-04-12T00:00:00Z', OURS],
    ['createdTimeFrom=2262-04-12T00:00:00Z', []],
    ['createdTimeFrom=1677-09-20T00:00:00Z', OURS],
    ['createdTimeFrom=1969-12-31T23:59:59Z&createdTimeTo=2100-01-01', OURS],
    ['createdTimeFrom=%2B275760-09-13T00:00:00Z', OURS],
    ['createdTimeFrom=99999999999999', OURS],
  ])('%s', async (query, ids) => {
    expect(idsOf(await list(`${FILTER}&${query}`))).toEqual(ids);
  });

  test('a purge of no time at all purges nothing', async () => {
    for (const query of [
      'createdTimeFrom=2030-01-01&createdTimeTo=2020-01-01',
      'createdTimeFrom=9999-12-31T23:59:59Z',
      'createdTimeFrom=0001-01-01&createdTimeTo=0001-01-01',
    ]) {
      const { status, text } = await send('DELETE', `instances?${query}`);
      expect([status, text]).toEqual([404, '']);
    }
  });

  test.each([
    'timeout=-1&pollingInterval=-1',
    'timeout=NaN&pollingInterval=NaN',
    'timeout=&pollingInterval=',
    'timeout=0&pollingInterval=0',
    'timeout=1,5&pollingInterval=1',
    'timeout=0.0000001&pollingInterval=0.0000001',
  ])('%s is no wait', async (query) => {
    const input = '{"timeout":"PT1H"}';
    const { status, body } = await send('POST', `orchestrators/OrchFunction?${query}`, input);
    expect(status).toBe(202);
    expect((await terminate(body.id)).status).toBe(202);
  });
});

describe('71: races and repetitions', () => {
  test('of twenty starts under one id one starts it; after its end the id is free', async () => {
    const id = randomUUID();
    const input = '{"timeout":"PT1H"}';
    const again = () => send('POST', `orchestrators/OrchFunction/${id}`, input);
    const answers = await Promise.all(Array.from({ length: 20 }, again));
    const [started, ...others] = answers.toSorted((a, b) => a.status - b.status);
    expect(started?.status).toBe(202);
    const told = expect.stringMatching(/with the status (Pending|Running) already exists/);
    for (const { status, body } of others)
      expect([status, body]).toEqual([500, failure(MESSAGES.internal, told)]);
    await raise(id, 'Approval', true);
    expect((await ended(id)).output).toEqual(decided('Approved'));

    await start('OrchFunction', { timeout: 'PT1H', round: 2 }, id);
    const { body } = await send('GET', `instances/${id}`);
    expect(body).toMatchObject({ input: { round: 2 }, output: null });
    await raise(id, 'Approval', false);
    expect((await ended(id)).output).toEqual(decided('Rejected'));
    await awaitUntil('it is listed once', async () => {
      const { body: rows } = await list(`instanceIdPrefix=${id}`);
      return rows.length === 1 && rows[0].input.round === 2;
    });
  });

  test('an event right behind its start is never lost', async () => {
    const ids = await Promise.all(
      Array.from({ length: 20 }, async (_, i) => {
        const id = await start('OrchFunction', { timeout: 'PT1H' });
        await raise(id, 'Approval', i % 2 === 0);
        return id;
      }),
    );
    for (const [i, id] of ids.entries())
      expect((await ended(id)).output).toEqual(decided(i % 2 === 0 ? 'Approved' : 'Rejected'));
  });

  test(
    'a hundred events arrive in their order, and at once each of them',
    { timeout: 60_000 },
    async () => {
      const id = `order${randomUUID()}`;
      await start('StartWorkflow', { title: 'Ada' }, id);
      const comment = (text: string) => tryRaise(id, 'command', { kind: 'comment', text });
      const inOrder = Array.from({ length: 100 }, (_, i) => `in order ${i}`);
      for (const text of inOrder) expect((await comment(text)).status).toBe(202);
      const atOnce = Array.from({ length: 100 }, (_, i) => `at once ${i}`);
      const answers = await Promise.all(atOnce.map(comment));
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]));

      const texts = await awaitUntil('all are in its history', async () => {
        const { body } = await send('GET', `instances/${id}?showHistory=true`);
        const raised = (body.historyEvents ?? []).filter(({ Name }: Loose) => Name === 'command');
        return raised.length === 200 && raised.map(({ Input }: Loose) => Input.text);
      });
      expect(texts.slice(0, 100)).toEqual(inOrder);
      expect(texts.slice(100).toSorted()).toEqual(atOnce.toSorted());
      const taken = await awaitUntil('all are taken in', async () => {
        const at = `/api/documents/${id}/history?limit=500`;
        const { body } = await call(harness, 'GET', at);
        const entries = body._embedded.entries.filter(
          ({ command }: Loose) => command === 'comment',
        );
        return entries.length === 200 && entries;
      });
      expect(taken.map(({ reason }: Loose) => reason)).toEqual(texts);
      expect(taken.every(({ accepted }: Loose) => accepted)).toBe(true);
      expect((await terminate(id)).status).toBe(202);
      await ended(id);
    },
  );

  test('terminated twice is 202, then 410; of many at once nobody is told that it never was', async () => {
    const twice = await start('OrchFunction', { timeout: 'PT1H' });
    expect([(await terminate(twice)).status, (await terminate(twice)).status]).toEqual([202, 410]);
    const many = await start('OrchFunction', { timeout: 'PT1H' });
    const answers = await Promise.all(Array.from({ length: 10 }, () => terminate(many)));
    const statuses = answers.map(({ status }) => status);
    expect(statuses).toContain(202);
    expect(statuses.filter((status) => status !== 202 && status !== 410)).toEqual([]);
    expect((await ended(many)).runtimeStatus).toBe('Terminated');
  });

  test.each([
    ['terminateWorkflowExecution', (id: string) => terminate(id)],
    ['signalWorkflowExecution', (id: string) => tryRaise(id, 'Any', 1)],
  ])('%s of one that ends while it is looked for is 410', async (wanted, act) => {
    const [open, over] = [
      await start('OrchFunction', { timeout: 'PT1H' }),
      await start('ApprovalTexts'),
    ];
    await ended(over);
    // What Temporal answers then, without the luck that a race would take.
    instead = (method, request) =>
      method === wanted ? { ...request, workflowExecution: { workflowId: over } } : undefined;
    const { status, text } = await act(open);
    instead = () => undefined;
    await client.workflow.getHandle(open).terminate();
    expect([status, text]).toEqual([410, '']);
  });

  test('while it runs it is not purged; purged by many at once it is gone for all', async () => {
    const id = await start('OrchFunction', { timeout: 'PT1H' });
    const early = await purge(id);
    expect([early.status, early.body]).toEqual([412, failure(expect.any(String))]);
    await raise(id, 'Approval', true);
    await ended(id);
    const answers = await Promise.all(Array.from({ length: 10 }, () => purge(id)));
    for (const { status, body } of answers)
      expect([status, body]).toEqual(
        status === 200 ? [200, { instancesDeleted: 1 }] : [404, undefined],
      );
    expect(answers.map(({ status }) => status)).toContain(200);
    expect((await purge(id)).status).toBe(404);
    expect((await tryRaise(id, 'Approval', true)).status).toBe(404);
    // And the next one under its id is another one.
    await start('OrchFunction', { timeout: 'PT1H' }, id);
    expect((await send('GET', `instances/${id}`)).status).toBe(202);
    expect((await terminate(id)).status).toBe(202);
  });

  test('a wait ends with the end: with its status when it has failed, as 500 when that is asked', async () => {
    const wait = (path: string, input: unknown, more = '') =>
      send('POST', `${path}?timeout=10&pollingInterval=0.1${more}`, JSON.stringify(input));
    const failing = { timeout: 'soon' };
    const plain = await wait('orchestrators/OrchFunction', failing);
    expect([plain.status, plain.body.runtimeStatus]).toEqual([200, 'Failed']);
    const asked = '&returnInternalServerErrorOnFailure=true';
    const loud = await wait('orchestrators/OrchFunction', failing, asked);
    expect([loud.status, loud.body.runtimeStatus]).toEqual([500, 'Failed']);
    const again = await wait(`instances/${loud.body.instanceId}/restart`, null, asked);
    expect([again.status, again.body.runtimeStatus]).toEqual([500, 'Failed']);
    const fine = await wait('orchestrators/ApprovalTexts', null, asked);
    expect([fine.status, fine.body]).toEqual([200, expect.any(Array)]);
  });

  test('a wait ends when it is terminated meanwhile', async () => {
    const id = randomUUID();
    const waiting = send(
      'POST',
      `orchestrators/OrchFunction/${id}?timeout=15&pollingInterval=1`,
      '{"timeout":"PT1H"}',
    );
    await awaitUntil('it is there', async () => (await terminate(id)).status === 202);
    const { status, body } = await waiting;
    expect([status, body.runtimeStatus, body.output]).toEqual([200, 'Terminated', '']);
  });
});

test('after all this a worker still works', async () => {
  expect((await ended(await start('ApprovalTexts'))).output).toHaveLength(2);
  expect((await send('GET', `instances/${mark}open`)).status).toBe(202);
});
