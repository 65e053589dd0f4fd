/** What is finished, of every kind: written once, then found by its id. For lists see archive-lists.ts. */
import { sql, type Insertable, type RawBuilder } from 'kysely';
import type { DocumentEvent, RefusedCommand } from '../contracts/documents/events.ts';
import type { Kind } from '../contracts/ids.ts';
import type { DocumentState } from '../workflows/documents/state.ts';
import type { Database } from './database.ts';
import { recordDocumentEvents } from './events.ts';
import type { Schema } from './schema.ts';
import { keyText, plainText, wordsOf } from './text.ts';

/** What the table calls documents, which are meant where nobody names a kind. */
export const KIND: Kind = 'document';

/** What lists show of a finished document. Of all that is in it the store knows only these; the rest is opaque. */
export interface ArchivedSummary {
  readonly id: string;
  /** The name of the document type. */
  readonly type: string;
  readonly owner: string;
  readonly title: string;
  readonly state: string;
  /** ISO 8601 UTC as `toISOString` writes it, like all instants here. */
  readonly createdAt: string;
  readonly closedAt: string;
  readonly [name: string]: unknown;
}

/** Something finished, to be archived. The state is the kind's own; the store does not look into it. */
export interface Finished<State> {
  readonly workflowId: string;
  /** Undefined when it never had one, because its start was unusable, or when nobody can tell it. */
  readonly state: State | undefined;
  /** By what stands here it is listed and counted, also where the state says it too. */
  readonly summary: ArchivedSummary;
  readonly refused: readonly RefusedCommand[];
  readonly refusedCount: number;
  /** `name=value`, by which it is found. Ones longer than 1,000 bytes are kept shortened, and still found. */
  readonly fields: readonly string[];
  /** The text by whose words it is found. */
  readonly words: string | undefined;
  readonly dueAt: string | undefined;
  /** Who ended it behind our back. Undefined: it was its own workflow. */
  readonly closedBy?: string | undefined;
}

/** A finished document to be archived. */
export interface FinishedRecord extends Finished<DocumentState> {
  /** The events that are not in the database yet. */
  readonly events: readonly DocumentEvent[];
}

/** What is archived of a document whose state nobody can tell, beside its summary. */
export const WITHOUT_STATE = {
  state: undefined,
  events: [],
  refused: [],
  refusedCount: 0,
  fields: [],
  words: undefined,
  dueAt: undefined,
} as const satisfies Partial<FinishedRecord>;

/**
 * Writes what is finished. Repeating is harmless, and the last write counts. Nothing at all is written when the row was
 * deleted, when it is another workflow's, or when `closedBy` would contradict what its own workflow wrote. `also`: what
 * belongs to it, in the same transaction, when it is written. `parent`: the id of what it is below.
 */
export async function archive<State>(
  db: Database,
  kind: Kind,
  finished: Finished<State>,
  { parent, also }: ArchiveOptions = {},
): Promise<void> {
  const row = rowOf(kind, finished, parent);
  // One statement by itself needs no transaction around it.
  if (!also) return void (await write(db, row));
  await db.transaction().execute(async (transaction) => {
    if (await write(transaction, row)) await also(transaction);
  });
}

/** @returns whether it was written */
async function write(db: Database, row: Insertable<Schema['archive']>): Promise<boolean> {
  const written = await db
    .insertInto('archive')
    .values(row)
    .onConflict((conflict) =>
      conflict
        .columns(['kind', 'id'])
        .doUpdateSet(row)
        .where('archive.workflow_id', '=', row.workflow_id)
        .where('archive.deleted_at', 'is', null)
        .where((is) =>
          is.or([is('archive.closed_by', 'is not', null), is('excluded.closed_by', 'is', null)]),
        ),
    )
    .returning('id')
    .executeTakeFirst();
  return written !== undefined;
}

interface ArchiveOptions {
  readonly parent?: string | undefined;
  readonly also?: (transaction: Database) => Promise<void>;
}

/** Writes a finished document and its last events, both or neither; see {@link archive} and {@link recordDocumentEvents}. */
export async function archiveDocument(db: Database, finished: FinishedRecord): Promise<void> {
  const { state, summary, events } = finished;
  await archive(db, KIND, finished, {
    parent: state?.parent,
    also: async (transaction) => {
      await recordDocumentEvents(transaction, summary.id, events);
      // Without a state nobody knows which of the events did happen; they stay.
      if (!state) return;
      await transaction
        .deleteFrom('document_events')
        .where('document_id', '=', summary.id)
        .where('sequence', '>', state.sequence)
        .execute();
    },
  });
}

