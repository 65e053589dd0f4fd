/** Lists: every filter alone and together, pages from the open to the closed ones, counts; and HTTP itself. */
import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { documentTypes, loadDocumentTypes } from '../../src/document-types/index.ts';
import { as, idsOf, openApi, pointersOf, problemOf, typeOf, type Made } from '../support/api.ts';
import { awaitUntil } from '../support/await-until.ts';
import { call as rawCall, startHarness, type Loose } from '../support/harness.ts';

const own = await loadDocumentTypes('document-types');
const review = typeOf('review', {
  sections: { Draft: { fill: ['role:author'] } },
  approval: { stages: [{ name: 'boss', approvers: ['user:boss'] }] },
});
const order = typeOf('order', {
  metadata: {
    type: 'object',
    properties: { shop: { type: 'string' }, urgent: { type: 'boolean' } },
  },
  sections: {
    Goods: { schema: { type: 'object', properties: { amount: { type: 'number' } } } },
  },
  searchable: ['metadata.shop', 'metadata.urgent', 'Goods.amount'],
  titleSearchable: true,
  deadline: 'P10D',
  children: { order: {} },
});
const calls: string[] = [];
const harness = await startHarness({
  documentTypes: documentTypes([...own.all, review, order]),
  onGrpc: (method) => void calls.push(method),
});
const { client, taskQueue } = harness;
const { send, create, closed, approved, listed, walk } = await openApi(harness);

const list = (query: string, headers: Record<string, string> = {}) =>
  send('GET', `/api/documents?${query}`, undefined, headers);
const refusedQuery = async (query: string) => {
  const answer = await list(query);
  return [query, ...problemOf(answer)];
};
const text = encodeURIComponent;

