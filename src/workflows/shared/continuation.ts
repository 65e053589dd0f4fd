/** Whether a run goes on where another one of the same workflow has ended. */
import { workflowInfo } from '@temporalio/workflow';

/**
 * Whether the input is what the run before handed over. Only the server can make a workflow a continuation, so nobody gets
 * past the checks of a start by posing as one.
 */
export function isContinuation<Carried>(_input: unknown): _input is Carried {
  const { continuedFromExecutionRunId, cronSchedule, attempt } = workflowInfo();
  // Runs of a cron schedule and retries are continuations too, but with the input of the start.
  return continuedFromExecutionRunId !== undefined && cronSchedule === undefined && attempt === 1;
}
