/** Reading documents: as they are and as they were, their history, what a read costs, where links lead. */
import { describe, expect, test } from 'vitest';
import { documentTypes, loadDocumentTypes } from '../../src/document-types/index.ts';
import {
  as,
  ONBOARDING,
  openApi,
  problemOf,
  typeOf,
  type Answer,
  type Made,
} from '../support/api.ts';
import { awaitUntil } from '../support/await-until.ts';
import { call as rawCall, feedback, startHarness, type Loose } from '../support/harness.ts';

const own = await loadDocumentTypes('document-types');
const review = typeOf('review', {
  sections: { Draft: { fill: ['role:author'] }, Note: { required: false } },
  submit: 'automatic',
  approval: { stages: [{ name: 'boss', approvers: ['user:boss'] }] },
});
const note = (version: number) =>
  typeOf('note', { version, sections: { A: {}, B: { required: version > 1 } } });
/** The gRPC calls of the gateway since somebody last emptied it. */
const calls: string[] = [];
/** The newest definition of `note`, as the directory has it. */
let newest = note(1);
const shipped = documentTypes([...own.all, review]);
const harness = await startHarness({
  documentTypes: {
    get all() {
      return [...shipped.all, newest];
    },
    find: (name) => (name === 'note' ? { ok: true, value: newest } : shipped.find(name)),
  },
  onGrpc: (method) => void calls.push(method),
});
const { client } = harness;
const { send, create, closed, approved, openapi } = await openApi(harness);

describe('GET /api/documents/{id}', () => {
  const read = ({ at }: Made, query = '') => send('GET', `${at}${query}`);

  test('?version=N: every version, with withdrawals and a migration, open and closed', async () => {
    const made = await create({ type: 'note', sections: { A: { n: 1 } } });
    const seen: Loose[] = [];
    const step = async (work: Promise<Answer>): Promise<void> => {
      const { status, text } = await work;
      expect(status, text).toBe(200);
      seen.push((await read(made)).body);
    };
    seen.push((await read(made)).body);
    await step(send('PUT', `${made.at}/sections/B`, { n: 2 }));
    await step(send('DELETE', `${made.at}/sections/A`));
    await step(send('PATCH', made.at, { title: 'Other', sections: { A: { n: 3 } } }));
    newest = note(2);
    await step(send('POST', `${made.at}/migrate`));
    await step(send('DELETE', `${made.at}/sections/B`));
    const check = async (): Promise<void> => {
      const versions = [...new Set(seen.map(({ version }) => version))];
      expect(versions.length).toBeGreaterThanOrEqual(5);
      for (const version of versions) {
        // Of those with one version the last: a comment is no version of its own.
        const then = seen.findLast((one) => one.version === version);
        const { status, body, headers } = await read(made, `?version=${version}`);
        expect([status, headers.etag]).toEqual([200, `"${version}"`]);
        const { title, metadata, typeVersion, state } = then;
        expect(body).toMatchObject({ version, title, metadata, typeVersion, state });
        expect(body.sections, `version ${version}`).toEqual(then.sections);
        expect(body._templates).toEqual({});
        const section = await send('GET', `${made.at}/sections/A?version=${version}`);
        expect(section.body.data).toEqual(then.sections.A.data);
      }
    };
    await check();
    await send('POST', `${made.at}/cancel`);
    await closed(made);
    seen.push((await read(made)).body);
    await check();
    for (const version of ['0', '-1', 'x', '1.5'])
      expect(problemOf(await read(made, `?version=${version}`))).toEqual([400, 'invalid-request']);
    for (const version of ['99', '99999999999', '1e15']) {
      const none = await read(made, `?version=${version}`);
      expect(none.status, version).toBe(404);
    }
  });

  test('?fields= gives these only', async () => {
    const made = await create({ ...ONBOARDING, sections: { ContractFeedback: feedback } });
    // Not what the OpenAPI document describes: less.
    const { body } = await rawCall(
      harness,
      'GET',
      `${made.at}?fields=state,sections.ContractFeedback.data.isPassed,metadata.title,nothing,__proto__.x`,
    );
    expect(body).toEqual({
      id: made.id,
      state: 'open',
      metadata: { title: 'Ada' },
      sections: { ContractFeedback: { data: { isPassed: true } } },
    });
    for (const fields of ['', ',', 'a,,b', 'a b', '..', "'"])
      expect(problemOf(await read(made, `?fields=${encodeURIComponent(fields)}`))).toEqual([
        400,
        'invalid-request',
      ]);
    expect(problemOf(await read(made, '?other=1'))).toEqual([400, 'invalid-request']);
  });

  test('a section of its own: 200, 400, 404', async () => {
    const made = await create({ ...ONBOARDING, sections: { ContractFeedback: feedback } });
    const at = `${made.at}/sections`;
    const section = await send('GET', `${at}/ContractFeedback`);
    expect(section).toMatchObject({
      status: 200,
      headers: { etag: '"1"' },
      body: { name: 'ContractFeedback', state: 'filled', data: feedback, required: true },
    });
    expect(Object.keys(section.body._templates)).toEqual([
      'fill-ContractFeedback',
      'withdraw-ContractFeedback',
    ]);
    expect((await send('GET', section.body._links.self.href)).body).toEqual(section.body);
    expect((await send('GET', `${at}/InterviewFeedback`)).body).toMatchObject({ state: 'open' });
    for (const name of ['Nope', 'constructor', '__proto__'])
      expect(problemOf(await send('GET', `${at}/${name}`))).toEqual([404, 'unknown-section']);
    expect(problemOf(await send('GET', `${at}/ContractFeedback?x=1`))).toEqual([
      400,
      'invalid-request',
    ]);
  });
});

