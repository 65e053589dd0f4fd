/** Lists of documents: open ones from Temporal's visibility, one call a page; closed ones from the archive. */
import { ALL_ROLES, type Actor } from '../../contracts/caller.ts';
import { isOpenState, OPEN_STATES } from '../../contracts/documents/types.ts';
import {
  DossierCreatedAt,
  DossierDueAt,
  DossierFields,
  DossierKind,
  DossierOwner,
  DossierParent,
  DossierState,
  DossierTitle,
  DossierType,
  DossierWaitingFor,
  searchText,
} from '../../contracts/search-attributes.ts';
import { countArchived, listArchived, type ArchiveFilter } from '../../store/archive-lists.ts';
import type { Database } from '../../store/database.ts';
import { wordsOf } from '../../store/text.ts';
import type { Temporal } from '../../temporal/client.ts';
import {
  and,
  anyOf,
  compares,
  countOf,
  equals,
  isOneOf,
  listPage,
  startInput,
  type Condition,
  type Listed,
  type ListedPage,
} from '../../temporal/visibility.ts';
import { meantBy } from '../../workflows/shared/people.ts';
import type { DocumentSummary } from '../../workflows/documents/view.ts';
import type { Cursors } from '../cursors.ts';
import { answered } from '../errors.ts';
import { summaryOfListed } from './executions.ts';
import { filterKey, type DocumentFilter, type Readable } from './filters.ts';

export interface PageRequest {
  readonly limit: number;
  readonly cursor?: string | undefined;
  readonly signal: AbortSignal;
}

export interface Page<Row> {
  readonly rows: readonly Row[];
  readonly next: string | undefined;
}

/** Where a mixed list goes on: among the open documents, or among the closed ones. */
type Place =
  | { readonly open: string }
  | { readonly closed: { readonly createdAt: string; readonly id: string } | null };

export interface ListSources {
  readonly temporal: Temporal;
  readonly database: Database;
  readonly cursors: Cursors;
}

export class DocumentLists {
  readonly #temporal: Temporal;
  readonly #database: Database;
  readonly #cursors: Cursors;

  constructor({ temporal, database, cursors }: ListSources) {
    this.#temporal = temporal;
    this.#database = database;
    this.#cursors = cursors;
  }

