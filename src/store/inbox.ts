/**
 * The inbox: each message that starts or signals something, from before it has its effect until nobody can send it again.
 * `received` becomes `done` or `refused`; a refused one that comes again is `received` anew.
 */
import { sql, type Selectable } from 'kysely';
import type { CallContext } from '../contracts/caller.ts';
import type { Refusal } from '../contracts/failures.ts';
import type { Json } from '../contracts/json.ts';
import type { Effect } from '../contracts/triggers.ts';
import type { Database } from './database.ts';
import type { Schema } from './schema.ts';
import { plainText } from './text.ts';

/** A message that has come. */
export interface NewMessage {
  /** Of source and id: nothing else has it. */
  readonly key: string;
  readonly source: string;
  readonly id: string;
  readonly type: string;
  readonly fingerprint: string;
  readonly effect: Effect;
  readonly payload: Json;
  readonly caller: CallContext;
}

export interface Message extends Omit<NewMessage, 'source' | 'id' | 'type' | 'payload'> {
  readonly state: Schema['inbox']['state'];
  /** Null, too, when it is settled. */
  readonly payload: Json;
  readonly runId: string | undefined;
  readonly receivedAt: string;
}

/**
 * Keeps the message, or finds the one that was kept under its key before: whoever comes first decides what it leads to. A
 * refused one that comes with the same content is `received` again, and leads to what is said now, unless a run was
 * chosen for it already.
 */
export async function receiveMessage(
  db: Database,
  message: NewMessage,
  now: Date,
): Promise<Message> {
  const { key, fingerprint } = message;
  const effect = JSON.stringify(message.effect);
  const leadsTo = { state: 'received' as const, payload: JSON.stringify(message.payload) };
  const caller = JSON.stringify(message.caller);
  const [added] = await db
    .insertInto('inbox')
    .values({
      key,
      fingerprint,
      source: plainText(message.source),
      message_id: plainText(message.id),
      type: plainText(message.type),
      ...leadsTo,
      effect,
      caller,
      received_at: now.toISOString(),
    })
    .onConflict((conflict) => conflict.column('key').doNothing())
    .returningAll()
    .execute();
  if (added) return messageOf(added);
  const again = { ...leadsTo, refusal: null, settled_at: null, kept_until: null };
  const refused = (chosen: boolean) =>
    db
      .updateTable('inbox')
      .set(chosen ? again : { ...again, effect, caller })
      .where('key', '=', key)
      .where('fingerprint', '=', fingerprint)
      .where('state', '=', 'refused')
      .where('run_id', chosen ? 'is not' : 'is', null)
      .execute();
  await refused(false);
  await refused(true);
  const found = await findMessage(db, key);
  // Forgotten between the two, which only a message of the last second of its retention can be.
  return found ?? receiveMessage(db, message, now);
}

/** The message with this key. */
export async function findMessage(db: Database, key: string): Promise<Message | undefined> {
  const row = await db.selectFrom('inbox').selectAll().where('key', '=', key).executeTakeFirst();
  return row && messageOf(row);
}

/**
 * Chooses the run that gets the signal, instead of `before`. Who is later gets the run that the first has chosen: all who
 * carry out the same message send it to the same run.
 */
export async function chooseRun(
  db: Database,
  key: string,
  runId: string,
  before: string | undefined,
): Promise<string> {
  const { run_id } = await db.transaction().execute(async (transaction) => {
    await transaction
      .updateTable('inbox')
      .set({ run_id: runId })
      .where('key', '=', key)
      .$if(before === undefined, (query) => query.where('run_id', 'is', null))
      .$if(before !== undefined, (query) => query.where('run_id', '=', before ?? ''))
      .execute();
    return transaction
      .selectFrom('inbox')
      .select('run_id')
      .where('key', '=', key)
      .executeTakeFirstOrThrow();
  });
  return run_id ?? runId;
}

/** It has had its effect, or could not have it. What was done stays done, whoever comes later with a refusal. */
export async function settleMessage(
  db: Database,
  key: string,
  refusal: Refusal | undefined,
  { now, retentionMs }: { readonly now: Date; readonly retentionMs: number },
): Promise<void> {
  await db
    .updateTable('inbox')
    .set({
      state: refusal ? 'refused' : 'done',
      refusal: refusal ? plainText(JSON.stringify(refusal)) : null,
      payload: null,
      settled_at: now.toISOString(),
      kept_until: new Date(now.getTime() + retentionMs).toISOString(),
    })
    .where('key', '=', key)
    .$if(refusal === undefined, (query) => query.where('state', '!=', 'done'))
    .$if(refusal !== undefined, (query) => query.where('state', '=', 'received'))
    .execute();
}

/** What is noted while a message is carried out. */
export interface InboxNotes {
  /** See {@link chooseRun}. */
  readonly chooseRun: (key: string, runId: string, before: string | undefined) => Promise<string>;
  /** See {@link settleMessage}. */
  readonly settle: (key: string, refusal: Refusal | undefined) => Promise<void>;
}

/** Notes in the database. `retentionMs`: how long a settled message is kept. */
export function inboxNotes(db: Database, retentionMs: number): InboxNotes {
  return {
    chooseRun: (key, runId, before) => chooseRun(db, key, runId, before),
    settle: (key, refusal) => settleMessage(db, key, refusal, { now: new Date(), retentionMs }),
  };
}

/** A page of the messages that were received until then and are not settled, the oldest first. */
export async function openMessages(
  db: Database,
  {
    until,
    limit,
    after,
  }: {
    readonly until: Date;
    readonly limit: number;
    readonly after?: Pick<Message, 'receivedAt' | 'key'> | undefined;
  },
): Promise<Message[]> {
  const rows = await db
    .selectFrom('inbox')
    .selectAll()
    .where('state', '=', 'received')
    .where('received_at', '<=', until.toISOString())
    .$if(after !== undefined, (query) =>
      query.where(sql<boolean>`(received_at, key) > (${after?.receivedAt}, ${after?.key})`),
    )
    .orderBy('received_at')
    .orderBy('key')
    .limit(limit)
    .execute();
  return rows.map(messageOf);
}

/** Deletes what was settled long enough ago. */
export async function forgetMessages(db: Database, now: Date): Promise<void> {
  await db.deleteFrom('inbox').where('kept_until', '<', now.toISOString()).execute();
}

function messageOf(row: Selectable<Schema['inbox']>): Message {
  const { key, fingerprint, state, effect, payload, caller } = row;
  const runId = row.run_id ?? undefined;
  return { key, fingerprint, state, effect, payload, caller, runId, receivedAt: row.received_at };
}
