/** Every route of documents with every status that it documents; and every answer fits the OpenAPI document. */
import { randomUUID } from 'node:crypto';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { orThrow } from '../../src/api/documents/service.ts';
import { documentTypes, loadDocumentTypes, parseDocumentType } from '../../src/document-types.ts';
import { awaitUntil } from '../support/await-until.ts';
import {
  call as rawCall,
  feedback,
  SECTIONS,
  startHarness,
  type Loose,
} from '../support/harness.ts';

const review = orThrow(
  parseDocumentType({
    name: 'review',
    version: 1,
    title: 'Review',
    sections: {
      Draft: { title: 'Draft', schema: { type: 'object' }, fill: ['role:author'] },
      Note: { title: 'Note', schema: { type: 'object' }, required: false },
    },
    approval: { stages: [{ name: 'boss', approvers: ['user:boss'] }] },
  }),
);
const big = orThrow(
  parseDocumentType({
    name: 'big',
    version: 1,
    title: 'Big',
    sections: Object.fromEntries(
      ['A', 'B', 'C', 'D', 'E', 'F'].map((name) => [
        name,
        { title: name, schema: { type: 'object' } },
      ]),
    ),
    approval: { stages: [{ name: 'any', approvers: ['anyone'] }] },
  }),
);
/** The gRPC calls of the gateway since somebody last emptied it. */
const calls: string[] = [];
const own = await loadDocumentTypes('document-types');
const harness = await startHarness({
  documentTypes: documentTypes([...own.all, review, big]),
  onGrpc: (method) => void calls.push(method),
});
const { client, taskQueue } = harness;

type Answer = Awaited<ReturnType<typeof rawCall>>;
let openapi: Loose;
const ajv = addFormats.default(new Ajv2020({ strict: false, allErrors: true }));
beforeAll(async () => {
  openapi = (await rawCall(harness, 'GET', '/api/openapi.json')).body;
  ajv.addSchema({ $id: 'openapi', ...openapi });
});

/** A request whose answer must be one that the OpenAPI document promises. */
const call: typeof rawCall = async (from, method, url, body, headers) => {
  const answer = await rawCall(from, method, url, body, headers);
  conform(method, url, answer);
  return answer;
};

function conform(method: string, url: string, { status, headers, body }: Answer): void {
  const [path = ''] = url.split('?');
  const template = Object.keys(openapi.paths).find((one) =>
    new RegExp(`^${one.replaceAll(/\{\w+\}/g, '[^/]+')}/?$`).test(path),
  );
  const operation = template && openapi.paths[template][method.toLowerCase()];
  if (!operation) return;
  const promised = operation.responses[status];
  expect(promised, `${method} ${template} does not document ${status}`).toBeDefined();
  const [type] = String(headers['content-type'] ?? '').split(';');
  if (body === undefined) return;
  expect(Object.keys(promised.content ?? {}), `${method} ${template} ${status}`).toContain(type);
  const pointer = [
    'paths',
    template,
    method.toLowerCase(),
    'responses',
    String(status),
    'content',
    type,
    'schema',
  ]
    .map((part) => encodeURIComponent(String(part).replaceAll('~', '~0').replaceAll('/', '~1')))
    .join('/');
  const validate = ajv.compile({ $ref: `openapi#/${pointer}` });
  validate(body);
  expect(validate.errors ?? [], `${method} ${url} ${status}`).toEqual([]);
}

const ONBOARDING = { type: 'employee-onboarding', metadata: { title: 'Ada', creator: 'hr' } };

async function create(
  body: object = ONBOARDING,
  headers = {},
): Promise<{ id: string; at: string }> {
  const { status, body: made } = await call(harness, 'POST', '/api/documents', body, headers);
  expect(status).toBe(201);
  return { id: made.id, at: `/api/documents/${made.id}` };
}

async function complete(at: string): Promise<void> {
  for (const section of SECTIONS) {
    expect((await call(harness, 'PUT', `${at}/sections/${section}`, feedback)).status).toBe(200);
  }
}

