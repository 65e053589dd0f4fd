import { sql, type Kysely } from 'kysely';

/** Customers are told more than once: that the order is on its way, and that it came back. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table customer_mails add column topic text not null default 'shipped'`.execute(
    db,
  );
  await sql`alter table customer_mails drop constraint customer_mails_order_id_key`.execute(db);
  await sql`create unique index customer_mails_once on customer_mails (order_id, topic)`.execute(
    db,
  );
}
