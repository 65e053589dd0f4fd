/** Lists of what is open and what is closed: from Temporal's visibility, one call a page, then from the archive. */
import { listArchived, type ArchiveFilter } from '../store/archive-lists.ts';
import type { Database } from '../store/database.ts';
import type { Temporal } from '../temporal/client.ts';
import { listPage, type Listed, type ListedPage } from '../temporal/visibility.ts';
import type { Cursors } from './cursors.ts';
import { answered } from './errors.ts';

export interface PageRequest {
  readonly limit: number;
  readonly cursor?: string | undefined;
  readonly signal: AbortSignal;
}

export interface Page<Row> {
  readonly rows: readonly Row[];
  readonly next: string | undefined;
}

/** Where a mixed list goes on: among what is open, or among what is closed. */
type Place =
  | { readonly open: string }
  | { readonly closed: { readonly createdAt: string; readonly id: string } | null };

export interface ListSources {
  readonly temporal: Temporal;
  readonly database: Database;
  readonly cursors: Cursors;
}

/** Which list. Without one of the halves nothing of it can be in the list. */
interface MixedList<Row> {
  /** What the cursors belong to: the filter in a fixed form. */
  readonly key: string;
  /** A visibility query. */
  readonly open: string | undefined;
  readonly closed: ArchiveFilter | undefined;
  readonly rowOf: (listed: Listed) => Row;
}

export class MixedLists {
  readonly #temporal: Temporal;
  readonly #database: Database;
  readonly #cursors: Cursors;

  constructor({ temporal, database, cursors }: ListSources) {
    this.#temporal = temporal;
    this.#database = database;
    this.#cursors = cursors;
  }

  /**
   * First what is open, then what is closed, each newest first. What closes while somebody pages through may come twice,
   * never not at all. Rows of the archive are summaries as their kind has put them there.
   */
  async page<Row extends { readonly id: string }>(
    { key, open, closed, rowOf }: MixedList<Row>,
    { limit, cursor, signal }: PageRequest,
  ): Promise<Page<Row>> {
    const first: Place = open === undefined ? { closed: null } : { open: '' };
    let place = cursor === undefined ? first : this.#placeOf(key, cursor);
    const rows: Row[] = [];
    if ('open' in place) {
      const from = place.open === '' ? undefined : Buffer.from(place.open, 'base64');
      const found = await this.#listed(open ?? '', { limit, from, signal });
      rows.push(...found.rows.map(rowOf));
      if (found.next) {
        const next = Buffer.from(found.next).toString('base64');
        return { rows, next: this.#sealed(key, { open: next }) };
      }
      place = { closed: null };
    }
    if (!closed) return { rows, next: undefined };
    const room = limit - rows.length;
    if (room === 0) return { rows, next: this.#sealed(key, place) };
    const after = place.closed ? { after: place.closed } : {};
    const archived = await answered(
      listArchived(this.#database, closed, { limit: room, ...after }),
    );
    const seen = new Set(rows.map(({ id }) => id));
    for (const { summary } of archived.rows) {
      // Visibility lags behind: for a moment a closed one is in both.
      if (!seen.has(summary.id)) rows.push(summary as unknown as Row);
    }
    return { rows, next: archived.next && this.#sealed(key, { closed: archived.next }) };
  }

  /** What this visibility query finds, page by page. */
  async open(query: string, { limit, cursor, signal }: PageRequest): Promise<Page<Listed>> {
    const from = cursor === undefined ? undefined : this.#cursors.open(query, cursor);
    const { rows, next } = await this.#listed(query, { limit, from, signal });
    return { rows, next: next && this.#cursors.seal(query, next) };
  }

  #listed(
    query: string,
    { limit, from, signal }: { limit: number; from: Uint8Array | undefined; signal: AbortSignal },
  ): Promise<ListedPage> {
    const { namespace } = this.#temporal;
    return this.#temporal.call({ signal }, (client) =>
      listPage(client, namespace, { query, pageSize: limit, from }),
    );
  }

  #placeOf(key: string, cursor: string): Place {
    return JSON.parse(Buffer.from(this.#cursors.open(key, cursor)).toString()) as Place;
  }

  #sealed(key: string, place: Place): string {
    return this.#cursors.seal(key, Buffer.from(JSON.stringify(place)));
  }
}