describe('DELETE /api/documents/{id}', () => {
  test('empties a closed one for good, for operators only', async () => {
    const made = await create({ ...ONBOARDING, title: 'Grace' });
    const remove = (headers: Record<string, string> = {}) =>
      send('DELETE', made.at, undefined, headers);
    expect(problemOf(await remove(as('ann', 'boss')))).toEqual([403, 'forbidden']);
    expect(problemOf(await remove(as('ann', 'operator'))), 'open').toEqual([409, 'wrong-state']);
    const cancel = { 'idempotency-key': 'once' };
    expect((await send('POST', `${made.at}/cancel`, {}, cancel)).status).toBe(200);
    await closed(made);
    for (const [body, headers, code] of [
      ['x', { 'content-type': 'text/plain' }, 415],
      ['x'.repeat(1_300_000), {}, 413],
    ] as const)
      expect((await send('DELETE', made.at, body, headers)).status).toBe(code);
    const gone = await remove(as('ann', 'operator'));
    expect([gone.status, gone.text]).toEqual([204, '']);
    for (const path of [
      '',
      '/status',
      '/history',
      '/stream',
      '/sections/ContractFeedback',
      '?version=1',
    ])
      expect(problemOf(await send('GET', `${made.at}${path}`)), path).toEqual([404, 'not-found']);
    for (const [path, body] of [
      ['comment', { text: 'x' }],
      ['cancel', {}],
      ['restore', {}],
      ['events/ContractFeedback', feedback],
    ] as const)
      expect(problemOf(await send('POST', `${made.at}/${path}`, body)), path).toEqual([
        404,
        'not-found',
      ]);
    expect(problemOf(await remove())).toEqual([404, 'not-found']);
    expect(problemOf(await send('POST', '/api/documents', { ...ONBOARDING, id: made.id }))).toEqual(
      [409, 'already-exists'],
    );
    const list = await send('GET', '/api/documents?state=cancelled&limit=200');
    expect(list.text).not.toContain(made.id);
    expect(problemOf(await send('DELETE', '/api/documents/nobody'))).toEqual([404, 'not-found']);
  });
});