async function approved(): Promise<{ id: string; at: string }> {
  const made = await create();
  await complete(made.at);
  expect((await call(harness, 'POST', `${made.at}/approve`)).status).toBe(200);
  await client.workflow.getHandle(`document:${made.id}`).result();
  return made;
}

const problemOf = (answer: Answer): [number, string] => [answer.status, answer.body?.code];

describe('POST /api/documents', () => {
  test('201 with Location, ETag and the document', async () => {
    const made = await call(
      harness,
      'POST',
      '/api/documents',
      { ...ONBOARDING, sections: { InterviewFeedback: feedback } },
      { 'x-user': 'ann' },
    );
    expect(made.status).toBe(201);
    expect(made.headers.location).toBe(`/api/documents/${made.body.id}`);
    expect(made.headers.etag).toBe('"1"');
    expect(made.body.id).toMatch(/^[0-9a-f]{32}$/);
    expect(made.body).toMatchObject({
      type: 'employee-onboarding',
      state: 'open',
      version: 1,
      owner: 'ann',
      title: 'Ada',
      customStatus: 'Interview feedback collected',
      progress: {
        done: 1,
        total: 3,
        missing: SECTIONS.slice(1),
        percent: 33,
      },
      sections: {
        InterviewFeedback: {
          state: 'filled',
          filledBy: 'ann',
          data: feedback,
        },
      },
    });
    const read = await call(harness, 'GET', made.headers.location as string, undefined, {
      'x-user': 'ann',
    });
    expect(read.body, 'the workflow has the very document that was answered').toEqual(made.body);
  });

  test('409 for an id in use: open, closed, and verbatim from the CLI', async () => {
    const { id } = await create({ ...ONBOARDING, id: `mine-${randomUUID()}` });
    const again = (one: string) =>
      call(harness, 'POST', '/api/documents', { ...ONBOARDING, id: one });
    expect(problemOf(await again(id))).toEqual([409, 'already-exists']);
    await call(harness, 'POST', `/api/documents/${id}/cancel`);
    await client.workflow.getHandle(`document:${id}`).result();
    expect(problemOf(await again(id))).toEqual([409, 'already-exists']);
    const verbatim = `cli-${randomUUID()}`;
    const handle = await client.workflow.start('document', {
      workflowId: verbatim,
      taskQueue,
      args: [ONBOARDING],
    });
    await awaitUntil(
      'it knows its kind',
      async () => (await handle.query<Loose>('status')).state === 'open',
    );
    expect(problemOf(await again(verbatim))).toEqual([409, 'already-exists']);
    const read = await call(harness, 'GET', `/api/documents/${verbatim}`);
    expect(read.body).toMatchObject({ id: verbatim, owner: 'operator' });
  });

  test('50 at once with one id: one 201', async () => {
    const id = randomUUID();
    const answers = await Promise.all(
      Array.from({ length: 50 }, () =>
        call(harness, 'POST', '/api/documents', { ...ONBOARDING, id }),
      ),
    );
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([
      201,
      ...Array(49).fill(409),
    ]);
  });

  test.each<[string, unknown, number, string, string | undefined]>([
    ['unknown type', { type: 'nope' }, 422, 'unknown-type', '/type'],
    [
      'wrong metadata',
      { ...ONBOARDING, metadata: { title: 1 } },
      422,
      'invalid-data',
      '/metadata/title',
    ],
    [
      'wrong section',
      { ...ONBOARDING, sections: { ContractFeedback: { feedback: 'x' } } },
      422,
      'invalid-data',
      '/sections/ContractFeedback/isPassed',
    ],
    ['no type', {}, 400, 'invalid-request', '/type'],
    ['unknown member', { ...ONBOARDING, state: 'approved' }, 400, 'invalid-request', '/state'],
    ['bad id', { ...ONBOARDING, id: 'a/b' }, 400, 'invalid-request', '/id'],
    ['array', [], 400, 'invalid-request', ''],
    [
      'sections of a wrong type',
      { ...ONBOARDING, sections: { ContractFeedback: 1 } },
      400,
      'invalid-request',
      '/sections/ContractFeedback',
    ],
  ])('%s', async (_what, body, status, code, pointer) => {
    const answer = await call(harness, 'POST', '/api/documents', body);
    expect(problemOf(answer)).toEqual([status, code]);
    expect(answer.body.errors.map((error: Loose) => error.pointer)).toContain(pointer);
  });

  test('404 for an unknown section', async () => {
    const answer = await rawCall(harness, 'POST', '/api/documents', {
      ...ONBOARDING,
      sections: { X: {} },
    });
    expect(problemOf(answer)).toEqual([404, 'unknown-section']);
    expect(openapi.paths['/api/documents'].post.responses[404], 'documented').toBeDefined();
  });

  test.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'application/json; charset=utf-16',
    'multipart/form-data; boundary=x',
  ])('415 for %s', async (type) => {
    const answer = await call(harness, 'POST', '/api/documents', ONBOARDING, {
      'content-type': type,
    });
    expect(problemOf(answer)).toEqual([415, 'unsupported-media-type']);
  });

  test('413: a section, a document, a body; the largest over real HTTP within a second', async () => {
    const text = (bytes: number): object => ({ text: 'x'.repeat(bytes) });
    const tooLarge = await call(harness, 'POST', '/api/documents', {
      type: 'review',
      sections: { Draft: text(256 * 1024) },
    });
    expect(problemOf(tooLarge)).toEqual([413, 'too-large']);
    const metadata = { type: 'big', metadata: text(256 * 1024) };
    expect(problemOf(await call(harness, 'POST', '/api/documents', metadata))).toEqual([
      413,
      'too-large',
    ]);
    const quarters = Object.fromEntries(['A', 'B', 'C', 'D'].map((name) => [name, text(250_000)]));
    const grown = await create({ type: 'big', sections: quarters });
    const fill = (bytes: number) => call(harness, 'PUT', `${grown.at}/sections/E`, text(bytes));
    expect((await fill(40_000)).status).toBe(200);
    expect(problemOf(await fill(80_000))).toEqual([413, 'too-large']);
    expect((await call(harness, 'GET', grown.at)).body.version).toBe(2);

    const base = await harness.app.listen({ host: '127.0.0.1', port: 0 });
    for (const size of [2_100_000, 4_500_000]) {
      const began = Date.now();
      const answer = await fetch(`${base}/api/documents`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ ...ONBOARDING, title: 'x'.repeat(size) }),
      });
      expect(answer.status).toBe(413);
      expect(((await answer.json()) as Loose).code).toBe('too-large');
      expect(Date.now() - began).toBeLessThan(1_000);
    }
  });
});

