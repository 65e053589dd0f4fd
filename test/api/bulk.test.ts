/** What happens to many documents at once, and by the clock: bulk actions, reminders, deadlines, notifications. */
import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { documentTypes, loadDocumentTypes } from '../../src/document-types/index.ts';
import { notify } from '../../src/store/notifications.ts';
import { as, openApi, pointersOf, problemOf, typeOf, type Made } from '../support/api.ts';
import { awaitUntil } from '../support/await-until.ts';
import { startHarness, type Loose } from '../support/harness.ts';

const own = await loadDocumentTypes('document-types');
const claim = typeOf('claim', {
  metadata: { type: 'object', properties: { shop: { type: 'string' } } },
  sections: { Text: {} },
  searchable: ['metadata.shop'],
  titleSearchable: true,
  permissions: { edit: ['owner', 'role:lead'], cancel: ['owner', 'role:lead'] },
});
/** Reminds and is overdue after a second. */
const quick = typeOf('quick', {
  sections: {
    Text: { fill: ['role:writer'], deadline: 'PT1S', reminders: { every: 'PT1S', max: 2 } },
  },
});
const brief = typeOf('brief', { sections: { Text: { fill: ['owner'] } }, deadline: 'PT1S' });
const harness = await startHarness({
  documentTypes: documentTypes([...own.all, claim, quick, brief]),
});
const { send, create, closed, listed } = await openApi(harness);

/** Begun before all tests, so that their clocks run meanwhile. */
const waiting = {
  quick: create({ type: 'quick' }, as('ann')),
  brief: create({ type: 'brief' }, as('ann')),
};
beforeAll(async () => void (await Promise.all(Object.values(waiting))));

