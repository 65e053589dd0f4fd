/** Deadlines and reminders on the real server, with seconds for days. */
import { describe, expect, test } from 'vitest';
import type { Database } from '../../src/store/database.ts';
import { notificationsFor } from '../../src/store/notifications.ts';
import { awaitUntil } from '../support/await-until.ts';
import { eventsOf, historyOf, listing, named, runsOf } from '../support/documents.ts';
import { startHarness } from '../support/harness.ts';
import { replayFailures } from '../support/replaying.ts';
import { hands, typeOf, typesOf } from '../support/workflow-types.ts';

const note = { title: 'Note', schema: { type: 'object' } };
const types = typesOf(
  // Two things at once: reminders until the note is there, and somebody is late after five seconds.
  typeOf('urgent', {
    sections: {
      Note: { ...note, deadline: 'PT5S', reminders: { every: 'PT2S', max: 2 } },
      Later: { ...note, dependsOn: ['Note'], deadline: 'P1D' },
    },
  }),
  typeOf('draft', { deadline: 'PT2S' }),
  typeOf('patient', { deadline: 'P10D', reminders: { every: 'P1D' } }),
  typeOf('reminded', { deadline: 'P1D', reminders: { every: 'PT1S', max: 30 } }),
);

/** How often the worker is told that the database failed, after the database has done what it should. */
let lies = 0;
const lying = (database: Database): Database =>
  new Proxy(database, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (name !== 'insertInto') return typeof value === 'function' ? value.bind(target) : value;
      return (table: never) => {
        const insert = target.insertInto(table);
        return String(table) === 'notifications' ? deceptive(insert) : insert;
      };
    },
  });
function deceptive<T extends object>(builder: T): T {
  return new Proxy(builder, {
    get(target, name) {
      const value = Reflect.get(target, name, target) as (...args: unknown[]) => unknown;
      if (name !== 'execute')
        return (...args: unknown[]) => deceptive(value.apply(target, args) as object);
      return async (...args: unknown[]) => {
        const done = await value.apply(target, args);
        if (lies === 0) return done;
        lies -= 1;
        throw new Error('the connection broke after the statement');
      };
    },
  });
}

const harness = await startHarness({ documentTypes: types, workerDatabase: lying });
/** Another one, whose worker goes away. */
const away = await startHarness({ documentTypes: types });
const { client, database } = harness;
const { create, command, fill, read, until } = hands(harness);

const workflow = (id: string) => client.workflow.getHandle(`document:${id}`);

/** What was told of the document, oldest first. */
async function toldOf(id: string, from: Database = database) {
  const { notifications } = await notificationsFor(from, 'all', { limit: 1000 });
  return notifications
    .filter(({ documentId }) => documentId === id)
    .map(({ occasion, recipients, section }) => ({ occasion, recipients, section }))
    .toReversed();
}

/** The numbers of the reminders that were told of the document, as their keys have them. */
async function remindersToldOf(id: string): Promise<number[]> {
  const { notifications } = await notificationsFor(database, 'all', { limit: 1000 });
  return notifications
    .filter(({ documentId, occasion }) => documentId === id && occasion === 'reminder')
    .map(({ key }) => Number(key.split(':').at(-1)));
}

async function commandsOf(id: string, of = harness): Promise<string[]> {
  const { entries } = await historyOf(of, id);
  return entries.map(({ command: what, reason }) => (reason ? `${what}: ${reason}` : what));
}

/** In milliseconds after the creation, rounded down to seconds. */
async function secondsOf(id: string, what: string): Promise<number[]> {
  const { entries } = await historyOf(harness, id);
  const began = Date.parse(entries[0].at);
  return entries
    .filter((entry) => entry.command === what)
    .map((entry) => Math.floor((Date.parse(entry.at) - began) / 1000));
}