describe('PUT /api/documents/{id}/sections/{section}', () => {
  test('200 with the new ETag and the document without data; whole when asked for', async () => {
    const { at } = await create();
    const filled = await call(harness, 'PUT', `${at}/sections/InterviewFeedback`, feedback, {
      'x-user': 'ivo',
    });
    expect(filled.headers.etag).toBe('"2"');
    expect(filled.body).toMatchObject({
      version: 2,
      sections: { InterviewFeedback: { state: 'filled', filledBy: 'ivo' } },
    });
    expect(filled.text).not.toContain('Convincing');
    const whole = await call(harness, 'PUT', `${at}/sections/ContractFeedback`, feedback, {
      prefer: 'return=representation',
    });
    expect(whole.headers['preference-applied']).toBe('return=representation');
    expect(whole.body.sections.InterviewFeedback.data).toEqual(feedback);
    const again = await call(harness, 'PUT', `${at}/sections/ContractFeedback`, feedback);
    expect([again.status, again.headers.etag], 'the same again changes nothing').toEqual([
      200,
      '"3"',
    ]);
  });

  test('202 with Prefer: respond-async', async () => {
    const { at } = await create();
    const sent = await call(harness, 'PUT', `${at}/sections/InterviewFeedback`, feedback, {
      prefer: 'respond-async',
    });
    expect([sent.status, sent.text]).toEqual([202, '']);
    expect(sent.headers).toMatchObject({
      location: `${at}/status`,
      'preference-applied': 'respond-async',
    });
    await awaitUntil(
      'applied',
      async () => (await call(harness, 'GET', `${at}/status`)).body.version === 2,
    );
  });

  test('If-Match guards the section, not the whole document', async () => {
    const { at } = await create();
    const put = (section: string, data: object, ifMatch: string) =>
      call(harness, 'PUT', `${at}/sections/${section}`, data, { 'if-match': ifMatch });
    expect((await put('InterviewFeedback', feedback, '"1"')).status).toBe(200);
    expect(
      (await put('ContractFeedback', feedback, '"1"')).status,
      'that section is as it was',
    ).toBe(200);
    const stale = await put('InterviewFeedback', { feedback: 'No', isPassed: false }, '"1"');
    expect(problemOf(stale)).toEqual([412, 'version-mismatch']);
    expect(stale.body.version).toBe(3);
    expect((await put('InterviewFeedback', { feedback: 'No', isPassed: false }, '*')).status).toBe(
      200,
    );
    expect(problemOf(await put('InterviewFeedback', feedback, 'W/"4"'))).toEqual([
      400,
      'invalid-request',
    ]);
    expect(problemOf(await put('InterviewFeedback', feedback, '"99"'))).toEqual([
      412,
      'version-mismatch',
    ]);
  });

  test('403, 404, 409, 415, 422', async () => {
    const { at, id } = await create();
    const put = (section: string, data: unknown) =>
      call(harness, 'PUT', `${at}/sections/${section}`, data);
    expect(problemOf(await put('Nope', feedback))).toEqual([404, 'unknown-section']);
    expect(problemOf(await put('constructor', feedback))).toEqual([404, 'unknown-section']);
    expect(
      problemOf(await call(harness, 'PUT', '/api/documents/nobody/sections/Draft', {})),
    ).toEqual([404, 'not-found']);
    const wrong = await put('InterviewFeedback', { feedback: 1, extra: true });
    expect(problemOf(wrong)).toEqual([422, 'invalid-data']);
    expect(wrong.body.errors.map(({ pointer }: Loose) => pointer).toSorted()).toEqual([
      '/extra',
      '/feedback',
      '/isPassed',
    ]);
    expect(problemOf(await put('InterviewFeedback', [1]))).toEqual([400, 'invalid-request']);
    const many = Object.fromEntries(Array.from({ length: 20_000 }, (_, i) => [`n${i}`, 1]));
    const flood = await put('InterviewFeedback', many);
    expect(problemOf(flood), 'a flood of mistakes').toEqual([422, 'invalid-data']);
    expect(flood.text.length).toBeLessThan(50_000);
    await complete(at);
    await call(harness, 'POST', `${at}/reject`);
    await client.workflow.getHandle(`document:${id}`).result();
    const closed = await put('InterviewFeedback', feedback);
    expect(problemOf(closed)).toEqual([409, 'wrong-state']);
    expect(closed.body).toMatchObject({ state: 'rejected', allowed: [] });

    const other = await create({ type: 'review' });
    const guest = { 'x-user': 'guest', 'x-roles': 'guest' };
    expect(problemOf(await call(harness, 'PUT', `${other.at}/sections/Draft`, {}, guest))).toEqual([
      403,
      'forbidden',
    ]);
    const inReview = await call(
      harness,
      'PUT',
      `${other.at}/sections/Draft`,
      {},
      { 'x-roles': 'author' },
    );
    expect(inReview.body.state).toBe('in-review');
    const late = await call(harness, 'PUT', `${other.at}/sections/Draft`, { a: 1 });
    expect(problemOf(late), 'not editable in review').toEqual([409, 'wrong-state']);
    expect(late.body.allowed).toEqual(['cancel']);
  });
});

