/** Approvals where they are, and who may read them. */
import { idFromWorkflowId } from '../../contracts/ids.ts';
import type { Actor } from '../../contracts/caller.ts';
import type { Directory } from '../../contracts/people.ts';
import type { Database } from '../../store/database.ts';
import type { Temporal } from '../../temporal/client.ts';
import type { Listed } from '../../temporal/visibility.ts';
import { approvalQuery, type ApprovalKept } from '../../workflows/approvals/messages.ts';
import { mayReadApproval, readableOf } from '../../workflows/approvals/record-rights.ts';
import {
  approvalFromMemo,
  approvalSummary,
  emptyApproval,
  type ApprovalSummary,
} from '../../workflows/approvals/record-view.ts';
import type { ApprovalRecord } from '../../workflows/approvals/record.ts';
import { ENGINE_ENDS } from '../documents/executions.ts';
import { KeptReader } from '../kept-reader.ts';

export interface ApprovalDeps {
  readonly temporal: Temporal;
  readonly database: Database;
  readonly directory: Directory;
}

/** What a list shows of an approval, and who has to do with it. */
export type KnownApproval = ApprovalSummary & { readonly involved?: readonly string[] };

/** An approval that can still be read in full, or what is left of one that failed or was terminated. */
export type FoundApproval = ApprovalKept | { readonly summary: KnownApproval };

export class ApprovalReader extends KeptReader<FoundApproval, KnownApproval> {
  readonly directory: Directory;

  constructor({ directory, ...sources }: ApprovalDeps) {
    super(sources, {
      kind: 'approval',
      ask: (handle) => handle.query(approvalQuery),
      ofArchived: ({ state, summary, refused, refusedCount }) =>
        state
          ? { record: state as ApprovalRecord, refused, refusedCount }
          : { summary: summary as unknown as KnownApproval },
      ofListed: (listed) => ({ summary: approvalOfListed(listed) }),
      mayRead,
      summaryOf,
    });
    this.directory = directory;
  }
}

/** What a list shows of it. */
export function summaryOf(found: FoundApproval): ApprovalSummary {
  return 'record' in found ? approvalSummary(found.record) : found.summary;
}

/** The same for one that visibility lists. Of an unusable start there is nothing but its id and the reason. */
export function approvalOfListed({
  workflowId,
  status,
  startedAt,
  closedAt,
  memo,
}: Listed): KnownApproval {
  const known =
    approvalFromMemo(memo) ?? emptyApproval(idFromWorkflowId('approval', workflowId), startedAt);
  const state = ENGINE_ENDS[status];
  const { customStatus = known.customStatus } = memo as { customStatus?: string };
  if (!state) return { ...known, customStatus };
  const ended = closedAt ? { closedAt, updatedAt: closedAt } : {};
  return { ...known, customStatus, state, waitingFor: [], ...ended };
}

/** Of an unusable start there is nothing but the reason, which its starter must find. */
function mayRead(found: FoundApproval, actor: Actor): boolean {
  if ('record' in found) return mayReadApproval(readableOf(found.record), actor);
  return found.summary.title === '' || mayReadApproval(found.summary, actor);
}
