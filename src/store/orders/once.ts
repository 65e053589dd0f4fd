/** Additions that come with an Idempotency-Key: made once, however often they are asked for. */
import { sql } from 'kysely';
import type { Database } from '../database.ts';

/** By which a request is known when it comes again; both are hashes. */
export interface Once {
  readonly key: string;
  /** Of what was asked. */
  readonly fingerprint: string;
}

/** Where the keys are noted. */
interface Book {
  readonly table: 'stock_additions' | 'credit_additions';
  readonly once: Once | undefined;
  readonly at: string;
}

/**
 * What `add` gives, in one transaction with the note of the key; what `found` gives, when it was added before under it;
 * `reused`, when something else was. What was refused, so that `add` gives undefined, may be asked for again.
 */
export async function addOnce<T>(
  db: Database,
  book: Book,
  {
    add,
    found,
  }: {
    readonly add: (tx: Database) => Promise<T | undefined>;
    readonly found: (tx: Database) => Promise<T | undefined>;
  },
): Promise<T | 'reused' | undefined> {
  const { table, once } = book;
  return db.transaction().execute(async (tx) => {
    const known = once && (await knownBefore(tx, once, book));
    if (known !== undefined) return known === once?.fingerprint ? found(tx) : 'reused';
    const added = await add(tx);
    if (added === undefined && once)
      await tx.deleteFrom(table).where('key', '=', once.key).execute();
    return added;
  });
}

/** Notes the key. @returns the fingerprint under which it was noted before; undefined when it was not */
async function knownBefore(db: Database, { key, fingerprint }: Once, { table, at }: Book) {
  const { rows } = await sql<{ fingerprint: string; noted: boolean }>`
    insert into ${sql.table(table)} (key, fingerprint, at) values (${key}, ${fingerprint}, ${at})
    on conflict (key) do update set key = excluded.key
    returning fingerprint, xmax = 0 as noted`.execute(db);
  return rows[0]?.noted === false ? rows[0].fingerprint : undefined;
}