describe('approve, reject, cancel', () => {
  test.each([
    ['approve', 'approved'],
    ['reject', 'rejected'],
  ])('%s: bodies are optional, the version is checked, the end is %s', async (verb, state) => {
    const { at, id } = await create();
    const early = await call(harness, 'POST', `${at}/${verb}`);
    expect(problemOf(early)).toEqual([409, 'wrong-state']);
    expect(early.body.allowed).toContain('fill-InterviewFeedback');
    await complete(at);
    expect(problemOf(await call(harness, 'POST', `${at}/${verb}`, { version: 1 }))).toEqual([
      412,
      'version-mismatch',
    ]);
    expect(problemOf(await call(harness, 'POST', `${at}/${verb}`, { sure: true }))).toEqual([
      400,
      'invalid-request',
    ]);
    const done = await call(harness, 'POST', `${at}/${verb}`, { reason: 'So be it', version: 4 });
    expect(done).toMatchObject({
      status: 200,
      headers: { etag: '"4"' },
      body: { state, customStatus: 'Submitted document' },
    });
    expect(done.body._templates).toEqual({});
    await client.workflow.getHandle(`document:${id}`).result();
    expect(problemOf(await call(harness, 'POST', `${at}/${verb}`))).toEqual([409, 'wrong-state']);
    const archived = await call(harness, 'GET', at);
    expect(archived).toMatchObject({
      status: 200,
      headers: { etag: '"4"' },
      body: { state, closedAt: expect.any(String) },
    });
    expect((await call(harness, 'GET', `${at}/status`)).body).toMatchObject({
      state,
      customStatus: 'Submitted document',
    });
  });

  test('cancel, with and without a reason', async () => {
    for (const body of [undefined, { reason: 'Over' }]) {
      const { at } = await create();
      expect(await call(harness, 'POST', `${at}/cancel`, body)).toMatchObject({
        status: 200,
        body: { state: 'cancelled', customStatus: 'Cancelled' },
      });
    }
    expect(problemOf(await call(harness, 'POST', '/api/documents/nobody/cancel'))).toEqual([
      404,
      'not-found',
    ]);
  });
});

