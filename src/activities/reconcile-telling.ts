/** Telling those who wait for what was ended behind its back, because its workflow cannot. */
import { WorkflowNotFoundError, type WorkflowExecutionDescription } from '@temporalio/client';
import { SYSTEM } from '../contracts/caller.ts';
import { idFromWorkflowId, workflowIdCandidates, workflowIdOf } from '../contracts/ids.ts';
import type { Temporal } from '../temporal/client.ts';
import { APPROVAL_DECIDED, TELL_PARENT } from '../workflows/approvals/messages.ts';
import { RECORD_COMMAND } from '../workflows/approvals/record-messages.ts';
import { NOTICE } from '../workflows/documents/messages.ts';
import type { DocumentState } from '../workflows/documents/state.ts';
import type { Notice } from '../workflows/documents/system.ts';
import type { OrderState } from '../workflows/orders/state.ts';
import type { DocumentSources } from './read-document.ts';

/** A workflow may wait for the approval that it has started. */
export async function tellHost(
  { temporal }: DocumentSources,
  { raw, memo, workflowId }: WorkflowExecutionDescription,
): Promise<void> {
  const host = raw.workflowExecutionInfo?.parentExecution?.workflowId;
  if (!host || memo?.['tellParent'] !== TELL_PARENT.tellParent) return;
  const outcome = { id: idFromWorkflowId('approval', workflowId), state: 'terminated', version: 0 };
  await signalUnlessGone(temporal, host, APPROVAL_DECIDED, outcome);
}

/** Of a large order that is no more: nobody needs to decide. */
export async function withdrawApproval(
  { temporal }: DocumentSources,
  order: OrderState | undefined,
): Promise<void> {
  const { approval } = order ?? {};
  if (!approval || approval.approved) return;
  const withdraw = { kind: 'withdraw', reason: 'The order was ended in Temporal.' };
  await signalUnlessGone(temporal, workflowIdOf('approval', approval.id), RECORD_COMMAND, withdraw);
}

/** False when there is no such workflow, or it is closed. */
async function signalUnlessGone(
  temporal: Temporal,
  workflowId: string,
  name: string,
  payload: object,
): Promise<boolean> {
  try {
    await temporal.call({ caller: SYSTEM }, ({ workflow }) =>
      workflow.getHandle(workflowId).signal(name, payload),
    );
    return true;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
}

/** The document above waits for this one perhaps, and the workflow that would have told it is gone. */
export async function tellParent(
  { temporal }: DocumentSources,
  ended: DocumentState,
): Promise<void> {
  const { id, parent, title, state, definition } = ended;
  if (parent === undefined) return;
  const is = { type: definition.name, title, state };
  const told: Notice = { kind: 'child', child: id, is, joining: false };
  for (const workflowId of workflowIdCandidates('document', parent))
    if (await signalUnlessGone(temporal, workflowId, NOTICE, told)) return;
}
