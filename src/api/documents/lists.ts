/** Lists of documents: one visibility call a page. */
import type { ListedState } from '../../contracts/documents/types.ts';
import {
  DossierKind,
  DossierState,
  DossierType,
  DossierWaitingFor,
} from '../../contracts/search-attributes.ts';
import { ALL_ROLES, type Actor } from '../../contracts/caller.ts';
import type { Temporal } from '../../temporal/client.ts';
import {
  and,
  differs,
  equals,
  isOneOf,
  listPage,
  startInput,
  type Condition,
  type Listed,
  type ListedPage,
} from '../../temporal/visibility.ts';
import type { Cursors } from '../cursors.ts';

export interface ListFilter {
  readonly type?: string | undefined;
  readonly state?: ListedState | undefined;
}

export interface PageRequest {
  readonly limit: number;
  readonly cursor?: string | undefined;
  readonly signal: AbortSignal;
}

export type Page = Omit<ListedPage, 'next'> & { readonly next: string | undefined };

export class DocumentLists {
  readonly #temporal: Temporal;
  readonly #cursors: Cursors;

  constructor(temporal: Temporal, cursors: Cursors) {
    this.#temporal = temporal;
    this.#cursors = cursors;
  }

  /** Documents in any state, open and closed, newest first; as long as Temporal keeps closed workflows. */
  documents({ type, state }: ListFilter, page: PageRequest): Promise<Page> {
    return this.#page(
      and(
        ...EVERY_DOCUMENT,
        type === undefined ? undefined : equals(DossierType.name, type),
        ...inState(state),
      ),
      page,
    );
  }

  /** Open documents that wait for this actor, by user, by role, or because anybody may act. */
  waitingFor(actor: Actor, page: PageRequest): Promise<Page> {
    const who = ['anyone', `user:${actor.id}`, ...actor.roles.map((role) => `role:${role}`)];
    const mine = actor.roles.includes(ALL_ROLES) ? undefined : isOneOf(DossierWaitingFor.name, who);
    return this.#page(and(...EVERY_DOCUMENT, RUNNING, mine), page);
  }

  /** Running documents of one type. */
  running(type: string, page: PageRequest): Promise<Page> {
    return this.#page(and(...EVERY_DOCUMENT, RUNNING, equals(DossierType.name, type)), page);
  }

  /** What the workflow was started with: from the memo, for large ones from the history. */
  async inputOf(row: Listed, signal: AbortSignal): Promise<unknown> {
    if ('input' in row.memo) return row.memo['input'];
    const { namespace } = this.#temporal;
    return this.#temporal.call({ signal }, (client) => startInput(client, namespace, row));
  }

  async #page(query: string, { limit, cursor, signal }: PageRequest): Promise<Page> {
    const from = cursor === undefined ? undefined : this.#cursors.open(query, cursor);
    const { namespace } = this.#temporal;
    const { rows, next } = await this.#temporal.call({ signal }, (client) =>
      listPage(client, namespace, { query, pageSize: limit, from }),
    );
    return { rows, next: next && this.#cursors.seal(query, next) };
  }
}

const RUNNING = equals('ExecutionStatus', 'Running');
/** By kind, not by workflow type: several types make documents. Of a continued one, only the current run. */
const EVERY_DOCUMENT = [
  equals(DossierKind.name, 'document'),
  differs('ExecutionStatus', 'ContinuedAsNew'),
];

/** A workflow that was terminated or failed keeps the state attribute that it had. */
function inState(state: ListedState | undefined): Condition[] {
  switch (state) {
    case undefined:
      return [];
    case 'failed':
      return [isOneOf('ExecutionStatus', ['Failed', 'TimedOut'])];
    case 'terminated':
      return [equals('ExecutionStatus', 'Terminated')];
    case 'open':
    case 'in-review':
    case 'changes-requested':
      return [equals(DossierState.name, state), RUNNING];
    default:
      return [
        equals(DossierState.name, state),
        isOneOf('ExecutionStatus', ['Running', 'Completed', 'Canceled']),
      ];
  }
}
