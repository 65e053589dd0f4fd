import { sql, type Kysely } from 'kysely';

/**
 * `json`, not `jsonb`: what people wrote is kept to the letter, order of properties included, and nothing searches
 * inside.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table document_events (
      document_id text not null,
      sequence integer not null,
      event json not null,
      primary key (document_id, sequence)
    )`.execute(db);
  await sql`
    create table archive (
      kind text not null,
      id text not null,
      workflow_id text not null,
      type text not null,
      state text not null,
      owner text not null,
      title text not null,
      created_at text not null,
      closed_at text not null,
      body json not null,
      refused json not null,
      refused_count integer not null,
      primary key (kind, id)
    )`.execute(db);
  await sql`create index archive_newest on archive (kind, created_at desc, id)`.execute(db);
  await sql`
    create table refused_commands (
      number bigint generated always as identity primary key,
      document_id text not null,
      refusal json not null
    )`.execute(db);
  await sql`create index refused_commands_of on refused_commands (document_id, number)`.execute(db);
}
