/** Coupons and store credit, as somebody hands them out. Paying uses them: see payments.ts. */
import { sql } from 'kysely';
import type { Database } from '../database.ts';
import { creditKey } from './payments.ts';

/** A coupon takes off so many per cent (1 to 100), or an amount; of both exactly one. */
export type Coupon = {
  readonly code: string;
  /** How many orders may use it. Default: any number. */
  readonly limit?: number;
  /** ISO 8601, UTC. Default: for ever. */
  readonly validUntil?: string;
} & ({ readonly percent: number } | { readonly amountMinor: number });

/** Makes the coupon. One with this code stays as it is. @returns whether it is new */
export async function issueCoupon(db: Database, coupon: Coupon): Promise<boolean> {
  const row = await db
    .insertInto('coupons')
    .values({
      code: coupon.code,
      percent: 'percent' in coupon ? coupon.percent : null,
      amount_minor: 'amountMinor' in coupon ? coupon.amountMinor : null,
      remaining: coupon.limit ?? null,
      valid_until: coupon.validUntil ?? null,
    })
    .onConflict((conflict) => conflict.column('code').doNothing())
    .returning('code')
    .executeTakeFirst();
  return row !== undefined;
}

/** Gives the owner of the address store credit, on top of what they have. Each time anew. */
export async function giveCredit(db: Database, email: string, amountMinor: number): Promise<void> {
  await sql`
    insert into credits (email, balance_minor) values (${creditKey(email)}, ${amountMinor})
    on conflict (email) do update
    set balance_minor = credits.balance_minor + excluded.balance_minor`.execute(db);
}
