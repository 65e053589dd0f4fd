/** What the archive keeps of a finished approval. Pure. */
import type { RefusedCommand } from '../../contracts/documents/events.ts';
import { involvedTag } from './record-console.ts';
import { approvalSummary, peopleOf } from './record-view.ts';
import type { ApprovalRecord } from './record.ts';

/** What the archive calls the type of every approval; of an unusable start it is empty. */
const TYPE = 'approval';

/** The row of the archive; what stands in the summary, lists show. */
export function approvalRecordRow({
  workflowId,
  record,
  refused,
  refusedCount,
}: {
  readonly workflowId: string;
  readonly record: ApprovalRecord;
  readonly refused: readonly RefusedCommand[];
  readonly refusedCount: number;
}) {
  const { closedAt = record.updatedAt, approval } = record;
  const involved = peopleOf(record);
  return {
    workflowId,
    state: record,
    summary: { ...approvalSummary(record), type: TYPE, involved, closedAt },
    refused,
    refusedCount,
    fields: involved.map(involvedTag),
    words: undefined,
    dueAt: approval.current?.dueAt,
  };
}