describe('POST /api/documents/{id}/events/{name}', () => {
  test('202, 400, 404, 409, 413, 415', async () => {
    const { at } = await create();
    const sent = await call(harness, 'POST', `${at}/events/InterviewFeedback`, feedback);
    expect([sent.status, sent.text, sent.headers.location]).toEqual([202, '', `${at}/status`]);
    await awaitUntil(
      'applied',
      async () => (await call(harness, 'GET', `${at}/status`)).body.version === 2,
    );
    expect((await call(harness, 'POST', `${at}/events/Anything`, null)).status).toBe(202);
    expect(problemOf(await call(harness, 'POST', `${at}/events/Anything`))).toEqual([
      400,
      'malformed-json',
    ]);
    for (const name of ['__temporal_x', '__stack_trace'])
      expect(problemOf(await call(harness, 'POST', `${at}/events/${name}`, 1))).toEqual([
        400,
        'invalid-request',
      ]);
    expect(problemOf(await call(harness, 'POST', `${at}/events/${'x'.repeat(201)}`, 1))).toEqual([
      400,
      'invalid-request',
    ]);
    expect(problemOf(await call(harness, 'POST', '/api/documents/nobody/events/X', 1))).toEqual([
      404,
      'not-found',
    ]);
    expect(problemOf(await call(harness, 'POST', `${at}/events/X`, 'x'.repeat(1_300_000)))).toEqual(
      [413, 'too-large'],
    );
    expect(
      problemOf(await call(harness, 'POST', `${at}/events/X`, 1, { 'content-type': 'text/plain' })),
    ).toEqual([415, 'unsupported-media-type']);
    const closed = await approved();
    expect(
      problemOf(await call(harness, 'POST', `${closed.at}/events/InterviewFeedback`, feedback)),
    ).toEqual([409, 'wrong-state']);
  });
});

