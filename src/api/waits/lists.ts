/** Lists of waits: open ones from Temporal's visibility, closed ones from the archive. */
import { OPERATOR_ROLE, type Actor } from '../../contracts/caller.ts';
import {
  DossierFields,
  DossierKind,
  DossierOwner,
  DossierState,
  DossierType,
  searchText,
} from '../../contracts/search-attributes.ts';
import { isOpenWait, type WaitStatus } from '../../contracts/waits/types.ts';
import { and, equals } from '../../temporal/visibility.ts';
import { hasRole } from '../../workflows/shared/people.ts';
import { keyTag } from '../../workflows/waits/console.ts';
import type { WaitSummary } from '../../workflows/waits/view.ts';
import { MixedLists, type ListSources, type Page, type PageRequest } from '../mixed-lists.ts';
import { waitOfListed } from './service.ts';

/** Which waits. */
export interface WaitFilter {
  readonly name?: string;
  readonly key?: string;
  readonly state?: WaitStatus;
  readonly owner?: string;
}

export class WaitLists {
  readonly #lists: MixedLists;

  constructor(sources: ListSources) {
    this.#lists = new MixedLists(sources);
  }

  /** Waits of the actor, for operators all; first the open ones, then the closed ones, each newest first. */
  waits(filter: WaitFilter, actor: Actor, page: PageRequest): Promise<Page<WaitSummary>> {
    const { name, key, state } = filter;
    const isOperator = hasRole(actor, OPERATOR_ROLE);
    // Senders know the key; it is not for them to know what else there is.
    const readable = isOperator ? undefined : actor.id;
    const wants = (open: boolean) => state === undefined || isOpenWait(state) === open;
    const given = [filter.owner, readable].filter((one) => one !== undefined);
    const text = (attribute: { readonly name: string }, value: string | undefined) =>
      value === undefined ? undefined : equals(attribute.name, searchText(value));
    const open = and(
      equals(DossierKind.name, 'wait'),
      equals('ExecutionStatus', 'Running'),
      text(DossierType, name),
      text(DossierState, state),
      text(DossierFields, key === undefined ? undefined : keyTag(key)),
      ...given.map((owner) => text(DossierOwner, owner)),
    );
    const closed = {
      kind: 'wait',
      ...(name === undefined ? {} : { type: name }),
      ...(state === undefined ? {} : { state: [state] }),
      ...(key === undefined ? {} : { fields: [keyTag(key)] }),
      ...(filter.owner === undefined ? {} : { owner: filter.owner }),
      ...(readable === undefined ? {} : { readable: { owner: readable, types: [] } }),
    } as const;
    const list = {
      key: JSON.stringify(['waits', filter, readable]),
      open: wants(true) ? open : undefined,
      closed: wants(false) ? closed : undefined,
      rowOf: waitOfListed,
    };
    return this.#lists.page(list, page);
  }
}
