/** Which mails were sent, and which never will be: one row for each recipient of a notification. */
import type { Database } from './database.ts';
import { plainText } from './text.ts';

/** Of one notification to one user. */
export interface MailKey {
  /** The number of the notification. */
  readonly notification: number;
  /** A user id. */
  readonly recipient: string;
}

/** What became of it; neither of both as long as it is to be sent. */
export interface MailState {
  /** ISO 8601, UTC. */
  readonly sentAt?: string;
  /** Why it never will be sent. */
  readonly refused?: string;
}

/** Notes that these users are to get a mail of the notification, and returns all that are noted for it. */
export async function planMails(
  db: Database,
  notification: number,
  recipients: readonly string[],
): Promise<string[]> {
  if (recipients.length > 0) {
    await db
      .insertInto('mails')
      .values(recipients.map((recipient) => ({ notification, recipient: plainText(recipient) })))
      .onConflict((conflict) => conflict.columns(['notification', 'recipient']).doNothing())
      .execute();
  }
  const rows = await db
    .selectFrom('mails')
    .select('recipient')
    .where('notification', '=', notification)
    .orderBy('recipient')
    .execute();
  return rows.map(({ recipient }) => recipient);
}

/** How it stands with a mail; undefined when none was planned. */
export async function findMail(
  db: Database,
  { notification, recipient }: MailKey,
): Promise<MailState | undefined> {
  const row = await db
    .selectFrom('mails')
    .select(['sent_at', 'refused'])
    .where('notification', '=', notification)
    .where('recipient', '=', recipient)
    .executeTakeFirst();
  if (!row) return undefined;
  return {
    ...(row.sent_at === null ? {} : { sentAt: row.sent_at }),
    ...(row.refused === null ? {} : { refused: row.refused }),
  };
}

/** Notes what became of a planned mail. The first note stays. */
export async function noteMail(
  db: Database,
  { notification, recipient }: MailKey,
  { sentAt, refused }: MailState,
): Promise<void> {
  await db
    .updateTable('mails')
    .set({ sent_at: sentAt ?? null, refused: refused === undefined ? null : plainText(refused) })
    .where('notification', '=', notification)
    .where('recipient', '=', recipient)
    .where('sent_at', 'is', null)
    .where('refused', 'is', null)
    .execute();
}