describe('POST /api/bulk', () => {
  const bulk = (body: object, headers: Record<string, string> = {}) =>
    send('POST', '/api/bulk', body, headers);

  /** Temporal takes one at a time in a namespace, and other test files may have one under way. */
  const started = (body: object, headers: Record<string, string> = {}): Promise<Loose> =>
    awaitUntil(
      'it is our turn',
      async () => {
        const answer = await bulk(body, headers);
        expect([202, 503], answer.text).toContain(answer.status);
        if (answer.status === 503) expect(answer.body.code).toBe('busy');
        return answer.status === 202 && answer;
      },
      15_000,
    );

  const finished = (job: Loose, outcomes: Record<string, number>, headers = {}) =>
    awaitUntil(
      `the job is through with ${JSON.stringify(outcomes)}`,
      async () => {
        const { body } = await send('GET', job.headers.location, undefined, headers);
        const through = body.state === 'completed' && body.delivered === body.total;
        return through && JSON.stringify(body.outcomes) === JSON.stringify(outcomes) && body;
      },
      15_000,
    );

  /** Documents in one shop, three of ann and one of bob. */
  async function shop(): Promise<{ name: string; anns: Made[]; bobs: Made }> {
    const name = `s-${randomUUID()}`;
    const make = (user: string) => create({ type: 'claim', metadata: { shop: name } }, as(user));
    const [a, b, c, bobs] = await Promise.all(['ann', 'ann', 'ann', 'bob'].map(make));
    const anns = [a!, b!, c!];
    for (const { id } of [...anns, bobs!]) await listed(`shop=${name}`, id);
    return { name, anns, bobs: bobs! };
  }
  const stateOf = async ({ at }: Made): Promise<string> => (await send('GET', at)).body.state;

  test('cancel: the caller’s own rights decide, outcomes are counted, the others stay as they are', async () => {
    const { name, anns, bobs } = await shop();
    const other = await create({ type: 'claim', metadata: { shop: 'elsewhere' } }, as('ann'));
    const job = await started(
      { action: 'cancel', filter: { shop: name }, reason: 'Over' },
      as('ann'),
    );
    expect(job.body).toMatchObject({ action: 'cancel', by: 'ann', state: 'running' });
    expect(job.headers.location).toBe(job.body._links.self.href);
    const done = await finished(job, { done: 3, forbidden: 1 }, as('ann'));
    expect(done).toMatchObject({ id: job.body.id, total: 4, delivered: 4, state: 'completed' });
    for (const one of anns) {
      await closed(one);
      expect((await send('GET', one.at)).body).toMatchObject({
        state: 'cancelled',
        closedReason: 'Over',
      });
    }
    expect([await stateOf(bobs), await stateOf(other)]).toEqual(['open', 'open']);
    const { body } = await send('GET', `${bobs.at}/history`);
    expect(body._embedded.entries.at(-1)).toMatchObject({
      by: 'ann',
      accepted: false,
      code: 'forbidden',
    });

    for (const who of [as('eve'), as('eve', 'lead')])
      expect(problemOf(await send('GET', job.headers.location, undefined, who))).toEqual([
        404,
        'not-found',
      ]);
    expect((await send('GET', job.headers.location, undefined, as('op', 'operator'))).status).toBe(
      200,
    );
  });

  test('assign and archive, for whoever has the role; a second one at the same time waits or is busy', async () => {
    const { name, anns, bobs } = await shop();
    const lead = as('lea', 'lead');
    const filter = { shop: name, type: 'claim', state: 'open' };
    const assigned = await started({ action: 'assign', filter, section: 'Text', to: 'cid' }, lead);
    const second = await bulk({ action: 'assign', filter, section: 'Nope', to: 'cid' }, lead);
    if (second.status !== 202) {
      expect(problemOf(second)).toEqual([503, 'busy']);
      expect(second.headers['retry-after']).toBe('5');
    }
    await finished(assigned, { done: 4 }, lead);
    for (const one of [...anns, bobs])
      expect((await send('GET', one.at)).body.sections.Text.assignee).toBe('cid');
    if (second.status === 202) await finished(second, { 'unknown-section': 4 }, lead);
    const told = await send('GET', '/api/notifications', undefined, as('cid'));
    const occasions = told.body._embedded.notifications.filter(
      (n: Loose) => n.document === bobs.id,
    );
    expect(occasions).toMatchObject([{ occasion: 'assigned', section: 'Text', type: 'claim' }]);
    const archived = await started({ action: 'archive', filter }, lead);
    await finished(archived, { done: 4 }, lead);
    expect(await stateOf(bobs)).toBe('expired');
  });

  test('400 for what is no action, and for what would be one on everything', async () => {
    const filter = { owner: 'nobody' };
    const cases: [object, string[]][] = [
      [{}, ['/action', '/filter']],
      [{ action: 'approve', filter }, ['/action']],
      [{ action: 'cancel' }, ['/filter']],
      [{ action: 'cancel', filter: {} }, ['/filter']],
      [{ action: 'cancel', filter: { limit: '1' } }, ['/filter/limit']],
      [{ action: 'cancel', filter: { cursor: 'x' } }, ['/filter/cursor']],
      [{ action: 'cancel', filter: { title: '!!!' } }, ['/filter/title']],
      [{ action: 'cancel', filter: { nope: 'x' } }, ['/filter/nope']],
      [{ action: 'cancel', filter: { owner: 1 } }, ['/filter/owner']],
      [{ action: 'cancel', filter: { state: 'nope' } }, ['/filter/state']],
      [{ action: 'cancel', filter: { createdFrom: 'x' } }, ['/filter/createdFrom']],
      [{ action: 'cancel', filter, section: 'Text', to: 'x' }, ['/section', '/to']],
      [{ action: 'cancel', filter, reason: '' }, ['/reason']],
      [{ action: 'assign', filter, to: 'x' }, ['/section']],
      [{ action: 'assign', filter, section: 'Text', to: 'a b' }, ['/to']],
      [{ action: 'assign', filter, section: 'Text', reason: 'x' }, ['/reason']],
      [{ action: 'cancel', filter, by: 'boss' }, ['/by']],
    ];
    for (const [body, pointers] of cases) {
      const refused = await bulk(body);
      expect([body, ...problemOf(refused)]).toEqual([body, 400, 'invalid-request']);
      expect(pointersOf(refused), JSON.stringify(body)).toEqual(expect.arrayContaining(pointers));
    }
    const text = await send('POST', '/api/bulk', 'x', { 'content-type': 'text/plain' });
    expect(problemOf(text)).toEqual([415, 'unsupported-media-type']);
    const huge = await bulk({ action: 'cancel', filter, reason: 'x'.repeat(1_300_000) });
    expect(problemOf(huge)).toEqual([413, 'too-large']);
    for (const id of ['nothing', randomUUID()])
      expect(problemOf(await send('GET', `/api/bulk/${id}`))).toEqual([404, 'not-found']);
    for (const id of ['%00', 'a%27b', 'x'.repeat(65)])
      expect(problemOf(await send('GET', `/api/bulk/${id}`))).toEqual([400, 'invalid-request']);
  });

  test('nobody gets more rights by the signal that bulk actions use', async () => {
    const { at, id } = await create({ type: 'claim' }, as('ann'));
    const caller = { user: 'ann', roles: ['*'], via: 'system' };
    const pose = { name: 'command', payload: { kind: 'cancel' }, caller };
    const sent = await send('POST', `${at}/events/dossier:relay`, pose, as('eve'));
    expect(problemOf(sent)).toEqual([400, 'invalid-request']);
    await harness.client.workflow
      .getHandle(`document:${id}`)
      .signal('dossier:relay', { ...pose, caller: { ...caller, user: 'eve', roles: [] } });
    const refused = await awaitUntil('it is judged', async () => {
      const { body } = await send('GET', `${at}/history`);
      const entries = body._embedded.entries.filter(({ accepted }: Loose) => !accepted);
      return entries.length === 1 && entries;
    });
    expect(refused).toMatchObject([
      { by: 'eve', command: 'command', code: 'forbidden', via: 'signal' },
    ]);
  });

  test('one that finds nothing is through at once', async () => {
    const job = await started({ action: 'cancel', filter: { owner: `nobody-${randomUUID()}` } });
    expect(await finished(job, {})).toMatchObject({ total: 0, delivered: 0 });
  });
});

