/** What people were told about documents. */
import { sql } from 'kysely';
import type { Database } from './database.ts';
import { keyText, plainText } from './text.ts';

/** One thing to tell. */
export interface NewNotification {
  readonly documentId: string;
  /** Of the event that is told. */
  readonly sequence: number;
  /** Why, such as `reminder`. */
  readonly occasion: string;
  /** `user:x`, `role:y` or `anyone`. Longer ones than 1,000 bytes are kept shortened; looking for them finds them. */
  readonly recipients: readonly string[];
  readonly section?: string;
  /** Of the document, as it was then. */
  readonly title: string;
  /** The document's. */
  readonly type: string;
  /** ISO 8601, UTC. */
  readonly at: string;
}

/** One that was told. */
export interface Notification extends NewNotification {
  /** Higher ones are newer. They have gaps. */
  readonly number: number;
}

/** Keeps a notification; one that is there already (document, sequence, occasion) stays as it is. */
export async function notify(db: Database, one: NewNotification): Promise<void> {
  await db
    .insertInto('notifications')
    .values({
      document_id: one.documentId,
      sequence: one.sequence,
      occasion: one.occasion,
      recipients: [...new Set(one.recipients.map(keyText))],
      section: one.section === undefined ? null : plainText(one.section),
      title: plainText(one.title),
      type: plainText(one.type),
      at: one.at,
    })
    .onConflict((conflict) => conflict.columns(['document_id', 'sequence', 'occasion']).doNothing())
    .execute();
}

/**
 * The notifications that have one of these recipients (`all`: every one), newest first, at most `limit`. `next` is the
 * `before` of the following page; without it there is none.
 */
export async function notificationsFor(
  db: Database,
  recipients: readonly string[] | 'all',
  { limit, before }: { readonly limit: number; readonly before?: number },
): Promise<{ notifications: Notification[]; next?: number }> {
  const keys = recipients === 'all' ? undefined : recipients.map(keyText);
  const rows = await db
    .selectFrom('notifications')
    .select(['number', 'document_id', 'sequence', 'occasion', 'section', 'title', 'type', 'at'])
    // As JSON, which both drivers read alike.
    .select(sql<string[]>`to_json(recipients)`.as('recipients'))
    .$if(keys !== undefined, (query) => query.where(sql<boolean>`recipients && ${keys}::text[]`))
    .$if(before !== undefined, (query) => query.where('number', '<', before ?? 0))
    .orderBy('number', 'desc')
    .limit(limit + 1)
    .execute();
  const notifications = rows
    .slice(0, limit)
    .map(({ number, document_id: documentId, section, ...rest }): Notification => ({
      ...rest,
      number: Number(number),
      documentId,
      ...(section === null ? {} : { section }),
    }));
  const last = rows.length > limit ? notifications.at(-1) : undefined;
  return { notifications, ...(last === undefined ? {} : { next: last.number }) };
}
