/** Commands and events: each route with each answer that it documents. */
import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { documentTypes, loadDocumentTypes } from '../../src/document-types/index.ts';
import { as, openApi, pointersOf, problemOf, typeOf, type Made } from '../support/api.ts';
import { awaitUntil } from '../support/await-until.ts';
import { feedback, SECTIONS, startHarness, type Loose } from '../support/harness.ts';

const own = await loadDocumentTypes('document-types');
/** The owner does everything, the boss decides, nobody else may read. */
const plan = {
  sections: {
    Text: { fill: ['owner'], deadline: 'P1D' },
    Note: { required: false, fill: ['owner'] },
  },
  deadline: 'P10D',
  permissions: { read: ['role:reader'] },
  children: { task: { max: 2 } },
  approval: { stages: [{ name: 'boss', approvers: ['user:boss'] }] },
};
const types = [...own.all, typeOf('plan', plan), typeOf('task', { sections: { Do: {} } })];
const harness = await startHarness({ documentTypes: documentTypes(types) });
const { send, create, closed, approved } = await openApi(harness);

const ann = as('ann');
const post = (made: Made, command: string, body?: unknown, headers: Record<string, string> = ann) =>
  send('POST', `${made.at}/${command}`, body, headers);
const plans = (sections = {}): Promise<Made> => create({ type: 'plan', sections }, ann);
async function complete(at: string): Promise<void> {
  for (const section of SECTIONS)
    expect((await send('PUT', `${at}/sections/${section}`, feedback)).status).toBe(200);
}

describe('what all commands have in common', () => {
  const BODIES: Record<string, object | undefined> = {
    submit: {},
    approve: {},
    reject: {},
    reopen: {},
    cancel: {},
    archive: {},
    comment: { text: 'Hm' },
    assign: { section: 'Text', to: 'bob' },
    extend: { until: '2027-01-01T00:00:00Z' },
    transfer: { to: 'bob' },
    link: { child: 'other' },
    unlink: { child: 'other' },
    migrate: {},
  };
  const KINDS = Object.keys(BODIES);
  let finished: Promise<Made> | undefined;

  test.each(KINDS)('%s: 400, 403, 404, 409, 413, 415', async (kind) => {
    const made = await plans();
    const body = BODIES[kind];
    expect(problemOf(await post(made, kind, { ...body, more: 1 }))).toEqual([
      400,
      'invalid-request',
    ]);
    expect(problemOf(await post(made, kind, []))).toEqual([400, 'invalid-request']);
    const bad = await post(made, kind, body, { ...ann, 'idempotency-key': 'a b' });
    expect(problemOf(bad)).toEqual([400, 'invalid-request']);
    const nobody = { id: '', at: '/api/documents/nobody' };
    expect(problemOf(await post(nobody, kind, body))).toEqual([404, 'not-found']);
    const stranger = await post(made, kind, body, as('eve'));
    expect(problemOf(stranger), 'may not even know').toEqual([404, 'not-found']);
    const reader = await post(made, kind, body, as('eve', 'reader'));
    const late = ['submit', 'approve', 'reject', 'reopen'].includes(kind);
    if (kind === 'comment') expect(reader.status).toBe(200);
    else expect(problemOf(reader)).toEqual(late ? [409, 'wrong-state'] : [403, 'forbidden']);
    const huge = await post(made, kind, { reason: 'x'.repeat(1_300_000) });
    expect(problemOf(huge)).toEqual([413, 'too-large']);
    const text = await post(made, kind, body, { ...ann, 'content-type': 'text/plain' });
    expect(problemOf(text)).toEqual([415, 'unsupported-media-type']);
    finished ??= plans().then(async (one) => {
      await post(one, 'cancel');
      return closed(one);
    });
    const ended = await finished;
    const after = await post(ended, kind, body);
    expect(problemOf(after)).toEqual([409, 'wrong-state']);
    expect(after.body).toMatchObject({ state: 'cancelled', allowed: [] });
    expect((await post(ended, kind, body, as('eve'))).status).toBe(404);
  });

  test.each(KINDS)('%s: 202 with Prefer: respond-async', async (kind) => {
    const made = await plans();
    const sent = await post(made, kind, BODIES[kind], { ...ann, prefer: 'respond-async' });
    expect([sent.status, sent.text]).toEqual([202, '']);
    expect(sent.headers).toMatchObject({
      location: `${made.at}/status`,
      'preference-applied': 'respond-async',
    });
    await awaitUntil('judged', async () => {
      // Whoever gives the document away may read it no more.
      const reader = as('bob', 'reader');
      const { body } = await send('GET', `${made.at}/history`, undefined, reader);
      return body._embedded.entries.length > 1 || kind === 'unlink' || kind === 'migrate';
    });
  });
});