describe('the clock', () => {
  const told = async (who: Record<string, string>, id: string): Promise<Loose[]> => {
    const { body } = await send('GET', '/api/notifications?limit=200', undefined, who);
    return body._embedded.notifications.filter(({ document }: Loose) => document === id);
  };

  test('reminds those who are waited for; a section past its deadline is overdue in the list', async () => {
    const { id, at } = await waiting.quick;
    // Of reminders that were missed, because the machine was busy, only the last is sent.
    const mine = await awaitUntil('reminded, and overdue', async () => {
      const all = await told(as('x', 'writer'), id);
      const occasions = new Set(all.map(({ occasion }) => occasion));
      return occasions.has('reminder') && occasions.has('overdue') && all;
    });
    expect(mine.filter(({ occasion }) => occasion === 'overdue')).toHaveLength(1);
    expect(mine[0]).toMatchObject({
      type: 'quick',
      title: 'quick',
      section: 'Text',
      _links: { document: { href: at } },
    });
    expect((await told(as('ann'), id)).map(({ occasion }) => occasion)).toEqual(['overdue']);
    expect(await told(as('eve', 'reader'), id)).toEqual([]);
    await awaitUntil('overdue in the list', async () => {
      const { body } = await send('GET', '/api/documents?type=quick');
      return body._embedded.documents.find((row: Loose) => row.id === id)?.overdue;
    });
    const until = new Date(Date.now() + 86_400_000).toISOString();
    const extended = await send('POST', `${at}/extend`, { section: 'Text', until }, as('ann'));
    expect(extended.body).toMatchObject({ dueAt: until });
    expect(extended.body).not.toHaveProperty('overdue');
    expect(
      (await send('GET', `${at}/history`)).body._embedded.entries.map((e: Loose) => e.via),
    ).toContain('system');
  });

  test('a draft past its deadline expires, and its owner is told', async () => {
    const { id, at } = await waiting.brief;
    await closed({ id, at });
    expect((await send('GET', at)).body).toMatchObject({ state: 'expired' });
    await listed('type=brief&state=expired', id);
    expect((await told(as('ann'), id)).map(({ occasion }) => occasion)).toEqual(['expired']);
  });
});

describe('GET /api/notifications', () => {
  test('newest first, in pages, only one’s own', async () => {
    const user = `n-${randomUUID()}`;
    for (let sequence = 1; sequence <= 5; sequence += 1)
      await notify(harness.database, {
        kind: 'document',
        documentId: user,
        key: `reminder:${sequence}`,
        occasion: 'reminder',
        recipients: sequence === 3 ? ['role:other'] : [`user:${user}`],
        title: `No. ${sequence}`,
        type: 'claim',
        at: new Date().toISOString(),
      });
    const titles: string[] = [];
    const pages: number[] = [];
    for (let url: string | undefined = '/api/notifications?limit=3'; url;) {
      const page: Loose = await send('GET', url, undefined, as(user));
      expect(page.status, page.text).toBe(200);
      titles.push(...page.body._embedded.notifications.map(({ title }: Loose) => title));
      pages.push(page.body.count);
      for (const name of ['self', 'home'])
        expect((await send('GET', page.body._links[name].href, undefined, as(user))).status).toBe(
          200,
        );
      url = page.body._links.next?.href;
    }
    expect(titles).toEqual(['No. 5', 'No. 4', 'No. 2', 'No. 1']);
    expect(pages).toEqual([3, 1]);
    const everything = await send('GET', '/api/notifications?limit=200');
    expect(everything.text, 'with all roles').toContain('No. 3');
    for (const query of [
      'limit=0',
      'limit=201',
      'limit=x',
      'before=0',
      'before=-1',
      'before=1e30',
      'user=x',
    ])
      expect([query, ...problemOf(await send('GET', `/api/notifications?${query}`))]).toEqual([
        query,
        400,
        'invalid-request',
      ]);
  });
});
