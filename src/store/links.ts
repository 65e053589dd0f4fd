/** Which document is linked below which. */
import { sql } from 'kysely';
import type { Database } from './database.ts';

/**
 * The advisory lock of everything that links documents: two links that are harmless alone can make a cycle together.
 * The number says "dossierL" in ASCII; in this database nothing else of ours may take it.
 */
const LINKS_LOCK = '7237130065734365772';

/** Levels above a document that are looked at; deeper trees are refused, since nobody knows then. */
const DEEPEST = 1_000;

/** One document directly below another. */
export interface DocumentLink {
  readonly parent: string;
  readonly child: string;
}

/**
 * Links `child` below `parent`. Whether the documents exist is not looked at.
 *
 * @returns `linked`, also when it was so already; `cycle` when the child is the parent or above it (or the tree is more
 * than a thousand levels deep); `otherParent` when the child is below another one, and then nothing has changed
 */
export async function linkDocuments(
  db: Database,
  { parent, child }: DocumentLink,
): Promise<'linked' | 'cycle' | { otherParent: string }> {
  // Read committed, whatever the server's default: the check must see what the holder of the lock before us wrote.
  const transaction = db.transaction().setIsolationLevel('read committed');
  return transaction.execute(async (tx) => {
    await sql`select pg_advisory_xact_lock(${sql.lit(LINKS_LOCK)}::bigint)`.execute(tx);
    const { rows } = await sql<{ parent: string | null; cycle: boolean }>`
      with recursive above (id, depth) as (
        select ${parent}::text, 0
        union all
        select link.parent, above.depth + 1
        from above join document_links link on link.child = above.id
        where above.depth < ${DEEPEST} and above.id <> ${child}
      ), before as (
        select parent from document_links where child = ${child}
      ), verdict as (
        select bool_or(id = ${child} or depth >= ${DEEPEST}) as cycle from above
      ), added as (
        insert into document_links (child, parent)
        select ${child}, ${parent} from verdict
        where not cycle and not exists (select from before)
      )
      select cycle, (select parent from before) as parent from verdict`.execute(tx);
    const [found] = rows;
    if (found?.parent === parent) return 'linked';
    if (typeof found?.parent === 'string') return { otherParent: found.parent };
    return found?.cycle === true ? 'cycle' : 'linked';
  });
}

/** Ends the link, when there is this one. Needs no lock: what takes a link away cannot make a cycle. */
export async function unlinkDocuments(
  db: Database,
  { parent, child }: DocumentLink,
): Promise<void> {
  await db
    .deleteFrom('document_links')
    .where('child', '=', child)
    .where('parent', '=', parent)
    .execute();
}
