/** Approvals of their own over HTTP: every route and every status. */
import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { as, openApi, pointersOf, problemOf, type Answer } from '../support/api.ts';
import { policyFor } from '../support/own-approvals.ts';
import { awaitUntil } from '../support/await-until.ts';
import { startHarness, type Loose } from '../support/harness.ts';

const harness = await startHarness();
const { send } = await openApi(harness);
/** Without a worker. */
const idle = await startHarness({ worker: false });
const still = await openApi(idle);

const OLGA = as('olga');
const ANNA = as('anna');
const EVE = as('eve');
const BASE = '/api/approvals';

async function create(
  policy: object = policyFor(['user:anna']),
  more: object = {},
): Promise<{ id: string; at: string; body: Loose }> {
  const body = { title: 'Budget', subject: { amount: 10 }, policy, ...more };
  const made = await send('POST', BASE, body, OLGA);
  expect(made.status, made.text).toBe(201);
  return { id: made.body.id, at: `${BASE}/${made.body.id}`, body: made.body };
}

const post = (at: string, kind: string, body: object = {}, headers = ANNA): Promise<Answer> =>
  send('POST', `${at}/${kind}`, body, headers);
const get = (at: string, headers = OLGA): Promise<Answer> => send('GET', at, undefined, headers);
const ended = (id: string) => harness.client.workflow.getHandle(`approval:${id}`).result();
const templatesOf = ({ body }: Answer): string[] => Object.keys(body._templates);

