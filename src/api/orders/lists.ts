/** Lists of orders: open ones from Temporal's visibility, closed ones from the archive. */
import type { Actor } from '../../contracts/caller.ts';
import { isOpenOrder, type OrderStatus } from '../../contracts/orders/types.ts';
import {
  DossierKind,
  DossierNeedsAttention,
  DossierOwner,
  DossierState,
  searchText,
} from '../../contracts/search-attributes.ts';
import { and, equals, isTrue, type Condition } from '../../temporal/visibility.ts';
import { NEEDS_ATTENTION } from '../../workflows/orders/archive-record.ts';
import { isStaff } from '../../workflows/orders/rights.ts';
import { MixedLists, type ListSources, type Page, type PageRequest } from '../mixed-lists.ts';
import { orderOfListed, type ListedOrder } from './service.ts';

/** Which orders. */
export interface OrderFilter {
  readonly state?: OrderStatus;
  readonly owner?: string;
  readonly needsAttention?: true;
}

export class OrderLists {
  readonly #lists: MixedLists;

  constructor(sources: ListSources) {
    this.#lists = new MixedLists(sources);
  }

  /** Orders that the actor may read, first the open ones, then the closed ones, each newest first. */
  orders(
    { state, owner, needsAttention }: OrderFilter,
    actor: Actor,
    page: PageRequest,
  ): Promise<Page<ListedOrder>> {
    const wants = (open: boolean) => state === undefined || isOpenOrder(state) === open;
    const open = and(
      equals(DossierKind.name, 'order'),
      equals('ExecutionStatus', 'Running'),
      state === undefined ? undefined : equals(DossierState.name, state),
      owner === undefined ? undefined : equals(DossierOwner.name, searchText(owner)),
      needsAttention ? isTrue(DossierNeedsAttention.name) : undefined,
      ordersReadableBy(actor),
    );
    const closed = {
      kind: 'order',
      ...(state === undefined ? {} : { state: [state] }),
      ...(owner === undefined ? {} : { owner }),
      ...(needsAttention ? { fields: [NEEDS_ATTENTION] } : {}),
      // Of an unusable start, which has no type, there is nothing but the reason; its starter must find it.
      ...(isStaff(actor) ? {} : { readable: { owner: actor.id, types: [''] } }),
    } as const;
    const list = {
      key: JSON.stringify(['orders', state, owner, needsAttention, actor.id, actor.roles]),
      open: wants(true) ? open : undefined,
      closed: wants(false) ? closed : undefined,
      rowOf: orderOfListed,
    };
    return this.#lists.page(list, page);
  }
}

/** What open orders the actor may read; undefined when it is all of them. */
export function ordersReadableBy(actor: Actor): Condition | undefined {
  return isStaff(actor) ? undefined : equals(DossierOwner.name, searchText(actor.id));
}
