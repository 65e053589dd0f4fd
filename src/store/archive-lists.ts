/** Lists and counts of what is finished. They read no bodies: a page of a hundred may be a hundred megabytes. */
import { sql, type SqlBool } from 'kysely';
import { KIND, SUMMARY, type ArchivedSummary } from './archive.ts';
import type { Kind } from '../contracts/ids.ts';
import type { Database } from './database.ts';
import { keyText, wordsOf } from './text.ts';

/** Which finished documents. All that is given must hold. Instants: ISO 8601 UTC as `toISOString` writes them. */
export interface ArchiveFilter {
  /** Default: documents. */
  readonly kind?: Kind;
  readonly type?: string;
  /** One of these; none at all finds nothing. */
  readonly state?: readonly string[];
  readonly owner?: string;
  readonly parent?: string;
  /** From: this one too. To: this one not any more. */
  readonly createdFrom?: string;
  readonly createdTo?: string;
  /** Documents without a date are not within. */
  readonly dueFrom?: string;
  readonly dueTo?: string;
  /** `name=value`: all of them. */
  readonly fields?: readonly string[];
  /** All of its words, whole, in any order; large and small letters are the same. Without a word it finds nothing. */
  readonly words?: string;
  /** Those of this owner, those of these types, and those with this one of `fields`. Default: everything. */
  readonly readable?: {
    readonly owner: string;
    readonly types: readonly string[];
    readonly field?: string;
  };
}

/** A place between two documents of a list. */
export interface ArchivePlace {
  readonly createdAt: string;
  readonly id: string;
}

/** A finished document in a list. */
export interface ArchivedRow {
  readonly summary: ArchivedSummary;
  /** `name=value`; see `archiveDocument`. */
  readonly fields: readonly string[];
}

/**
 * Finished documents that were not deleted, newest first: by when they were created, then by their id, each by its
 * bytes and descending. At most `limit`, from behind `after` on. `next` is the `after` of the following page; without it
 * there is none.
 */
export async function listArchived(
  db: Database,
  filter: ArchiveFilter,
  { limit, after }: { readonly limit: number; readonly after?: ArchivePlace | undefined },
): Promise<{ rows: ArchivedRow[]; next?: ArchivePlace }> {
  const found = await db
    .selectFrom('archive')
    .select(['id', 'created_at', SUMMARY.as('summary')])
    // As JSON, which both drivers read alike.
    .select(sql<string[]>`to_json(fields)`.as('fields'))
    .where(matches(filter))
    .$if(after !== undefined, (query) =>
      query.where(sql<SqlBool>`(created_at, id) < (${after?.createdAt}, ${after?.id})`),
    )
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit + 1)
    .execute();
  const page = found.slice(0, limit);
  const rows = page.map(({ summary, fields }) => ({ summary, fields }));
  const last = found.length > limit ? page.at(-1) : undefined;
  return last === undefined
    ? { rows }
    : { rows, next: { createdAt: last.created_at, id: last.id } };
}

/** The last of the ids that begin so, by their bytes; undefined when none does. */
export async function lastArchivedId(
  db: Database,
  kind: Kind,
  prefix: string,
): Promise<string | undefined> {
  // The first text behind all that begin so; ids are ASCII.
  const behind =
    prefix.slice(0, -1) + String.fromCharCode(prefix.charCodeAt(prefix.length - 1) + 1);
  const row = await db
    .selectFrom('archive')
    .select('id')
    .where('kind', '=', kind)
    .where('id', '>=', prefix)
    .where('id', '<', behind)
    .where('deleted_at', 'is', null)
    .orderBy('id', 'desc')
    .executeTakeFirst();
  return row?.id;
}

/** How many there are in each state; states that none is in are not named. */
export async function countArchived(
  db: Database,
  filter: ArchiveFilter,
): Promise<Record<string, number>> {
  const rows = await db
    .selectFrom('archive')
    .select((of) => ['state', of.fn.countAll().as('count')])
    .where(matches(filter))
    .groupBy('state')
    .execute();
  return Object.fromEntries(rows.map(({ state, count }) => [state, Number(count)]));
}

function matches(filter: ArchiveFilter) {
  const { kind = KIND, type, state, owner, parent, fields, words, readable } = filter;
  const { createdFrom, createdTo, dueFrom, dueTo } = filter;
  const keys = (texts: readonly string[]): string[] => texts.map(keyText);
  const conditions = [
    sql`kind = ${kind} and deleted_at is null`,
    type !== undefined && sql`type = ${keyText(type)}`,
    state && sql`state = any(${keys(state)}::text[])`,
    owner !== undefined && sql`owner = ${keyText(owner)}`,
    parent !== undefined && sql`parent = ${keyText(parent)}`,
    createdFrom !== undefined && sql`created_at >= ${createdFrom}`,
    createdTo !== undefined && sql`created_at < ${createdTo}`,
    dueFrom !== undefined && sql`due_at >= ${dueFrom}`,
    dueTo !== undefined && sql`due_at < ${dueTo}`,
    fields && fields.length > 0 && sql`fields @> ${keys(fields)}::text[]`,
    // The expression of the index, to the letter.
    words !== undefined &&
      sql`to_tsvector('simple', coalesce(words, '')) @@ plainto_tsquery('simple', ${wordsOf(words)})`,
    readable &&
      sql`(owner = ${keyText(readable.owner)} or type = any(${keys(readable.types)}::text[])
        or fields && ${keys(readable.field === undefined ? [] : [readable.field])}::text[])`,
  ];
  const given = conditions.filter((one) => typeof one === 'object');
  return sql<SqlBool>`${sql.join(given, sql` and `)}`;
}
