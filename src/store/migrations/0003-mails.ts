import { sql, type Kysely } from 'kysely';

/**
 * A notification is one by a key that names its occasion, no longer by the number of an event: of what a clock brings
 * about, the number is another each time that a workflow task is repeated. And what was mailed of it to whom.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    alter table notifications
      add column kind text not null default 'document',
      add column key text,
      add column stage text,
      add column by_user text,
      add column reason text,
      add column outcome text,
      add column due_at text,
      add column decide json`.execute(db);
  await sql`update notifications set key = occasion || ':' || sequence`.execute(db);
  // The old unique key goes with its column.
  await sql`
    alter table notifications
      alter column key set not null,
      drop column sequence,
      add unique (kind, document_id, key)`.execute(db);
  await sql`
    create table mails (
      notification bigint not null,
      recipient text not null,
      sent_at text,
      refused text,
      primary key (notification, recipient)
    )`.execute(db);
}
