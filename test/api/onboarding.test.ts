/** The first article's own routes, to the letter. */
import { afterAll, expect, test } from 'vitest';
import { awaitUntil } from '../support/await-until.ts';
import { call, feedback, SECTIONS, startHarness, type Loose } from '../support/harness.ts';

/** The page sizes that the gateway asked Temporal for; and the one that Temporal is asked for instead. */
const asked: unknown[] = [];
let pageSize: number | undefined;
const harness = await startHarness({
  onGrpc(method, request) {
    if (method !== 'listWorkflowExecutions') return undefined;
    asked.push(request['pageSize']);
    return pageSize === undefined ? request : { ...request, pageSize };
  },
});
const { client, taskQueue } = harness;

const METADATA = {
  title: 'Engineer',
  createdDate: '2024-05-01T10:00:00+02:00',
  creator: 'hr',
  applicationId: 'A-4711',
};

const start = (body?: unknown) => call(harness, 'POST', '/Onboarding/Start', body);

async function instances(): Promise<Loose[]> {
  const found: Loose[] = [];
  let token = '';
  do {
    const page = await call(harness, 'GET', '/Onboarding/GetInstances', undefined, {
      'x-ms-continuation-token': token,
    });
    expect(page.status).toBe(200);
    found.push(...page.body);
    token = String(page.headers['x-ms-continuation-token'] ?? '');
  } while (token !== '');
  return found;
}

/** All tests share the namespace, so each looks only for its own. */
const instance = (instanceId: string): Promise<Loose> =>
  awaitUntil('it is listed', async () =>
    (await instances()).find((one) => one.instanceId === instanceId),
  );

const open: string[] = [];
afterAll(async () => {
  await Promise.all(open.map((id) => client.workflow.getHandle(id).terminate()));
});

test('Start answers 202 with the URIs that Durable Functions clients know', async () => {
  const response = await harness.app.inject({
    method: 'POST',
    url: '/Onboarding/Start',
    headers: { host: 'localhost:7071', 'content-type': 'application/json' },
    payload: JSON.stringify(METADATA),
  });
  expect(response.statusCode).toBe(202);
  const body = response.json();
  const { id } = body;
  open.push(id);
  expect(id).toMatch(/^document:[0-9a-f]{32}$/);
  const base = `http://localhost:7071/runtime/webhooks/durabletask/instances/${encodeURIComponent(id)}`;
  const keys = `taskHub=${taskQueue}&connection=Storage&code=`;
  expect(body).toEqual({
    id,
    statusQueryGetUri: `${base}?${keys}`,
    sendEventPostUri: `${base}/raiseEvent/{eventName}?${keys}`,
    terminatePostUri: `${base}/terminate?reason={text}&${keys}`,
    rewindPostUri: `${base}/rewind?reason={text}&${keys}`,
    purgeHistoryDeleteUri: `${base}?${keys}`,
    restartPostUri: `${base}/restart?${keys}`,
    suspendPostUri: `${base}/suspend?reason={text}&${keys}`,
    resumePostUri: `${base}/resume?reason={text}&${keys}`,
  });
  expect(response.headers['location']).toBe(`${base}?${keys}`);
  expect(response.headers['retry-after']).toBe('10');
});

test('names are read in any case', async () => {
  const { body } = await start({ Title: 'Engineer', APPLICATIONID: 'A-1', Creator: 'hr' });
  open.push(body.id);
  const read = await call(harness, 'GET', `/api/documents/${body.id.slice(9)}`);
  expect(read.body).toMatchObject({
    title: 'Engineer',
    metadata: { title: 'Engineer', applicationId: 'A-1', creator: 'hr' },
  });
});

test.each([undefined, null])(
  'a start with the body %s is a start without metadata',
  async (none) => {
    const { status, body } = await start(none);
    open.push(body.id);
    expect(status).toBe(202);
    const read = await call(harness, 'GET', `/api/documents/${body.id.slice(9)}`);
    expect(read.body).toMatchObject({
      state: 'open',
      metadata: {},
      customStatus: 'Waiting for feedback',
    });
  },
);

