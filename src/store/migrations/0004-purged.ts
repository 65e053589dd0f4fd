import { sql, type Kysely } from 'kysely';

/** Runs of workflows that are to be as if they had never been, until Temporal has deleted them. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table purged_runs (
      run_id text primary key,
      purged_at text not null
    )`.execute(db);
  await sql`create index purged_runs_by_time on purged_runs (purged_at)`.execute(db);
}