describe('history', () => {
  test('who did what when, accepted or refused and why, in order, from gateway and workflow', async () => {
    const { at, id } = await create(ONBOARDING, { 'x-user': 'ann' });
    const as = (user: string) => ({ 'x-user': user });
    await call(harness, 'PUT', `${at}/sections/InterviewFeedback`, feedback, as('ivo'));
    await call(harness, 'POST', `${at}/approve`, undefined, as('eve'));
    await call(harness, 'POST', `${at}/events/Nonsense`, 1, as('sid'));
    await awaitUntil(
      'judged',
      async () =>
        (await client.workflow.getHandle(`document:${id}`).query<Loose>('status')).refused.count ===
        1,
    );
    await call(
      harness,
      'PUT',
      `${at}/sections/InterviewFeedback`,
      { feedback: 'Hm', isPassed: true },
      as('ivo'),
    );
    await call(harness, 'POST', `${at}/cancel`, { reason: 'Over' }, as('ann'));
    await client.workflow.getHandle(`document:${id}`).result();
    const { body } = await call(harness, 'GET', `${at}/history`);
    const { entries } = body._embedded;
    expect(entries.map((e: Loose) => [e.command, e.by, e.via, e.accepted, e.code])).toEqual([
      ['create', 'ann', 'http', true, undefined],
      ['fill InterviewFeedback', 'ivo', 'http', true, undefined],
      ['approve', 'eve', 'http', false, 'wrong-state'],
      ['Nonsense', 'sid', 'signal', false, 'unknown-event'],
      ['fill InterviewFeedback', 'ivo', 'http', true, undefined],
      ['cancel', 'ann', 'http', true, undefined],
    ]);
    expect(entries[4].changes).toEqual([
      { pointer: '/sections/InterviewFeedback/feedback', from: 'Convincing', to: 'Hm' },
    ]);
    expect(entries[5].reason).toBe('Over');
    expect(entries.map((e: Loose) => e.at)).toEqual(entries.map((e: Loose) => e.at).toSorted());
    expect(body.refusedCount).toBe(1);
    expect(problemOf(await call(harness, 'GET', '/api/documents/nobody/history'))).toEqual([
      404,
      'not-found',
    ]);
  });
});

describe('GET /api/documents', () => {
  const list = (query: string) => call(harness, 'GET', `/api/documents?${query}`);
  const idsOf = (answer: Answer): string[] =>
    answer.body._embedded.documents.map(({ id }: Loose) => id);

  test('by type and state; what failed and what was terminated too', async () => {
    const made = await create({ type: 'review' });
    const closed = await approved();
    const ended = await create({ type: 'review' });
    await client.workflow.getHandle(`document:${ended.id}`).terminate('for the test');
    const failedId = randomUUID();
    await client.workflow.start('document', {
      workflowId: `document:${failedId}`,
      taskQueue,
      args: [4],
    });
    const expectIn = (query: string, id: string) =>
      awaitUntil(`${id} in ${query}`, async () => idsOf(await list(query)).includes(id));
    await expectIn('type=review&state=open', made.id);
    await expectIn('state=approved', closed.id);
    await expectIn('state=terminated', ended.id);
    await expectIn('state=failed', failedId);
    await expectIn('limit=200', failedId);
    expect(idsOf(await list('type=review&state=open&limit=200'))).not.toContain(ended.id);
    expect(idsOf(await list('type=employee-onboarding&limit=200'))).not.toContain(made.id);
    const read = await call(harness, 'GET', ended.at);
    expect(read.body).toMatchObject({ state: 'terminated', _templates: {} });
    expect(problemOf(await call(harness, 'POST', `${ended.at}/cancel`))).toEqual([
      409,
      'wrong-state',
    ]);
  });

  test('next walks them all, newest first, none twice', async () => {
    const ids: string[] = [];
    for (let i = 0; i < 7; i += 1) ids.unshift((await create({ type: 'review' })).id);
    await awaitUntil('listed', async () => {
      const listed = idsOf(await list('type=review&limit=200'));
      return ids.every((id) => listed.includes(id));
    });
    const found: string[] = [];
    for (let url: string | undefined = '/api/documents?type=review&limit=2'; url;) {
      const page: Answer = await call(harness, 'GET', url);
      expect(page.status).toBe(200);
      expect(page.body.count).toBeLessThanOrEqual(2);
      found.push(...idsOf(page));
      url = page.body._links.next?.href;
    }
    expect(new Set(found).size).toBe(found.length);
    expect(found.slice(0, 7)).toEqual(ids);
  });

  test('400 for what is no query, fast for a cursor of somebody else', async () => {
    const { href } = (await list('limit=1')).body._links.next;
    const cursor = new URL(href, 'http://x').searchParams.get('cursor') ?? '';
    const flipped = `${cursor.slice(0, -3)}AAA`;
    const began = Date.now();
    for (const query of [
      'limit=0',
      'limit=201',
      'limit=x',
      'state=nope',
      'other=1',
      'type=a%27%20OR%201%3D1',
      `cursor=${flipped}`,
      'cursor=AAAA',
      `type=review&cursor=${cursor}`,
      'cursor=',
    ]) {
      expect([query, ...problemOf(await list(query))]).toEqual([query, 400, 'invalid-request']);
    }
    expect(Date.now() - began).toBeLessThan(1_000);
  });
});

