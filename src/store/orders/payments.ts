/** What each order was charged: one row for each, made before anything is charged. */
import { sql } from 'kysely';
import type { PayAnswer, PayStep } from '../../contracts/orders/steps.ts';
import type { Database } from '../database.ts';
import { plainText } from '../text.ts';
import type { Minor } from './schema.ts';

/** How far a payment is. `undone`: it may not go on, whatever it is. */
export type PaymentState =
  | { readonly state: 'undone' }
  | { readonly state: 'pending'; readonly cardMinor: number; readonly currency: string }
  | { readonly state: 'answered'; readonly answer: PayAnswer };

interface Row {
  readonly status: string;
  readonly undone: boolean;
  readonly currency: string;
  readonly discount_minor: Minor;
  readonly credit_minor: Minor;
  readonly card_minor: Minor;
  readonly reference: string | null;
  readonly reason: string | null;
}

const COLUMNS = sql.raw(
  'status, undone, currency, discount_minor, credit_minor, card_minor, reference, reason',
);

/**
 * Splits the total into what the coupon takes off, what store credit covers and what is left for the card, uses up coupon
 * and credit, and notes all that, in one statement. Whatever was noted before stays. A coupon that cannot be used (any
 * more) declines the payment; where nothing is left for the card, it is captured at once.
 */
export async function beginPayment(db: Database, step: PayStep, at: string): Promise<PaymentState> {
  const { orderId, totalMinor, currency, coupon = null } = step;
  const email = creditKey(step.email);
  const total = sql`${totalMinor}::bigint`;
  // Subqueries of one value where a statement uses what another one has returned: such a value stays what it was when a
  // row turns out to have changed meanwhile and the condition on it is looked at anew.
  const { rows } = await sql<Row>`
    with coupon as (
      select least(${total}, coalesce(amount_minor, ${total} * percent / 100)) as minor from coupons
      where code = ${coupon}::text and (remaining is null or remaining > 0)
        and (valid_until is null or valid_until > ${at})
      for update
    ), discount as (
      select case when ${coupon}::text is null then 0 else (select minor from coupon) end as minor
    ), credit as (
      select balance_minor from credits where email = ${email} and balance_minor > 0 for update
    ), sums as (
      select minor is not null as usable, coalesce(minor, 0) as discount,
        case when minor is null then 0
          else least(${total} - minor, coalesce((select balance_minor from credit), 0)) end as credit
      from discount
    ), payment as (
      insert into payments (order_id, status, email, currency, coupon, total_minor, discount_minor,
        credit_minor, card_minor, reason, created_at, updated_at)
      select ${orderId},
        case when not usable then 'declined' when ${total} = discount + credit then 'captured' else 'pending' end,
        ${email}, ${currency}, ${coupon}, ${total}, discount, credit,
        case when usable then ${total} - discount - credit else 0 end,
        case when not usable then ${`The coupon ${coupon} cannot be used any more.`} end, ${at}, ${at}
      from sums
      on conflict (order_id) do nothing
      returning *
    ), used_coupon as (
      insert into coupon_uses (order_id, code, discount_minor)
      select order_id, coupon, discount_minor from payment where coupon is not null and status <> 'declined'
    ), fewer as (
      update coupons set remaining = remaining - 1
      where code = (select coupon from payment where status <> 'declined')
    ), used_credit as (
      insert into credit_uses (order_id, email, amount_minor)
      select order_id, email, credit_minor from payment where credit_minor > 0
    ), less as (
      update credits set balance_minor = balance_minor - (select credit_minor from payment)
      where email = (select email from payment where credit_minor > 0)
    )
    select ${COLUMNS} from payment`.execute(db);
  return rows[0] ? stateOf(rows[0]) : findPayment(db, orderId);
}

