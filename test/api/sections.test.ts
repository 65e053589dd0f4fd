/** Changing what people have written: by section, several at once, the whole; patches, versions, limits. */
import { describe, expect, test } from 'vitest';
import { documentTypes, loadDocumentTypes } from '../../src/document-types/index.ts';
import { as, openApi, pointersOf, problemOf, typeOf } from '../support/api.ts';
import { awaitUntil } from '../support/await-until.ts';
import { feedback, SECTIONS, startHarness, type Loose } from '../support/harness.ts';

const own = await loadDocumentTypes('document-types');
const review = typeOf('review', {
  sections: { Draft: { fill: ['role:author'] }, Note: { required: false } },
  submit: 'automatic',
  approval: { stages: [{ name: 'boss', approvers: ['user:boss'] }] },
});
/** Edited by whoever says on what the edit is based. */
const careful = typeOf('careful', {
  sections: { A: {}, B: {} },
  requireIfMatch: true,
  permissions: { edit: ['anyone'] },
});
const small = typeOf('small', {
  metadata: { type: 'object', properties: { n: { type: 'integer' }, s: { type: 'string' } } },
  sections: {
    A: {
      schema: {
        type: 'object',
        properties: {
          n: { type: 'integer' },
          list: { type: 'array', items: { type: 'string' } },
          deep: { type: 'object' },
        },
      },
    },
    B: { dependsOn: ['A'] },
    C: { required: false },
  },
  permissions: { edit: ['anyone'] },
  limits: { section: 4_000, document: 8_000 },
});
const harness = await startHarness({
  documentTypes: documentTypes([...own.all, review, careful, small]),
});
const { send, create, closed } = await openApi(harness);
const MERGE = { 'content-type': 'application/merge-patch+json' };
const PATCH = { 'content-type': 'application/json-patch+json' };

describe('PUT /api/documents/{id}/sections/{section}', () => {
  test('200 with the new ETag and the document without data; whole when asked for', async () => {
    const { at } = await create();
    const filled = await send('PUT', `${at}/sections/InterviewFeedback`, feedback, {
      'x-user': 'ivo',
    });
    expect(filled.headers.etag).toBe('"2"');
    expect(filled.body).toMatchObject({
      version: 2,
      sections: { InterviewFeedback: { state: 'filled', filledBy: 'ivo' } },
    });
    expect(filled.text).not.toContain('Convincing');
    const whole = await send('PUT', `${at}/sections/ContractFeedback`, feedback, {
      prefer: 'return=representation',
    });
    expect(whole.headers['preference-applied']).toBe('return=representation');
    expect(whole.body.sections.InterviewFeedback.data).toEqual(feedback);
    const again = await send('PUT', `${at}/sections/ContractFeedback`, feedback);
    expect([again.status, again.headers.etag], 'the same again changes nothing').toEqual([
      200,
      '"3"',
    ]);
  });

  test('If-Match guards the section, not the whole document', async () => {
    const { at } = await create();
    const put = (section: string, data: object, ifMatch: string) =>
      send('PUT', `${at}/sections/${section}`, data, { 'if-match': ifMatch });
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
    const put = (section: string, data: unknown) => send('PUT', `${at}/sections/${section}`, data);
    expect(problemOf(await put('Nope', feedback))).toEqual([404, 'unknown-section']);
    expect(problemOf(await put('constructor', feedback))).toEqual([404, 'unknown-section']);
    expect(problemOf(await send('PUT', '/api/documents/nobody/sections/Draft', {}))).toEqual([
      404,
      'not-found',
    ]);
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
    for (const section of SECTIONS) await put(section, feedback);
    await send('POST', `${at}/reject`);
    await closed({ id, at });
    const refused = await put('InterviewFeedback', feedback);
    expect(problemOf(refused)).toEqual([409, 'wrong-state']);
    expect(refused.body).toMatchObject({ state: 'rejected', allowed: [] });

    const other = await create({ type: 'review' });
    const guest = { 'x-user': 'guest', 'x-roles': 'guest' };
    expect(problemOf(await send('PUT', `${other.at}/sections/Draft`, {}, guest))).toEqual([
      403,
      'forbidden',
    ]);
    const inReview = await send('PUT', `${other.at}/sections/Draft`, {}, { 'x-roles': 'author' });
    expect(inReview.body.state).toBe('in-review');
    const late = await send('PUT', `${other.at}/sections/Draft`, { a: 1 });
    expect(problemOf(late), 'not editable in review').toEqual([409, 'wrong-state']);
    expect(late.body.allowed).toContain('reopen');
    expect(late.body.allowed).not.toContain('fill-Draft');
  });
});