test.each<[string, number, string, string]>([
  ['malformed JSON', 400, 'malformed-json', '{"title":'],
  ['an array', 400, 'invalid-request', '[]'],
  ['wrong metadata', 422, 'invalid-data', '{"title": 1}'],
])('Start refuses %s with %i', async (_what, status, code, payload) => {
  const response = await harness.app.inject({
    method: 'POST',
    url: '/Onboarding/Start',
    headers: { 'content-type': 'application/json' },
    payload,
  });
  expect(response.statusCode).toBe(status);
  expect(response.headers['content-type']).toContain('application/problem+json');
  expect(response.json()).toMatchObject({ code });
});

test('GetInstances shows what runs, as .NET serialises it, and only that', async () => {
  const { body } = await start(METADATA);
  const { id } = body;
  const waiting = await instance(id);
  expect(waiting).toEqual({
    name: 'StartWorkflow',
    instanceId: id,
    createdTime: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
    lastUpdatedTime: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
    input: METADATA,
    output: null,
    runtimeStatus: 0,
    customStatus: 'Waiting for feedback',
    history: null,
  });
  for (const section of SECTIONS) {
    const at = `/api/documents/${id.slice(9)}/events/${section}`;
    expect((await call(harness, 'POST', at, feedback)).status).toBe(202);
  }
  await awaitUntil('its status is shown', async () => {
    const one = (await instances()).find(({ instanceId }) => instanceId === id);
    return one?.customStatus === 'Awaiting submission';
  });
  await client.workflow.getHandle(id).signal('SubmissionApproval', true);
  expect(await client.workflow.getHandle(id).result()).toBe('Submitted: True');
  await awaitUntil('it is gone from the list', async () =>
    (await instances()).every(({ instanceId }) => instanceId !== id),
  );
  const read = await call(harness, 'GET', `/api/documents/${id.slice(9)}`);
  expect(read.body).toMatchObject({ state: 'approved', customStatus: 'Submitted document' });
});

test('one started by the CLI is listed with its input too', async () => {
  const workflowId = `document:cli-${taskQueue}`;
  await client.workflow.start('document', {
    workflowId,
    taskQueue,
    args: [{ type: 'employee-onboarding', metadata: { title: 'By hand' } }],
  });
  open.push(workflowId);
  expect(await instance(workflowId)).toMatchObject({
    name: 'document',
    runtimeStatus: 0,
    input: { type: 'employee-onboarding', metadata: { title: 'By hand' } },
  });
});

test.each(['nonsense', 'AAAA', '%00', 'x'.repeat(3_000)])(
  'a continuation token of somebody else is refused at once',
  async (token) => {
    const began = Date.now();
    const refused = await call(harness, 'GET', '/Onboarding/GetInstances', undefined, {
      'x-ms-continuation-token': token,
    });
    expect(refused).toMatchObject({ status: 400, body: { code: 'invalid-request' } });
    expect(Date.now() - began).toBeLessThan(500);
  },
);

test('more than a page comes in pages of 1,000, none missing and none twice', async () => {
  const ids = await Promise.all(
    Array.from({ length: 5 }, async () => (await start(METADATA)).body.id as string),
  );
  open.push(...ids);
  await awaitUntil('all are listed', async () => {
    const found = new Set((await instances()).map(({ instanceId }) => instanceId));
    return ids.every((id) => found.has(id));
  });
  asked.length = 0;
  const pages: string[][] = [];
  let token = '';
  try {
    // A thousand starts would take ten seconds; the list is the same with pages of two.
    pageSize = 2;
    do {
      const page = await call(harness, 'GET', '/Onboarding/GetInstances', undefined, {
        'x-ms-continuation-token': token,
      });
      expect(page.status).toBe(200);
      pages.push(page.body.map(({ instanceId }: Loose) => instanceId));
      token = String(page.headers['x-ms-continuation-token']);
    } while (token !== '');
  } finally {
    pageSize = undefined;
  }
  expect(new Set(asked)).toEqual(new Set([1_000]));
  expect(asked, 'one visibility call a page').toHaveLength(pages.length);
  expect(pages.length).toBeGreaterThanOrEqual(3);
  const found = pages.flat();
  expect(new Set(found).size).toBe(found.length);
  expect(found.filter((id) => ids.includes(id)).toSorted()).toEqual(ids.toSorted());
});
