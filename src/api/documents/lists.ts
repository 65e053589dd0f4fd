/** Lists of documents: open ones from Temporal's visibility, one call a page; closed ones from the archive. */
import type { Actor } from '../../contracts/caller.ts';
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
import { countArchived, type ArchiveFilter } from '../../store/archive-lists.ts';
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
  startInput,
  type Condition,
  type Listed,
} from '../../temporal/visibility.ts';
import { meantBy } from '../../workflows/shared/people.ts';
import type { DocumentSummary } from '../../workflows/documents/view.ts';
import { answered } from '../errors.ts';
import { MixedLists, type ListSources, type Page, type PageRequest } from '../mixed-lists.ts';
import { summaryOfListed } from './executions.ts';
import { filterKey, type DocumentFilter, type Readable } from './filters.ts';

export class DocumentLists {
  readonly #temporal: Temporal;
  readonly #database: Database;
  readonly #lists: MixedLists;

  constructor(sources: ListSources) {
    this.#temporal = sources.temporal;
    this.#database = sources.database;
    this.#lists = new MixedLists(sources);
  }

  /** Documents that the caller may read, first the open ones, then the closed ones, each newest first. */
  documents(filter: DocumentFilter, page: PageRequest): Promise<Page<DocumentSummary>> {
    const list = {
      key: filterKey(filter),
      open: wants(filter, 'open') ? and(...openConditions(filter)) : undefined,
      closed: wants(filter, 'closed') ? archiveFilter(filter) : undefined,
      rowOf: summaryOfListed,
    };
    return this.#lists.page(list, page);
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

  /** Running documents of one type. */
  running(type: string, page: PageRequest): Promise<Page<Listed>> {
    return this.#lists.open(and(...OPEN_DOCUMENTS, equals(DossierType.name, type)), page);
  }

  /** What the workflow was started with: from the memo, for large ones from the history. */
  async inputOf(row: Listed, signal: AbortSignal): Promise<unknown> {
    if ('input' in row.memo) return row.memo['input'];
    const { namespace } = this.#temporal;
    return this.#temporal.call({ signal }, (client) => startInput(client, namespace, row));
  }
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

/** The documents that may be read. Where every type may be, the shorter condition: of one whose type is gone only the owner may know. */
export function readableCondition({ actor, types, all }: Readable): Condition {
  if (all && types.length > 0) return isOneOf(DossierType.name, types);
  return anyOf(
    equals(DossierOwner.name, searchText(actor.id)),
    ...(types.length === 0 ? [] : [isOneOf(DossierType.name, types)]),
    waitsFor(actor),
  );
}

/** What waits for the actor, by user, by role, or because anybody may act. */
export function waitsFor(actor: Actor): Condition {
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
