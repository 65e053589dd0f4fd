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
import type { Changes } from './changes.ts';
import { embeddedSource, openChanges, postgresSource, type ChangeSource } from './listening.ts';
import { migrate } from './migrate.ts';
import { PreparedStatements } from './prepared.ts';
import type { Schema } from './schema.ts';

export type Database = Kysely<Schema>;

/** An open database. */
export interface OpenDatabase {
  readonly db: Database;
  /**
   * Begins to listen to what `announce` tells. On PostgreSQL each call opens a connection of its own, which is kept until
   * its `close`. Does not fail when the server is away: it is tried again until it is there.
   */
  changes(): Promise<Changes>;
  /** Ends everything that was opened, the listening too; nothing may use it after that. */
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
  return opened(db, postgresSource(url));
}

/**
 * An embedded database in `dataDir` (in memory without one). `template`: what another one has dumped (`dumpDataDir`), for
 * many that begin alike: PGlite takes two seconds to make an empty one, and a quarter of that to copy it.
 *
 * PGlite has no lock of its own and two openers lose acknowledged rows, so the caller must hold the lock of the data
 * directory. Rows are on the disk when a query has returned.
 */
export async function openEmbedded(dataDir?: string, template?: Blob): Promise<OpenDatabase> {
  if (dataDir !== undefined && !existsSync(dataDir)) await initialise(dataDir);
  const lite = await PGlite.create({
    ...(dataDir === undefined ? {} : { dataDir }),
    ...(template === undefined ? {} : { loadDataDir: template }),
  });
  const turns = new Turns();
  const db = new Kysely<Schema>({ dialect: new PostgresDialect({ pool: poolOf(lite, turns) }) });
  return opened(
    db,
    embeddedSource(lite, (run) => turns.run(run)),
  );
}

function opened(db: Database, source: ChangeSource): OpenDatabase {
  const listening = new Set<Promise<Changes>>();
  return {
    db,
    changes() {
      const one = openChanges(source);
      listening.add(one);
      return one;
    },
    async close() {
      await Promise.all([...listening].map(async (one) => (await one).close()));
      await db.destroy();
    },
  };
}

/** Under another name first: a first start that is killed half-way must not leave half a database to the next one. */
async function initialise(dataDir: string): Promise<void> {
  const draft = `${dataDir}.new`;
  await rm(draft, { recursive: true, force: true });
  const lite = await PGlite.create({ dataDir: draft });
  await lite.close();
  await rename(draft, dataDir);
}

/** One after the other, in the order in which they came. */
class Turns {
  #last: Promise<void> = Promise.resolve();

  /** Resolves when it is the caller's turn, to the function that ends it. */
  async take(): Promise<() => void> {
    const before = this.#last;
    let release = (): void => {};
    this.#last = new Promise((resolve) => (release = resolve));
    await before;
    return release;
  }

  async run<T>(one: () => Promise<T>): Promise<T> {
    const release = await this.take();
    return one().finally(release);
  }
}

/** PGlite as a pool of one connection, which is what it is: whoever has it keeps the others waiting. */
function poolOf(lite: PGlite, turns: Turns): PostgresPool {
  const statements = new PreparedStatements(lite);
  return {
    async connect() {
      const release = await turns.take();
      return {
        async query(text: string, parameters: readonly unknown[]) {
          const result = await statements.run(text, parameters);
          const command = /^\s*(\w+)/.exec(text)?.[1]?.toUpperCase() ?? '';
          const rowCount = command === 'SELECT' ? result.rows.length : (result.affectedRows ?? 0);
          return { command: command === 'WITH' ? 'SELECT' : command, rowCount, rows: result.rows };
        },
        release,
      } as unknown as PostgresPoolClient;
    },
    end: () => turns.run(() => lite.close()),
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