describe('Idempotency-Key', () => {
  const count = async ({ at }: Made, command: string): Promise<number> => {
    const { body } = await send('GET', `${at}/history`, undefined, ann);
    return body._embedded.entries.filter((e: Loose) => e.command === command && e.accepted).length;
  };

  test('1: repeated, the same command is carried out once and answered the same', async () => {
    const made = await plans();
    const keyed = { ...ann, 'idempotency-key': randomUUID() };
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => post(made, 'comment', { text: 'Once' }, keyed)),
    );
    for (const { status, body } of answers) {
      expect(status).toBe(200);
      expect(body).toEqual(answers[0]?.body);
    }
    expect(await count(made, 'comment')).toBe(1);
    const other = await post(made, 'comment', { text: 'Twice' }, keyed);
    expect(problemOf(other)).toEqual([422, 'idempotency-key-reused']);
    const boss = { ...as('bob', 'reader'), 'idempotency-key': keyed['idempotency-key'] };
    expect((await post(made, 'comment', { text: 'Twice' }, boss)).status, 'another caller').toBe(
      200,
    );
    expect(await count(made, 'comment')).toBe(2);
  });

  test('for a section: once, also when somebody changed it in between; with another If-Match 422', async () => {
    const made = await plans();
    const keyed = { ...ann, 'idempotency-key': randomUUID(), 'if-match': '"1"' };
    const put = (n: number, headers: Record<string, string>) =>
      send('PUT', `${made.at}/sections/Text`, { n }, headers);
    const first = await put(1, keyed);
    expect(first.headers.etag).toBe('"2"');
    expect((await put(2, ann)).headers.etag).toBe('"3"');
    const again = await put(1, keyed);
    expect([again.status, again.headers.etag, again.body]).toEqual([200, '"2"', first.body]);
    const { body } = await send('GET', made.at, undefined, ann);
    expect(body).toMatchObject({ version: 3, sections: { Text: { data: { n: 2 } } } });
    expect(problemOf(await put(1, { ...keyed, 'if-match': '"3"' }))).toEqual([
      422,
      'idempotency-key-reused',
    ]);
  });

  test('22: after the document has closed', async () => {
    const made = await plans();
    const keyed = { ...ann, 'idempotency-key': randomUUID() };
    const first = await post(made, 'cancel', { reason: 'Over' }, keyed);
    expect(first.body.state).toBe('cancelled');
    await closed(made);
    const again = await post(made, 'cancel', { reason: 'Over' }, keyed);
    expect([again.status, again.body]).toEqual([200, first.body]);
    expect(problemOf(await post(made, 'cancel', { reason: 'Over' }))).toEqual([409, 'wrong-state']);
    expect(await count(made, 'cancel')).toBe(1);
  });

  test('with respond-async too', async () => {
    const made = await plans();
    const keyed = { ...ann, 'idempotency-key': randomUUID(), prefer: 'respond-async' };
    for (let i = 0; i < 3; i += 1)
      expect((await post(made, 'comment', { text: 'Once' }, keyed)).status).toBe(202);
    expect((await post(made, 'comment', { text: 'Last' })).status).toBe(200);
    expect(await count(made, 'comment')).toBe(2);
  });
});

