import { sql, type Kysely } from 'kysely';

/** Which workflow an order id belongs to: two may stand for one, and their rows would be the same. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table order_ids (
      order_id text collate "C" primary key,
      workflow_id text not null
    )`.execute(db);
}
