/** What the books of orders say when they are added up. */
import { sql } from 'kysely';
import type { Database } from '../../src/store/database.ts';
import { putProduct } from '../../src/store/orders/products.ts';

const AT = '2026-01-01T00:00:00.000Z';

/** A product with so many pieces. */
export async function stocked(
  db: Database,
  sku: string,
  stock: number,
  priceMinor = 1_000,
): Promise<void> {
  await putProduct(db, { sku, name: `The ${sku}`, priceMinor, stock }, AT);
}

/** Of one sku: what can be sold, and what is held, was released, has left and came back. */
export async function piecesOf(db: Database, sku: string) {
  const { rows } = await sql<Record<'stock' | 'held' | 'shipped', number>>`
    select product.stock::integer,
      coalesce(sum(quantity) filter (where status = 'held'), 0)::integer as held,
      coalesce(sum(quantity) filter (where status = 'shipped'), 0)::integer as shipped
    from products product left join reservations using (sku)
    where sku = ${sku} group by product.sku`.execute(db);
  return rows[0] ?? { stock: 0, held: 0, shipped: 0 };
}

/** What the built-in payment provider has taken for the order and not given back, in minor units. */
export async function takenFor(db: Database, orderId: string): Promise<number> {
  const { rows } = await sql<{ taken: number | string }>`
    select coalesce(sum(captured_minor - refunded_minor), 0) as taken from dev_charges
    where key = ${`order:${orderId}`}`.execute(db);
  return Number(rows[0]?.taken);
}

/** Whether the built-in carrier has a parcel of the order that was not cancelled. */
export async function isOnItsWay(db: Database, orderId: string): Promise<boolean> {
  const { rows } = await sql`
    select from dev_parcels where key = ${`order:${orderId}`} and status = 'booked'`.execute(db);
  return rows.length > 0;
}

/** How often the coupon can still be used. */
export async function remainingOf(db: Database, code: string): Promise<number | undefined> {
  const row = await db
    .selectFrom('coupons')
    .select('remaining')
    .where('code', '=', code)
    .executeTakeFirst();
  return row?.remaining ?? undefined;
}

/** Somebody's store credit. */
export async function creditOf(db: Database, email: string): Promise<number> {
  const row = await db
    .selectFrom('credits')
    .select('balance_minor')
    .where('email', '=', email)
    .executeTakeFirst();
  return Number(row?.balance_minor ?? 0);
}