describe.concurrent('a section that is waited for', () => {
  test('reminders come once each, then it is overdue, once', async () => {
    lies = 2;
    const id = await create('urgent');
    const late = await until('overdue', id, (now) => now.overdue);
    expect(late).toMatchObject({ state: 'open', version: 1, revision: 4 });
    expect(await commandsOf(id)).toEqual([
      'create',
      'remind Note: Reminder 1.',
      'remind Note: Reminder 2.',
      'overdue Note',
    ]);
    const [first = 0, second = 0] = await secondsOf(id, 'remind Note');
    const [overdue = 0] = await secondsOf(id, 'overdue Note');
    // Never early; how late they are is the machine's affair.
    const early = [first - 2, second - 4, overdue - 5].filter((seconds) => seconds < 0);
    expect(early).toEqual([]);
    const told = await awaitUntil('told', async () => {
      const all = await toldOf(id);
      return all.length >= 3 && all;
    });
    expect(told).toEqual([
      { occasion: 'reminder', recipients: ['anyone'], section: 'Note' },
      { occasion: 'reminder', recipients: ['anyone'], section: 'Note' },
      { occasion: 'overdue', recipients: ['anyone', 'user:ann'], section: 'Note' },
    ]);
    const { searchAttributes } = await workflow(id).describe();
    expect(searchAttributes['DossierNeedsAttention']).toEqual([true]);
    // Each is told by a local activity, one event; an ordinary one would be six.
    const events = await eventsOf(client, `document:${id}`);
    const activities = events.filter((event) => named(event).startsWith('ACTIVITY_TASK'));
    expect(activities, listing(events)).toEqual([]);
    expect(events.filter((event) => named(event) === 'MARKER_RECORDED')).toHaveLength(3);
    // Filled after all: that clock ends, the next begins.
    expect((await fill(id, 'Note', { text: 'late' })).status).toBe(200);
    const next = await until('in time again', id, (now) => now.overdue === undefined);
    expect(Date.parse(next.dueAt) - Date.parse(next.updatedAt)).toBe(86_400_000);
    expect(await replayFailures(client, [`document:${id}`])).toEqual([]);
  });

  test('filled in time, it reminds nobody; moved, it is late later', async () => {
    const [filled, moved] = [await create('urgent'), await create('urgent')];
    await fill(filled, 'Note', { text: 'at once' });
    const later = new Date(Date.now() + 6_500).toISOString();
    const extended = await command(moved, 'extend', { section: 'Note', until: later });
    expect(extended.body.dueAt).toBe(later);
    await until('overdue', moved, (now) => now.overdue);
    expect((await secondsOf(moved, 'overdue Note'))[0]).toBeGreaterThanOrEqual(6);
    expect(await commandsOf(moved)).toEqual([
      'create',
      `extend Note: Until ${later}.`,
      'remind Note: Reminder 1.',
      'remind Note: Reminder 2.',
      'overdue Note',
    ]);
    expect(await commandsOf(filled)).toEqual(['create', 'fill Note']);
    expect(await toldOf(filled)).toEqual([]);
  });
});

describe.concurrent('a draft', () => {
  test('expires, and is archived', async () => {
    const id = await create('draft');
    expect(await workflow(id).result()).toMatchObject({ state: 'expired' });
    const expired = await read(id);
    expect(expired).toMatchObject({ state: 'expired', customStatus: 'Expired' });
    expect(expired.closedReason).toMatch(/^Not submitted by /);
    expect(await toldOf(id)).toEqual([
      { occasion: 'expired', recipients: ['user:ann'], section: undefined },
    ]);
  });

  test('that is submitted in time, or moved, does not', async () => {
    const [done, moved] = [await create('draft'), await create('draft')];
    await fill(done, 'Note', { text: 'done' });
    expect((await command(done, 'submit')).body.state).toBe('approved');
    const later = new Date(Date.now() + 3_600_000).toISOString();
    await command(moved, 'extend', { until: later });
    // The timer of the old deadline still rings, and finds nothing to do.
    await awaitUntil('it has rung', async () => {
      const events = await eventsOf(client, `document:${moved}`);
      return events.some((event) => named(event) === 'TIMER_FIRED');
    });
    const now = await until('it goes on', moved, ({ state }) => state === 'open');
    expect(now).toMatchObject({ dueAt: later, revision: 2 });
    expect(await toldOf(moved)).toEqual([]);
  });
});

