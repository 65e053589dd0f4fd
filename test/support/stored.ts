/** What is in the database, for tests to look at. */
import type { Database } from '../../src/store/database.ts';

/** The highest sequence number of a document's events; 0 when there are none. */
export async function lastSequence(db: Database, id: string): Promise<number> {
  const row = await db
    .selectFrom('document_events')
    .select((of) => of.fn.max('sequence').as('last'))
    .where('document_id', '=', id)
    .executeTakeFirst();
  return row?.last ?? 0;
}

/** The ids of the documents directly below, in the order of their ids. */
export async function childrenOf(db: Database, parent: string): Promise<string[]> {
  const rows = await db
    .selectFrom('document_links')
    .select('child')
    .where('parent', '=', parent)
    .orderBy('child')
    .execute();
  return rows.map(({ child }) => child);
}

/** The id of the document directly above, or undefined. */
export async function parentOf(db: Database, child: string): Promise<string | undefined> {
  const row = await db
    .selectFrom('document_links')
    .select('parent')
    .where('child', '=', child)
    .executeTakeFirst();
  return row?.parent;
}
