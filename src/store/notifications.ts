/** What people were told. */
import { sql, type Selectable } from 'kysely';
import type { NewNotification, Notification } from '../contracts/notifications.ts';
import type { Database } from './database.ts';
import type { Schema } from './schema.ts';
import { keyText, plainText } from './text.ts';

/** Keeps a notification and returns its number; one that is there already (kind, document, key) stays as it is. */
export async function notify(db: Database, one: NewNotification): Promise<number> {
  const { kind, documentId } = one;
  const key = keyText(one.key);
  const [added] = await db
    .insertInto('notifications')
    .values({
      kind,
      document_id: documentId,
      key,
      occasion: one.occasion,
      recipients: [...new Set(one.recipients.map(keyText))],
      section: textOrNull(one.section),
      stage: textOrNull(one.stage),
      by_user: textOrNull(one.by),
      reason: textOrNull(one.reason),
      outcome: one.outcome ?? null,
      due_at: one.dueAt ?? null,
      decide: one.decide ? plainText(JSON.stringify(one.decide)) : null,
      title: plainText(one.title),
      type: plainText(one.type),
      at: one.at,
    })
    .onConflict((conflict) => conflict.columns(['kind', 'document_id', 'key']).doNothing())
    .returning('number')
    .execute();
  if (added) return Number(added.number);
  const { number } = await db
    .selectFrom('notifications')
    .select('number')
    .where('kind', '=', kind)
    .where('document_id', '=', documentId)
    .where('key', '=', key)
    .executeTakeFirstOrThrow();
  return Number(number);
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
  const rows = await reading(db)
    .$if(keys !== undefined, (query) => query.where(sql<boolean>`recipients && ${keys}::text[]`))
    .$if(before !== undefined, (query) => query.where('number', '<', before ?? 0))
    .orderBy('number', 'desc')
    .limit(limit + 1)
    .execute();
  const notifications = rows.slice(0, limit).map(notificationOf);
  const last = rows.length > limit ? notifications.at(-1) : undefined;
  return { notifications, ...(last === undefined ? {} : { next: last.number }) };
}

/** The notification with this number. */
export async function findNotification(
  db: Database,
  number: number,
): Promise<Notification | undefined> {
  const row = await reading(db).where('number', '=', number).executeTakeFirst();
  return row && notificationOf(row);
}

function reading(db: Database) {
  return (
    db
      .selectFrom('notifications')
      .select(['number', 'kind', 'document_id', 'key', 'occasion', 'section', 'stage', 'by_user'])
      .select(['reason', 'outcome', 'due_at', 'decide', 'title', 'type', 'at'])
      // As JSON, which both drivers read alike.
      .select(sql<string[]>`to_json(recipients)`.as('recipients'))
  );
}

function notificationOf(row: Selectable<Schema['notifications']>): Notification {
  const { number, kind, key, occasion, recipients, title, type, at } = row;
  const optional = {
    section: row.section,
    stage: row.stage,
    by: row.by_user,
    reason: row.reason,
    outcome: row.outcome,
    dueAt: row.due_at,
    decide: row.decide,
  };
  const there = Object.entries(optional).filter(([, value]) => value !== null);
  const base = { documentId: row.document_id, kind, key, occasion, recipients, title, type, at };
  return { number: Number(number), ...base, ...Object.fromEntries(there) };
}

function textOrNull(text: string | undefined): string | null {
  return text === undefined ? null : plainText(text);
}
