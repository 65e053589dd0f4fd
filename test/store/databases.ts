/** Both databases, empty and prepared; each suite of test/store runs on each. */
import { sql } from 'kysely';
import { afterAll, beforeAll } from 'vitest';
import {
  openPostgres,
  prepareDatabase,
  type Database,
  type OpenDatabase,
} from '../../src/store/database.ts';
import { awaitUntil } from '../support/await-until.ts';
import { openEmpty } from '../support/database.ts';
import { freePort, startPostgres } from '../support/service.ts';

let server: Promise<string> | undefined;
let databases = 0;

/** The URL of a new empty database on a PostgreSQL of this test file's own. */
export async function newPostgres(): Promise<string> {
  server ??= freePort().then(async (port) => (await startPostgres(port)).url);
  const url = await server;
  const name = `test${(databases += 1)}`;
  const admin = openPostgres(url);
  // It accepts connections a moment before it answers.
  await awaitUntil('PostgreSQL to answer', () => sql`select 1`.execute(admin.db));
  await sql`create database ${sql.id(name)}`.execute(admin.db);
  await admin.close();
  const place = new URL(url);
  place.pathname = `/${name}`;
  return place.href;
}

/** `describe.each(DATABASES)`: the name, and what opens a new empty one. */
export const DATABASES: readonly [string, () => Promise<OpenDatabase>][] = [
  ['PGlite', openEmpty],
  ['PostgreSQL', async () => openPostgres(await newPostgres())],
];

/** Within a `describe`: a database for its tests, there when they run and closed after them. */
export function databaseFor(open: () => Promise<OpenDatabase>): {
  readonly db: Database;
  readonly opened: OpenDatabase;
} {
  let opened: OpenDatabase | undefined;
  const there = (): OpenDatabase => {
    if (!opened) throw new Error('the database is there only within tests');
    return opened;
  };
  beforeAll(async () => {
    opened = await open();
    await prepareDatabase(opened);
  });
  afterAll(() => opened?.close());
  return {
    get db() {
      return there().db;
    },
    get opened() {
      return there();
    },
  };
}
