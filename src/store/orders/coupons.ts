/** Coupons and store credit, as somebody hands them out. Paying uses them: see payments.ts. */
import { sql } from 'kysely';
import type { Database } from '../database.ts';
import { plainText } from '../text.ts';
import { addOnce, type Once } from './once.ts';
import { creditKey } from './payments.ts';
import type { Minor } from './schema.ts';

/** A coupon takes off so many per cent (1 to 100), or an amount; of both exactly one. */
export type Coupon = {
  readonly code: string;
  /** How many orders may use it. Default: any number. */
  readonly limit?: number;
  /** ISO 8601, UTC. Default: for ever. */
  readonly validUntil?: string;
} & ({ readonly percent: number } | { readonly amountMinor: number });

/** A coupon that was handed out. `used`: how many orders use it, without those whose payment was undone. */
export type IssuedCoupon = Coupon & { readonly used: number };

interface Row {
  readonly code: string;
  readonly percent: number | null;
  readonly amount_minor: Minor | null;
  readonly remaining: number | null;
  readonly valid_until: string | null;
  readonly used: Minor;
}

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

export async function findCoupon(db: Database, code: string): Promise<IssuedCoupon | undefined> {
  const [row] = await coupons(db).where('code', '=', plainText(code)).execute();
  return row && couponOf(row);
}

/** By their code, at most `limit`, those after `after`. `next` is the `after` of the following page. */
export async function listCoupons(
  db: Database,
  { limit, after }: { readonly limit: number; readonly after?: string },
): Promise<{ readonly coupons: readonly IssuedCoupon[]; readonly next?: string }> {
  const rows = await coupons(db)
    .$if(after !== undefined, (query) => query.where('code', '>', after ?? ''))
    .orderBy('code')
    .limit(limit + 1)
    .execute();
  const page = rows.slice(0, limit).map(couponOf);
  const last = rows.length > limit ? page.at(-1) : undefined;
  return { coupons: page, ...(last === undefined ? {} : { next: last.code }) };
}

function coupons(db: Database) {
  const used = sql<Minor>`(
    select count(*) from coupon_uses where coupon_uses.code = coupons.code and not restored)`;
  return db
    .selectFrom('coupons')
    .select(['code', 'percent', 'amount_minor', 'remaining', 'valid_until', used.as('used')]);
}

function couponOf(row: Row): IssuedCoupon {
  const used = Number(row.used);
  return {
    code: row.code,
    ...(row.percent === null
      ? { amountMinor: Number(row.amount_minor) }
      : { percent: row.percent }),
    ...(row.remaining === null ? {} : { limit: row.remaining + used }),
    ...(row.valid_until === null ? {} : { validUntil: row.valid_until }),
    used,
  };
}

/** What somebody has to spend. */
export interface Credit {
  /** The address in small letters, by which it is kept. */
  readonly email: string;
  readonly balanceMinor: number;
}

/** Most credit of one address. */
export const MOST_CREDIT = 1_000_000_000_000;

/**
 * Gives the owner of the address store credit, on top of what they have, or takes some away; `once`: unless that was done
 * before under this key.
 * @returns what they have then; `impossible` when it would be less than nothing or more than {@link MOST_CREDIT}
 */
export async function giveCredit(
  db: Database,
  given: { readonly email: string; readonly addMinor: number; readonly once?: Once | undefined },
  at: string,
): Promise<Credit | 'impossible' | 'reused'> {
  const { addMinor, once } = given;
  const email = creditKey(given.email);
  const added = await addOnce<Credit>(
    db,
    { table: 'credit_additions', once, at },
    {
      add: async (tx) => {
        await sql`
          insert into credits (email, balance_minor) values (${email}, 0) on conflict do nothing`.execute(
          tx,
        );
        const { rows } = await sql<{ balance: Minor }>`
          update credits set balance_minor = balance_minor + ${addMinor}::bigint
          where email = ${email} and balance_minor + ${addMinor}::bigint between 0 and ${MOST_CREDIT}
          returning balance_minor as balance`.execute(tx);
        return rows[0] && { email, balanceMinor: Number(rows[0].balance) };
      },
      found: (tx) => creditOf(tx, email),
    },
  );
  return added ?? 'impossible';
}

/** What the owner of the address has to spend: nothing, when nobody has given them any. */
export async function creditOf(db: Database, address: string): Promise<Credit> {
  const email = creditKey(address);
  const row = await db
    .selectFrom('credits')
    .select('balance_minor')
    .where('email', '=', email)
    .executeTakeFirst();
  return { email, balanceMinor: Number(row?.balance_minor ?? 0) };
}
