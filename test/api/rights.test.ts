/** Rights that change hands, and what is left of them: nobody gains what nobody gave. */
import { describe, expect, test } from 'vitest';
import { documentTypes } from '../../src/document-types/index.ts';
import { as, openApi, problemOf, typeOf } from '../support/api.ts';
import { awaitUntil } from '../support/await-until.ts';
import { startHarness } from '../support/harness.ts';

const review = typeOf('review', {
  sections: {
    Own: { fill: ['owner'], schema: secretSchema() },
    Check: { fill: ['role:checker'], schema: secretSchema() },
  },
  permissions: { sensitive: ['user:nobody'] },
  approval: { stages: [{ name: 'any', approvers: ['anyone'] }] },
});
const part = typeOf('part', { sections: { A: { required: false } } });
const folder = typeOf('folder', {
  sections: { A: { required: false } },
  children: { part: { onCancel: 'cancel' } },
});
const unique = typeOf('unique', {
  metadata: {
    type: 'object',
    properties: { labels: { type: 'array', maxItems: 10, uniqueItems: true, items: {} } },
  },
  sections: { A: {} },
});
const harness = await startHarness({
  documentTypes: documentTypes([review, part, folder, unique]),
});
const { send, create, closed } = await openApi(harness);
const [ann, bob, eve] = [as('ann'), as('bob'), as('eve')];

function secretSchema() {
  const properties = { text: { type: 'string' }, pin: { type: 'string', sensitive: true } };
  return { type: 'object', properties };
}

describe('an assignment', () => {
  test('by somebody who may not fill the section gives no right, neither to write nor to see', async () => {
    const { at } = await create({ type: 'review' }, ann);
    const filled = await send('PUT', `${at}/sections/Check`, { pin: '1234' }, as('cy', 'checker'));
    expect(filled.status).toBe(200);
    await send('POST', `${at}/assign`, { section: 'Check', to: 'ann' }, ann);
    const written = await send('PUT', `${at}/sections/Check`, { text: 'mine' }, ann);
    expect(problemOf(written)).toEqual([403, 'forbidden']);
    expect((await send('GET', at, undefined, ann)).text).not.toContain('1234');
  });

  test('by somebody who may fill it lets the assignee', async () => {
    const { at } = await create({ type: 'review' }, ann);
    await send('POST', `${at}/assign`, { section: 'Own', to: 'bob' }, ann);
    expect((await send('PUT', `${at}/sections/Own`, { pin: '77' }, bob)).status).toBe(200);
    const mine = await send('PUT', `${at}/sections/Own`, { pin: '78' }, ann);
    expect(problemOf(mine)).toEqual([403, 'forbidden']);
  });

  test.each(['user:bob', 'role:x', 'two words'])('to %j is no assignment', async (to) => {
    const { at } = await create({ type: 'review' }, ann);
    const given = await send('POST', `${at}/assign`, { section: 'Own', to }, ann);
    expect(problemOf(given)).toEqual([400, 'invalid-request']);
    expect((await send('POST', `${at}/transfer`, { to }, ann)).status).toBe(400);
  });
});

test('as it was is shown with the rights of now', async () => {
  const { at } = await create({ type: 'review', sections: { Own: { pin: 'PIN-1' } } }, ann);
  expect((await send('GET', `${at}?version=1`, undefined, ann)).text).toContain('PIN-1');
  await send('PUT', `${at}/sections/Own`, { pin: 'PIN-2' }, ann);
  await send('POST', `${at}/transfer`, { to: 'bob' }, ann);
  for (const version of [1, 2]) {
    for (const path of [at, `${at}/sections/Own`]) {
      const past = await send('GET', `${path}?version=${version}`, undefined, ann);
      expect(past.text, `${path} ${version}`).not.toContain('PIN-');
      const owners = await send('GET', `${path}?version=${version}`, undefined, bob);
      expect(owners.text).toContain(`PIN-${version}`);
      expect(owners.body._templates).toEqual({});
    }
  }
});

test('whoever submitted a document may not decide on it after giving it away', async () => {
  const sections = { Own: {} };
  const { at } = await create({ type: 'review', sections }, ann);
  await send('PUT', `${at}/sections/Check`, {}, as('cy', 'checker'));
  await send('POST', `${at}/submit`, {}, ann);
  expect((await send('POST', `${at}/transfer`, { to: 'ghost' }, ann)).status).toBe(200);
  expect(problemOf(await send('POST', `${at}/approve`, {}, ann))).toEqual([403, 'forbidden']);
  expect((await send('POST', `${at}/approve`, {}, bob)).body.state).toBe('approved');
});

