/** A database of the version before, with its rows. */
import { Migrator, sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { deleteArchived, findArchived } from '../../src/store/archive.ts';
import { countArchived, listArchived } from '../../src/store/archive-lists.ts';
import { prepareDatabase, type Database, type OpenDatabase } from '../../src/store/database.ts';
import { eventsOf, previousFills } from '../../src/store/events.ts';
import { lastSequence } from '../support/stored.ts';
import * as documents from '../../src/store/migrations/0001-documents.ts';
import * as lists from '../../src/store/migrations/0002-lists.ts';
import { notificationsFor, notify } from '../../src/store/notifications.ts';
import { DATABASES } from './databases.ts';
import { created, event, filled, put, refusal, state } from './samples.ts';

const events = [
  event(1, created),
  event(2, filled("A'")),
  event(3, filled('B', 'x'.repeat(50_000))),
];

/** As the version before writes it. */
async function oldRow(db: Database, id: string, createdAt: string): Promise<void> {
  const body = JSON.stringify(state(id, { createdAt, metadata: { nul: '\0', ä: 'ß' } }));
  await sql`
    insert into archive values ('document', ${id}, ${`document:${id}`}, 'order', 'approved', 'ada',
      ${`"Title" of ${id}`}, ${createdAt}, '2026-02-01', ${body}, ${JSON.stringify([refusal('no')])}, 1)
    `.execute(db);
  for (const one of events)
    await sql`insert into document_events values (${id}, ${one.sequence}, ${JSON.stringify(one)})`.execute(
      db,
    );
}

describe.each(DATABASES)('from 0001 on %s', (_name, open) => {
  let opened: OpenDatabase;
  let db: Database;

  beforeAll(async () => {
    opened = await open();
    db = opened.db;
    const provider = { getMigrations: async () => ({ '0001-documents': documents }) };
    const { error } = await new Migrator({ db, provider }).migrateToLatest();
    expect(error).toBeUndefined();
    for (let i = 1; i <= 3; i += 1) await oldRow(db, `old-${i}`, `2026-01-0${i}T00:00:00.000Z`);
    // Several processes start at once; and again later.
    await Promise.all([prepareDatabase(opened), prepareDatabase(opened), prepareDatabase(opened)]);
    await prepareDatabase(opened);
  });
  afterAll(() => opened.close());

  test('old rows are found, listed and counted among new ones', async () => {
    await put(db, 'new', { createdAt: '2026-01-02T12:00:00.000Z' });
    // A worker of the version before has not been replaced yet.
    await sql`
      insert into archive (kind, id, workflow_id, type, state, owner, title, created_at, closed_at,
        body, refused, refused_count)
      select kind, 'late', 'late', type, state, owner, title, '2026-01-09', closed_at, body, refused,
        refused_count from archive where id = 'old-1'`.execute(db);
    const { rows } = await listArchived(db, { owner: 'ada' }, { limit: 10 });
    expect(rows.map(({ summary }) => summary.id)).toEqual([
      'late',
      'old-3',
      'new',
      'old-2',
      'old-1',
    ]);
    expect(await countArchived(db, { type: 'order' })).toEqual({ approved: 5 });
    const summary = {
      id: 'old-2',
      type: 'order',
      owner: 'ada',
      title: '"Title" of old-2',
      state: 'approved',
      createdAt: '2026-01-02T00:00:00.000Z',
      closedAt: '2026-02-01',
    };
    expect(rows[3]).toEqual({ summary, fields: [] });
    expect(await findArchived(db, 'old-2')).toStrictEqual({
      workflowId: 'document:old-2',
      state: state('old-2', { createdAt: summary.createdAt, metadata: { nul: '\0', ä: 'ß' } }),
      summary,
      refused: [refusal('no')],
      refusedCount: 1,
    });
  });

  test('old events are read', async () => {
    expect(await eventsOf(db, 'old-1')).toEqual(events);
    expect(await eventsOf(db, 'old-1', { upToVersion: 1 })).toEqual(events.slice(0, 2));
    expect(await previousFills(db, 'old-1', 3)).toEqual(events.slice(0, 2));
    expect(await lastSequence(db, 'old-1')).toBe(3);
  });

  test('old rows are written again and deleted', async () => {
    await put(db, 'old-1', { title: 'New title' }, { fields: ['a=1'] });
    expect((await listArchived(db, { fields: ['a=1'] }, { limit: 9 })).rows).toMatchObject([
      { summary: { title: 'New title' } },
    ]);
    expect(await deleteArchived(db, 'old-3', '2026-03-01')).toBe(true);
    expect(await eventsOf(db, 'old-3')).toEqual([]);
  });
});

describe.each(DATABASES)('from 0002 on %s', (_name, open) => {
  test('old notifications are read, and new ones kept beside them', async () => {
    const opened = await open();
    const { db } = opened;
    try {
      const provider = {
        getMigrations: async () => ({ '0001-documents': documents, '0002-lists': lists }),
      };
      expect((await new Migrator({ db, provider }).migrateToLatest()).error).toBeUndefined();
      const at = '2026-01-01T00:00:00.000Z';
      for (const sequence of [3, 4])
        await sql`
          insert into notifications
            (document_id, sequence, occasion, recipients, section, title, type, at)
          values ('d', ${sequence}, 'reminder', '{user:ada}', 'A', 'Title', 'order', ${at})`.execute(
          db,
        );
      await prepareDatabase(opened);
      const known = { kind: 'document', documentId: 'd', occasion: 'reminder' } as const;
      const told = { ...known, recipients: ['user:ada'], title: 'Title', type: 'order', at };
      await notify(db, { ...told, key: 'reminder:A:1' });
      const { notifications } = await notificationsFor(db, ['user:ada'], { limit: 9 });
      expect(notifications.map(({ number: _number, ...rest }) => rest)).toEqual([
        { ...told, key: 'reminder:A:1' },
        { ...told, section: 'A', key: 'reminder:4' },
        { ...told, section: 'A', key: 'reminder:3' },
      ]);
    } finally {
      await opened.close();
    }
  });
});