describe('PATCH of a section', () => {
  test('a merge patch sets, changes and removes; one on an open section fills it', async () => {
    const { at } = await create({ type: 'small' });
    const patch = (body: unknown, headers: Record<string, string> = MERGE) =>
      send('PATCH', `${at}/sections/A`, body, { prefer: 'return=representation', ...headers });
    const first = await patch({ n: 1, deep: { a: 1, b: 2 } });
    expect([first.status, first.headers.etag]).toEqual([200, '"2"']);
    const second = await patch({ n: null, deep: { b: null, c: 3 } });
    expect(second.body.sections.A.data).toEqual({ deep: { a: 1, c: 3 } });
    const plain = await patch({ n: 4 }, {});
    expect(plain.body.sections.A.data.n, 'application/json is a merge patch too').toBe(4);
    expect(problemOf(await patch({ n: 'four' }))).toEqual([422, 'invalid-data']);
    expect(problemOf(await patch([{ op: 'remove', path: '/n' }]))).toEqual([
      400,
      'invalid-request',
    ]);
    expect(problemOf(await patch({}, { 'content-type': 'text/plain' }))).toEqual([
      415,
      'unsupported-media-type',
    ]);
    expect((await send('GET', at)).body.version).toBe(4);
  });

  test('a JSON Patch is applied whole or not at all', async () => {
    const { at } = await create({ type: 'small', sections: { A: { n: 1, list: ['a'] } } });
    const patch = (operations: unknown, headers = {}) =>
      send('PATCH', `${at}/sections/A`, operations, { ...PATCH, ...headers });
    const done = await patch([
      { op: 'test', path: '/n', value: 1 },
      { op: 'replace', path: '/n', value: 2 },
      { op: 'add', path: '/list/-', value: 'b' },
      { op: 'copy', from: '/list', path: '/deep' },
      { op: 'remove', path: '/deep' },
      { op: 'add', path: '/deep', value: { all: [] } },
      { op: 'add', path: '/deep/all/-', value: 1 },
    ]);
    expect([done.status, done.headers.etag]).toEqual([200, '"2"']);
    for (const [operations, pointer] of [
      [
        [
          { op: 'replace', path: '/n', value: 3 },
          { op: 'test', path: '/n', value: 9 },
        ],
        '/1',
      ],
      [[{ op: 'remove', path: '/nothing' }], '/0'],
      [[{ op: 'replace', path: '', value: 1 }], ''],
      [[{ op: 'replace', path: '/n', value: 'x' }], '/n'],
    ] as const) {
      const refused = await patch(operations);
      expect(problemOf(refused), JSON.stringify(operations)).toEqual([422, 'invalid-data']);
      expect(pointersOf(refused)).toEqual([pointer]);
    }
    for (const bad of [{ n: 1 }, [{ op: 'jump', path: '/n' }], [{ path: '/n' }], [1]])
      expect(problemOf(await patch(bad))).toEqual([400, 'invalid-request']);
    for (const path of ['/__proto__/polluted', '/constructor/prototype/polluted'])
      expect(problemOf(await patch([{ op: 'add', path, value: 1 }])), path).toEqual([
        422,
        'invalid-data',
      ]);
    expect(({} as Loose).polluted).toBeUndefined();
    const { body } = await send('GET', `${at}/sections/A`);
    expect(body).toMatchObject({
      name: 'A',
      state: 'filled',
      data: { n: 2, list: ['a', 'b'], deep: { all: [1] } },
    });
    const stale = await patch([{ op: 'remove', path: '/n' }], { 'if-match': '"1"' });
    expect(problemOf(stale)).toEqual([412, 'version-mismatch']);
  });

  test('patches go with PATCH only', async () => {
    const { at } = await create({ type: 'small' });
    for (const headers of [MERGE, PATCH]) {
      for (const [method, path] of [
        ['PUT', `${at}/sections/A`],
        ['PUT', `${at}/sections`],
        ['POST', `${at}/comment`],
        ['POST', '/api/documents'],
      ] as const)
        expect(problemOf(await send(method, path, {}, headers)), path).toEqual([
          415,
          'unsupported-media-type',
        ]);
    }
    expect(problemOf(await send('PATCH', at, [], PATCH))).toEqual([400, 'invalid-request']);
    expect(problemOf(await send('PATCH', at, { title: 'x' }, PATCH))).toEqual([
      415,
      'unsupported-media-type',
    ]);
  });
});

