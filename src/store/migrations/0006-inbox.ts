import { sql, type Kysely } from 'kysely';

/** Messages that start or signal something: a message is there before it has its effect, and once. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table inbox (
      key text primary key,
      source text not null,
      message_id text not null,
      type text not null,
      fingerprint text not null,
      state text not null,
      effect json not null,
      payload json,
      caller json not null,
      run_id text,
      refusal json,
      received_at text collate "C" not null,
      settled_at text,
      kept_until text collate "C"
    )`.execute(db);
  await sql`create index inbox_open on inbox (received_at) where state = 'received'`.execute(db);
  await sql`create index inbox_old on inbox (kept_until) where kept_until is not null`.execute(db);
}
