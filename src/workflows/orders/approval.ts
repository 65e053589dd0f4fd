/** Large orders and returns wait for an approval: a workflow of its own, in the inbox of those who decide like any other. */
import {
  getExternalWorkflowHandle,
  ParentClosePolicy,
  startChild,
  uuid4,
} from '@temporalio/workflow';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import type { ApprovalRequest } from '../../contracts/approvals/types.ts';
import { isId, workflowIdOf } from '../../contracts/ids.ts';
import { DossierKind } from '../../contracts/search-attributes.ts';
import { TELL_PARENT } from '../approvals/messages.ts';
import { RECORD_COMMAND } from '../approvals/record-messages.ts';
import { moneyText } from './console.ts';
import { hear } from './handlers.ts';
import type { OrderLedger } from './ledger.ts';
import type { OrderState } from './state.ts';

/** Asks. The answer comes as the signal `APPROVAL_DECIDED`, because this workflow may have continued as new by then. */
export async function askForApproval(ledger: OrderLedger): Promise<void> {
  const { orderId, return: back, sequence } = ledger.order;
  // A return can be asked for again, and then it is not the approval of old that counts.
  const named = back ? `return-${orderId}-${sequence}` : `order-${orderId}`;
  const isStarted = isId(named) && (await start(named, ledger.order));
  const approval = isStarted ? named : uuid4();
  if (!isStarted) await start(approval, ledger.order);
  hear(ledger, { kind: 'approval-asked', approval });
  // The answer may come in the same workflow task as the news of the start, and signals come first there.
  for (const decision of ledger.decisions) hear(ledger, decision);
}

/** False when somebody else's approval has the id. */
async function start(id: string, order: OrderState): Promise<boolean> {
  try {
    await startChild('approval', {
      workflowId: workflowIdOf('approval', id),
      args: [requestOf(order)],
      memo: TELL_PARENT,
      // From the first moment: the reconciler must find it also when it is ended before it has begun.
      typedSearchAttributes: [{ key: DossierKind, value: 'approval' }],
      workflowIdReusePolicy: 'REJECT_DUPLICATE',
      parentClosePolicy: ParentClosePolicy.ABANDON,
      staticSummary: order.return ? 'Approval of a return' : 'Approval of a large order',
    });
    return true;
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) return false;
    throw error;
  }
}

function requestOf(order: OrderState): ApprovalRequest {
  const { orderId, owner, lines, totalMinor, terms, return: back } = order;
  const total = { amountMinor: totalMinor, currency: terms.currency };
  const title = `${back ? 'Return of order' : 'Order'} ${orderId.slice(0, 100)}`;
  const approvers = back ? terms.returnApprovers : terms.approvers;
  return {
    title: `${title}: ${moneyText(total)}`,
    subject: {
      orderId,
      total,
      ...(back ? { reason: back.reason } : {}),
      lines: lines.slice(0, SHOWN).map((line) => ({ ...line })),
      ...(lines.length > SHOWN ? { moreLines: lines.length - SHOWN } : {}),
    },
    owner,
    policy: { stages: [{ name: back ? 'Return' : 'Large order', approvers: [...approvers] }] },
  };
}

/** Lines that those who decide are shown. */
const SHOWN = 100;

/** Nobody needs to decide any more. */
export async function withdrawApproval(id: string, reason: string): Promise<void> {
  const withdraw = { kind: 'withdraw', reason };
  const handle = getExternalWorkflowHandle(workflowIdOf('approval', id));
  // It may have ended already.
  await handle.signal(RECORD_COMMAND, withdraw).catch(() => {});
}
