/** A watched folder with real files: each is a message, once; and what is none is told. */
import { randomUUID } from 'node:crypto';
import {
  chmod,
  mkdir,
  readdir,
  readFile,
  rename,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { watchFolder } from '../../src/api/triggers/folder.ts';
import { Intake } from '../../src/api/triggers/intake.ts';
import { durableSettings } from '../../src/durable-settings.ts';
import type { Temporal } from '../../src/temporal/client.ts';
import { loadTriggers } from '../../src/trigger-settings.ts';
import { awaitUntil } from '../support/await-until.ts';
import { eventOf } from '../support/events.ts';
import { keepingLog } from '../support/gateway.ts';
import { startHarness, type Loose } from '../support/harness.ts';
import { temporaryDir } from '../support/service.ts';

const harness = await startHarness();
const { client, database, taskQueue, temporal } = harness;
const durable = durableSettings({}, taskQueue);
const triggers = {
  triggers: loadTriggers(
    JSON.stringify([
      { type: 'dossier.file', subject: 'hello-*', start: 'Hello' },
      { type: 'dossier.file', subject: 'start-*', start: 'OrchFunction', id: 'file-{data.name}' },
      { type: 'test.hello', start: 'Hello', id: '{subject}' },
      { type: 'test.approval', signal: 'Approval', instance: '{subject}' },
    ]),
    durable.functions,
  ),
  folder: undefined,
  retentionMs: 3_600_000,
};

async function watching(how: { temporal?: Temporal; folder?: string } = {}) {
  const folder = how.folder ?? join(await temporaryDir(), 'in', 'box');
  const { log, logged } = keepingLog();
  const intake = new Intake({ temporal: how.temporal ?? temporal, database, triggers, durable });
  const watched = await watchFolder({ folder, intake, log, rescanMs: 1_000 });
  onTestFinished(() => watched.close());
  const at = (...names: string[]): string => join(folder, ...names);
  const list = async (place: string): Promise<string[]> => (await readdir(at(place))).toSorted();
  return {
    folder,
    at,
    list,
    logged,
    close: () => watched.close(),
    /** Its name there. */
    ended: (place: 'done' | 'failed', name: string): Promise<string> =>
      awaitUntil(`${name} in ${place}`, async () =>
        (await list(place)).find((one) => one.endsWith(`-${name}`)),
      ),
  };
}
type Watching = Awaited<ReturnType<typeof watching>>;

const rowOf = (id: string) =>
  database.selectFrom('inbox').selectAll().where('message_id', '=', id).executeTakeFirst();
const rowsAbout = (name: string) =>
  database.selectFrom('inbox').selectAll().where('message_id', 'like', `${name} %`).execute();
const resultOf = (id: string): Promise<unknown> => client.workflow.getHandle(id).result();
const nothingLeft = async ({ list, folder }: Watching): Promise<void> => {
  expect(await list('.taken')).toEqual([]);
  expect((await readdir(folder)).toSorted()).toEqual(['.taken', 'done', 'failed']);
};

describe('a file', () => {
  test('is the data of an event, with its name as the subject', async () => {
    const watched = await watching();
    const name = `hello-${randomUUID()}.txt`;
    await writeFile(watched.at(name), 'Ada');
    const done = await watched.ended('done', name);
    expect(await readFile(watched.at('done', done), 'utf8')).toBe('Ada');
    const [row] = await rowsAbout(name);
    expect(row).toMatchObject({
      state: 'done',
      caller: { user: 'triggers' },
      type: 'dossier.file',
    });
    expect(await resultOf((row as Loose).effect.workflowId)).toBe('Hello Ada!');
    await nothingLeft(watched);
  });

  test('is an event itself, which HTTP has brought already: once', async () => {
    const watched = await watching();
    const event = eventOf({ subject: `both-${randomUUID()}`, data: 'Bob' });
    for (const name of ['a.json', 'b.json']) {
      await writeFile(watched.at(name), JSON.stringify(event));
      await watched.ended('done', name);
    }
    expect(await resultOf(event['subject' as keyof typeof event])).toBe('Hello Bob!');
    expect(await rowOf(event.id)).toMatchObject({ state: 'done' });
    await writeFile(watched.at('c.json'), JSON.stringify({ ...event, data: 'Eve' }));
    const failed = await watched.ended('failed', 'c.json');
    const reason = await readFile(watched.at('failed', `${failed}.reason.txt`), 'utf8');
    expect(reason).toMatch(/^event-id-reused: /);
  });

  test('that nobody can use is put aside with the reason', async () => {
    const watched = await watching();
    const cases: [name: string, content: string | Buffer, reason: RegExp][] = [
      ['bad.json', '{', /^malformed-json/],
      ['half.json', '{"specversion": "1.0"}', /^invalid-request: .*\n\/id is required/],
      ['nobody.txt', 'x', /^no-trigger/],
      ['start-1.json', '{"nam": "x"}', /^invalid-data: .*\n\/data\/name /],
      ['large.bin', Buffer.alloc(1_250_001), /^too-large: The file has 1250001 bytes/],
      ['a\nb.txt', 'x', /^invalid-request: .*\n\/id has characters/],
    ];
    for (const [name, content] of cases) await writeFile(watched.at(name), content);
    for (const [name, , reason] of cases) {
      const failed = await watched.ended('failed', name);
      expect(await readFile(watched.at('failed', `${failed}.reason.txt`), 'utf8')).toMatch(reason);
    }
    const long = 'ä'.repeat(110);
    await writeFile(watched.at(long), 'x');
    const short = await awaitUntil('the long name is put aside', async () =>
      (await watched.list('failed')).find((one) => /^\d+-ä+$/.test(one)),
    );
    expect(await readFile(watched.at('failed', `${short}.reason.txt`), 'utf8')).toContain(
      '200 bytes',
    );
    await nothingLeft(watched);
  });

  test('counts when it is complete, and what is no file never does', async () => {
    const watched = await watching();
    const [name, other] = [`hello-${randomUUID()}.txt`, `hello-${randomUUID()}.txt`];
    await writeFile(watched.at('.hidden'), 'x');
    await writeFile(watched.at('copy.tmp'), 'Cy');
    await mkdir(watched.at('hello-folder'));
    await symlink('/etc/hostname', watched.at('hello-link'));
    // Somebody who writes slowly, and knows nothing of names for what is not finished.
    await writeFile(watched.at(other), '');
    for (const part of ['S', 'l', 'o', 'w']) {
      await setTimeout(250);
      await writeFile(watched.at(other), part, { flag: 'a' });
    }
    const done = await watched.ended('done', other);
    expect(await readFile(watched.at('done', done), 'utf8')).toBe('Slow');
    await rename(watched.at('copy.tmp'), watched.at(name));
    await watched.ended('done', name);
    expect((await readdir(watched.folder)).toSorted()).toEqual([
      '.hidden',
      '.taken',
      'done',
      'failed',
      'hello-folder',
      'hello-link',
    ]);
  });

  test('of the same name comes again: another message, unless it is the same file', async () => {
    const watched = await watching();
    const name = `hello-${randomUUID()}.txt`;
    await writeFile(watched.at(name), 'Ada');
    const first = await watched.ended('done', name);
    await rename(watched.at('done', first), watched.at(name));
    await watched.ended('done', name);
    expect(await rowsAbout(name)).toHaveLength(1);
    await writeFile(watched.at(name), 'Ada');
    await utimes(watched.at(name), 1_000, 1_000);
    await awaitUntil('there are two', async () => (await watched.list('done')).length === 2);
    expect(await rowsAbout(name)).toHaveLength(2);
  });

  test('for an instance that is not there yet waits for it', async () => {
    const watched = await watching();
    const subject = `late-${randomUUID()}`;
    const event = eventOf({ type: 'test.approval', subject, data: true });
    await writeFile(watched.at('e.json'), JSON.stringify(event));
    await awaitUntil('it was refused', async () => (await rowOf(event.id))?.state === 'refused');
    expect(await watched.list('failed')).toEqual([]);
    await client.workflow.start('OrchFunction', { workflowId: subject, taskQueue, args: [{}] });
    await watched.ended('done', 'e.json');
    expect(await resultOf(subject)).toHaveLength(1);
    // But not for ever.
    const never = eventOf({ type: 'test.approval', subject: randomUUID() });
    await writeFile(watched.at('n.json'), JSON.stringify(never));
    await awaitUntil('it was refused', async () => (await rowOf(never.id))?.state === 'refused');
    await database
      .updateTable('inbox')
      .set({ received_at: new Date(Date.now() - 25 * 3_600_000).toISOString() })
      .where('message_id', '=', never.id)
      .execute();
    await watched.ended('failed', 'n.json');
  });
});

describe('the folder', () => {
  test('is watched by three: forty files, each once', async () => {
    const first = await watching();
    const more = [
      await watching({ folder: first.folder }),
      await watching({ folder: first.folder }),
    ];
    const run = randomUUID();
    const names = Array.from({ length: 40 }, (_, i) => `hello-${run}-${i}.txt`);
    await Promise.all(names.map((name) => writeFile(first.at(name), name)));
    await awaitUntil('all are done', async () => (await first.list('done')).length === 40, 20_000);
    const rows = await rowsAbout(`hello-${run}-%`);
    expect(rows).toHaveLength(40);
    expect(new Set(rows.map(({ state }) => state))).toEqual(new Set(['done']));
    for (const { logged } of [first, ...more])
      expect(logged.filter((line) => Number(line['level']) >= 40)).toEqual([]);
    await nothingLeft(first);
  });

  test('keeps everything while Temporal is away, also what another process has left', async () => {
    let away = true;
    const flaky: Temporal = {
      ...temporal,
      call: (options, fn) =>
        away
          ? Promise.reject(
              Object.assign(new Error('14 UNAVAILABLE'), {
                code: 14,
                details: 'away',
                metadata: {},
              }),
            )
          : temporal.call(options, fn),
    };
    const watched = await watching({ temporal: flaky });
    const name = `hello-${randomUUID()}.txt`;
    await writeFile(watched.at(name), 'Ada');
    await awaitUntil('it was tried', () =>
      watched.logged.some((line) => line['code'] === 'temporal-unavailable'),
    );
    expect(await watched.list('.taken')).toHaveLength(1);
    await watched.close();
    away = false;
    const next = await watching({ folder: watched.folder });
    await next.ended('done', name);
    await nothingLeft(next);
  });

  test('that nobody may use is told when it is opened', async () => {
    const parent = join(await temporaryDir(), 'locked');
    await writeFile(parent, 'a file');
    await chmod(parent, 0o600);
    const opening = watchFolder({
      folder: join(parent, 'in'),
      intake: new Intake({ temporal, database, triggers, durable }),
      log: keepingLog().log,
    });
    await expect(opening).rejects.toThrow(/ENOTDIR/);
  });

  test('ends at once, with whatever is there', async () => {
    const watched = await watching();
    await writeFile(watched.at('hello-late.txt'), 'x');
    const began = Date.now();
    await watched.close();
    await watched.close();
    expect(Date.now() - began).toBeLessThan(1_000);
    expect(await readdir(watched.folder)).toContain('hello-late.txt');
  });
});
