/** Lists as files, and document types: what home and its links lead to. */
import { randomUUID } from 'node:crypto';
import { request } from 'node:http';
import { CompiledQuery } from 'kysely';
import pino from 'pino';
import { afterAll, describe, expect, test } from 'vitest';
import { buildApp } from '../../src/api/app.ts';
import { documentTypes, loadDocumentTypes } from '../../src/document-types/index.ts';
import { as, openApi, pointersOf, problemOf, typeOf } from '../support/api.ts';
import { awaitUntil } from '../support/await-until.ts';
import { call, feedback, startHarness, type Loose } from '../support/harness.ts';

const own = await loadDocumentTypes('document-types');
const doc = typeOf('doc', { sections: { A: {} } });
const types = documentTypes([...own.all, doc]);
const harness = await startHarness({ documentTypes: types });
const { send, create, listed, closed } = await openApi(harness);

const HEADER =
  'id,type,typeVersion,title,state,owner,percent,customStatus,waitingFor,dueAt,overdue,parent,createdAt,updatedAt,closedAt';

describe('58: CSV', () => {
  const csv = (query: string, who = {}) =>
    send('GET', `/api/documents.csv?${query}`, undefined, who);

  test('has a header, also when it is empty, and says what it is', async () => {
    const none = await csv(`owner=${randomUUID()}`);
    expect(none.text).toBe(`${HEADER}\r\n`);
    expect(none.headers).toMatchObject({
      'content-type': 'text/csv; charset=utf-8; header=present',
      'content-disposition': 'attachment; filename="documents.csv"',
      'cache-control': 'no-store',
    });
  });

  test('takes no text for a formula, and keeps quotes, commas and line ends', async () => {
    const owner = `o-${randomUUID()}`;
    const TITLES: Record<string, string> = {
      '=1+1': "'=1+1",
      '+1': "'+1",
      '-1': "'-1",
      '@SUM(A1)': "'@SUM(A1)",
      '\t=1': "'\t=1",
      '\r=1': '"\'\r=1"',
      '=HYPERLINK("http://x","y")': '"\'=HYPERLINK(""http://x"",""y"")"',
      'a "b", c': '"a ""b"", c"',
      'two\nlines': '"two\nlines"',
      'Grüße, 東京': '"Grüße, 東京"',
      plain: 'plain',
    };
    let last = '';
    for (const title of Object.keys(TITLES))
      last = (await create({ type: 'doc', title }, as(owner))).id;
    await listed(`owner=${owner}&limit=200`, last);
    const { text } = await awaitUntil('all are listed', async () => {
      const all = await csv(`owner=${owner}`);
      return all.text.split('\r\n').length === Object.keys(TITLES).length + 2 && all;
    });
    for (const cell of Object.values(TITLES))
      expect(text).toContain(`,doc,1,${cell},open,${owner},0,`);
    expect(text).toContain(',"[""anyone""]",');
    const odd = await create({ type: 'doc' }, as('=cmd|x'));
    await listed(`owner=${encodeURIComponent('=cmd|x')}`, odd.id);
    expect((await csv(`owner=${encodeURIComponent('=cmd|x')}`)).text).toContain(",'=cmd|x,");
  });

  test('ndjson: one document a line, open ones and closed ones', async () => {
    const owner = `o-${randomUUID()}`;
    const open = await create({ type: 'doc', title: 'a\nb' }, as(owner));
    const gone = await create({ type: 'doc' }, as(owner));
    await send('POST', `${gone.at}/cancel`, {}, as(owner));
    await closed(gone);
    await listed(`owner=${owner}`, open.id);
    const rows = await awaitUntil('both halves', async () => {
      const { text, headers } = await send('GET', `/api/documents.ndjson?owner=${owner}`);
      expect(headers['content-type']).toBe('application/x-ndjson');
      const all = text
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line));
      return all.length === 2 && all[1].state === 'cancelled' && all;
    });
    expect(rows.map(({ id }) => id)).toEqual([open.id, gone.id]);
    expect(rows[0]).toMatchObject({ title: 'a\nb', owner, waitingFor: ['anyone'], version: 1 });
  });
});

