/** What customers were told, one mail for each order and topic; read over HTTP where none is sent. Personal data. */
import { topicOf, type CustomerMailKey, type TellStep } from '../../contracts/orders/steps.ts';
import type { Database } from '../database.ts';
import type { MailState } from '../mails.ts';
import { plainText } from '../text.ts';

/** One of them. */
export interface CustomerMail extends MailState {
  /** Higher ones are newer. They have gaps. */
  readonly number: number;
  /** Whom and what about. */
  readonly about: TellStep;
  /** ISO 8601, UTC. */
  readonly at: string;
}

/** Keeps what the customer is told. The first for the order and its topic stays. @returns its number */
export async function keepCustomerMail(db: Database, about: TellStep, at: string): Promise<number> {
  const { orderId, customer } = about;
  const { number } = await db
    .insertInto('customer_mails')
    .values({
      order_id: orderId,
      topic: topicOf(about),
      name: plainText(customer.name),
      address: plainText(customer.email),
      about: plainText(JSON.stringify(about)),
      at,
    })
    .onConflict((conflict) =>
      conflict.columns(['order_id', 'topic']).doUpdateSet({ order_id: orderId }),
    )
    .returning('number')
    .executeTakeFirstOrThrow();
  return Number(number);
}

export async function findCustomerMail(
  db: Database,
  { order, topic = 'shipped' }: CustomerMailKey,
): Promise<CustomerMail | undefined> {
  const row = await reading(db)
    .where('order_id', '=', order)
    .where('topic', '=', topic)
    .executeTakeFirst();
  return row && mailOf(row);
}

/** Notes what became of it. The first note stays. */
export async function noteCustomerMail(
  db: Database,
  { order, topic = 'shipped' }: CustomerMailKey,
  { sentAt, refused }: MailState,
): Promise<void> {
  await db
    .updateTable('customer_mails')
    .set({ sent_at: sentAt ?? null, refused: refused === undefined ? null : plainText(refused) })
    .where('order_id', '=', order)
    .where('topic', '=', topic)
    .where('sent_at', 'is', null)
    .where('refused', 'is', null)
    .execute();
}

/** Newest first, at most `limit`. `next` is the `before` of the following page; without it there is none. */
export async function listCustomerMails(
  db: Database,
  { limit, before }: { readonly limit: number; readonly before?: number },
): Promise<{ readonly mails: readonly CustomerMail[]; readonly next?: number }> {
  const rows = await reading(db)
    .$if(before !== undefined, (query) => query.where('number', '<', before ?? 0))
    .orderBy('number', 'desc')
    .limit(limit + 1)
    .execute();
  const mails = rows.slice(0, limit).map(mailOf);
  const last = rows.length > limit ? mails.at(-1) : undefined;
  return { mails, ...(last === undefined ? {} : { next: last.number }) };
}

function reading(db: Database) {
  return db.selectFrom('customer_mails').select(['number', 'about', 'at', 'sent_at', 'refused']);
}

function mailOf(row: {
  number: number | string;
  about: TellStep;
  at: string;
  sent_at: string | null;
  refused: string | null;
}): CustomerMail {
  return {
    number: Number(row.number),
    about: row.about,
    at: row.at,
    ...(row.sent_at === null ? {} : { sentAt: row.sent_at }),
    ...(row.refused === null ? {} : { refused: row.refused }),
  };
}