describe('submit, reopen, approve, reject', () => {
  test('the way of a document, with its versions', async () => {
    const made = await plans({ Text: { n: 1 } });
    const boss = as('boss');
    expect(problemOf(await post(made, 'submit', { version: 9 }))).toEqual([
      412,
      'version-mismatch',
    ]);
    const submitted = await post(made, 'submit', { reason: 'Ready', version: 1 });
    expect(submitted).toMatchObject({ status: 200, body: { state: 'in-review' } });
    expect(problemOf(await post(made, 'submit'))).toEqual([409, 'wrong-state']);
    expect(problemOf(await post(made, 'approve')), 'not by its owner').toEqual([403, 'forbidden']);
    expect((await post(made, 'reopen')).body.state).toBe('open');
    expect(problemOf(await post(made, 'reopen'))).toEqual([409, 'wrong-state']);
    expect((await send('PUT', `${made.at}/sections/Text`, { n: 2 }, ann)).status).toBe(200);
    await post(made, 'submit');
    for (const verb of ['approve', 'reject'])
      expect(problemOf(await post(made, verb, { version: 1 }, boss))).toEqual([
        412,
        'version-mismatch',
      ]);
    const done = await post(made, 'reject', { reason: 'No', version: 2 }, boss);
    expect(done.body).toMatchObject({
      state: 'rejected',
      approval: { decisions: [{ by: 'boss', decision: 'rejected', version: 2, reason: 'No' }] },
    });
  });
});

describe('comment, assign, extend, transfer, archive', () => {
  test('comments: the last twenty are in the document, none is a version', async () => {
    const made = await plans();
    for (let i = 0; i < 22; i += 1)
      await post(made, 'comment', { text: `No. ${i}`, section: 'Text' });
    const { body } = await send('GET', made.at, undefined, ann);
    expect(body.comments).toHaveLength(20);
    expect(body.comments.at(-1)).toMatchObject({ by: 'ann', text: 'No. 21', section: 'Text' });
    expect([body.version, body.revision]).toEqual([1, 23]);
    expect(problemOf(await post(made, 'comment', { text: 'x', section: 'Nope' }))).toEqual([
      404,
      'unknown-section',
    ]);
    for (const text of ['', 'x'.repeat(2_001), 1, null])
      expect(problemOf(await post(made, 'comment', { text }))).toEqual([400, 'invalid-request']);
  });

  test('assign: whoever has it fills it, and may read it; null gives it back', async () => {
    const made = await plans();
    const put = (who: Record<string, string>) =>
      send('PUT', `${made.at}/sections/Text`, { n: 1 }, who);
    expect((await put(as('bob'))).status).toBe(404);
    const given = await post(made, 'assign', { section: 'Text', to: 'bob' });
    expect(given.body).toMatchObject({
      sections: { Text: { assignee: 'bob' } },
      waitingFor: ['user:bob'],
    });
    expect(problemOf(await put(ann)), 'not the owner any more').toEqual([403, 'forbidden']);
    expect((await put(as('bob'))).status).toBe(200);
    const back = await post(made, 'assign', { section: 'Text', to: null });
    expect(back.body.sections.Text).not.toHaveProperty('assignee');
    expect((await put(ann)).status).toBe(200);
    for (const body of [{}, { section: 'Text', to: 'a b' }, { section: 'Text', to: 1 }])
      expect(problemOf(await post(made, 'assign', body))).toEqual([400, 'invalid-request']);
    expect(problemOf(await post(made, 'assign', { section: 'Z', to: 'bob' }))).toEqual([
      404,
      'unknown-section',
    ]);
  });

  test('extend: a section, the whole; 409 without a deadline, 422 for one that is none', async () => {
    const made = await plans();
    const until = new Date(Date.now() + 40 * 86_400_000).toISOString();
    const section = await post(made, 'extend', { section: 'Text', until });
    expect(section.body.sections.Text.dueAt).toBe(until);
    const draft = await post(made, 'extend', { until });
    expect(draft.body.dueAt).toBe(until);
    expect(problemOf(await post(made, 'extend', { section: 'Note', until }))).toEqual([
      409,
      'wrong-state',
    ]);
    for (const past of ['2020-01-01T00:00:00Z', '9999-01-01T00:00:00Z']) {
      const refused = await post(made, 'extend', { until: past });
      expect(problemOf(refused)).toEqual([422, 'invalid-data']);
      expect(pointersOf(refused)).toEqual(['/until']);
    }
    for (const bad of ['tomorrow', '2020-01-01', 5])
      expect(problemOf(await post(made, 'extend', { until: bad }))).toEqual([
        400,
        'invalid-request',
      ]);
  });

  test('transfer: the new owner may what the old one may not any more', async () => {
    const made = await plans();
    const moved = await post(made, 'transfer', { to: 'bob' });
    expect(moved).toMatchObject({ status: 200, body: { owner: 'bob' } });
    expect(problemOf(await post(made, 'cancel'))).toEqual([404, 'not-found']);
    const archived = await post(made, 'archive', { reason: 'Later' }, as('bob'));
    expect(archived.body).toMatchObject({ state: 'expired', closedReason: 'Later' });
    for (const to of ['', 'a b', 'x'.repeat(129)])
      expect(problemOf(await post(made, 'transfer', { to }, as('bob')))).toEqual([
        400,
        'invalid-request',
      ]);
  });
});

