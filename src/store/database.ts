/**
 * The database: PostgreSQL, or PGlite (PostgreSQL in WebAssembly, in this process) when everything runs embedded. One
 * dialect, the same SQL; nothing outside of this file knows which it is.
 */
import { existsSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { PGlite } from '@electric-sql/pglite';
import { Kysely, PostgresDialect, sql, type PostgresPool, type PostgresPoolClient } from 'kysely';
import { Pool } from 'pg';
import { StartupError } from '../startup-error.ts';
import { migrate } from './migrate.ts';
import type { Schema } from './schema.ts';

export type Database = Kysely<Schema>;

/** An open database. `close` ends its connections; nothing may use it after that. */
export interface OpenDatabase {
  readonly db: Database;
  close(): Promise<void>;
}

/** A PostgreSQL server by its URL, through a pool of at most ten connections. Connects when first used. */
export function openPostgres(url: string): OpenDatabase {
  const pool = new Pool({
    connectionString: url,
    max: 10,
    connectionTimeoutMillis: 3_000,
    query_timeout: 10_000,
    statement_timeout: 10_000,
  });
  // A connection that breaks while idle is replaced at the next query; without a listener it would end the process.
  pool.on('error', () => {});
  const db = new Kysely<Schema>({ dialect: new PostgresDialect({ pool }) });
  return { db, close: () => db.destroy() };
}

/**
 * An embedded database in `dataDir` (in memory without one).
 *
 * PGlite has no lock of its own and two openers lose acknowledged rows, so the caller must hold the lock of the data
 * directory. Rows are on the disk when a query has returned.
 */
export async function openEmbedded(dataDir?: string): Promise<OpenDatabase> {
  if (dataDir !== undefined && !existsSync(dataDir)) await initialise(dataDir);
  const lite = await PGlite.create(dataDir === undefined ? {} : { dataDir });
  const db = new Kysely<Schema>({ dialect: new PostgresDialect({ pool: poolOf(lite) }) });
  return { db, close: () => db.destroy() };
}

/** Under another name first: a first start that is killed half-way must not leave half a database to the next one. */
async function initialise(dataDir: string): Promise<void> {
  const draft = `${dataDir}.new`;
  await rm(draft, { recursive: true, force: true });
  const lite = await PGlite.create({ dataDir: draft });
  await lite.close();
  await rename(draft, dataDir);
}

/** PGlite as a pool of one connection, which is what it is: whoever has it keeps the others waiting. */
function poolOf(lite: PGlite): PostgresPool {
  let last: Promise<void> = Promise.resolve();
  return {
    async connect() {
      const before = last;
      let release = (): void => {};
      last = new Promise((resolve) => (release = resolve));
      await before;
      return {
        async query(text: string, parameters: readonly unknown[]) {
          const result = await lite.query(text, [...parameters]);
          const command = /^\s*(\w+)/.exec(text)?.[1]?.toUpperCase() ?? '';
          const rowCount = command === 'SELECT' ? result.rows.length : (result.affectedRows ?? 0);
          return { command: command === 'WITH' ? 'SELECT' : command, rowCount, rows: result.rows };
        },
        release,
      } as unknown as PostgresPoolClient;
    },
    async end() {
      await last;
      await lite.close();
    },
  };
}

/**
 * Brings the schema up to date. Safe to call from several processes at once; each migration runs once.
 * @throws StartupError when the database cannot be reached
 */
export async function prepareDatabase({ db }: OpenDatabase): Promise<void> {
  await sql`select 1`.execute(db).catch((error: Error) => {
    throw new StartupError(`DATABASE_URL cannot be reached: ${error.message}`);
  });
  await migrate(db);
}

/** Whether the database answers within `ms` milliseconds. */
export async function databaseAnswers(db: Database, ms: number): Promise<boolean> {
  const timeout = new Promise<false>((resolve) => setTimeout(resolve, ms, false).unref());
  const ask = sql`select 1`.execute(db).then(
    () => true,
    () => false,
  );
  return Promise.race([ask, timeout]);
}
