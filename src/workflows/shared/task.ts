/**
 * The workflow task that is under way, as far as a replay sees it the same. Fed by the interceptors.
 *
 * A replay (SDK 1.24) resolves local activities as early as it can, also where queries or the time they took had cut the
 * task in two. Then `workflowInfo()` tells another length and size of the history than it did at first, and signals that
 * were there already are yet to come. See docs/decisions/0019.
 */
import { workflowInfo } from '@temporalio/workflow';
import { LIMITS } from '../../contracts/limits.ts';
import { isLocalResult, isReason, type Job } from './jobs.ts';

export interface Task {
  /** From 1, in this run. */
  readonly number: number;
  /** Whether the history is to be cut by continuing as new; as it was when the task began. */
  readonly historyIsLong: boolean;
  /** Whether a local activity has come back in it. Then it is too late to continue as new: signals could get lost. */
  readonly hasLocalResult: boolean;
}

let current: Task = { number: 0, historyIsLong: false, hasLocalResult: false };

export function task(): Task {
  return current;
}

/** Notes for what the workflow is woken. */
export function wakeFor(jobs: readonly Job[]): void {
  const reasons = jobs.filter(isReason);
  const local = reasons.filter(isLocalResult);
  if (reasons.length > local.length) {
    const { historySize, continueAsNewSuggested } = workflowInfo();
    const historyIsLong = continueAsNewSuggested || historySize >= LIMITS.historyBytesPerRun;
    current = { number: current.number + 1, historyIsLong, hasLocalResult: false };
  }
  if (local.length > 0) current = { ...current, hasLocalResult: true };
}
