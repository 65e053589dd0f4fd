/** What an order would cost. */
import { sql } from 'kysely';
import { ok, refuse, type FieldError, type Result } from '../../contracts/failures.ts';
import type { OrderLine, OrderTerms, PricedLine, Quote } from '../../contracts/orders/types.ts';
import type { Database } from '../database.ts';
import { plainText } from '../text.ts';
import { findProducts } from './products.ts';

/** Totals above this are refused: ten thousand million, in whole units of most currencies. */
const LARGEST_TOTAL = 1_000_000_000_000;

/** What somebody wants. */
export interface Wanted {
  readonly lines: readonly OrderLine[];
  readonly coupon?: string;
}

/**
 * The lines with names and prices, and what they come to; refused as `invalid-data` when there is no such product, the
 * coupon is unknown, used up or over, or the total is too large. Nothing is kept for anybody: until it is reserved and
 * paid for, all of that may change.
 */
export async function quoteOrder(
  db: Database,
  { lines, coupon }: Wanted,
  terms: OrderTerms,
  at: string,
): Promise<Result<Quote>> {
  const [products, couponError] = await Promise.all([
    findProducts(
      db,
      lines.map(({ sku }) => plainText(sku)),
    ),
    coupon === undefined ? undefined : whyNoCoupon(db, coupon, at),
  ]);
  const bySku = new Map(products.map((product) => [product.sku, product]));
  const errors: FieldError[] = [];
  const priced: PricedLine[] = [];
  for (const [i, { sku, quantity }] of lines.entries()) {
    const product = bySku.get(sku);
    if (product) priced.push({ sku, quantity, name: product.name, priceMinor: product.priceMinor });
    else errors.push({ pointer: `/lines/${i}/sku`, detail: 'There is no product with this sku.' });
  }
  if (couponError !== undefined) errors.push({ pointer: '/coupon', detail: couponError });
  const totalMinor = priced.reduce((sum, line) => sum + line.quantity * line.priceMinor, 0);
  if (totalMinor > LARGEST_TOTAL)
    errors.push({ pointer: '/lines', detail: 'They come to more than one order may cost.' });
  if (errors.length === 0) return ok({ lines: priced, totalMinor, terms });
  return refuse('invalid-data', 'The order cannot be priced.', { errors });
}

async function whyNoCoupon(db: Database, code: string, at: string): Promise<string | undefined> {
  const coupon = await db
    .selectFrom('coupons')
    .select(['valid_until', sql<boolean>`coalesce(remaining, 1) > 0`.as('left')])
    .where('code', '=', plainText(code))
    .executeTakeFirst();
  if (!coupon) return 'There is no such coupon.';
  if (coupon.valid_until !== null && coupon.valid_until <= at) return 'The coupon is over.';
  return coupon.left ? undefined : 'The coupon is used up.';
}
