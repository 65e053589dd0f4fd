/** Documents as Temporal lists and describes them: from the memo, without asking any workflow. */
import type { WorkflowExecutionDescription } from '@temporalio/client';
import { idFromWorkflowId } from '../../contracts/ids.ts';
import { listedOf, type ExecutionStatus, type Listed } from '../../temporal/visibility.ts';
import { jsonSize } from '../../workflows/shared/json.ts';
import { type DocumentSummary } from '../../workflows/documents/view.ts';
import { emptySummary, summaryFromMemo } from '../../workflows/documents/memo.ts';

/** States that only the engine can bring about, by the status of the workflow. */
export const ENGINE_ENDS: { readonly [S in ExecutionStatus]?: 'failed' | 'terminated' } = {
  Failed: 'failed',
  TimedOut: 'failed',
  Terminated: 'terminated',
};

/**
 * What a list shows of a document. One whose start was unusable has nothing but its id and, as custom status, the
 * reason; the other fields are empty.
 */
export function summaryOfListed({
  workflowId,
  status,
  startedAt,
  closedAt,
  memo,
}: Listed): DocumentSummary {
  const summary =
    summaryFromMemo(memo) ?? emptySummary(idFromWorkflowId('document', workflowId), startedAt);
  const state = ENGINE_ENDS[status];
  const customStatus =
    typeof memo['customStatus'] === 'string' ? memo['customStatus'] : summary.customStatus;
  if (!state) return { ...summary, customStatus };
  return {
    ...summary,
    customStatus,
    state,
    waitingFor: [],
    ...(closedAt ? { closedAt, updatedAt: closedAt } : {}),
  };
}

/** The same from a description. */
export function summaryOfExecution(description: WorkflowExecutionDescription): DocumentSummary {
  return summaryOfListed(listedOf(description));
}

/** Inputs up to this size are in the memo too, so that lists can show them without reading a history each. */
const SMALL_INPUT = 2 * 1024;

export function inputMemo(input: unknown): { readonly input?: unknown } {
  return jsonSize(input) <= SMALL_INPUT ? { input } : {};
}