/** Notes that the card was charged. @returns `undone` when it was undone meanwhile, and then nothing has changed */
export async function capturePayment(
  db: Database,
  orderId: string,
  reference: string,
  at: string,
): Promise<PaymentState> {
  const { rows } = await sql<Row>`
    update payments set status = 'captured', reference = ${plainText(reference)}, updated_at = ${at}
    where order_id = ${orderId} and status = 'pending' returning ${COLUMNS}`.execute(db);
  return rows[0] ? stateOf(rows[0]) : findPayment(db, orderId);
}

/** Notes that the card was refused, after coupon and credit are given back. */
export async function declinePayment(
  db: Database,
  orderId: string,
  reason: string,
  at: string,
): Promise<PaymentState> {
  await restore(db, orderId);
  const { rows } = await sql<Row>`
    update payments set status = 'declined', reason = ${plainText(reason)}, updated_at = ${at}
    where order_id = ${orderId} and status = 'pending' returning ${COLUMNS}`.execute(db);
  return rows[0] ? stateOf(rows[0]) : findPayment(db, orderId);
}

/**
 * Keeps the order from being charged from now on, and gives coupon and credit back. Before or without the payment, too.
 * @returns whether the provider has still to be told, because the card was charged or may have been
 */
export async function undoPayment(db: Database, orderId: string, at: string): Promise<boolean> {
  const { rows } = await sql<{ status: string }>`
    insert into payments (order_id, status, undone, email, currency, total_minor, discount_minor,
      credit_minor, card_minor, created_at, updated_at)
    values (${orderId}, 'refunded', true, '', '', 0, 0, 0, 0, ${at}, ${at})
    on conflict (order_id) do update set undone = true, updated_at = ${at},
      status = case
        when payments.status in ('pending', 'captured') and payments.card_minor > 0 then 'refunding'
        when payments.status = 'captured' then 'refunded'
        else payments.status end
    returning status`.execute(db);
  await restore(db, orderId);
  return rows[0]?.status === 'refunding';
}

/** Notes that the provider has given the money back. */
export async function refundedPayment(db: Database, orderId: string, at: string): Promise<void> {
  await db
    .updateTable('payments')
    .set({ status: 'refunded', updated_at: at })
    .where('order_id', '=', orderId)
    .where('status', '=', 'refunding')
    .execute();
}

/** How far the payment of the order is. @throws Error when there is none */
async function findPayment(db: Database, orderId: string): Promise<PaymentState> {
  const { rows } = await sql<Row>`
    select ${COLUMNS} from payments where order_id = ${orderId}`.execute(db);
  if (!rows[0]) throw new Error(`The order ${orderId} has no payment.`);
  return stateOf(rows[0]);
}

/** One after the other, each by itself: together they would hold locks that a payment takes in another order. */
async function restore(db: Database, orderId: string): Promise<void> {
  await sql`
    with given as (
      update coupon_uses set restored = true where order_id = ${orderId} and not restored returning code
    )
    update coupons set remaining = remaining + 1 where code = (select code from given)`.execute(db);
  await sql`
    with given as (
      update credit_uses set restored = true where order_id = ${orderId} and not restored
      returning email, amount_minor
    )
    update credits set balance_minor = balance_minor + (select amount_minor from given)
    where email = (select email from given)`.execute(db);
}

/** By what store credit is kept: one address, however it is written. */
export function creditKey(email: string): string {
  return plainText(email).trim().toLowerCase();
}

function stateOf(row: Row): PaymentState {
  if (row.undone) return { state: 'undone' };
  if (row.status === 'pending')
    return { state: 'pending', cardMinor: Number(row.card_minor), currency: row.currency };
  if (row.status === 'declined')
    return { state: 'answered', answer: { paid: false, reason: row.reason ?? '' } };
  const answer = {
    paid: true as const,
    discountMinor: Number(row.discount_minor),
    creditMinor: Number(row.credit_minor),
    cardMinor: Number(row.card_minor),
    ...(row.reference === null ? {} : { reference: row.reference }),
  };
  return { state: 'answered', answer };
}