describe('creating', () => {
  test('answers the approval as it begins: who is asked, until when, what one can do', async () => {
    const policy = policyFor(['user:anna', 'role:head'], { deadline: 'P1D', quorum: 2 });
    const made = await send('POST', BASE, { title: 'Budget', subject: [1], policy }, OLGA);
    const { id } = made.body;
    expect(made.headers).toMatchObject({ location: `${BASE}/${id}`, etag: '"1"' });
    expect(made.body).toMatchObject({
      title: 'Budget',
      state: 'pending',
      stage: 'decide',
      waitingFor: ['user:anna', 'role:head'],
      owner: 'olga',
      subject: [1],
      version: 1,
      round: 1,
      needed: 2,
      approvals: 0,
      decisions: [],
      escalations: [],
      dueAt: expect.any(String),
      _links: { self: { href: `${BASE}/${id}` } },
    });
    expect(templatesOf(made)).toEqual(['remind', 'extend', 'comment', 'withdraw']);
    const read = await get(`${BASE}/${id}`);
    expect(read.body).toEqual(made.body);
    expect(read.headers['etag']).toBe('"1"');
    const anna = await get(`${BASE}/${id}`, ANNA);
    expect(templatesOf(anna)).toEqual([
      'approve',
      'reject',
      'request-changes',
      'delegate',
      'comment',
    ]);
    expect(anna.body._templates.delegate).toMatchObject({
      method: 'POST',
      target: `${BASE}/${id}/delegate`,
    });
    expect((await get(`${BASE}/approval:${id}`)).body.id).toBe(id);
  });

  test('with an id of one’s own, which is never used twice', async () => {
    const id = `budget-${randomUUID()}`;
    const { at } = await create(undefined, { id });
    const body = { id, title: 'Other', policy: policyFor(['anyone']) };
    expect(problemOf(await send('POST', BASE, body, OLGA))).toEqual([409, 'already-exists']);
    await post(at, 'approve');
    await ended(id);
    expect(problemOf(await send('POST', BASE, body, OLGA))).toEqual([409, 'already-exists']);
  });

  test('once for each Idempotency-Key', async () => {
    const headers = { ...OLGA, 'idempotency-key': randomUUID() };
    const body = { title: 'Once', policy: policyFor(['user:anna'], { deadline: 'P1D' }) };
    const [first, second] = [
      await send('POST', BASE, body, headers),
      await send('POST', BASE, body, headers),
    ];
    expect([first.status, second.status]).toEqual([201, 200]);
    expect(second.body).toEqual(first.body);
    const other = await send('POST', BASE, { ...body, title: 'Twice' }, headers);
    expect(problemOf(other)).toEqual([422, 'idempotency-key-reused']);
  });

  test('refuses what it cannot use, naming each place', async () => {
    const bad: [body: unknown, status: number, code: string, pointers: string[]][] = [
      [{ title: 'x' }, 400, 'invalid-request', ['/policy']],
      [{ policy: policyFor(['anyone']) }, 400, 'invalid-request', ['/title']],
      [
        { title: 'x', policy: policyFor(['who?']) },
        400,
        'invalid-request',
        ['/policy/stages/0/approvers/0'],
      ],
      [
        { title: 'x', policy: policyFor(['anyone']), actor: 'me' },
        400,
        'invalid-request',
        ['/actor'],
      ],
      [
        { title: 'x', policy: policyFor(['anyone'], { when: { field: 'a.b', equals: 1 } }) },
        400,
        'invalid-request',
        ['/policy/stages/0/when/field'],
      ],
      [
        { title: 'x', policy: policyFor(['anyone'], { deadline: 'soon' }) },
        422,
        'invalid-data',
        ['/policy/stages/0/deadline'],
      ],
    ];
    for (const [body, status, code, pointers] of bad) {
      const answer = await send('POST', BASE, body, OLGA);
      expect(problemOf(answer), answer.text).toEqual([status, code]);
      expect(pointersOf(answer), answer.text).toEqual(pointers);
    }
    const large = { title: 'x', subject: 'x'.repeat(300_000), policy: policyFor(['anyone']) };
    expect(problemOf(await send('POST', BASE, large, OLGA))).toEqual([413, 'too-large']);
    const text = await send('POST', BASE, undefined, { ...OLGA, 'content-type': 'text/plain' });
    expect([400, 415]).toContain(text.status);
  });

  test('nested conditions are a part of the shape', async () => {
    const when = { all: [{ not: { field: 'subject.amount', above: 5 } }] };
    const { body } = await create(policyFor(['user:anna'], { when }));
    expect(body).toMatchObject({ state: 'approved', waitingFor: [] });
  });

  test('needs no worker; reading does, listing and status do not', async () => {
    const body = { title: 'Idle', policy: policyFor(['user:anna']) };
    const made = await still.send('POST', BASE, body, OLGA);
    expect(made.status, made.text).toBe(201);
    const at = `${BASE}/${made.body.id}`;
    expect((await still.send('GET', `${at}/status`, undefined, OLGA)).body).toMatchObject({
      state: 'pending',
      waitingFor: ['user:anna'],
    });
    const listed = await awaitUntil('listed', async () => {
      const list = await still.send('GET', `${BASE}?owner=olga`, undefined, OLGA);
      return list.body._embedded.approvals.find(({ id }: Loose) => id === made.body.id);
    });
    expect(listed).toMatchObject({ title: 'Idle', state: 'pending' });
    const read = await still.send('GET', at, undefined, OLGA);
    expect(problemOf(read)).toEqual([503, 'no-worker']);
    const later = await still.send(
      'POST',
      `${at}/approve`,
      {},
      {
        ...ANNA,
        prefer: 'respond-async',
      },
    );
    expect(later.status).toBe(202);
  }, 40_000);
});