describe('history', () => {
  test('who did what when, accepted or refused and why, in order, from gateway and workflow', async () => {
    const { at, id } = await create(ONBOARDING, { 'x-user': 'ann' });
    await send('PUT', `${at}/sections/InterviewFeedback`, feedback, as('ivo'));
    await send('POST', `${at}/approve`, undefined, as('eve'));
    await send('POST', `${at}/events/Nonsense`, 1, as('sid'));
    await awaitUntil(
      'judged',
      async () =>
        (await client.workflow.getHandle(`document:${id}`).query<Loose>('status')).refused.count ===
        1,
    );
    await send(
      'PUT',
      `${at}/sections/InterviewFeedback`,
      { feedback: 'Hm', isPassed: true },
      as('ivo'),
    );
    await send('POST', `${at}/cancel`, { reason: 'Over' }, as('ann'));
    await client.workflow.getHandle(`document:${id}`).result();
    const { body } = await send('GET', `${at}/history`);
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
    expect(problemOf(await send('GET', '/api/documents/nobody/history'))).toEqual([
      404,
      'not-found',
    ]);
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
    expect(await cost(() => send('POST', '/api/documents', ONBOARDING))).toEqual([
      'startWorkflowExecution',
    ]);
    expect(await cost(() => send('GET', '/api/documents?limit=5'))).toEqual([
      'listWorkflowExecutions',
    ]);
    expect(await cost(() => send('GET', '/api/inbox'))).toEqual(['listWorkflowExecutions']);
    expect(await cost(() => send('GET', `${at}/status`))).toEqual(['describeWorkflowExecution']);
    expect(await cost(() => send('GET', at))).toEqual(['queryWorkflow']);
    expect(await cost(() => send('GET', `${at}/history`))).toEqual(['queryWorkflow']);
    expect(await cost(() => send('PUT', `${at}/sections/InterviewFeedback`, feedback))).toEqual([
      'updateWorkflowExecution',
    ]);
    expect(await cost(() => send('POST', `${at}/events/ContractFeedback`, feedback))).toEqual([
      'signalWorkflowExecution',
    ]);
    const done = await approved();
    expect(await cost(() => send('GET', done.at)), 'from the archive').toEqual([]);
    expect(await cost(() => send('GET', `${done.at}/history`))).toEqual([]);
  });
});

describe('home, forms, inbox, descriptions', () => {
  test('home leads everywhere', async () => {
    const { body } = await send('GET', '/api');
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
      expect((await send('GET', link.href)).status, link.href).toBe(200);
    const form = await send('GET', '/api/document-types/employee-onboarding');
    expect(form.body._templates.default).toMatchObject({
      method: 'POST',
      target: '/api/documents',
    });
    expect(form.body._templates.default.properties.map(({ name }: Loose) => name)).toContain(
      'metadata.creator',
    );
    expect(problemOf(await send('GET', '/api/document-types/nope'))).toEqual([404, 'not-found']);
  });

  test('links and templates of a document are what this caller can do', async () => {
    const { at } = await create({ type: 'review' }, { 'x-user': 'ann' });
    const names = async (user: string, roles: string) =>
      Object.keys(
        (await send('GET', at, undefined, { 'x-user': user, 'x-roles': roles })).body._templates,
      );
    expect(await names('guest', 'guest')).toEqual(['fill-Note', 'comment']);
    expect(await names('guest', 'author')).toEqual(['fill-Draft', 'fill-Note', 'comment']);
    expect(await names('ann', 'guest')).toEqual(
      expect.arrayContaining(['edit', 'assign', 'cancel']),
    );
    const { body } = await send('GET', at);
    for (const name of ['self', 'status', 'history', 'collection', 'type', 'home'])
      expect((await send('GET', body._links[name].href)).status, name).toBe(200);
  });

  test('the inbox is what waits for this user, by name or by role', async () => {
    const { id, at } = await create({ type: 'review' }, { 'x-user': 'ann' });
    const inbox = async (user: string, roles: string): Promise<string[]> => {
      const { body } = await send('GET', '/api/inbox', undefined, {
        'x-user': user,
        'x-roles': roles,
      });
      return body._embedded.tasks.map((task: Loose) => task.id);
    };
    await awaitUntil('it waits for authors', async () => (await inbox('x', 'author')).includes(id));
    expect(await inbox('boss', 'guest')).not.toContain(id);
    await send('PUT', `${at}/sections/Draft`, {}, { 'x-roles': 'author' });
    await awaitUntil('it waits for the boss', async () =>
      (await inbox('boss', 'guest')).includes(id),
    );
    expect(await inbox('x', 'author')).not.toContain(id);
    await send('POST', `${at}/approve`, undefined, { 'x-user': 'boss' });
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
    expect((await send('GET', '/healthz')).body).toEqual({ status: 'ok' });
  });
});