describe('what a request costs', () => {
  const cost = async (work: () => Promise<Answer>): Promise<string[]> => {
    calls.length = 0;
    expect((await work()).status).toBeLessThan(300);
    return [...calls];
  };

  test('calls to Temporal, exactly', async () => {
    const { at } = await create();
    expect(await cost(() => call(harness, 'POST', '/api/documents', ONBOARDING))).toEqual([
      'startWorkflowExecution',
    ]);
    expect(await cost(() => call(harness, 'GET', '/api/documents?limit=5'))).toEqual([
      'listWorkflowExecutions',
    ]);
    expect(await cost(() => call(harness, 'GET', '/api/inbox'))).toEqual([
      'listWorkflowExecutions',
    ]);
    expect(await cost(() => call(harness, 'GET', `${at}/status`))).toEqual([
      'describeWorkflowExecution',
    ]);
    expect(await cost(() => call(harness, 'GET', at))).toEqual(['queryWorkflow']);
    expect(await cost(() => call(harness, 'GET', `${at}/history`))).toEqual(['queryWorkflow']);
    expect(
      await cost(() => call(harness, 'PUT', `${at}/sections/InterviewFeedback`, feedback)),
    ).toEqual(['updateWorkflowExecution']);
    expect(
      await cost(() => call(harness, 'POST', `${at}/events/ContractFeedback`, feedback)),
    ).toEqual(['signalWorkflowExecution']);
    const closed = await approved();
    expect(await cost(() => call(harness, 'GET', closed.at)), 'from the archive').toEqual([]);
    expect(await cost(() => call(harness, 'GET', `${closed.at}/history`))).toEqual([]);
  });
});

