/** Lists of approvals: open ones from Temporal's visibility, closed ones from the archive. */
import { isOpenApproval, type ApprovalStatus } from '../../contracts/approvals/types.ts';
import { OPERATOR_ROLE, type Actor } from '../../contracts/caller.ts';
import {
  DossierFields,
  DossierKind,
  DossierOwner,
  DossierState,
  DossierWaitingFor,
  searchText,
} from '../../contracts/search-attributes.ts';
import { and, anyOf, equals, isOneOf, type Condition } from '../../temporal/visibility.ts';
import { involvedTag } from '../../workflows/approvals/record-console.ts';
import { hasRole, meantBy } from '../../workflows/shared/people.ts';
import { MixedLists, type ListSources, type Page, type PageRequest } from '../mixed-lists.ts';
import { approvalOfListed, type KnownApproval } from './service.ts';

/** Which approvals. */
export interface ApprovalFilter {
  readonly state?: ApprovalStatus;
  readonly owner?: string;
}

export class ApprovalLists {
  readonly #lists: MixedLists;

  constructor(sources: ListSources) {
    this.#lists = new MixedLists(sources);
  }

  /** Approvals that the actor may read, first the open ones, then the closed ones, each newest first. */
  approvals(
    { state, owner }: ApprovalFilter,
    actor: Actor,
    page: PageRequest,
  ): Promise<Page<KnownApproval>> {
    const wants = (open: boolean) => state === undefined || isOpenApproval(state) === open;
    const open = and(
      equals(DossierKind.name, 'approval'),
      equals('ExecutionStatus', 'Running'),
      state === undefined ? undefined : equals(DossierState.name, state),
      owner === undefined ? undefined : equals(DossierOwner.name, searchText(owner)),
      approvalsReadableBy(actor),
    );
    const closed = {
      kind: 'approval',
      ...(state === undefined ? {} : { state: [state] }),
      ...(owner === undefined ? {} : { owner }),
      // Of an unusable start, which has no type, there is nothing but the reason; its starter must find it.
      ...(hasRole(actor, OPERATOR_ROLE)
        ? {}
        : { readable: { owner: actor.id, types: [''], field: involvedTag(actor.id) } }),
    } as const;
    const list = {
      key: JSON.stringify(['approvals', state, owner, actor.id, actor.roles]),
      open: wants(true) ? open : undefined,
      closed: wants(false) ? closed : undefined,
      rowOf: approvalOfListed,
    };
    return this.#lists.page(list, page);
  }
}

/** What open approvals the actor may read; undefined when it is all of them. */
export function approvalsReadableBy(actor: Actor): Condition | undefined {
  if (hasRole(actor, OPERATOR_ROLE)) return undefined;
  return anyOf(
    equals(DossierOwner.name, searchText(actor.id)),
    isOneOf(DossierWaitingFor.name, meantBy(actor).map(searchText)),
    equals(DossierFields.name, searchText(involvedTag(actor.id))),
  );
}