  /**
   * Documents that the caller may read, first the open ones, then the closed ones, each newest first. One that closes
   * while somebody pages through may come twice, never not at all.
   */
  async documents(filter: DocumentFilter, page: PageRequest): Promise<Page<DocumentSummary>> {
    const key = filterKey(filter);
    const { limit, cursor, signal } = page;
    let place = cursor === undefined ? first(filter) : this.#placeOf(key, cursor);
    const rows: DocumentSummary[] = [];
    if ('open' in place) {
      const from = place.open === '' ? undefined : Buffer.from(place.open, 'base64');
      const found = await this.#open(and(...openConditions(filter)), { limit, from, signal });
      rows.push(...found.rows.map(summaryOfListed));
      if (found.next) {
        const open = Buffer.from(found.next).toString('base64');
        return { rows, next: this.#sealed(key, { open }) };
      }
      place = { closed: null };
    }
    if (!wants(filter, 'closed')) return { rows, next: undefined };
    const room = limit - rows.length;
    if (room === 0) return { rows, next: this.#sealed(key, place) };
    const archived = await answered(
      listArchived(this.#database, archiveFilter(filter), {
        limit: room,
        ...(place.closed ? { after: place.closed } : {}),
      }),
    );
    const seen = new Set(rows.map(({ id }) => id));
    for (const { summary } of archived.rows) {
      // Visibility lags behind: for a moment a closed one is in both.
      if (!seen.has(summary.id)) rows.push(summary as unknown as DocumentSummary);
    }
    return { rows, next: archived.next && this.#sealed(key, { closed: archived.next }) };
  }

  /** How many documents there are in each state: one call for each open state, one for all closed ones. */
  async counts(filter: DocumentFilter, signal: AbortSignal): Promise<Record<string, number>> {
    const { namespace } = this.#temporal;
    const states = OPEN_STATES.filter(
      (state) => filter.state === undefined || filter.state === state,
    );
    const open = states.map(async (state): Promise<[string, number]> => {
      const query = and(...openConditions({ ...filter, state }));
      const count = await this.#temporal.call({ signal }, (client) =>
        countOf(client, namespace, query),
      );
      return [state, count];
    });
    const closed = wants(filter, 'closed')
      ? answered(countArchived(this.#database, archiveFilter(filter)))
      : Promise.resolve({});
    const [counted, archived] = await Promise.all([Promise.all(open), closed]);
    return { ...Object.fromEntries(counted), ...archived };
  }

  /** Open documents that wait for this actor, by user, by role, or because anybody may act. */
  waitingFor(readable: Readable, page: PageRequest): Promise<Page<Listed>> {
    const { actor } = readable;
    // With all roles it cannot be told which those are: whatever may be read.
    const all = actor.roles.includes(ALL_ROLES);
    return this.#page(
      and(...OPEN_DOCUMENTS, all ? readableCondition(readable) : waitsFor(actor)),
      page,
    );
  }

  /** Running documents of one type. */
  running(type: string, page: PageRequest): Promise<Page<Listed>> {
    return this.#page(and(...OPEN_DOCUMENTS, equals(DossierType.name, type)), page);
  }

  /** What the workflow was started with: from the memo, for large ones from the history. */
  async inputOf(row: Listed, signal: AbortSignal): Promise<unknown> {
    if ('input' in row.memo) return row.memo['input'];
    const { namespace } = this.#temporal;
    return this.#temporal.call({ signal }, (client) => startInput(client, namespace, row));
  }

  async #page(query: string, { limit, cursor, signal }: PageRequest): Promise<Page<Listed>> {
    const from = cursor === undefined ? undefined : this.#cursors.open(query, cursor);
    const { rows, next } = await this.#open(query, { limit, from, signal });
    return { rows, next: next && this.#cursors.seal(query, next) };
  }

  #open(
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

function first(filter: DocumentFilter): Place {
  return wants(filter, 'open') ? { open: '' } : { closed: null };
}

/** Whether documents of this half can be in the list at all. */
function wants({ state, assignee }: DocumentFilter, half: 'open' | 'closed'): boolean {
  if (half === 'closed' && assignee !== undefined) return false;
  return state === undefined || isOpenState(state) === (half === 'open');
}

/** By kind, not by workflow type: several types make documents. */
const OPEN_DOCUMENTS = [equals(DossierKind.name, 'document'), equals('ExecutionStatus', 'Running')];

/** The conditions for open documents; also those of a bulk action. */
export function openConditions(filter: DocumentFilter): readonly (Condition | undefined)[] {
  const { type, state, owner, assignee, parent, title } = filter;
  const given = (name: string, value: string | undefined): Condition | undefined =>
    value === undefined ? undefined : equals(name, searchText(value));
  const range = (name: string, operator: '>=' | '<', value: string | undefined) =>
    value === undefined ? undefined : compares(name, operator, value);
  return [
    ...OPEN_DOCUMENTS,
    given(DossierType.name, type),
    given(DossierState.name, state),
    given(DossierOwner.name, owner),
    assignee === undefined
      ? undefined
      : equals(DossierWaitingFor.name, searchText(`user:${assignee}`)),
    given(DossierParent.name, parent),
    range(DossierCreatedAt.name, '>=', filter.createdFrom),
    range(DossierCreatedAt.name, '<', filter.createdTo),
    range(DossierDueAt.name, '>=', filter.dueFrom),
    range(DossierDueAt.name, '<', filter.dueTo),
    ...filter.fields.map((tag) => equals(DossierFields.name, searchText(tag))),
    ...words(title).map((word) => equals(DossierTitle.name, word)),
    readableCondition(filter.readable),
  ];
}

/** Each word by itself: a Text attribute matches when any of the words given is in it. */
function words(title: string | undefined): string[] {
  return title === undefined ? [] : wordsOf(title).split(' ');
}

/** Where every type may be read, the shorter condition: of one whose type is gone only the owner may know. */
function readableCondition({ actor, types, all }: Readable): Condition {
  if (all && types.length > 0) return isOneOf(DossierType.name, types);
  return anyOf(
    equals(DossierOwner.name, searchText(actor.id)),
    ...(types.length === 0 ? [] : [isOneOf(DossierType.name, types)]),
    waitsFor(actor),
  );
}

function waitsFor(actor: Actor): Condition {
  return isOneOf(DossierWaitingFor.name, meantBy(actor).map(searchText));
}

function archiveFilter(filter: DocumentFilter): ArchiveFilter {
  const { state, assignee: _nobody, title, readable, fields, ...rest } = filter;
  return {
    ...rest,
    fields: [...fields],
    ...(state === undefined ? {} : { state: [state] }),
    ...(title === undefined ? {} : { words: title }),
    // Of an unusable start there is nothing but the reason, which its starter must find.
    readable: { owner: readable.actor.id, types: ['', ...readable.types] },
  };
}
