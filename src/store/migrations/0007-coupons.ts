import { sql, type Kysely } from 'kysely';

/** Coupons and store credit are given out over HTTP: credit once for each key, and how often a coupon was used is shown. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table credit_additions (
      key text primary key,
      fingerprint text not null,
      at text not null
    )`.execute(db);
  await sql`create index coupon_uses_of on coupon_uses (code) where not restored`.execute(db);
}
