/** The first article's own workflow type. */
import { workflowInfo } from '@temporalio/workflow';
import type { Caller } from '../shared/caller.ts';
import { document } from './workflow.ts';

/** Employee onboarding as the article has it: the input is the bare metadata, the result the bare text. */
export async function StartWorkflow(input: unknown, caller: Caller): Promise<string> {
  const continued = workflowInfo().continuedFromExecutionRunId !== undefined;
  const request = continued ? input : { type: 'employee-onboarding', metadata: input ?? {} };
  const { output } = await document(request, caller);
  return output;
}
