/** Inbox and outbox: what waits for somebody, across documents and approvals. */
import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { as, idsOf, openApi, problemOf, type Answer } from '../support/api.ts';
import { policyFor } from '../support/own-approvals.ts';
import { awaitUntil } from '../support/await-until.ts';
import { startHarness, type Loose } from '../support/harness.ts';
import { typeOf, typesOf } from '../support/workflow-types.ts';

const types = typesOf(
  typeOf('note', { permissions: { read: ['owner'] } }),
  typeOf('urgent', { deadline: 'P2D', permissions: { read: ['owner'] } }),
);
/** What went to Temporal; `small` makes pages of two rows. */
const seen: string[] = [];
let small = false;
const harness = await startHarness({
  documentTypes: types,
  onGrpc: (method, request) => {
    seen.push(method);
    return small && method === 'listWorkflowExecutions' ? { ...request, pageSize: 2 } : undefined;
  },
});
const { send } = await openApi(harness);

const user = `u${randomUUID().slice(0, 8)}`;
const role = `r${randomUUID().slice(0, 8)}`;
const owner = as('olga');

/** Ids of this test; on the shared server there is more that waits for anyone. */
const mine = new Set<string>();

const made = async (path: string, body: object, headers = owner): Promise<string> => {
  const answer = await send('POST', path, body, headers);
  expect(answer.status, answer.text).toBe(201);
  mine.add(answer.body.id);
  return answer.body.id;
};
const ask = (approver: string, more: object = {}, headers = owner) =>
  made('/api/approvals', { title: 'Budget', policy: policyFor([approver], more) }, headers);
const box = (name: 'inbox' | 'outbox', headers: Record<string, string>): Promise<Answer> =>
  send('GET', `/api/${name}`, undefined, headers);
const until = (name: 'inbox' | 'outbox', headers: Record<string, string>, ids: string[]) =>
  awaitUntil(`${name} is ${ids.join()}`, async () => {
    const answer = await box(name, headers);
    expect(answer.status, answer.text).toBe(200);
    const { tasks } = answer.body._embedded;
    const found = tasks.filter(({ id }: Loose) => mine.has(id));
    const same = JSON.stringify(found.map(({ id }: Loose) => id)) === JSON.stringify(ids);
    return same && { count: answer.body.count as number, tasks: found as Loose[] };
  });

test('the inbox has approvals and documents, by user and by role, what is due first coming first', async () => {
  const whenever = await ask(`role:${role}`);
  const tomorrow = await ask(`user:${user}`, { deadline: 'P1D' });
  const soon = await ask(`user:${user}`, { deadline: 'PT1H' });
  const urgent = await made('/api/documents', { type: 'urgent' }, owner);
  await send('POST', `/api/documents/${urgent}/assign`, { section: 'Note', to: user }, owner);
  const asked = as(user, role);
  const { count, tasks } = await until('inbox', asked, [soon, tomorrow, urgent, whenever]);
  expect(count).toBeGreaterThanOrEqual(4);
  const [first] = tasks;
  expect(first).toMatchObject({
    kind: 'approval',
    title: 'Budget',
    state: 'pending',
    dueAt: expect.any(String),
    _links: { self: { href: `/api/approvals/${soon}` } },
  });
  expect(tasks[2]).toMatchObject({ kind: 'document', type: 'urgent' });
  await until('inbox', as(user), [soon, tomorrow, urgent]);
  await until('inbox', as('nobody'), []);
  // Decided, it waits no more; with changes requested it waits for its owner.
  await send('POST', `/api/approvals/${soon}/approve`, {}, asked);
  await send('POST', `/api/approvals/${tomorrow}/request-changes`, {}, asked);
  await until('inbox', asked, [urgent, whenever]);
  await awaitUntil('it is the owner’s turn', async () =>
    idsOf(await box('inbox', owner)).includes(tomorrow),
  );
});

test('the inbox is whole for those whom the attribute has no room for, in the same call', async () => {
  const many = Array.from({ length: 100 }, (_, i) => `${user}-with-a-long-name-${i}`);
  const policy = policyFor(many.map((one) => `user:${one}`));
  const id = await made('/api/approvals', { title: 'By many', policy });
  await until('inbox', as(many[0]!), [id]);
  await until('inbox', as(many[99]!), [id]);
  await until('inbox', as(`${user}-with-another-name`), []);
  await send('POST', `/api/approvals/${id}/approve`, {}, as(many[99]!));
  await until('inbox', as(many[98]!), []);
});

test('the outbox has what the caller owns and is open', async () => {
  const self = as(`${user}-owner`);
  const note = await made('/api/documents', { type: 'note' }, self);
  const one = await ask('user:anna', { deadline: 'P1D' }, self);
  const { tasks } = await until('outbox', self, [one, note]);
  expect(tasks.map(({ kind }: Loose) => kind)).toEqual(['approval', 'document']);
  await send('POST', `/api/approvals/${one}/withdraw`, {}, self);
  await until('outbox', self, [note]);
  await until('outbox', as('nobody'), []);
});

test('what was asked for somebody else is in both outboxes', async () => {
  const [hr, elsa] = [`${user}-hr`, `${user}-elsa`];
  const policy = policyFor(['user:anna']);
  const id = await made('/api/approvals', { title: 'For her', owner: elsa, policy }, as(hr));
  for (const one of [hr, elsa]) await until('outbox', as(one), [id]);
});

test('one call to Temporal each; it says when there may be more', async () => {
  for (const name of ['inbox', 'outbox'] as const) {
    seen.length = 0;
    expect((await box(name, as(user, role))).status).toBe(200);
    expect(seen).toEqual(['listWorkflowExecutions']);
  }
  const all = { 'x-user': 'olga' };
  await awaitUntil('all roles see all', async () => {
    const { body } = await box('inbox', all);
    const kinds = new Set(body._embedded.tasks.map(({ kind }: Loose) => kind));
    return body.count >= 3 && kinds.size === 2;
  });
  small = true;
  const { body } = await box('inbox', all);
  small = false;
  expect(body).toMatchObject({ count: 2, truncated: true });
  expect(problemOf(await send('GET', '/api/inbox?cursor=x'))).toEqual([400, 'invalid-request']);
});

test('home leads to them', async () => {
  const { body } = await send('GET', '/api');
  for (const name of ['inbox', 'outbox'])
    expect((await send('GET', body._links[name].href)).status).toBe(200);
  expect(body._links.approvals.href).toBe('/api/approvals{?state,owner,limit,cursor}');
});