test.concurrent('an edit does not touch the timer', async () => {
  const id = await create('patient');
  await awaitUntil('the timer is set', async () =>
    (await eventsOf(client, `document:${id}`)).some((event) => named(event) === 'TIMER_STARTED'),
  );
  for (let i = 0; i < 10; i += 1) await fill(id, 'Note', { i });
  const events = await eventsOf(client, `document:${id}`);
  const timers = events.map(named).filter((name) => name.startsWith('TIMER_'));
  expect(timers, listing(events)).toEqual(['TIMER_STARTED']);
});

test.concurrent(
  'after the worker was away only the last reminder is sent',
  { timeout: 30_000 },
  async () => {
    const { create: make, until: wait } = hands(away);
    const id = await make('reminded');
    await wait('the first', id, (now) => now.revision >= 2);
    await away.stopWorker();
    const stopped = Date.now();
    await awaitUntil('some are missed', () => Date.now() > stopped + 3_500);
    await away.startWorker();
    const numbersOf = async (): Promise<number[]> =>
      (await commandsOf(id, away))
        .flatMap((one) => /Reminder (\d+)/.exec(one)?.[1] ?? [])
        .map(Number);
    const gapIn = (numbers: readonly number[]): number =>
      numbers.findIndex((one, k) => k > 0 && one > (numbers[k - 1] ?? 0) + 1);
    const numbers = await awaitUntil('one comes after those that were missed', async () => {
      const all = await numbersOf();
      return gapIn(all) > 0 && all;
    });
    expect(numbers[0]).toBeLessThanOrEqual(2);
    // Every one that was due while there was no worker was missed, but for the last.
    const before = numbers[gapIn(numbers) - 1] ?? 0;
    expect(numbers[gapIn(numbers)]).toBeGreaterThanOrEqual(before + 3);
    const last = numbers.at(-1) ?? 0;
    await wait('the next', id, (now) => now.revision >= numbers.length + 2);
    // On a busy machine one may be missed again: they are a second apart.
    expect((await numbersOf())[numbers.length]).toBeGreaterThan(last);
    const told = await awaitUntil('told', async () => {
      const all = await toldOf(id, away.database);
      return all.length >= 3 && all;
    });
    expect(told.map(({ occasion }) => occasion).slice(0, 3)).toEqual(Array(3).fill('reminder'));
  },
);

test.concurrent(
  'clocks run on when the document continues as new',
  { timeout: 40_000 },
  async () => {
    const id = await create('reminded');
    const { dueAt } = await read(id);
    for (let from = 0; from < 520; from += 40)
      await Promise.all(
        Array.from({ length: 40 }, (_, i) => workflow(id).signal('Note', { n: from + i })),
      );
    await awaitUntil('the next run', async () => {
      const runs = await runsOf(client, `document:${id}`);
      return runs.length === 2;
    });
    const now = await read(id);
    expect(now.dueAt).toBe(dueAt);
    expect(now.state).toBe('open');
    // Once the note is there nobody is reminded of it, but the draft is not submitted.
    const before = now.revision as number;
    await until('the next reminder', id, ({ revision }) => revision > before);
    const { entries } = await historyOf(harness, id);
    const numbers = entries
      .filter(({ command: what }) => what === 'remind')
      .map(({ reason }) => Number(/\d+/.exec(reason)?.[0]));
    expect(numbers.length).toBeGreaterThanOrEqual(2);
    expect(new Set(numbers).size, 'none comes twice').toBe(numbers.length);
    expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
    await command(id, 'cancel');
    await workflow(id).result();
    const reminders = (await commandsOf(id)).filter((what) => what.startsWith('remind'));
    // Workflow tasks are lost when it is to continue as new and more comes in. What they told is told once all the same,
    // unless the next reminder was due meanwhile: then there is one for each.
    const told = await remindersToldOf(id);
    const inHistory = reminders.map((what) => Number(/\d+/.exec(what)?.[0]));
    expect(new Set(told).size).toBe(told.length);
    expect(told).toEqual(expect.arrayContaining(inHistory));
    expect(await replayFailures(client, [`document:${id}`])).toEqual([]);
  },
);