describe('filters', () => {
  const day = 86_400_000;
  const at = (ms: number): string => text(new Date(Date.now() + ms).toISOString());
  /** One document of each half that the filter finds, and one that it does not. */
  const shop = `Müller's "50%" \\ ${randomUUID()}`;
  async function pair(): Promise<{
    open: Made;
    closed: Made;
    other: Made;
    parent: Made;
    owner: string;
  }> {
    const owner = `o-${randomUUID()}`;
    const parent = await create({ type: 'order' }, as(owner));
    const body = {
      type: 'order',
      title: `Grüße an ${shop}`,
      metadata: { shop, urgent: true },
      sections: { Goods: { amount: 12.5 } },
      parent: parent.id,
    };
    const open = await create(body, as(owner));
    const gone = await create(body, as(owner));
    const other = await create({ type: 'order', title: 'Andere', metadata: { shop: 'x' } });
    await send('POST', `${gone.at}/cancel`, {}, as(owner));
    await closed(gone);
    await listed('type=order&limit=200', open.id);
    await listed('type=order&limit=200', other.id);
    return { open, closed: gone, other, parent, owner };
  }
  const made = pair();

  test('each alone, and all together', async () => {
    const { open, closed: gone, other, parent, owner } = await made;
    const alone = [
      'type=order',
      `owner=${owner}`,
      `parent=${parent.id}`,
      `shop=${text(shop)}`,
      'urgent=true',
      'amount=12.5',
      `title=${text('GRÜẞE')}`,
      `createdFrom=${at(-day)}`,
      `createdTo=${at(day)}`,
      `dueFrom=${at(9 * day)}`,
      `dueTo=${at(11 * day)}`,
    ];
    const narrow = `owner=${owner}&parent=${parent.id}`;
    for (const one of alone) {
      await awaitUntil(one, async () => {
        const answer = await list(
          `${one}&${/^(owner|parent)/.test(one) ? 'urgent=true' : narrow}&limit=200`,
        );
        expect(answer.status, answer.text).toBe(200);
        const found = idsOf(answer);
        // Nothing is due in a closed one.
        const both = one.startsWith('due') || found.includes(gone.id);
        return found.includes(open.id) && both && !found.includes(other.id);
      });
    }
    const all = alone.filter((one) => !one.startsWith('due')).join('&');
    expect(idsOf(await list(alone.join('&')))).toEqual([open.id]);
    expect(idsOf(await list(all)), 'open ones first').toEqual([open.id, gone.id]);
    expect(idsOf(await list(`${all}&state=open`))).toEqual([open.id]);
    expect(idsOf(await list(`${all}&state=cancelled`))).toEqual([gone.id]);
    expect(idsOf(await list(`${all}&assignee=somebody`))).toEqual([]);
    for (const miss of [
      'shop=Müller',
      'amount=12',
      'urgent=false',
      'title=Gr',
      `createdFrom=${at(day)}`,
      `createdTo=${at(-day)}`,
      `dueFrom=${at(11 * day)}`,
      `dueTo=${at(9 * day)}`,
    ]) {
      const [name = '', value = ''] = miss.split('=');
      const query = `${narrow}&${name}=${value.includes('%') ? value : text(value)}`;
      expect(idsOf(await list(query)), miss).toEqual([]);
    }
  });

  test('assignee: for whom by name it waits', async () => {
    const to = `u-${randomUUID()}`;
    const { id, at: place } = await create({ type: 'order' });
    await send('POST', `${place}/assign`, { section: 'Goods', to });
    expect(idsOf(await listed(`assignee=${to}`, id))).toEqual([id]);
    await send('POST', `${place}/cancel`);
    await awaitUntil(
      'it waits no more',
      async () => idsOf(await list(`assignee=${to}`)).length === 0,
    );
  });

  test('39: whatever a value is, it is data', async () => {
    const { open } = await made;
    for (const value of [
      "' OR 1=1",
      "' OR '1'='1",
      "') OR (DossierKind = 'document",
      '\\',
      "\\' OR DossierKind = 'document",
      "\\') OR (DossierKind = 'document') OR (DossierOwner = '",
      '\\\\',
      '"',
      '%',
      '_',
      '’ OR 1=1',
      "STARTS_WITH ''",
      '`',
      ';--',
      '\u0000',
      'a\u0000b',
      '\n',
      '$1',
      '{}',
      'null',
    ]) {
      for (const name of ['owner', 'parent', 'shop', 'assignee']) {
        const answer = await list(`${name}=${text(value)}`);
        expect([value, name, answer.status, answer.body.count], answer.text).toEqual([
          value,
          name,
          200,
          0,
        ]);
      }
      expect((await list(`title=x${text(value)}`)).status).toBe(200);
    }
    expect(idsOf(await list(`shop=${text(shop)}&state=open`))).toEqual([open.id]);
    for (const user of [
      "e'",
      'e"',
      'x")OR("user:dev',
      'e\\',
      "\\'OR(DossierKind='document')OR(DossierOwner='",
    ]) {
      const secret = await list('limit=200', { 'x-user': user, 'x-roles': `${user},r` });
      expect(secret.status, user).toBe(200);
      const { id } = await create({ type: 'order' }, { 'x-user': user });
      const mine = await listed(`owner=${text(user)}`, id);
      expect(idsOf(mine), user).toContain(id);
    }
  });

  test('41: what is no query is refused, at once and with its place', async () => {
    const began = Date.now();
    for (const query of [
      'limit=0',
      'limit=-1',
      'limit=201',
      'limit=1e9',
      'limit=1.5',
      'limit=x',
      'limit=',
      'state=nope',
      'other=1',
      'sort=title',
      'type=a%27%20OR%201%3D1',
      'type=',
      'owner=',
      'title=',
      'title=!!!',
      'type=order&costCentre=1',
      'shop=a&shop=b',
      'owner=a&owner=b',
      '__proto__=1',
      '__proto__%5Bpolluted%5D=1',
      'constructor=1',
      'createdFrom=yesterday',
      'createdFrom=2016-12-31T23:59:60Z',
      'createdTo=9999-12-31T23:59:59-23:59',
      'createdFrom=2026-01-02T00:00:00Z&createdTo=2026-01-01T00:00:00Z',
      'dueFrom=2026-01-01T00:00:00Z&dueTo=2026-01-01T00:00:00Z',
    ])
      expect(await refusedQuery(query)).toEqual([query, 400, 'invalid-request']);
    const two = await list('other=1&dueFrom=2026-01-02T00:00:00Z&dueTo=2026-01-01T00:00:00Z');
    expect(pointersOf(two)).toEqual(['/querystring/dueTo', '/querystring/other']);
    for (const part of ['/counts', '.csv', '.ndjson'])
      for (const query of ['other=1', 'limit=1', 'cursor=x', 'title=!!!', 'createdFrom=x'])
        expect([
          part,
          query,
          ...problemOf(await send('GET', `/api/documents${part}?${query}`)),
        ]).toEqual([part, query, 400, 'invalid-request']);
    expect(({} as Loose).polluted).toBeUndefined();
    expect(Date.now() - began).toBeLessThan(3_000);
  });

  test('counts: in each state, for this filter, remembered for a moment', async () => {
    const { parent, owner } = await made;
    const counts = async () =>
      (await send('GET', `/api/documents/counts?owner=${owner}&parent=${parent.id}`)).body;
    calls.length = 0;
    expect(await counts()).toMatchObject({
      total: 2,
      states: { open: 1, cancelled: 1, approved: 0 },
    });
    const asked = calls.length;
    expect(new Set(calls)).toEqual(new Set(['countWorkflowExecutions']));
    const body = await counts();
    expect(calls, 'the second time from memory').toHaveLength(asked);
    for (const name of ['self', 'documents', 'home'])
      expect((await send('GET', body._links[name].href)).status, name).toBe(200);
    const stranger = await send(
      'GET',
      `/api/documents/counts?owner=${owner}&parent=${parent.id}`,
      undefined,
      as('eve'),
    );
    expect(stranger.body.total, 'of another caller it is another count').toBe(2);
    expect(calls.length).toBeGreaterThan(asked);
    const closedOnly = await send('GET', `/api/documents/counts?owner=${owner}&state=cancelled`);
    expect(closedOnly.body.total).toBe(1);
  });
});

