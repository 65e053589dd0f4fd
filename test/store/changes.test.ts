/** Live hints: that they arrive, and what happens when the connection does not hold. */
import { sql } from 'kysely';
import { describe, expect, test } from 'vitest';
import { announce, announcer, decode, type Changes } from '../../src/store/changes.ts';
import { openPostgres, type Database } from '../../src/store/database.ts';
import { openChanges, postgresSource } from '../../src/store/listening.ts';
import { awaitUntil } from '../support/await-until.ts';
import { freezable } from '../support/freezable.ts';
import { freePort, relay } from '../support/service.ts';
import { DATABASES, databaseFor, newPostgres } from './databases.ts';
import { AWKWARD } from './samples.ts';
import type { Change } from '../../src/contracts/changes.ts';

const change = (id: string, more: Partial<Change> = {}): Change => ({
  kind: 'document',
  id,
  type: 'purchase',
  state: 'open',
  owner: 'ada',
  version: 1,
  revision: 2,
  waitingFor: ['user:bob'],
  ...more,
});

/** What arrives. */
function collect(changes: Changes) {
  const got: Change[] = [];
  let gaps = 0;
  const end = changes.subscribe(
    (one) => got.push(one),
    () => (gaps += 1),
  );
  /** Everything before it has arrived when this has. */
  const arrived = (id: string) =>
    awaitUntil(`the hint about ${id}`, () => got.find((one) => one.id === id));
  return { got, gaps: () => gaps, end, arrived };
}

describe.each(DATABASES)('hints on %s', (_name, open) => {
  const on = databaseFor(open);

  test('arrive whole and in order, at every listener', async () => {
    const first = await on.opened.changes();
    const second = await on.opened.changes();
    const listeners = [first, first, second].map(collect);
    const sent = AWKWARD.map((text, i) =>
      change(`awkward-${i}`, {
        owner: text.slice(0, 99),
        waitingFor: [text.slice(0, 99)],
        parent: 'p',
      }),
    );
    for (const one of sent) await announce(on.db, one);
    await announce(on.db, change('last'));
    for (const { arrived, got } of listeners) {
      await arrived('last');
      expect(got).toEqual([...sent, change('last')]);
    }
    // One ends, the others go on.
    await first.close();
    await first.close();
    await announce(on.db, change('later'));
    await listeners[2]?.arrived('later');
    expect(listeners.map(({ got }) => got.at(-1)?.id)).toEqual(['last', 'last', 'later']);
    expect(listeners.map(({ gaps }) => gaps())).toEqual([0, 0, 0]);
    await second.close();
  });

  test('of many at once go out together, all of them and in order', async () => {
    const changes = await on.opened.changes();
    const { arrived, got } = collect(changes);
    const lost: string[] = [];
    const tell = announcer(on.db, (ones) => lost.push(...ones.map(({ id }) => id)));
    const sent = Array.from({ length: 500 }, (_, i) =>
      change(`many-${i}`, i % 2 ? { kind: 'order' } : { version: i }),
    );
    for (const one of sent) tell(one);
    await arrived('many-499');
    expect(got).toEqual(sent);
    tell(change('impossible', { owner: 'x'.repeat(9_000) }));
    tell(change('later'));
    await arrived('later');
    expect(got.at(-1)?.id).toBe('later');
    expect(lost).toEqual([]);
    await changes.close();
  });

  test('are part of the transaction, and listening is of none', async () => {
    let listening: Promise<Changes> | undefined;
    const failed = on.db.transaction().execute(async (tx) => {
      // It begins while somebody's transaction runs, which is then undone.
      listening = on.opened.changes();
      await announce(tx, change('undone'));
      throw new Error('roll back');
    });
    await expect(failed).rejects.toThrow('roll back');
    const changes = await listening!;
    const { got, arrived } = collect(changes);
    await on.db.transaction().execute(async (tx) => {
      await announce(tx, change('done'));
      await sql`select 1`.execute(tx);
      expect(got).toEqual([]);
    });
    await announce(on.db, change('last'));
    await arrived('last');
    expect(got.map(({ id }) => id)).toEqual(['done', 'last']);
    await changes.close();
  });

  test('what is no hint, a subscriber that throws, and one that has left change nothing', async () => {
    const changes = await on.opened.changes();
    const left = collect(changes);
    changes.subscribe(() => {
      throw new Error('a subscriber');
    });
    const { got, arrived } = collect(changes);
    left.end();
    left.end();
    for (const payload of [
      '',
      '{',
      'null',
      '[]',
      '7',
      '{"id":7}',
      JSON.stringify({ ...change('x'), waitingFor: [1] }),
    ])
      await sql`select pg_notify('dossier_changes', ${payload})`.execute(on.db);
    await announce(on.db, change('last'));
    await arrived('last');
    expect([got.length, left.got.length]).toEqual([1, 0]);
    await changes.close();
  });

  test('a subscriber may use the database at once', async () => {
    const changes = await on.opened.changes();
    const answers: Promise<unknown>[] = [];
    changes.subscribe(() => answers.push(sql`select 1`.execute(on.db)));
    await on.db.transaction().execute(async (tx) => {
      await announce(tx, change('in a transaction'));
    });
    await awaitUntil('a hint', () => answers.length > 0);
    await Promise.all(answers);
    await changes.close();
  });

  test('have fewer than 7,900 bytes', async () => {
    const changes = await on.opened.changes();
    const { got, arrived } = collect(changes);
    const many = Array.from({ length: 2_000 }, (_, i) => `role:"ä東\u0001"${i}`);
    await announce(on.db, change('many', { waitingFor: many }));
    await announce(on.db, change('huge', { waitingFor: ['x'.repeat(9_000), 'user:small'] }));
    await announce(on.db, change('impossible', { owner: '東'.repeat(3_000) }));
    await announce(on.db, change('fits', { owner: 'o'.repeat(7_700) }));
    await announce(on.db, { ...change('last'), secret: 'not told' } as Change);
    await arrived('last');
    expect(got.map(({ id }) => id)).toEqual(['many', 'huge', 'fits', 'last']);
    expect(got[0]?.partial).toBe(true);
    expect(many.slice(0, got[0]?.waitingFor.length)).toEqual(got[0]?.waitingFor);
    expect(Buffer.byteLength(JSON.stringify(got[0]))).toBeGreaterThan(7_800);
    expect(got[1]).toEqual(change('huge', { waitingFor: ['user:small'], partial: true }));
    expect(got[3]).toEqual(change('last'));
    await changes.close();
  });
});

