/** What waits for somebody, and what somebody has under way, across documents, approvals and orders. */
import { ALL_ROLES } from '../contracts/caller.ts';
import type { Kind } from '../contracts/ids.ts';
import {
  DossierFields,
  DossierKind,
  DossierNeedsAttention,
  DossierOwner,
  DossierWaitingFor,
  MORE,
  searchText,
} from '../contracts/search-attributes.ts';
import type { Temporal } from '../temporal/client.ts';
import {
  allOf,
  and,
  anyOf,
  equals,
  isOneOf,
  isTrue,
  listPage,
  type Condition,
  type Listed,
} from '../temporal/visibility.ts';
import { submittedTag } from '../workflows/approvals/record-console.ts';
import { meantBy } from '../workflows/shared/people.ts';
import { approvalOfListed } from './approvals/service.ts';
import type { ApprovalPresenter } from './approvals/presenter.ts';
import { summaryOfListed } from './documents/executions.ts';
import type { Readable } from './documents/filters.ts';
import { readableCondition, waitsFor } from './documents/lists.ts';
import type { DocumentPresenter } from './documents/presenter.ts';
import type { OrderPresenter } from './orders/presenter.ts';
import { orderOfListed } from './orders/service.ts';

/** Of orders only those wait for somebody of which something could not be undone. */
const ordersToMend = allOf(ofKind('order'), isTrue(DossierNeedsAttention.name));

/** Tasks of one answer; with more nobody could tell which are due first. */
const MOST = 1_000;

export interface TaskSources {
  readonly temporal: Temporal;
  readonly documents: DocumentPresenter;
  readonly approvals: ApprovalPresenter;
  readonly orders: OrderPresenter;
}

export class Tasks {
  readonly #sources: TaskSources;

  constructor(sources: TaskSources) {
    this.#sources = sources;
  }

  /** What waits for the caller, by user, by role, or because anybody may act. */
  inbox(readable: Readable, signal: AbortSignal) {
    const { actor } = readable;
    // With all roles it cannot be told which those are: whatever may be read. Of approvals that is all.
    if (actor.roles.includes(ALL_ROLES)) {
      const documents = allOf(ofKind('document'), readableCondition(readable));
      return this.#tasks(anyOf(ofKind('approval'), ordersToMend, documents), signal);
    }
    // Where there are more than the attribute holds, the memo tells whether the caller is one of them.
    const condition = anyOf(waitsFor(actor), equals(DossierWaitingFor.name, MORE));
    const isMeant = ({ waitingFor }: { readonly waitingFor: readonly string[] }): boolean =>
      meantBy(actor).some((who) => waitingFor.includes(who));
    return this.#tasks(condition, signal, isMeant);
  }

  /** What the caller owns, or has asked for somebody else, and is not closed. */
  outbox({ actor }: Readable, signal: AbortSignal) {
    const asked = equals(DossierFields.name, searchText(submittedTag(actor.id)));
    const owned = equals(DossierOwner.name, searchText(actor.id));
    return this.#tasks(anyOf(owned, allOf(ofKind('approval'), asked)), signal);
  }

  /** One visibility call; what is due first comes first, then what is due at no time, the newest first. */
  async #tasks(
    condition: Condition,
    signal: AbortSignal,
    isMeant: (task: { readonly waitingFor: readonly string[] }) => boolean = () => true,
  ) {
    const { temporal } = this.#sources;
    const query = and(
      equals('ExecutionStatus', 'Running'),
      isOneOf(DossierKind.name, ['document', 'approval', 'order'] satisfies Kind[]),
      condition,
    );
    const { rows, next } = await temporal.call({ signal }, (client) =>
      listPage(client, temporal.namespace, { query, pageSize: MOST }),
    );
    const tasks = rows
      .map((row) => this.#task(row))
      .filter(isMeant)
      .toSorted(byDue);
    return { tasks, truncated: next !== undefined };
  }

  #task(row: Listed) {
    const { documents, approvals, orders } = this.#sources;
    if (row.workflowType === 'approval')
      return { kind: 'approval' as const, ...approvals.row(approvalOfListed(row)) };
    if (isOrder(row)) {
      const { id, ...order } = orderOfListed(row);
      return { kind: 'order' as const, id, ...orders.row(order) };
    }
    return { kind: 'document' as const, ...documents.row(summaryOfListed(row)) };
  }
}

function isOrder({ memo }: Listed): boolean {
  return memo['order'] !== undefined;
}

function ofKind(kind: Kind): Condition {
  return equals(DossierKind.name, kind);
}

interface Due {
  readonly dueAt?: string;
  readonly createdAt: string;
}

function byDue(one: Due, other: Due): number {
  if (one.dueAt !== other.dueAt) {
    if (one.dueAt === undefined) return 1;
    if (other.dueAt === undefined) return -1;
    return one.dueAt < other.dueAt ? -1 : 1;
  }
  return one.createdAt === other.createdAt ? 0 : one.createdAt > other.createdAt ? -1 : 1;
}