describe('approve, reject, cancel', () => {
  test.each([
    ['approve', 'approved'],
    ['reject', 'rejected'],
  ])('%s: bodies are optional, the version is checked, the end is %s', async (verb, state) => {
    const { at, id } = await create();
    const early = await send('POST', `${at}/${verb}`);
    expect(problemOf(early)).toEqual([409, 'wrong-state']);
    expect(early.body.allowed).toContain('fill-InterviewFeedback');
    await complete(at);
    expect(problemOf(await send('POST', `${at}/${verb}`, { version: 1 }))).toEqual([
      412,
      'version-mismatch',
    ]);
    expect(problemOf(await send('POST', `${at}/${verb}`, { sure: true }))).toEqual([
      400,
      'invalid-request',
    ]);
    const done = await send('POST', `${at}/${verb}`, { reason: 'So be it', version: 4 });
    expect(done).toMatchObject({
      status: 200,
      headers: { etag: '"4"' },
      body: { state, customStatus: 'Submitted document' },
    });
    expect(done.body._templates).toEqual({});
    await closed({ id, at });
    expect(problemOf(await send('POST', `${at}/${verb}`))).toEqual([409, 'wrong-state']);
    const archived = await send('GET', at);
    expect(archived).toMatchObject({
      status: 200,
      headers: { etag: '"4"' },
      body: { state, closedAt: expect.any(String) },
    });
    expect((await send('GET', `${at}/status`)).body).toMatchObject({
      state,
      customStatus: 'Submitted document',
    });
  });

  test('cancel, with and without a reason', async () => {
    for (const body of [undefined, { reason: 'Over' }]) {
      const { at } = await create();
      expect(await send('POST', `${at}/cancel`, body)).toMatchObject({
        status: 200,
        body: { state: 'cancelled', customStatus: 'Cancelled' },
      });
    }
    expect(problemOf(await send('POST', '/api/documents/nobody/cancel'))).toEqual([
      404,
      'not-found',
    ]);
  });
});

describe('POST /api/documents/{id}/events/{name}', () => {
  test('202, 400, 404, 409, 413, 415', async () => {
    const { at } = await create();
    const sent = await send('POST', `${at}/events/InterviewFeedback`, feedback);
    expect([sent.status, sent.text, sent.headers.location]).toEqual([202, '', `${at}/status`]);
    await awaitUntil('applied', async () => (await send('GET', `${at}/status`)).body.version === 2);
    expect((await send('POST', `${at}/events/Anything`, null)).status).toBe(202);
    expect(problemOf(await send('POST', `${at}/events/Anything`))).toEqual([400, 'malformed-json']);
    for (const name of ['__temporal_x', '__stack_trace'])
      expect(problemOf(await send('POST', `${at}/events/${name}`, 1))).toEqual([
        400,
        'invalid-request',
      ]);
    expect(problemOf(await send('POST', `${at}/events/${'x'.repeat(201)}`, 1))).toEqual([
      400,
      'invalid-request',
    ]);
    expect(problemOf(await send('POST', '/api/documents/nobody/events/X', 1))).toEqual([
      404,
      'not-found',
    ]);
    expect(problemOf(await send('POST', `${at}/events/X`, 'x'.repeat(1_300_000)))).toEqual([
      413,
      'too-large',
    ]);
    expect(
      problemOf(await send('POST', `${at}/events/X`, 1, { 'content-type': 'text/plain' })),
    ).toEqual([415, 'unsupported-media-type']);
    const done = await approved();
    expect(problemOf(await send('POST', `${done.at}/events/InterviewFeedback`, feedback))).toEqual([
      409,
      'wrong-state',
    ]);
  });
});