describe('DELETE of a section', () => {
  test('takes it out, with a reason; not what others depend on, not twice', async () => {
    const { at } = await create({ type: 'small', sections: { A: { n: 1 }, B: {} } });
    const remove = (path: string, headers = {}) =>
      send('DELETE', `${at}/sections/${path}`, undefined, headers);
    expect(problemOf(await remove('A')), 'B depends on it').toEqual([409, 'wrong-state']);
    expect(problemOf(await remove('Z'))).toEqual([404, 'unknown-section']);
    expect(problemOf(await remove('B?reason='))).toEqual([400, 'invalid-request']);
    expect(problemOf(await remove('B?why=x'))).toEqual([400, 'invalid-request']);
    expect(problemOf(await remove('B', { 'if-match': '"9"' }))).toEqual([412, 'version-mismatch']);
    const gone = await remove('B?reason=Wrong%20one', { 'if-match': '"1"' });
    expect(gone).toMatchObject({ status: 200, body: { sections: { B: { state: 'open' } } } });
    expect(problemOf(await remove('B'))).toEqual([409, 'wrong-state']);
    const { body } = await send('GET', `${at}/history`);
    expect(
      body._embedded.entries.find((e: Loose) => e.command === 'withdraw B' && e.accepted),
    ).toMatchObject({
      reason: 'Wrong one',
    });
    expect((await remove('A', { prefer: 'respond-async' })).status).toBe(202);
    await awaitUntil('withdrawn', async () => (await send('GET', at)).body.version === 3);
    const { at: other } = await create({ type: 'review', sections: { Note: {} } });
    const draft = await send('PUT', `${other}/sections/Draft`, {}, as('x', 'author'));
    expect(draft.body.state).toBe('in-review');
    expect(problemOf(await send('DELETE', `${other}/sections/Note`))).toEqual([409, 'wrong-state']);
  });
});

describe('PUT of several sections and PATCH of the document', () => {
  test('all or none, one version for each section, all mistakes at once', async () => {
    const { at } = await create({ type: 'small' });
    const wrong = await send('PUT', `${at}/sections`, { A: { n: 'x', list: [1] }, B: {} });
    expect(problemOf(wrong)).toEqual([422, 'invalid-data']);
    expect(pointersOf(wrong)).toEqual(['/sections/A/list/0', '/sections/A/n']);
    const order = await send('PUT', `${at}/sections`, { B: {}, A: { n: 1 } });
    expect(order, 'sections of one request may depend on each other').toMatchObject({
      status: 200,
      body: { progress: { done: 2, total: 2 } },
    });
    expect(problemOf(await send('PUT', `${at}/sections`, {}))).toEqual([400, 'invalid-request']);
    expect(problemOf(await send('PUT', `${at}/sections`, { A: 1 }))).toEqual([
      400,
      'invalid-request',
    ]);
    expect(problemOf(await send('PUT', `${at}/sections`, { Z: {} }))).toEqual([
      404,
      'unknown-section',
    ]);
  });

  test('title, metadata and sections together; null withdraws; all mistakes at once', async () => {
    const { at } = await create({ type: 'small', metadata: { n: 1, s: 'x' }, sections: { C: {} } });
    const wrong = await send('PATCH', at, {
      metadata: { n: 'x', s: 4 },
      sections: { A: { n: 'x' }, C: { ok: true } },
    });
    expect(problemOf(wrong)).toEqual([422, 'invalid-data']);
    expect(pointersOf(wrong)).toEqual(['/metadata/n', '/metadata/s', '/sections/A/n']);
    const changed = await send(
      'PATCH',
      at,
      { title: 'New', metadata: { s: null }, sections: { A: { n: 2 }, C: null } },
      { ...MERGE, prefer: 'return=representation' },
    );
    expect(changed.body).toMatchObject({
      title: 'New',
      metadata: { n: 1 },
      sections: { A: { data: { n: 2 } }, C: { state: 'open' } },
    });
    expect(changed.body.metadata).not.toHaveProperty('s');
    for (const bad of [{}, { title: '' }, { title: 'x'.repeat(201) }, { metadata: 1 }, { nope: 1 }])
      expect(problemOf(await send('PATCH', at, bad))).toEqual([400, 'invalid-request']);
    const stale = await send('PATCH', at, { title: 'Late' }, { 'if-match': '"1"' });
    expect(problemOf(stale)).toEqual([412, 'version-mismatch']);
    const stranger = await create({ type: 'review' }, as('ann'));
    const forbidden = await send('PATCH', stranger.at, { title: 'Mine' }, as('bob'));
    expect(problemOf(forbidden)).toEqual([403, 'forbidden']);
  });
});