function rowOf(
  kind: Kind,
  finished: Finished<unknown>,
  parent: string | undefined,
): Insertable<Schema['archive']> {
  const { state, summary, words, dueAt, closedBy } = finished;
  return {
    kind,
    id: summary.id,
    // Temporal takes a NUL in a workflow id, PostgreSQL none in a text.
    workflow_id: plainText(finished.workflowId),
    type: keyText(summary.type),
    state: keyText(summary.state),
    owner: keyText(summary.owner),
    title: plainText(summary.title),
    created_at: summary.createdAt,
    closed_at: summary.closedAt,
    body: state === undefined ? null : JSON.stringify(state),
    refused: JSON.stringify(finished.refused),
    refused_count: finished.refusedCount,
    parent: parent === undefined ? null : keyText(parent),
    due_at: dueAt ?? null,
    fields: [...new Set(finished.fields.map(keyText))],
    words: words === undefined ? null : wordsOf(words),
    summary: JSON.stringify(summary),
    closed_by: closedBy === undefined ? null : plainText(closedBy),
    deleted_at: null,
  };
}

/** The summary of a row; of one from before there were summaries, what its columns tell. */
export const SUMMARY: RawBuilder<ArchivedSummary> = sql`coalesce(summary, json_build_object(
  'id', id, 'type', type, 'owner', owner, 'title', title,
  'state', state, 'createdAt', created_at, 'closedAt', closed_at))`;

/** Something finished, as its workflow left it. */
export interface Kept<State> {
  readonly workflowId: string;
  /** Not there when it was archived without one. */
  readonly state?: State;
  readonly summary: ArchivedSummary;
  readonly refused: readonly RefusedCommand[];
  readonly refusedCount: number;
  readonly closedBy?: string;
  readonly deletedAt?: undefined;
}

/** What is left of it when it was deleted. */
export interface Deleted {
  readonly state?: undefined;
  readonly summary: Pick<ArchivedSummary, 'id' | 'type'>;
  readonly refused: readonly RefusedCommand[];
  readonly refusedCount: number;
  readonly closedBy?: undefined;
  /** When; ISO 8601, UTC. */
  readonly deletedAt: string;
}

/** A row of the archive; with `deletedAt` it is an empty one. */
export type Archived<State> = Kept<State> | Deleted;
export type ArchivedDocument = Archived<DocumentState>;

/** What is finished and has this id, or undefined. The state is taken for what the kind's workflow has written. */
export async function findArchived<State = DocumentState>(
  db: Database,
  id: string,
  kind: Kind = KIND,
): Promise<Archived<State> | undefined> {
  const row = await db
    .selectFrom('archive')
    .select([
      'workflow_id',
      'body',
      'refused',
      'refused_count',
      'closed_by',
      'deleted_at',
      SUMMARY.as('summary'),
    ])
    .where('kind', '=', kind)
    .where('id', '=', id)
    .executeTakeFirst();
  if (!row) return undefined;
  const { summary, refused, refused_count: refusedCount, deleted_at: deletedAt } = row;
  if (deletedAt !== null) return { summary, refused, refusedCount, deletedAt };
  return {
    workflowId: row.workflow_id,
    ...(row.body === null ? {} : { state: row.body as State }),
    summary,
    refused,
    refusedCount,
    ...(row.closed_by === null ? {} : { closedBy: row.closed_by }),
  };
}

/**
 * Empties a finished document of everything that people wrote, with its events, refused commands, notifications (which
 * are mailed no more) and links. Its id stays taken; type, state and the instants of its life stay known. What other documents say of it (its
 * id as their parent) stays.
 *
 * @param at ISO 8601, UTC
 * @returns whether there was one; false too when it had been deleted before
 */
export async function deleteArchived(db: Database, id: string, at: string): Promise<boolean> {
  // Read committed: the rows that an archiving wrote while we waited for its row lock must be seen and deleted.
  const transaction = db.transaction().setIsolationLevel('read committed');
  return transaction.execute(async (tx) => {
    const emptied = await tx
      .updateTable('archive')
      .set({
        title: '',
        owner: '',
        body: null,
        refused: '[]',
        refused_count: 0,
        parent: null,
        due_at: null,
        fields: [],
        words: null,
        summary: sql<string>`json_build_object('id', id, 'type', type)`,
        closed_by: null,
        deleted_at: at,
      })
      .where('kind', '=', KIND)
      .where('id', '=', id)
      .where('deleted_at', 'is', null)
      .returning('id')
      .executeTakeFirst();
    if (!emptied) return false;
    await sql`
      with events as (delete from document_events where document_id = ${id}),
        refused as (delete from refused_commands where document_id = ${id}),
        told as (
          delete from notifications where kind = 'document' and document_id = ${id}
          returning number),
        mailed as (delete from mails where notification in (select number from told))
      delete from document_links where child = ${id} or parent = ${id}`.execute(tx);
    return true;
  });
}

/** Those of the ids that have no row, in their order; an id that was deleted has one. */
export async function unarchived(
  db: Database,
  ids: readonly string[],
  kind: Kind = KIND,
): Promise<string[]> {
  if (ids.length === 0) return [];
  const rows = await db
    .selectFrom('archive')
    .select('id')
    .where('kind', '=', kind)
    .where(sql<boolean>`id = any(${[...ids]}::text[])`)
    .execute();
  const archived = new Set(rows.map(({ id }) => id));
  return ids.filter((id) => !archived.has(id));
}
