/** A shop to try: a few products and a coupon. */
import { sql } from 'kysely';
import type { Database } from '../database.ts';
import { issueCoupon } from './coupons.ts';
import { putProduct, type Product } from './products.ts';

const PRODUCTS: readonly Product[] = [
  { sku: 'chair', name: 'Chair', priceMinor: 4_900, stock: 100 },
  { sku: 'desk', name: 'Desk', priceMinor: 39_900, stock: 20 },
  { sku: 'lamp', name: 'Lamp', priceMinor: 2_450, stock: 10 },
];

/** Fills an empty shop; one that has ever had a product stays as it is. */
export async function openSampleShop(db: Database, at: string): Promise<void> {
  await db.transaction().execute(async (tx) => {
    const { rows } = await sql`select from products limit 1`.execute(tx);
    if (rows.length > 0) return;
    await issueCoupon(tx, { code: 'WELCOME', percent: 10 });
    for (const product of PRODUCTS) await putProduct(tx, product, at);
  });
}
