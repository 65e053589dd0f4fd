/** Typed queries about documents: events, archive, refused commands. */
import { sql, type Insertable, type Transaction } from 'kysely';
import type { DocumentEvent, RefusedCommand } from '../contracts/documents/types.ts';
import { LIMITS } from '../contracts/limits.ts';
import type { DocumentState } from '../workflows/documents/state.ts';
import type { Database } from './database.ts';
import type { Schema } from './schema.ts';

const KIND = 'document';

/**
 * Keeps events. Repeating is harmless, and the last write counts: when a workflow task fails after its local activity
 * has run, Temporal forgets the updates of that task, and other events take their numbers.
 */
export async function recordDocumentEvents(
  db: Database | Transaction<Schema>,
  id: string,
  events: readonly DocumentEvent[],
): Promise<void> {
  if (events.length === 0) return;
  const rows = events.map((event) => ({
    document_id: id,
    sequence: event.sequence,
    event: JSON.stringify(event),
  }));
  await db
    .insertInto('document_events')
    .values(rows)
    .onConflict((conflict) =>
      conflict
        .columns(['document_id', 'sequence'])
        .doUpdateSet((row) => ({ event: row.ref('excluded.event') })),
    )
    .execute();
}

/**
 * Writes a finished document and its last events, both or neither. Repeating is harmless, and the last write counts;
 * see {@link recordDocumentEvents}.
 */
export async function archiveDocument(
  db: Database,
  finished: {
    readonly workflowId: string;
    readonly state: DocumentState;
    readonly events: readonly DocumentEvent[];
    readonly refused: readonly RefusedCommand[];
    readonly refusedCount: number;
  },
): Promise<void> {
  const { state } = finished;
  const row: Insertable<Schema['archive']> = {
    kind: KIND,
    id: state.id,
    // Temporal takes a NUL in a workflow id, PostgreSQL none in a text.
    workflow_id: finished.workflowId.replaceAll('\0', ''),
    type: state.definition.name,
    state: state.state,
    owner: state.owner,
    title: state.title,
    created_at: state.createdAt,
    closed_at: state.closedAt ?? state.updatedAt,
    body: JSON.stringify(state),
    refused: JSON.stringify(finished.refused),
    refused_count: finished.refusedCount,
  };
  await db.transaction().execute(async (transaction) => {
    await recordDocumentEvents(transaction, state.id, finished.events);
    await transaction
      .deleteFrom('document_events')
      .where('document_id', '=', state.id)
      .where('sequence', '>', state.sequence)
      .execute();
    await transaction
      .insertInto('archive')
      .values(row)
      .onConflict((conflict) =>
        conflict
          .columns(['kind', 'id'])
          .doUpdateSet(row)
          .where('archive.workflow_id', '=', row.workflow_id),
      )
      .execute();
  });
}

/** A finished document, as its workflow left it. */
export interface ArchivedDocument {
  readonly state: DocumentState;
  readonly refused: readonly RefusedCommand[];
  readonly refusedCount: number;
}

/** The finished document with this id, or undefined. */
export async function findArchived(
  db: Database,
  id: string,
): Promise<ArchivedDocument | undefined> {
  const row = await db
    .selectFrom('archive')
    .select(['body', 'refused', 'refused_count'])
    .where('kind', '=', KIND)
    .where('id', '=', id)
    .executeTakeFirst();
  return row && { state: row.body, refused: row.refused, refusedCount: row.refused_count };
}

/** The events that are in the database, oldest first. */
export async function eventsOf(db: Database, id: string): Promise<DocumentEvent[]> {
  const rows = await db
    .selectFrom('document_events')
    .select('event')
    .where('document_id', '=', id)
    .orderBy('sequence')
    .execute();
  return rows.map(({ event }) => event);
}

/** Remembers a refused command; of each document the last {@link LIMITS}.refusals, so that nobody can fill the disk. */
export async function recordRefusedCommand(
  db: Database,
  id: string,
  refusal: RefusedCommand,
): Promise<void> {
  await db
    .insertInto('refused_commands')
    .values({ document_id: id, refusal: JSON.stringify(refusal) })
    .execute();
  await sql`
    delete from refused_commands
    where document_id = ${id} and number <= (
      select number from refused_commands where document_id = ${id}
      order by number desc offset ${LIMITS.refusals} limit 1
    )`.execute(db);
}

/** The refused commands that are remembered, oldest first. */
export async function refusedCommandsOf(db: Database, id: string): Promise<RefusedCommand[]> {
  const rows = await db
    .selectFrom('refused_commands')
    .select('refusal')
    .where('document_id', '=', id)
    .orderBy('number')
    .execute();
  return rows.map(({ refusal }) => refusal);
}