describe('58: 10,000 documents', () => {
  const OWNER = `many-${randomUUID()}`;
  const COUNT = 10_000;
  /** Pages that the gateway has asked the database for. */
  let pages = 0;
  const database = harness.database.withPlugin({
    transformQuery: ({ node }) => {
      if (node.kind === 'SelectQueryNode') pages += 1;
      return node;
    },
    transformResult: async ({ result }) => result,
  });
  let url: URL;
  const opened: { close(): Promise<unknown> }[] = [];
  afterAll(async () => {
    for (const one of opened) await one.close();
  });

  async function prepared(): Promise<void> {
    await harness.database.executeQuery(
      CompiledQuery.raw(
        `insert into archive (kind, id, workflow_id, type, state, owner, title, created_at, closed_at,
           body, refused, refused_count, fields, summary)
         select 'document', 'many-' || n, 'document:many-' || n, 'doc', 'approved', $1, 'No. ' || n,
           '2026-01-01T00:00:00.' || lpad((n % 1000)::text, 3, '0') || 'Z', '2026-01-02T00:00:00.000Z',
           null, '[]', 0, '{}',
           json_build_object('id', 'many-' || n, 'type', 'doc', 'typeVersion', 1, 'title', 'No. ' || n || repeat('x', 1000),
             'state', 'approved', 'version', 1, 'owner', $1::text, 'customStatus', 'Approved',
             'progress', json_build_object('done', 1, 'total', 1, 'missing', '[]'::json, 'percent', 100),
             'waitingFor', '[]'::json, 'createdAt', '2026-01-01T00:00:00.000Z',
             'updatedAt', '2026-01-02T00:00:00.000Z', 'closedAt', '2026-01-02T00:00:00.000Z')
         from generate_series(1, ${COUNT}) as n`,
        [OWNER],
      ),
    );
    const { temporal, changes, directory } = harness;
    const app = await buildApp({
      temporal,
      database,
      changes,
      documentTypes: types,
      directory,
      log: pino({ enabled: false }),
      apiPrefix: '/api',
      linkSecret: undefined,
      temporalUiUrl: undefined,
      version: 'test',
    });
    url = new URL(await app.listen({ host: '127.0.0.1', port: 0 }));
    opened.push(app);
  }
  const ready = prepared();
  const path = (format: string) => `/api/documents.${format}?state=approved&owner=${OWNER}`;

  test.each(['csv', 'ndjson'])('%s: every one once', async (format) => {
    await ready;
    const { text, status } = await call(harness, 'GET', path(format));
    expect(status).toBe(200);
    const lines = text.split(/\r?\n/).filter((line) => line.includes('many-'));
    const ids = lines.map((line) => /many-\d+/.exec(line)?.[0]);
    expect(new Set(ids).size).toBe(COUNT);
    expect(ids).toHaveLength(COUNT);
  });

  test.each(['csv', 'ndjson'])(
    '%s: streams as fast as it is read, and stops when the client goes',
    async (format) => {
      await ready;
      pages = 0;
      const answer = await new Promise<Loose>((resolve, reject) => {
        const sent = request(new URL(path(format), url), { agent: false }, (response) =>
          resolve({ response, sent }),
        );
        sent.on('error', reject).end();
      });
      answer.sent.on('error', () => {});
      answer.response.on('error', () => {}).pause();
      // Nobody reads: what fits into the sockets is asked for, and then no more.
      let before = -1;
      let still = 0;
      await awaitUntil('it waits for the reader', () => {
        still = pages === before ? still + 1 : 0;
        before = pages;
        return still > 20;
      });
      expect(pages, 'the first bytes came long before the last row was read').toBeLessThan(
        COUNT / 500,
      );
      expect(pages).toBeGreaterThan(0);
      answer.sent.destroy();
      const stopped = pages;
      await call(harness, 'GET', '/api/documents?limit=1');
      expect(pages - stopped, 'nothing is read for nobody').toBeLessThanOrEqual(2);
    },
  );
});