describe('pages', () => {
  test('from the open ones to the closed ones: all, none twice, each half newest first', async () => {
    const owner = `p-${randomUUID()}`;
    const all: Made[] = [];
    for (let i = 0; i < 9; i += 1) all.push(await create({ type: 'order' }, as(owner)));
    const gone = all.filter((_, i) => i % 2 === 0);
    for (const one of gone) {
      await send('POST', `${one.at}/cancel`, {}, as(owner));
      await closed(one);
    }
    const newestFirst = (some: readonly Made[]) => some.map(({ id }) => id).toReversed();
    const open = newestFirst(all.filter((one) => !gone.includes(one)));
    // One that is closed and still listed as running would be there twice.
    await awaitUntil('visibility has caught up', async () => {
      const { count } = await harness.client.workflow.count(
        `DossierOwner = '${owner}' AND ExecutionStatus = 'Running'`,
      );
      return count === open.length;
    });
    for (const limit of [1, 2, 3, 4, 5, 8, 9, 10, 200]) {
      calls.length = 0;
      const pages = await walk(`owner=${owner}&limit=${limit}`);
      expect(pages.flatMap(idsOf), `limit ${limit}`).toEqual([...open, ...newestFirst(gone)]);
      for (const page of pages) expect(page.body.count).toBeLessThanOrEqual(limit);
      expect(new Set(calls)).toEqual(new Set(['listWorkflowExecutions']));
      expect(calls.length, 'at most one call a page').toBeLessThanOrEqual(pages.length);
    }
    const [page] = await walk(`owner=${owner}&limit=3`);
    for (const name of ['self', 'next', 'counts', 'home'])
      expect((await send('GET', page?.body._links[name].href)).status, name).toBe(200);
  });

  test('40: a cursor that was changed, is of another filter, or of another caller is refused in milliseconds', async () => {
    await create({ type: 'order' });
    await create({ type: 'order' });
    const { href } = await awaitUntil('there is a next page', async () => {
      return (await list('type=order&limit=1')).body._links.next;
    });
    const cursor = new URL(href, 'http://x').searchParams.get('cursor') ?? '';
    expect((await list(`type=order&limit=2&cursor=${cursor}`)).status, 'another limit').toBe(200);
    const began = Date.now();
    for (const query of [
      `type=order&cursor=${cursor.slice(0, -3)}AAA`,
      `type=order&cursor=${cursor.slice(1)}`,
      `cursor=${cursor}`,
      `type=review&cursor=${cursor}`,
      `type=order&state=open&cursor=${cursor}`,
      'type=order&cursor=AAAA',
      'type=order&cursor=',
      'type=order&cursor=%00',
      `type=order&cursor=${'A'.repeat(8_001)}`,
    ])
      expect(await refusedQuery(query)).toEqual([query, 400, 'invalid-request']);
    const other = await list(`type=order&cursor=${cursor}`, as('eve'));
    expect(problemOf(other)).toEqual([400, 'invalid-request']);
    const inbox = await send('GET', `/api/inbox?cursor=${cursor}`);
    expect(problemOf(inbox)).toEqual([400, 'invalid-request']);
    expect(Date.now() - began).toBeLessThan(1_000);
  });

  test('what failed and what was terminated is there too, once it has been noticed', async () => {
    const done = await approved();
    const ended = await create({ type: 'review' });
    const failedId = randomUUID();
    await client.workflow.start('document', {
      workflowId: `document:${failedId}`,
      taskQueue,
      args: [4],
    });
    await listed('state=approved', done.id);
    await listed('state=failed', failedId);
    await client.workflow.getHandle(`document:${ended.id}`).terminate('for the test');
    const reconciled = await awaitUntil('it is closed in visibility', async () => {
      const workflowId = `reconcile-${randomUUID()}`;
      return client.workflow.execute<() => Promise<number>>('reconcile', { taskQueue, workflowId });
    }).catch(() => 0);
    expect(reconciled).not.toBe(-1);
    await listed('state=terminated', ended.id);
    expect(idsOf(await list('type=review&state=open&limit=200'))).not.toContain(ended.id);
    const read = await send('GET', ended.at);
    expect(read.body).toMatchObject({ state: 'terminated', _templates: {} });
    expect(problemOf(await send('POST', `${ended.at}/cancel`))).toEqual([409, 'wrong-state']);
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
    const wrong = await rawCall(harness, 'PUT', at);
    expect(problemOf(wrong)).toEqual([405, 'method-not-allowed']);
    expect(String(wrong.headers.allow).split(', ').toSorted()).toEqual([
      'DELETE',
      'GET',
      'HEAD',
      'PATCH',
    ]);
    const posted = await rawCall(harness, 'POST', `${at}/sections/Draft`, {});
    expect(String(posted.headers.allow).split(', ').toSorted()).toEqual([
      'DELETE',
      'GET',
      'HEAD',
      'PATCH',
      'PUT',
    ]);
    const head = await harness.app.inject({ method: 'HEAD', url: at });
    expect([head.statusCode, head.body, head.headers.etag]).toEqual([200, '', '"1"']);
    expect(
      (await harness.app.inject({ method: 'HEAD', url: '/api/documents/nobody' })).statusCode,
    ).toBe(404);
  });

  test('the caller: dev with all roles by default, refused when not plain text', async () => {
    const made = await send('POST', '/api/documents', { type: 'employee-onboarding' });
    expect(made.body.owner).toBe('dev');
    for (const headers of [
      { 'x-user': 'a b' },
      { 'x-user': 'x'.repeat(129) },
      { 'x-roles': 'a,b c' },
    ])
      expect(problemOf(await send('GET', '/api', undefined, headers as Loose))).toEqual([
        400,
        'invalid-request',
      ]);
  });

  test('only loopback names, no cross-site browser requests', async () => {
    for (const host of ['evil.example', '10.0.0.1', 'localhost.evil.example'])
      expect(problemOf(await send('GET', '/api', undefined, { host }))).toEqual([403, 'forbidden']);
    for (const host of ['localhost:8080', '127.0.0.1', '[::1]:80', 'dossier.localhost'])
      expect((await send('GET', '/api', undefined, { host })).status, host).toBe(200);
    expect(
      problemOf(await send('GET', '/api', undefined, { 'sec-fetch-site': 'cross-site' })),
    ).toEqual([403, 'forbidden']);
    expect((await send('GET', '/api', undefined, { 'sec-fetch-site': 'same-origin' })).status).toBe(
      200,
    );
  });
});
