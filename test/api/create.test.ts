/** Creating documents: everything that can be asked for, and everything that is refused. */
import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { documentTypes, loadDocumentTypes } from '../../src/document-types/index.ts';
import { as, ONBOARDING, openApi, pointersOf, problemOf, typeOf } from '../support/api.ts';
import { awaitUntil } from '../support/await-until.ts';
import { feedback, SECTIONS, startHarness, type Loose } from '../support/harness.ts';

const own = await loadDocumentTypes('document-types');
const review = typeOf('review', { sections: { Draft: { fill: ['role:author'] } } });
const big = typeOf('big', {
  sections: Object.fromEntries(['A', 'B', 'C', 'D', 'E', 'F'].map((name) => [name, {}])),
});
const memo = typeOf('memo', {
  sections: { Text: {} },
  permissions: { create: ['role:clerk', 'user:ann'] },
});
const harness = await startHarness({
  documentTypes: documentTypes([...own.all, review, big, memo]),
});
const { client, taskQueue } = harness;
const { send, create, closed } = await openApi(harness);

describe('POST /api/documents', () => {
  test('201 with Location, ETag and the document', async () => {
    const made = await send(
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
    const read = await send('GET', made.headers.location as string, undefined, {
      'x-user': 'ann',
    });
    expect(read.body, 'the workflow has the very document that was answered').toEqual(made.body);
  });

  test('409 for an id in use: open, closed, and verbatim from the CLI', async () => {
    const { id } = await create({ ...ONBOARDING, id: `mine-${randomUUID()}` });
    const again = (one: string) => send('POST', '/api/documents', { ...ONBOARDING, id: one });
    expect(problemOf(await again(id))).toEqual([409, 'already-exists']);
    await send('POST', `/api/documents/${id}/cancel`);
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
    const read = await send('GET', `/api/documents/${verbatim}`);
    expect(read.body).toMatchObject({ id: verbatim, owner: 'operator' });
  });

  test('50 at once with one id: one 201', async () => {
    const id = randomUUID();
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => send('POST', '/api/documents', { ...ONBOARDING, id })),
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
    const answer = await send('POST', '/api/documents', body);
    expect(problemOf(answer)).toEqual([status, code]);
    expect(answer.body.errors.map((error: Loose) => error.pointer)).toContain(pointer);
  });

  test('404 for an unknown section', async () => {
    const answer = await send('POST', '/api/documents', { ...ONBOARDING, sections: { X: {} } });
    expect(problemOf(answer)).toEqual([404, 'unknown-section']);
  });

  test.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'application/json; charset=utf-16',
    'multipart/form-data; boundary=x',
  ])('415 for %s', async (type) => {
    const answer = await send('POST', '/api/documents', ONBOARDING, {
      'content-type': type,
    });
    expect(problemOf(answer)).toEqual([415, 'unsupported-media-type']);
  });

  test('413: a section, a document, a body; the largest over real HTTP within a second', async () => {
    const text = (bytes: number): object => ({ text: 'x'.repeat(bytes) });
    const tooLarge = await send('POST', '/api/documents', {
      type: 'review',
      sections: { Draft: text(256 * 1024) },
    });
    expect(problemOf(tooLarge)).toEqual([413, 'too-large']);
    const metadata = { type: 'big', metadata: text(256 * 1024) };
    expect(problemOf(await send('POST', '/api/documents', metadata))).toEqual([413, 'too-large']);
    const quarters = Object.fromEntries(['A', 'B', 'C', 'D'].map((name) => [name, text(250_000)]));
    const grown = await create({ type: 'big', sections: quarters });
    const fill = (bytes: number) => send('PUT', `${grown.at}/sections/E`, text(bytes));
    expect((await fill(40_000)).status).toBe(200);
    expect(problemOf(await fill(80_000))).toEqual([413, 'too-large']);
    expect((await send('GET', grown.at)).body.version).toBe(2);

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

describe('Idempotency-Key', () => {
  const post = (key: string, body: object = ONBOARDING, headers: Record<string, string> = {}) =>
    send('POST', '/api/documents', body, { 'idempotency-key': key, ...headers });

  test('16: the same create 50 times in parallel makes one document, one 201, and one body', async () => {
    const key = randomUUID();
    const request = { ...ONBOARDING, sections: { ContractFeedback: feedback } };
    const answers = await Promise.all(Array.from({ length: 50 }, () => post(key, request)));
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([
      ...Array(49).fill(200),
      201,
    ]);
    const [first] = answers;
    for (const { body, headers } of answers) {
      expect(body).toEqual(first?.body);
      expect(headers).toMatchObject({ etag: '"1"', location: first?.headers.location });
    }
    await awaitUntil('one is listed', async () => {
      const { body } = await send('GET', '/api/documents?limit=200');
      const found = body._embedded.documents.filter(({ id }: Loose) => id === first?.body.id);
      return found.length === 1;
    });
  });

  test('17: the same key with another body is refused; whoever else sends it makes another document', async () => {
    const key = randomUUID();
    const made = await post(key, ONBOARDING, as('ann', '*'));
    const other = await post(key, { type: 'employee-onboarding' }, as('ann', '*'));
    expect(problemOf(other)).toEqual([422, 'idempotency-key-reused']);
    const bob = await post(key, ONBOARDING, as('bob', '*'));
    expect([bob.status, bob.body.owner]).toEqual([201, 'bob']);
    expect(bob.body.id).not.toBe(made.body.id);
    for (const bad of ['', ' ', 'x'.repeat(256), 'a b'])
      expect(problemOf(await post(bad))).toEqual([400, 'invalid-request']);
  });

  test('with an id of one’s own', async () => {
    const key = randomUUID();
    const request = { ...ONBOARDING, id: `own-${randomUUID()}` };
    expect((await post(key, request)).status).toBe(201);
    const again = await post(key, request);
    expect([again.status, again.body.id]).toEqual([200, request.id]);
    expect(problemOf(await post(key, { ...request, title: 'B' }))).toEqual([
      422,
      'idempotency-key-reused',
    ]);
    expect(problemOf(await post(randomUUID(), request))).toEqual([409, 'already-exists']);
  });

  test('the answer is the first one, whatever has become of the document and of what it names', async () => {
    const key = randomUUID();
    const parent = await create(ONBOARDING, as('ann', '*'));
    const source = await create(
      { type: 'interview', metadata: { candidate: 'Ada' } },
      as('ann', '*'),
    );
    const request = { type: 'interview', from: source.id, parent: parent.id };
    const first = await post(key, request, as('ann', '*'));
    expect(first.status).toBe(201);
    await send('PATCH', source.at, { metadata: { candidate: 'Bob' } }, as('ann', '*'));
    await send('POST', `/api/documents/${first.body.id}/comment`, { text: 'Hm' }, as('ann', '*'));
    await send('POST', `${parent.at}/cancel`);
    await closed(parent);
    await closed({ id: first.body.id, at: '' });
    const again = await post(key, request, as('ann', '*'));
    expect(again.status).toBe(200);
    expect(again.body).toEqual(first.body);
  });
});

describe('who may create, and as what', () => {
  test('403 for those whom the type does not name', async () => {
    const post = (user: string, roles: string) =>
      send('POST', '/api/documents', { type: 'memo' }, as(user, roles));
    expect((await post('ann', '')).status).toBe(201);
    expect((await post('bob', 'clerk')).status).toBe(201);
    expect(problemOf(await post('bob', 'boss'))).toEqual([403, 'forbidden']);
    const draft = await send(
      'POST',
      '/api/documents',
      { type: 'review', sections: { Draft: {} } },
      as('bob', 'guest'),
    );
    expect(problemOf(draft), 'a section for others').toEqual([403, 'forbidden']);
  });

  test.each(['status', 'state', 'owner', 'version', 'approvals', 'actor', 'createdAt', 'roles'])(
    '51: %s is nothing that a client says',
    async (name) => {
      const value = name === 'version' ? 7 : 'boss';
      const refused = await send('POST', '/api/documents', { ...ONBOARDING, [name]: value });
      expect(problemOf(refused)).toEqual([400, 'invalid-request']);
      expect(pointersOf(refused)).toEqual([`/${name}`]);
      const made = await create();
      for (const [method, at] of [
        ['PATCH', made.at],
        ['POST', `${made.at}/cancel`],
      ] as const) {
        const edit = await send(method, at, { [name]: value });
        if (name === 'version' && method === 'POST') continue;
        expect(problemOf(edit)).toEqual([400, 'invalid-request']);
      }
      expect((await send('GET', made.at)).body).toMatchObject({
        state: 'open',
        owner: 'dev',
        version: 1,
      });
    },
  );
});

describe('38: ids', () => {
  const AWKWARD = [
    '../x',
    'a/b',
    'a\\b',
    'a%00b',
    'x'.repeat(129),
    'x'.repeat(1_001),
    '😀',
    '\u202Eabc',
    '\u0430bc', // A Cyrillic а.
    'ｃounts',
    'abc ',
    ' abc',
    'a\tb',
    '.',
    '..',
    '.hidden',
    'document:x',
    '__proto__',
    'counts',
    'Counts',
    'COUNTS',
    '',
  ];

  test.each(AWKWARD)('%j is refused at create', async (id) => {
    const refused = await send('POST', '/api/documents', { ...ONBOARDING, id });
    expect(problemOf(refused)).toEqual([400, 'invalid-request']);
    expect(pointersOf(refused)).toEqual(['/id']);
  });

  test('in a path they are no document, and never another one', async () => {
    const { id } = await create({ ...ONBOARDING, id: `abc-${randomUUID()}` });
    const paths = [
      `..%2f${id}`,
      `x%2F..%2F${id}`,
      `${id}%00`,
      `%00${id}`,
      `${id}%20`,
      `%20${id}`,
      `${id}.`,
      `${id}%0a`,
      `${id}%2Fstatus`,
      `${id}%5C`,
      id.toUpperCase(),
      id.replace('a', '%D0%B0'),
      `%E2%80%AE${id}`,
      `${id}%F0%9F%98%80`,
      '__proto__',
      'constructor',
      'x'.repeat(1_001),
      'x'.repeat(2_999),
      '~',
      '~2',
      '~00',
    ];
    for (const path of paths) {
      const read = await send('GET', `/api/documents/${path}`);
      expect([400, 404], `${path}: ${read.text}`).toContain(read.status);
      const status = await send('GET', `/api/documents/${path}/status`);
      expect([400, 404], path).toContain(status.status);
      const cancel = await send('POST', `/api/documents/${path}/cancel`);
      expect([400, 404], path).toContain(cancel.status);
    }
    expect((await send('GET', `/api/documents/${id}`)).body.state).toBe('open');
    const sections = ['__proto__', 'constructor', '..%2f', '%00', 'x'.repeat(101), '%F0%9F%98%80'];
    for (const section of sections) {
      const put = await send('PUT', `/api/documents/${id}/sections/${section}`, {});
      expect([400, 404], `${section}: ${put.text}`).toContain(put.status);
    }
    expect(({} as Loose).polluted).toBeUndefined();
  });

  test('a document that somebody at the CLI named like a route can still be read', async () => {
    await client.workflow.start('document', {
      workflowId: 'document:counts',
      taskQueue,
      args: [ONBOARDING],
    });
    const read = await awaitUntil('it has begun', async () => {
      const answer = await send('GET', '/api/documents/document:counts');
      return answer.status === 200 && answer;
    });
    expect(read.body.id).toBe('document~3Acounts');
    expect((await send('GET', read.body._links.self.href)).body).toEqual(read.body);
    await client.workflow.getHandle('document:counts').terminate();
  });
});