describe('19: If-Match', () => {
  test('428 where the type asks for it, with the current version', async () => {
    const { at } = await create({ type: 'careful', sections: { A: {} } });
    for (const [method, path, body] of [
      ['PUT', `${at}/sections/A`, {}],
      ['PATCH', `${at}/sections/A`, {}],
      ['DELETE', `${at}/sections/A`, undefined],
      ['PUT', `${at}/sections`, { A: {} }],
      ['PATCH', at, { title: 'x' }],
    ] as const) {
      const refused = await send(method, path, body);
      expect(problemOf(refused), path).toEqual([428, 'precondition-required']);
      expect(refused.body.version).toBe(1);
    }
    expect((await send('PUT', `${at}/sections/A`, { n: 1 }, { 'if-match': '*' })).status).toBe(200);
  });

  test('two edits with the same one: one 200, one 412 with the current version', async () => {
    const { at } = await create({ type: 'careful' });
    const put = (n: number) => send('PUT', `${at}/sections/A`, { n }, { 'if-match': '"1"' });
    const answers = await Promise.all([put(1), put(2)]);
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    const refused = answers.find(({ status }) => status === 412);
    expect(refused?.body).toMatchObject({ code: 'version-mismatch', version: 2 });
  });

  test('two people at different sections never conflict', async () => {
    const { at } = await create({ type: 'careful', sections: { A: {}, B: {} } });
    const etag = { A: '"1"', B: '"1"' };
    const edits = async (section: 'A' | 'B') => {
      for (let n = 0; n < 10; n += 1) {
        const path = `${at}/sections/${section}`;
        const put = await send('PUT', path, { n }, { 'if-match': etag[section] });
        expect(put.status, put.text).toBe(200);
        etag[section] = String(put.headers.etag);
      }
    };
    await Promise.all([edits('A'), edits('B')]);
    expect((await send('GET', at)).body.version).toBe(21);
  });

  test.each(['"0"', '1', 'W/"1"', '"x"', '"1", "2"', '""', '"-1"', '"1e3"'])(
    '%s is no version',
    async (match) => {
      const { at } = await create();
      const refused = await send('PUT', `${at}/sections/ContractFeedback`, feedback, {
        'if-match': match,
      });
      expect(problemOf(refused)).toEqual([400, 'invalid-request']);
      expect(pointersOf(refused)).toEqual(['/headers/if-match']);
    },
  );
});

describe('35: limits', () => {
  test('413 for a section and for the document, which stays usable', async () => {
    const { at } = await create({ type: 'small', sections: { A: {} } });
    const text = (length: number) => ({ text: 'x'.repeat(length) });
    const put = (section: string, length: number) =>
      send('PUT', `${at}/sections/${section}`, text(length));
    expect(problemOf(await put('B', 4_001))).toEqual([413, 'too-large']);
    expect((await put('B', 3_900)).status).toBe(200);
    expect((await put('C', 3_000)).status).toBe(200);
    let grown = 0;
    const list: string[] = [];
    for (; grown < 100; grown += 1) {
      list.push('y'.repeat(100));
      const answer = await send('PATCH', `${at}/sections/A`, { list });
      if (answer.status === 200) continue;
      expect(problemOf(answer)).toEqual([413, 'too-large']);
      break;
    }
    expect(grown).toBeGreaterThan(3);
    expect(grown).toBeLessThan(100);
    const patched = await send(
      'PATCH',
      `${at}/sections/A`,
      [{ op: 'add', path: '/deep', value: text(2_000) }],
      PATCH,
    );
    expect(problemOf(patched)).toEqual([413, 'too-large']);
    expect((await put('C', 10)).status, 'it can shrink').toBe(200);
    expect((await send('PATCH', `${at}/sections/A`, { list })).status, 'and grow again').toBe(200);
    expect((await send('POST', `${at}/submit`)).status).toBe(200);
  });
});
