/** Actions on many documents: what was asked, and what became of each document. */
import type { JsonObject } from '../contracts/json.ts';
import type { Database } from './database.ts';

/** One action on many documents. */
export interface BulkJob {
  readonly id: string;
  /** Such as `cancel`. */
  readonly action: string;
  /** The user who asked for it. */
  readonly by: string;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
  /** What was asked, as it came. */
  readonly request: JsonObject;
}

/** Keeps the job. False, and nothing has changed, when there is one with this id. */
export async function createBulkJob(db: Database, job: BulkJob): Promise<boolean> {
  const created = await db
    .insertInto('bulk_jobs')
    .values({
      id: job.id,
      action: job.action,
      by_user: job.by,
      created_at: job.createdAt,
      request: JSON.stringify(job.request),
    })
    .onConflict((conflict) => conflict.column('id').doNothing())
    .returning('id')
    .executeTakeFirst();
  return created !== undefined;
}

/** The job with this id, or undefined. */
export async function findBulkJob(db: Database, id: string): Promise<BulkJob | undefined> {
  return db
    .selectFrom('bulk_jobs')
    .select(['id', 'action', 'by_user as by', 'created_at as createdAt', 'request'])
    .where('id', '=', id)
    .executeTakeFirst();
}

/** Keeps what became of one document; the first outcome stays. Whether there is such a job is not looked at. */
export async function recordBulkOutcome(
  db: Database,
  one: { readonly job: string; readonly documentId: string; readonly outcome: string },
): Promise<void> {
  await db
    .insertInto('bulk_outcomes')
    .values({ job: one.job, document_id: one.documentId, outcome: one.outcome })
    .onConflict((conflict) => conflict.columns(['job', 'document_id']).doNothing())
    .execute();
}

/** How many documents had each outcome so far; outcomes that none had are not named. */
export async function bulkOutcomes(db: Database, job: string): Promise<Record<string, number>> {
  const rows = await db
    .selectFrom('bulk_outcomes')
    .select((of) => ['outcome', of.fn.countAll().as('count')])
    .where('job', '=', job)
    .groupBy('outcome')
    .execute();
  return Object.fromEntries(rows.map(({ outcome, count }) => [outcome, Number(count)]));
}
