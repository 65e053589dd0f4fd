/** Brings the database's schema up to date. */
import { Migrator, type Kysely, type Migration } from 'kysely';
import * as documents from './migrations/0001-documents.ts';
import * as lists from './migrations/0002-lists.ts';
import * as mails from './migrations/0003-mails.ts';
import * as purged from './migrations/0004-purged.ts';
import * as orders from './migrations/0005-orders.ts';
import * as inbox from './migrations/0006-inbox.ts';
import * as coupons from './migrations/0007-coupons.ts';
import * as returns from './migrations/0008-returns.ts';

/**
 * All migrations, by the name under which the database remembers them. One that has been released is never changed;
 * there are none downwards: going back is restoring a backup.
 */
const MIGRATIONS: Readonly<Record<string, Migration>> = {
  '0001-documents': documents,
  '0002-lists': lists,
  '0003-mails': mails,
  '0004-purged': purged,
  '0005-orders': orders,
  '0006-inbox': inbox,
  '0007-coupons': coupons,
  '0008-returns': returns,
};

/** Runs what has not run yet, in the order of the names, under a lock that other processes respect. */
export async function migrate<T>(db: Kysely<T>): Promise<void> {
  const migrator = new Migrator({ db, provider: { getMigrations: async () => MIGRATIONS } });
  const { error } = await migrator.migrateToLatest();
  if (error !== undefined) throw error;
}
