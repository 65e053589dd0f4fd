/** The course's approval of a project design proposal, with its escalation. */
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import {
  condition,
  defineSignal,
  ParentClosePolicy,
  setDefaultSignalHandler,
  setHandler,
  startChild,
  workflowInfo,
} from '@temporalio/workflow';
import { idFromWorkflowId, workflowIdOf } from '../../contracts/ids.ts';
import { durably } from '../shared/activities.ts';
import { actorOf, type Caller } from '../shared/caller.ts';
import { isJsonObject } from '../shared/json.ts';
import { isUndecodable } from '../shared/undecodable.ts';
import { milliseconds } from './durations.ts';

/** How long it waits for the decision. */
const PATIENCE = '20s';

/**
 * Waits for the signal `Approval`: `false`, `{"approved": false}` and `"Rejected"` reject, anything else approves; the
 * result is one text. When nobody has decided 20 s after the start (`{"timeout": duration}` in the input says another
 * time), the head of department can decide on an approval of its own, which goes on for itself, and the result tells the
 * escalation. Other signals, and payloads that nobody can read, are ignored.
 */
export async function OrchFunction(input: unknown, caller: Caller): Promise<string[]> {
  const timeout = milliseconds(input, 'timeout', PATIENCE);
  let decision: 'Approved' | 'Rejected' | undefined;
  setHandler(defineSignal<[payload: unknown]>('Approval'), (payload) => {
    if (!isUndecodable(payload)) decision ??= rejects(payload) ? 'Rejected' : 'Approved';
  });
  setDefaultSignalHandler(() => undefined);
  const since = Date.now() - workflowInfo().startTime.getTime();
  await condition(() => decision !== undefined, Math.max(1, timeout - since));
  if (decision) return [await durably('Approval', 'Tell the decision', decision)];
  await reassign(caller);
  return [await durably('Escalation', 'Escalate', 'Head of department')];
}

function rejects(payload: unknown): boolean {
  return (
    payload === false ||
    payload === 'Rejected' ||
    (isJsonObject(payload) && payload['approved'] === false)
  );
}

/** An id longer than this, escaped, would be none that Temporal takes. */
const LONGEST_ID = 900;

/** Starts the approval by the head of department, which outlives this workflow. */
async function reassign(caller: Caller): Promise<void> {
  const { workflowId } = workflowInfo();
  const id = idFromWorkflowId('approval', workflowId).slice(0, LONGEST_ID);
  const request = {
    title: 'Project design proposal',
    subject: { workflowId: workflowId.toWellFormed().replaceAll('\0', '') },
    owner: actorOf(caller).id,
    policy: {
      stages: [{ name: 'Head of department', approvers: ['role:head-of-department'] }],
    },
  };
  try {
    await startChild('approval', {
      workflowId: workflowIdOf('approval', id),
      args: [request],
      workflowIdReusePolicy: 'REJECT_DUPLICATE',
      parentClosePolicy: ParentClosePolicy.ABANDON,
      staticSummary: 'Approval by the head of department',
    });
  } catch (error) {
    // From an earlier start with this id.
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
  }
}