describe('home, document types and their links', () => {
  test('every link of home, of a list, of a row and of a document can be followed', async () => {
    const parent = await create();
    const child = await create({
      type: 'interview',
      metadata: { candidate: 'Ada' },
      parent: parent.id,
    });
    await awaitUntil('linked', async () => (await send('GET', parent.at)).body.children);
    const list = await listed('type=interview', child.id);
    const home = await send('GET', '/api');
    const told = await send('GET', '/api/notifications');
    const all = await send('GET', '/api/document-types');
    const sources: Loose[] = [
      home.body,
      list.body,
      list.body._embedded.documents[0],
      (await send('GET', parent.at)).body,
      (await send('GET', child.at)).body,
      (await send('GET', `${child.at}/history`)).body,
      (await send('GET', `${parent.at}/sections/ContractFeedback`)).body,
      (await send('GET', '/api/documents/counts')).body,
      (await send('GET', '/api/inbox')).body,
      told.body,
      all.body,
      ...all.body._embedded.documentTypes,
    ];
    const links = new Set(
      sources.flatMap(({ _links }) =>
        Object.entries<Loose>(_links).flatMap(([name, link]) =>
          [link]
            .flat()
            .flatMap(({ href, templated }) => (templated || name === 'stream' ? [] : [href])),
        ),
      ),
    );
    expect(links.size).toBeGreaterThan(20);
    for (const href of links) {
      const { statusCode } = await harness.app.inject(href);
      expect([href, [200, 302].includes(statusCode)]).toEqual([href, true]);
    }
    expect(home.body._links.documents).toMatchObject({ templated: true });
    const expanded = home.body._links.documents.href.replace(
      /\{\?(.*)\}/,
      (_: string, names: string) => (names.includes('owner') ? '?owner=ann&limit=1' : ''),
    );
    expect((await send('GET', expanded)).status).toBe(200);
    expect(
      (await send('GET', home.body._links.document.href.replace('{id}', child.id))).status,
    ).toBe(200);
  });

  test('each type says what there is to know, and its form creates a document', async () => {
    const { body } = await send('GET', '/api/document-types');
    expect(body.count).toBe(types.all.length);
    expect(body._embedded.documentTypes.map(({ name }: Loose) => name)).toEqual(
      types.all.map(({ name }) => name),
    );
    for (const row of body._embedded.documentTypes) {
      const one = await send('GET', row._links.self.href);
      expect(one.status).toBe(200);
      const { sections, permissions, _templates } = one.body;
      expect(Object.keys(sections).length).toBeGreaterThan(0);
      expect(permissions).toMatchObject({ create: expect.any(Array), read: expect.any(Array) });
      expect(_templates.default).toMatchObject({ method: 'POST', target: '/api/documents' });
    }
    const claim = (await send('GET', '/api/document-types/expense-claim')).body;
    expect(claim.searchable).toEqual(['costCentre', 'total']);
    for (const name of ['nope', '__proto__', 'constructor'])
      expect(problemOf(await send('GET', `/api/document-types/${name}`))).toEqual([
        404,
        'not-found',
      ]);
    expect(problemOf(await send('GET', `/api/document-types/${'x'.repeat(65)}`))).toEqual([
      400,
      'invalid-request',
    ]);
  });
});