describe('listening on PostgreSQL', () => {
  const on = databaseFor(async () => openPostgres(await newPostgres()));
  const listeners = async (db: Database): Promise<number[]> => {
    const { rows } = await sql<{ pid: number }>`
      select pid from pg_stat_activity
      where application_name = 'dossier changes' and datname = current_database()`.execute(db);
    return rows.map(({ pid }) => pid);
  };

  test('takes a connection when it is asked for, and until it ends', async () => {
    const url = await newPostgres();
    const [own, watching] = [openPostgres(url), openPostgres(url)];
    await sql`select 1`.execute(own.db);
    expect(await listeners(watching.db)).toEqual([]);
    const one = await own.changes();
    await own.changes();
    expect(await listeners(watching.db)).toHaveLength(2);
    await one.close();
    await awaitUntil('one to end', async () => (await listeners(watching.db)).length === 1);
    await own.close();
    await awaitUntil('all to end', async () => (await listeners(watching.db)).length === 0);
    await watching.close();
  });

  test('a connection that is ended comes back, and the gap is told', async () => {
    const changes = await on.opened.changes();
    const { got, gaps, arrived } = collect(changes);
    for (let round = 1; round <= 3; round += 1) {
      const [pid] = await listeners(on.db);
      await sql`select pg_terminate_backend(${pid})`.execute(on.db);
      await awaitUntil('the gap to be told', () => gaps() === round);
      expect(await listeners(on.db)).not.toContain(pid);
      await announce(on.db, change(`round-${round}`));
      await arrived(`round-${round}`);
    }
    expect(got).toHaveLength(3);
    await changes.close();
    await awaitUntil('it to end', async () => (await listeners(on.db)).length === 0);
  });

  test('a connection that leads nowhere is noticed', async () => {
    const url = new URL(await newPostgres());
    const opened = openPostgres(url.href);
    const proxy = await freezable(Number(url.port));
    url.port = String(proxy.port);
    const changes = await openChanges(postgresSource(url.href, { pingMs: 100, answerMs: 300 }));
    const { gaps, arrived } = collect(changes);
    await announce(opened.db, change('before'));
    await arrived('before');
    proxy.freeze();
    await awaitUntil('the gap to be told', () => gaps() === 1);
    await announce(opened.db, change('after'));
    await arrived('after');
    await changes.close();
    await opened.close();
  });

  test('a server that is not there yet is waited for; closing does not wait', async () => {
    const url = new URL(await newPostgres());
    const target = `127.0.0.1:${url.port}`;
    url.port = String(await freePort());
    const [never, opened] = [openPostgres(url.href), openPostgres(url.href)];
    await never.changes();
    const began = Date.now();
    await never.close();
    expect(Date.now() - began).toBeLessThan(1_000);

    const changes = await opened.changes();
    const { gaps, arrived } = collect(changes);
    await relay(Number(url.port), target);
    await awaitUntil('the gap to be told', () => gaps() === 1);
    await announce(opened.db, change('at last'));
    await arrived('at last');
    await opened.close();
  });
});

test('decode: only what is a hint', () => {
  const whole = { ...change('a', { parent: 'p' }), more: 'of a newer version' };
  expect(decode(JSON.stringify(whole))).toEqual(whole);
  for (const name of [
    'kind',
    'id',
    'type',
    'state',
    'owner',
    'version',
    'revision',
    'parent',
    'waitingFor',
  ])
    expect(decode(JSON.stringify({ ...whole, [name]: {} }))).toBeUndefined();
});

test('hints that cannot be sent are told of, and hinder no later ones', async () => {
  const { db, close } = await openPostgres(`postgres://nobody@127.0.0.1:${await freePort()}/none`);
  const lost: string[] = [];
  const tell = announcer(db, (ones) => lost.push(...ones.map(({ id }) => id)));
  for (const id of ['a', 'b', 'c']) tell(change(id));
  await awaitUntil('three are lost', () => lost.length === 3);
  tell(change('d'));
  await awaitUntil('and one more', () => lost.length === 4);
  expect(lost).toEqual(['a', 'b', 'c', 'd']);
  await close();
});
