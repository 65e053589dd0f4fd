/** The jobs of an activation: for what a workflow is woken. */
import type { ActivateInput } from '@temporalio/workflow';

export type Job = NonNullable<ActivateInput['activation']['jobs']>[number];

/** Whether it is for this that the workflow is woken; the others come along. */
export function isReason(job: Job): boolean {
  return !job.queryWorkflow && !job.removeFromCache && !job.notifyHasPatch && !job.updateRandomSeed;
}

/** Whether a local activity has come back. */
export function isLocalResult({ resolveActivity }: Job): boolean {
  return resolveActivity?.isLocal === true;
}