describe('from, restore and parent', () => {
  const INTERVIEW = { type: 'interview', metadata: { candidate: 'Ada', position: 'Engineer' } };
  const SCHEDULE = { startsAt: '2027-01-01T10:00:00Z', place: 'office', interviewers: ['ivo'] };

  test('from: all, chosen sections, without metadata; what is given goes before it; open or closed', async () => {
    const source = await create({ ...INTERVIEW, sections: { Schedule: SCHEDULE } });
    const copy = async (from: unknown, more: object = {}) =>
      send('POST', '/api/documents', { type: 'interview', from, ...more });
    const check = async (): Promise<void> => {
      const whole = await copy(source.id);
      expect(whole.body).toMatchObject({
        from: { id: source.id, version: 1 },
        metadata: INTERVIEW.metadata,
        sections: { Schedule: { data: SCHEDULE }, Assessment: { state: 'open' } },
      });
      const none = await copy({ id: source.id, sections: [] }, { metadata: { candidate: 'Bob' } });
      expect(none.body.metadata).toEqual({ candidate: 'Bob', position: 'Engineer' });
      expect(none.body.sections.Schedule.state).toBe('open');
      const bare = await copy({ id: source.id, metadata: false });
      expect(problemOf(bare)).toEqual([422, 'invalid-data']);
      expect(pointersOf(bare)).toEqual(['/metadata/candidate']);
      const chosen = { id: source.id, sections: ['Schedule'], metadata: false };
      const given = await copy(chosen, { metadata: { candidate: 'Cid' } });
      expect(given.body).toMatchObject({ metadata: { candidate: 'Cid' } });
      expect(given.body.metadata).not.toHaveProperty('position');
      const missing = await copy({ id: source.id, sections: ['Assessment'] });
      expect(problemOf(missing)).toEqual([404, 'unknown-section']);
      const other = await send('POST', '/api/documents', {
        type: 'employee-onboarding',
        from: source.id,
      });
      expect(other.status, 'of another type what both know').toBe(201);
      expect(other.body.sections.ContractFeedback.state).toBe('open');
    };
    await check();
    await send('POST', `${source.at}/cancel`);
    await closed(source);
    await check();
    const nothing = await copy('nobody');
    expect(problemOf(nothing)).toEqual([404, 'not-found']);
    expect(pointersOf(nothing)).toEqual(['/from']);
    for (const bad of [
      '',
      4,
      [],
      {},
      { id: '' },
      { id: source.id, sections: 'Schedule' },
      { id: source.id, all: true },
    ])
      expect(problemOf(await copy(bad)), JSON.stringify(bad)).toEqual([400, 'invalid-request']);
  });

  test('restore: a new document with all that was in the old one; once for each key', async () => {
    const source = await create({ ...INTERVIEW, title: 'First', sections: { Schedule: SCHEDULE } });
    await send('POST', `${source.at}/cancel`);
    await closed(source);
    const restore = (body?: unknown, headers: Record<string, string> = {}) =>
      send('POST', `${source.at}/restore`, body, headers);
    const keyed = { 'idempotency-key': randomUUID() };
    const made = await restore(undefined, keyed);
    expect(made).toMatchObject({
      status: 201,
      headers: { etag: '"1"', location: `/api/documents/${made.body.id}` },
      body: {
        title: 'First',
        state: 'open',
        from: { id: source.id },
        sections: { Schedule: { data: SCHEDULE } },
      },
    });
    const again = await restore(undefined, keyed);
    expect([again.status, again.body]).toEqual([200, made.body]);
    expect(problemOf(await restore({ title: 'Other' }, keyed))).toEqual([
      422,
      'idempotency-key-reused',
    ]);
    const id = `restored-${randomUUID()}`;
    expect((await restore({ id, title: 'Second' })).body).toMatchObject({ id, title: 'Second' });
    expect(problemOf(await restore({ id }))).toEqual([409, 'already-exists']);
    for (const bad of [{ type: 'doc' }, { id: 'counts' }, { title: '' }, [], { from: 'x' }])
      expect(problemOf(await restore(bad)), JSON.stringify(bad)).toEqual([400, 'invalid-request']);
    expect(problemOf(await send('POST', '/api/documents/nobody/restore'))).toEqual([
      404,
      'not-found',
    ]);
    expect(problemOf(await restore('x', { 'content-type': 'text/plain' }))).toEqual([
      415,
      'unsupported-media-type',
    ]);
    expect(problemOf(await restore({ title: 'x'.repeat(1_300_000) }))).toEqual([413, 'too-large']);
    const ended = await create(INTERVIEW);
    await harness.client.workflow.getHandle(`document:${ended.id}`).terminate();
    const lost = await send('POST', `${ended.at}/restore`);
    expect([201, 409], lost.text).toContain(lost.status);
  });

  test('parent: both know each other; 404, 403 and 409', async () => {
    const parent = await create(undefined, as('ann'));
    const below = (more: object, who = as('ann')) =>
      send('POST', '/api/documents', { ...INTERVIEW, ...more }, who);
    const child = await below({ parent: parent.id });
    expect(child).toMatchObject({ status: 201, body: { parent: parent.id } });
    const known = await awaitUntil('the parent knows', async () => {
      const { body } = await send('GET', parent.at);
      return body.children?.[child.body.id];
    });
    expect(known).toEqual({ type: 'interview', title: 'Interview', state: 'open' });
    const none = await below({ parent: 'nobody' });
    expect([...problemOf(none), pointersOf(none)]).toEqual([404, 'not-found', ['/parent']]);
    expect(problemOf(await below({ parent: parent.id }, as('eve')))).toEqual([403, 'forbidden']);
    const wrong = await below({ parent: child.body.id });
    expect(problemOf(wrong), 'nothing below an interview').toEqual([409, 'wrong-state']);
    await send('PUT', `${parent.at}/sections/ContractFeedback`, feedback);
    await send('POST', `${parent.at}/cancel`, {}, as('ann'));
    await closed(parent);
    expect(problemOf(await below({ parent: parent.id }))).toEqual([409, 'wrong-state']);
    await closed({ id: child.body.id, at: '' });
    expect((await send('GET', `/api/documents/${child.body.id}`)).body.state, 'goes with it').toBe(
      'cancelled',
    );
    for (const bad of ['', 4, {}])
      expect(problemOf(await below({ parent: bad }))).toEqual([400, 'invalid-request']);
  });
});
