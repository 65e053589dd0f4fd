/** The inbox: a message is one, whoever brings it and however often, from before its effect until it is forgotten. */
import { describe, expect, test } from 'vitest';
import type { Effect } from '../../src/contracts/triggers.ts';
import {
  chooseRun,
  findMessage,
  forgetMessages,
  openMessages,
  receiveMessage,
  settleMessage,
  type NewMessage,
} from '../../src/store/inbox.ts';
import { DATABASES, databaseFor } from './databases.ts';

const NOW = new Date('2026-01-31T08:00:00.000Z');
const later = (ms: number): Date => new Date(NOW.getTime() + ms);
const settling = { now: NOW, retentionMs: 1_000 };
const refusal = { code: 'not-found', detail: 'Not there\0 yet' } as const;

const signal = (workflowId: string): Effect => ({
  kind: 'signal',
  name: 'Approval',
  workflowId,
  taskQueues: ['ours'],
});
const message = (key: string, more: Partial<NewMessage> = {}): NewMessage => ({
  key,
  source: '/s',
  id: `id ' of\0 ${key}`,
  type: 't',
  fingerprint: 'print',
  effect: signal(key),
  payload: { text: "a'\0ß", list: [null, 1.5] },
  caller: { user: 'olga', roles: ['operator'], via: 'signal' },
  ...more,
});

describe.each(DATABASES)('the inbox on %s', (_name, open) => {
  const on = databaseFor(open);
  const receive = (one: NewMessage, at = NOW) => receiveMessage(on.db, one, at);
  const keysOpen = async (until = later(0)) =>
    (await openMessages(on.db, { until, limit: 100 })).map(({ key }) => key);

  test('a message is kept as it was, and once', async () => {
    const { source: _source, id: _id, type: _type, ...kept } = message('a');
    const first = await receive(message('a'));
    expect(first).toEqual({
      ...kept,
      state: 'received',
      runId: undefined,
      receivedAt: NOW.toISOString(),
    });
    const second = message('a', { effect: signal('other'), payload: 2, fingerprint: 'x' });
    expect(await receive(second, later(5))).toEqual(first);
    expect(await findMessage(on.db, 'a')).toEqual(first);
    expect(await findMessage(on.db, 'nobody')).toBeUndefined();
  });

  test('fifty at once are one, and all learn what the first has decided', async () => {
    const all = await Promise.all(
      Array.from({ length: 50 }, (_, i) => receive(message('many', { effect: signal(`to-${i}`) }))),
    );
    expect(new Set(all.map(({ effect }) => JSON.stringify(effect))).size).toBe(1);
  });

  test('fifty choose one run, and go on to one', async () => {
    await receive(message('runs'));
    const choose = (from: string | undefined, prefix: string) =>
      Promise.all(
        Array.from({ length: 50 }, (_, i) => chooseRun(on.db, 'runs', `${prefix}${i}`, from)),
      );
    const first = new Set(await choose(undefined, 'a'));
    expect(first.size).toBe(1);
    const [before] = [...first];
    const second = new Set(await choose(before, 'b'));
    expect(second.size).toBe(1);
    expect([...second][0]).toMatch(/^b/);
    // Who is late does not go back.
    expect(new Set(await choose(before, 'c'))).toEqual(second);
    expect(new Set(await choose(undefined, 'd'))).toEqual(second);
  });

  test('what was done stays done, and its payload goes', async () => {
    await receive(message('done'));
    await settleMessage(on.db, 'done', undefined, settling);
    await settleMessage(on.db, 'done', refusal, settling);
    const again = await receive(message('done'));
    expect(again).toMatchObject({ state: 'done', payload: null, effect: signal('done') });
  });

  test('what was refused can be done after all', async () => {
    await receive(message('late'));
    await settleMessage(on.db, 'late', refusal, settling);
    await settleMessage(on.db, 'late', undefined, settling);
    expect(await findMessage(on.db, 'late')).toMatchObject({ state: 'done' });
  });

  test('what was refused is received again: with what it leads to now, once no run was chosen', async () => {
    for (const key of ['free', 'bound']) await receive(message(key));
    await chooseRun(on.db, 'bound', 'run', undefined);
    for (const key of ['free', 'bound']) await settleMessage(on.db, key, refusal, settling);
    const elsewhere = { effect: signal('elsewhere') };
    expect(await receive(message('free', { ...elsewhere, fingerprint: 'x' }))).toMatchObject({
      state: 'refused',
    });
    expect(await receive(message('free', elsewhere), later(9))).toMatchObject({
      state: 'received',
      effect: signal('elsewhere'),
      payload: message('free').payload,
      receivedAt: NOW.toISOString(),
    });
    expect(await receive(message('bound', elsewhere))).toMatchObject({
      state: 'received',
      effect: signal('bound'),
      runId: 'run',
    });
  });

  test('what is open is found page by page, the oldest first; what is settled is forgotten in time', async () => {
    await on.db.deleteFrom('inbox').execute();
    for (const [i, key] of ['c', 'a', 'b', 'z'].entries())
      await receive(message(key), later(i < 3 ? 0 : 60_000));
    expect(await keysOpen()).toEqual(['a', 'b', 'c']);
    const [first] = await openMessages(on.db, { until: NOW, limit: 1 });
    const rest = await openMessages(on.db, { until: NOW, limit: 9, after: first });
    expect(rest.map(({ key }) => key)).toEqual(['b', 'c']);

    await settleMessage(on.db, 'a', undefined, settling);
    await settleMessage(on.db, 'b', refusal, settling);
    await forgetMessages(on.db, later(1_000));
    expect(await findMessage(on.db, 'a')).toBeDefined();
    await forgetMessages(on.db, later(1_001));
    expect(await findMessage(on.db, 'a')).toBeUndefined();
    expect(await findMessage(on.db, 'b')).toBeUndefined();
    await forgetMessages(on.db, later(1e10));
    expect(await keysOpen(later(60_000))).toEqual(['c', 'z']);
  });
});
