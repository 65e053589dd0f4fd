import { sql, type Kysely } from 'kysely';

/** Instances that are to be as if they had never been, until Temporal has deleted their runs. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table purged_instances (
      workflow_id text primary key,
      started_at text not null,
      purged_at text not null
    )`.execute(db);
  await sql`create index purged_instances_by_time on purged_instances (purged_at)`.execute(db);
}
