/** Which instances were purged: Temporal goes on showing one for up to half a minute after it was deleted. */
import type { Database } from './database.ts';

/** Milliseconds after which Temporal has deleted their runs at the latest, as a rule, and their rows go. */
const KEPT = 30 * 24 * 3600 * 1000;

/** One run of a workflow, whichever. `startedAt`: an instant by the clock of Temporal, to the millisecond. */
export interface Run {
  readonly workflowId: string;
  readonly startedAt: string;
}

/** Notes that all runs of this workflow that were started until then are gone. Repeated, it changes nothing. */
export async function notePurged(
  db: Database,
  { workflowId, startedAt }: Run,
  now: Date,
): Promise<void> {
  const purged_at = now.toISOString();
  const old = new Date(now.getTime() - KEPT).toISOString();
  await db.deleteFrom('purged_instances').where('purged_at', '<', old).execute();
  const then = { started_at: startedAt, purged_at };
  await db
    .insertInto('purged_instances')
    .values({ workflow_id: workflowId, ...then })
    .onConflict((conflict) => conflict.column('workflow_id').doUpdateSet(then))
    .execute();
}

/**
 * Those of the runs that were not purged. By the workflow and not by its runs: visibility may learn of an older run only
 * after it was purged.
 */
export async function withoutPurged<Some extends Run>(
  db: Database,
  runs: readonly Some[],
): Promise<Some[]> {
  if (runs.length === 0) return [];
  const ids = [...new Set(runs.map(({ workflowId }) => workflowId))];
  const rows = await db
    .selectFrom('purged_instances')
    .select(['workflow_id', 'started_at'])
    .where('workflow_id', 'in', ids)
    .execute();
  const until = new Map(rows.map((row) => [row.workflow_id, row.started_at]));
  return runs.filter(({ workflowId, startedAt }) => startedAt > (until.get(workflowId) ?? ''));
}