describe('If-Match on a command', () => {
  test.each(['cancel', 'archive', 'comment', 'submit', 'transfer'])('%s', async (command) => {
    const { at } = await create({ type: 'part' }, ann);
    await send('PUT', `${at}/sections/A`, { a: 1 }, ann);
    const body = { comment: { text: 'x' }, transfer: { to: 'bob' } }[command] ?? {};
    const stale = await send('POST', `${at}/${command}`, body, { ...ann, 'if-match': '"1"' });
    expect(problemOf(stale)).toEqual([412, 'version-mismatch']);
    expect(stale.body.version).toBe(2);
    const fresh = await send('POST', `${at}/${command}`, body, { ...ann, 'if-match': '"2"' });
    expect(fresh.status).toBe(200);
  });
});

describe('linking', () => {
  test('asks for the right to edit both, because a cancellation above reaches below', async () => {
    const victim = await create({ type: 'part' }, bob);
    const mine = await create({ type: 'folder' }, eve);
    const link = await send('POST', `${mine.at}/link`, { child: victim.id }, eve);
    expect(problemOf(link)).toEqual([403, 'forbidden']);
    await send('POST', `${mine.at}/cancel`, {}, eve);
    expect((await send('GET', victim.at, undefined, bob)).body.state).toBe('open');
  });

  test('a closed document lets go what is below it', async () => {
    const first = await create({ type: 'folder' }, ann);
    const child = await create({ type: 'part', parent: first.id }, ann);
    await awaitUntil('linked', async () => (await send('GET', first.at)).body.children);
    const second = await create({ type: 'folder' }, ann);
    const early = await send('POST', `${second.at}/link`, { child: child.id }, ann);
    expect(problemOf(early)).toEqual([409, 'not-linkable']);
    await send('POST', `${first.at}/archive`, {}, ann);
    await closed(first);
    const late = await send('POST', `${second.at}/link`, { child: child.id }, ann);
    expect(late.status, late.text).toBe(200);
    await awaitUntil('it knows', async () => {
      return (await send('GET', child.at, undefined, ann)).body.parent === second.id;
    });
  });
});

test('what was deleted does not come back with its Idempotency-Key', async () => {
  const body = { type: 'part', sections: { A: { note: 'PERSONAL' } } };
  const keyed = { ...ann, 'idempotency-key': 'only-once' };
  const made = await create(body, keyed);
  await send('POST', `${made.at}/cancel`, {}, ann);
  await closed(made);
  expect((await send('DELETE', made.at, undefined, as('ann', 'operator'))).status).toBe(204);
  const again = await send('POST', '/api/documents', body, keyed);
  expect(problemOf(again)).toEqual([409, 'already-exists']);
  await awaitUntil('Temporal has forgotten it too', async () =>
    harness.client.workflow
      .getHandle(`document:${made.id}`)
      .describe()
      .then(
        () => false,
        () => true,
      ),
  );
});

test('a restored document says what was left out', async () => {
  const source = await create({ type: 'review', sections: { Own: { text: 'o' } } }, ann);
  await send('PUT', `${source.at}/sections/Check`, { text: 'c' }, as('cy', 'checker'));
  const restored = await send('POST', `${source.at}/restore`, {}, ann);
  expect(restored.status).toBe(201);
  expect(restored.body.from).toEqual({ id: source.id, version: 2, leftOut: ['Check'] });
  expect(restored.body.sections.Own.data).toEqual({ text: 'o' });
});

test('22,000 items that must differ are refused at once, and by a signal too', async () => {
  const labels = Array.from({ length: 22_000 }, (_, i) => ({ i }));
  const began = Date.now();
  const made = await send('POST', '/api/documents', { type: 'unique', metadata: { labels } }, ann);
  expect(problemOf(made)).toEqual([422, 'invalid-data']);
  expect(Date.now() - began).toBeLessThan(3_000);
  const { at } = await create({ type: 'unique' }, ann);
  const delivered = await send(
    'PATCH',
    at,
    { metadata: { labels } },
    { ...ann, prefer: 'respond-async' },
  );
  expect(delivered.status).toBe(202);
  await awaitUntil('refused, not stuck', async () => {
    const { body } = await send('GET', `${at}/history`, undefined, ann);
    return body._embedded.entries.some(({ accepted }: { accepted: boolean }) => !accepted);
  });
});

test('the status tells how far each section is', async () => {
  const { at } = await create({ type: 'review', sections: { Own: {} } }, ann);
  await send('PUT', `${at}/sections/Own`, { text: 'other' }, ann);
  await awaitUntil('corrected', async () => {
    const { body } = await send('GET', `${at}/status`, undefined, ann);
    return body.sections.Own.state === 'corrected' && body.sections.Own.by === 'ann';
  });
  const { body } = await send('GET', `${at}/status`, undefined, ann);
  expect(body.sections.Check).toEqual({ state: 'open' });
});