describe('deciding', () => {
  test('approve: 200 with the approval; again: 409', async () => {
    const { id, at } = await create();
    const done = await post(at, 'approve', { version: 1, round: 1, reason: 'Fine' });
    expect(done.status, done.text).toBe(200);
    expect(done.headers['etag']).toBe('"1"');
    expect(done.body).toMatchObject({
      state: 'approved',
      waitingFor: [],
      decisions: [{ by: 'anna', decision: 'approved', version: 1, reason: 'Fine' }],
      closedReason: 'Fine',
      _templates: {},
    });
    await ended(id);
    const again = await post(at, 'approve');
    expect(problemOf(again)).toEqual([409, 'wrong-state']);
    expect(again.body).toMatchObject({ state: 'approved', allowed: [] });
    // From the archive, the same.
    expect((await get(at)).body).toEqual({ ...done.body, updatedAt: expect.any(String) });
    expect((await get(`${at}/status`)).body).toMatchObject({ state: 'approved' });
  });

  test('reject, by somebody of the role', async () => {
    const { at } = await create(policyFor(['role:head']));
    expect(problemOf(await post(at, 'reject', {}, ANNA))).toEqual([404, 'not-found']);
    const done = await post(at, 'reject', { reason: 'No' }, as('hana', 'head'));
    expect(done.body).toMatchObject({ state: 'rejected', closedReason: 'No' });
  });

  test('neither the owner nor a stranger decides; nobody else learns of it', async () => {
    const { at } = await create(policyFor(['user:anna', 'anyone']));
    expect(problemOf(await post(at, 'approve', {}, OLGA))).toEqual([403, 'forbidden']);
    const { at: secret } = await create();
    for (const path of ['', '/status', '/history'])
      expect(problemOf(await get(`${secret}${path}`, EVE))).toEqual([404, 'not-found']);
    for (const [kind, body] of [
      ['approve', {}],
      ['comment', { text: 'Hi' }],
      ['withdraw', {}],
      ['events/Approval', true],
    ] as [string, object][])
      expect(problemOf(await post(secret, kind, body, EVE)), kind).toEqual([404, 'not-found']);
    expect((await get(secret, as('otto', 'operator'))).status).toBe(200);
    for (const kind of ['remind', 'withdraw', 'submit'])
      expect((await post(secret, kind, {}, ANNA)).body.code, kind).toMatch(/forbidden|wrong-state/);
  });

  test('somebody who asks for another one does not decide either', async () => {
    const { at, body } = await create(policyFor(['anyone']), { owner: 'otto' });
    expect(body.owner).toBe('otto');
    expect(problemOf(await post(at, 'approve', {}, OLGA))).toEqual([403, 'forbidden']);
    expect((await post(at, 'approve', {}, ANNA)).status).toBe(200);
  });

  test('decisions bind to version and round: 412', async () => {
    const { at } = await create(policyFor(['user:anna', 'user:ben'], { quorum: 2 }));
    const stale = await post(at, 'approve', { version: 2 });
    expect(problemOf(stale)).toEqual([412, 'version-mismatch']);
    expect(stale.body.version).toBe(1);
    expect(problemOf(await post(at, 'approve', { round: 2 }))).toEqual([412, 'version-mismatch']);
    const based = { ...ANNA, 'if-match': '"7"' };
    expect(problemOf(await post(at, 'approve', {}, based))).toEqual([412, 'version-mismatch']);
    expect((await post(at, 'approve', {}, { ...ANNA, 'if-match': '"1"' })).status).toBe(200);
  });

  test('double clicks and repeated keys decide once', async () => {
    const { at } = await create(policyFor(['user:anna', 'user:ben'], { quorum: 2 }));
    const headers = { ...ANNA, 'idempotency-key': randomUUID() };
    const all = await Promise.all([
      post(at, 'approve', {}, headers),
      post(at, 'approve', {}, headers),
      post(at, 'approve'),
    ]);
    expect(all.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect((await get(at)).body).toMatchObject({ approvals: 1, waitingFor: ['user:ben'] });
    expect(problemOf(await post(at, 'reject', {}, headers))).toEqual([409, 'wrong-state']);
    const other = { ...ANNA, 'idempotency-key': headers['idempotency-key'] };
    const reused = await post(at, 'approve', { reason: 'Other' }, other);
    expect(problemOf(reused)).toEqual([422, 'idempotency-key-reused']);
  });

  test('changes are requested, and it comes again', async () => {
    const { at } = await create();
    const back = await post(at, 'request-changes', {
      reason: 'Too much',
      sections: { amount: 'Halve it' },
    });
    expect(back.body).toMatchObject({
      state: 'changes-requested',
      waitingFor: ['user:olga'],
      comments: [{ section: 'amount', text: 'Halve it' }],
    });
    expect(templatesOf(await get(at))).toEqual(['submit', 'comment', 'withdraw']);
    expect(problemOf(await post(at, 'submit', {}, ANNA))).toEqual([403, 'forbidden']);
    const again = await post(at, 'submit', { subject: { amount: 5 }, title: 'Half' }, OLGA);
    expect(again.body).toMatchObject({
      title: 'Half',
      subject: { amount: 5 },
      state: 'pending',
      version: 2,
      round: 2,
    });
    expect(problemOf(await post(at, 'submit', {}, OLGA))).toEqual([409, 'wrong-state']);
    expect((await post(at, 'approve', { version: 2, round: 2 })).body.state).toBe('approved');
  });

  test('delegate, remind, comment, extend, withdraw', async () => {
    const { id, at } = await create(policyFor(['user:anna'], { deadline: 'P1D' }));
    expect((await post(at, 'delegate', { to: 'dan' })).body.waitingFor).toEqual(['user:dan']);
    expect(problemOf(await post(at, 'approve'))).toEqual([403, 'forbidden']);
    expect(problemOf(await post(at, 'delegate', {}))).toEqual([400, 'invalid-request']);
    expect((await post(at, 'remind', {}, OLGA)).status).toBe(200);
    expect((await post(at, 'comment', { text: 'Hm' }, as('dan'))).body.comments).toHaveLength(1);
    const until = new Date(Date.now() + 7_200_000).toISOString();
    expect((await post(at, 'extend', { until }, OLGA)).body.dueAt).toBe(until);
    const past = await post(at, 'extend', { until: '2020-01-01T00:00:00Z' }, OLGA);
    expect(problemOf(past)).toEqual([422, 'invalid-data']);
    const gone = await post(at, 'withdraw', { reason: 'Not needed' }, OLGA);
    expect(gone.body).toMatchObject({ state: 'withdrawn', closedReason: 'Not needed' });
    await ended(id);
    const { body } = await get(`${at}/history`);
    expect(body._embedded.entries.map(({ command: what }: Loose) => what)).toEqual([
      'create',
      'ask',
      'delegate',
      'remind decide',
      'comment',
      'extend',
      'withdraw',
    ]);
  });

  test('events and Prefer: respond-async are delivered, 202; bad ones are told in the history', async () => {
    const { id, at } = await create(policyFor(['user:anna'], {}, { event: 'Nod' }));
    for (const [name, payload] of [
      ['Other', 1],
      ['Nod', 'yes'],
    ] as [string, unknown][]) {
      const sent = await send('POST', `${at}/events/${name}`, payload, ANNA);
      expect(sent.status).toBe(202);
      expect(sent.headers['location']).toBe(`${at}/status`);
    }
    const told = await awaitUntil('both are told', async () => {
      const { body } = await get(`${at}/history`);
      return body.refusedCount === 2 && body;
    });
    expect(told._embedded.entries.slice(2)).toMatchObject([
      { command: 'Other', accepted: false, code: 'unknown-event', by: 'anna' },
      { command: 'Nod', accepted: false, code: 'invalid-data', by: 'anna' },
    ]);
    expect((await send('POST', `${at}/events/__x`, 1, ANNA)).status).toBe(400);
    const later = await post(at, 'approve', {}, { ...ANNA, prefer: 'respond-async' });
    expect([later.status, later.headers['preference-applied']]).toEqual([202, 'respond-async']);
    expect(await ended(id)).toMatchObject({ state: 'approved' });
    expect(problemOf(await send('POST', `${at}/events/Nod`, true, ANNA))).toEqual([
      409,
      'wrong-state',
    ]);
  });

  test('a history that is full takes no more words, 413, but decisions', async () => {
    const { at } = await create();
    const text = '😀'.repeat(2_000);
    const answers: Answer[] = [];
    while (answers.at(-1)?.status !== 413 && answers.length < 60)
      answers.push(await post(at, 'comment', { text }));
    expect(answers.length).toBeGreaterThan(20);
    expect(problemOf(answers.at(-1) as Answer)).toEqual([413, 'too-large']);
    // Too large for the result of an update, so it is read: the answer is the same.
    expect(answers[10]?.body).toMatchObject({ subject: { amount: 10 }, state: 'pending' });
    expect((await post(at, 'approve')).body.state).toBe('approved');
  });

  test('what never was: 404 everywhere', async () => {
    const at = `${BASE}/never`;
    for (const path of ['', '/status', '/history'])
      expect(problemOf(await get(`${at}${path}`))).toEqual([404, 'not-found']);
    expect(problemOf(await post(at, 'approve'))).toEqual([404, 'not-found']);
    expect(problemOf(await send('POST', `${at}/events/Approval`, true))).toEqual([
      404,
      'not-found',
    ]);
    // A document is no approval.
    const { body } = await send('POST', '/api/documents', { type: 'employee-onboarding' });
    expect((await get(`${BASE}/${body.id}`)).status).toBe(404);
    expect((await get(`${BASE}/document:${body.id}`)).status).toBe(404);
  });
});

describe('lists', () => {
  const listed = async (query: string, headers: Record<string, string>): Promise<Loose[]> => {
    const list = await send('GET', `${BASE}?${query}`, undefined, headers);
    expect(list.status, list.text).toBe(200);
    return list.body._embedded.approvals;
  };
  const seen = (what: string, query: string, headers: Record<string, string>, id: string) =>
    awaitUntil(what, async () => (await listed(query, headers)).find((row) => row.id === id));

  test('by state and owner, open and closed, for those who may read them', async () => {
    const user = `u${randomUUID().slice(0, 8)}`;
    const [owner, asked] = [as(user), as(`${user}-asked`)];
    const made = [];
    for (const title of ['One', 'Two']) {
      const body = { title, policy: policyFor([`user:${user}-asked`]) };
      made.push((await send('POST', BASE, body, owner)).body.id as string);
    }
    const [one = '', two = ''] = made;
    await seen('one is open', `owner=${user}&state=pending`, owner, one);
    await seen('two is open', '', asked, two);
    await post(`${BASE}/${one}`, 'approve', {}, asked);
    await ended(one);
    await seen('one is closed', `owner=${user}&state=approved`, owner, one);
    // Also for those who were asked, and for nobody else.
    await seen('one is closed for the other', 'state=approved', asked, one);
    expect(await listed(`owner=${user}`, EVE)).toEqual([]);
    await seen('operators see all', `owner=${user}`, as('otto', 'operator'), two);
    const pages = await send('GET', `${BASE}?owner=${user}&limit=1`, undefined, owner);
    const next = await send('GET', pages.body._links.next.href, undefined, owner);
    const both = [pages, next].map(({ body }) => body._embedded.approvals[0].id);
    expect(new Set(both)).toEqual(new Set([one, two]));
    expect(problemOf(await send('GET', `${BASE}?state=odd`, undefined, owner))).toEqual([
      400,
      'invalid-request',
    ]);
  });

  test('an unusable start is listed with its reason', async () => {
    const id = `bad-${randomUUID()}`;
    const { client, taskQueue } = harness;
    await client.workflow.start('approval', {
      workflowId: `approval:${id}`,
      taskQueue,
      args: [{ title: 'x' }],
    });
    await expect(ended(id)).rejects.toThrow();
    const row = await seen('failed', 'state=failed', EVE, id);
    expect(row.customStatus).toMatch(/policy is required/);
    expect((await get(`${BASE}/${id}`)).body).toMatchObject({ state: 'failed', _templates: {} });
  });

  test('one that was terminated reads as far as it is known, and reaches the archive', async () => {
    const { id, at } = await create();
    // Once its workflow has begun.
    await get(at);
    await harness.client.workflow.getHandle(`approval:${id}`).terminate('because');
    expect((await get(at)).body).toMatchObject({ state: 'terminated', title: 'Budget' });
    expect(problemOf(await post(at, 'approve'))).toEqual([409, 'wrong-state']);
    await awaitUntil('reconciled', async () => {
      const { taskQueue, client } = harness;
      await client.workflow.execute('reconcile', { workflowId: randomUUID(), taskQueue });
      return (await get(at)).body.subject !== undefined;
    });
    expect((await get(at)).body).toMatchObject({
      state: 'terminated',
      subject: { amount: 10 },
      closedReason: 'Ended in Temporal: Terminated.',
    });
  });
});
