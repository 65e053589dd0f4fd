/** Typed queries about what has happened to documents: events, and commands that were refused. */
import { sql, type Transaction } from 'kysely';
import type { DocumentEvent, RefusedCommand } from '../contracts/documents/events.ts';
import { LIMITS } from '../contracts/limits.ts';
import type { Database } from './database.ts';
import type { Schema } from './schema.ts';

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
    version: event.version,
    parts: partsOf(event),
  }));
  await db
    .insertInto('document_events')
    .values(rows)
    .onConflict((conflict) =>
      conflict.columns(['document_id', 'sequence']).doUpdateSet((row) => ({
        event: row.ref('excluded.event'),
        version: row.ref('excluded.version'),
        parts: row.ref('excluded.parts'),
      })),
    )
    .execute();
}

/** What of the document the event says anew, whole: later ones need no older one to be told apart from it. */
function partsOf(event: DocumentEvent): string[] {
  switch (event.kind) {
    case 'created':
      return ['created'];
    case 'section-filled':
    case 'section-withdrawn':
      return [`section/${event.section}`];
    case 'details-changed':
      return [
        ...(event.metadata === undefined ? [] : ['metadata']),
        ...(event.title === undefined ? [] : ['title']),
      ];
    default:
      return [];
  }
}

/** {@link partsOf} of a row, whenever it was written: before the column there were only these kinds with parts. */
const PARTS = sql`coalesce(parts, case event->>'kind'
  when 'created' then array['created']
  when 'section-filled' then array['section/' || (event->>'section')]
  else '{}' end)`;

/** Which events; each bound belongs to the range. Default: all. */
export interface EventRange {
  /** The lowest and the highest sequence number. */
  readonly from?: number;
  readonly to?: number;
  /** The highest content version: with no other bound, all that made this version. */
  readonly upToVersion?: number;
}

/** The events that are in the database, oldest first. */
export async function eventsOf(
  db: Database,
  id: string,
  { from, to, upToVersion }: EventRange = {},
): Promise<DocumentEvent[]> {
  const rows = await db
    .selectFrom('document_events')
    .select('event')
    .where('document_id', '=', id)
    .$if(from !== undefined, (query) => query.where('sequence', '>=', from ?? 0))
    .$if(to !== undefined, (query) => query.where('sequence', '<=', to ?? 0))
    .$if(upToVersion !== undefined, (query) =>
      query.where(
        sql`coalesce(version, (event->>'version')::integer)`.$castTo<number>(),
        '<=',
        upToVersion ?? 0,
      ),
    )
    .orderBy('sequence')
    .execute();
  return rows.map(({ event }) => event);
}

/**
 * What the events from `beforeSequence` on are to be compared with, oldest first: `created`, the last `section-filled`
 * or `section-withdrawn` of each section, and the last `details-changed` with metadata and with a title (often one), all
 * before that sequence number. So a page of a history can tell changes, and nobody reads what came in between.
 */
export async function previousFills(
  db: Database,
  id: string,
  beforeSequence: number,
): Promise<DocumentEvent[]> {
  const { rows } = await sql<{ event: DocumentEvent }>`
    select event from document_events
    where document_id = ${id} and sequence in (
      select distinct on (part) sequence
      from document_events, unnest(${PARTS}) as part
      where document_id = ${id} and sequence < ${beforeSequence}
      order by part, sequence desc
    )
    order by sequence`.execute(db);
  return rows.map(({ event }) => event);
}

/** Remembers a refused command; of each document the last {@link LIMITS}.refusals, so that nobody can fill the disk. */
export async function recordRefusedCommand(
  db: Database,
  id: string,
  refusal: RefusedCommand,
): Promise<void> {
  // The new row is not among those that the `delete` sees.
  await sql`
    with added as (
      insert into refused_commands (document_id, refusal) values (${id}, ${JSON.stringify(refusal)})
    )
    delete from refused_commands
    where document_id = ${id} and number <= (
      select number from refused_commands where document_id = ${id}
      order by number desc offset ${LIMITS.refusals - 1} limit 1
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
