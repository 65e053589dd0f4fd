/** The second article's own workflow type. */
import type { Caller } from '../shared/caller.ts';
import { isContinuation } from '../shared/continuation.ts';
import { articleRequest } from './request.ts';
import { wait } from './workflow.ts';

/** The wait as the article has it: the input is the key, the event is called like the workflow, and there is no result. */
export async function Workflow(input: unknown, caller: Caller): Promise<void> {
  await wait(isContinuation<object>(input) ? input : articleRequest(input), caller);
}
