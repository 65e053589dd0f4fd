/** Which runs of workflows were purged: Temporal goes on showing one for up to half a minute after it was deleted. */
import type { Database } from './database.ts';

/** Milliseconds after which Temporal has long deleted them, and their rows go. */
const KEPT = 24 * 3600 * 1000;

/** Notes that these runs are gone. Repeated, it changes nothing. */
export async function notePurged(
  db: Database,
  runIds: readonly string[],
  now: Date,
): Promise<void> {
  const purged_at = now.toISOString();
  const old = new Date(now.getTime() - KEPT).toISOString();
  await db.deleteFrom('purged_runs').where('purged_at', '<', old).execute();
  if (runIds.length === 0) return;
  await db
    .insertInto('purged_runs')
    .values(runIds.map((run_id) => ({ run_id, purged_at })))
    .onConflict((conflict) => conflict.column('run_id').doNothing())
    .execute();
}

/** Those of the runs that were purged. */
export async function purgedAmong(
  db: Database,
  runIds: readonly string[],
): Promise<ReadonlySet<string>> {
  if (runIds.length === 0) return new Set();
  const rows = await db
    .selectFrom('purged_runs')
    .select('run_id')
    .where('run_id', 'in', runIds)
    .execute();
  return new Set(rows.map(({ run_id }) => run_id));
}