describe('home, forms, inbox, descriptions', () => {
  test('home leads everywhere', async () => {
    const { body } = await call(harness, 'GET', '/api');
    expect(Object.keys(body._links)).toEqual(
      expect.arrayContaining([
        'self',
        'documents',
        'document',
        'inbox',
        'create-form',
        'service-desc',
        'service-doc',
      ]),
    );
    for (const link of [
      body._links.self,
      body._links.inbox,
      body._links['service-desc'],
      ...body._links['create-form'],
    ])
      expect((await call(harness, 'GET', link.href)).status, link.href).toBe(200);
    const form = await call(harness, 'GET', '/api/document-types/employee-onboarding');
    expect(form.body._templates.default).toMatchObject({
      method: 'POST',
      target: '/api/documents',
    });
    expect(form.body._templates.default.properties.map(({ name }: Loose) => name)).toContain(
      'metadata.creator',
    );
    expect(problemOf(await call(harness, 'GET', '/api/document-types/nope'))).toEqual([
      404,
      'not-found',
    ]);
  });

  test('links and templates of a document are what this caller can do', async () => {
    const { at } = await create({ type: 'review' }, { 'x-user': 'ann' });
    const as = async (user: string, roles: string) =>
      Object.keys(
        (await call(harness, 'GET', at, undefined, { 'x-user': user, 'x-roles': roles })).body
          ._templates,
      );
    expect(await as('guest', 'guest')).toEqual(['fill-Note']);
    expect(await as('guest', 'author')).toEqual(['fill-Draft', 'fill-Note']);
    expect(await as('ann', 'guest')).toEqual(['fill-Note', 'cancel']);
    const { body } = await call(harness, 'GET', at);
    for (const name of ['self', 'status', 'history', 'collection', 'type', 'home'])
      expect((await call(harness, 'GET', body._links[name].href)).status, name).toBe(200);
  });

  test('the inbox is what waits for this user, by name or by role', async () => {
    const { id, at } = await create({ type: 'review' }, { 'x-user': 'ann' });
    const inbox = async (user: string, roles: string): Promise<string[]> => {
      const { body } = await call(harness, 'GET', '/api/inbox', undefined, {
        'x-user': user,
        'x-roles': roles,
      });
      return body._embedded.tasks.map((task: Loose) => task.id);
    };
    await awaitUntil('it waits for authors', async () => (await inbox('x', 'author')).includes(id));
    expect(await inbox('boss', 'guest')).not.toContain(id);
    await call(harness, 'PUT', `${at}/sections/Draft`, {}, { 'x-roles': 'author' });
    await awaitUntil('it waits for the boss', async () =>
      (await inbox('boss', 'guest')).includes(id),
    );
    expect(await inbox('x', 'author')).not.toContain(id);
    await call(harness, 'POST', `${at}/approve`, undefined, { 'x-user': 'boss' });
    await awaitUntil(
      'it waits for nobody',
      async () => !(await inbox('boss', 'guest')).includes(id),
    );
  });

  test('OpenAPI 3.1, its page, the health', async () => {
    expect(openapi.openapi).toBe('3.1.0');
    expect(JSON.stringify(openapi)).not.toMatch(/"\$ref":"(?!#\/)/);
    const page = await rawCall(harness, 'GET', '/docs/');
    expect([page.status, String(page.headers['content-type'])]).toEqual([
      200,
      expect.stringContaining('text/html'),
    ]);
    expect((await call(harness, 'GET', '/healthz')).body).toEqual({ status: 'ok' });
  });
});

describe('HTTP itself', () => {
  test('404 and 405 with Allow; HEAD like GET without a body', async () => {
    const { at } = await create();
    expect(problemOf(await rawCall(harness, 'GET', '/nowhere'))).toEqual([404, 'not-found']);
    expect(problemOf(await rawCall(harness, 'GET', '/api/documents/..%2f..%2fx'))).toEqual([
      400,
      'invalid-request',
    ]);
    const wrong = await rawCall(harness, 'DELETE', at);
    expect(problemOf(wrong)).toEqual([405, 'method-not-allowed']);
    expect(wrong.headers.allow).toContain('GET');
    expect((await rawCall(harness, 'PATCH', `${at}/sections/Draft`, {})).headers.allow).toBe('PUT');
    const head = await harness.app.inject({ method: 'HEAD', url: at });
    expect([head.statusCode, head.body, head.headers.etag]).toEqual([200, '', '"1"']);
    expect(
      (await harness.app.inject({ method: 'HEAD', url: '/api/documents/nobody' })).statusCode,
    ).toBe(404);
  });

  test('the caller: dev with all roles by default, refused when not plain text', async () => {
    const made = await call(harness, 'POST', '/api/documents', ONBOARDING);
    expect(made.body.owner).toBe('dev');
    for (const headers of [
      { 'x-user': 'a b' },
      { 'x-user': 'x'.repeat(129) },
      { 'x-roles': 'a,b c' },
    ])
      expect(problemOf(await call(harness, 'GET', '/api', undefined, headers as Loose))).toEqual([
        400,
        'invalid-request',
      ]);
  });

  test('only loopback names, no cross-site browser requests', async () => {
    for (const host of ['evil.example', '10.0.0.1', 'localhost.evil.example'])
      expect(problemOf(await call(harness, 'GET', '/api', undefined, { host }))).toEqual([
        403,
        'forbidden',
      ]);
    for (const host of ['localhost:8080', '127.0.0.1', '[::1]:80', 'dossier.localhost'])
      expect((await call(harness, 'GET', '/api', undefined, { host })).status, host).toBe(200);
    expect(
      problemOf(await call(harness, 'GET', '/api', undefined, { 'sec-fetch-site': 'cross-site' })),
    ).toEqual([403, 'forbidden']);
    expect(
      (await call(harness, 'GET', '/api', undefined, { 'sec-fetch-site': 'same-origin' })).status,
    ).toBe(200);
  });
});

afterAll(() => {
  calls.length = 0;
});
