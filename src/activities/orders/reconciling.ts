/** Orders and returns that Temporal has ended without their own doing. */
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import { SYSTEM, type Call } from '../../contracts/caller.ts';
import { returnWorkflowId } from '../../contracts/ids.ts';
import { isOpenOrder } from '../../contracts/orders/types.ts';
import { archive, findArchived, WITHOUT_STATE } from '../../store/archive.ts';
import { listArchived } from '../../store/archive-lists.ts';
import { findShipment } from '../../store/orders/shipments.ts';
import { release } from '../../store/orders/stock.ts';
import type { Temporal } from '../../temporal/client.ts';
import type { Listed } from '../../temporal/visibility.ts';
import { archivedSummary, orderRow, RETURNING } from '../../workflows/orders/archive-record.ts';
import { orderHeadline, setOrderAttributes } from '../../workflows/orders/console.ts';
import { hearOrder, type OrderNotice } from '../../workflows/orders/decide.ts';
import type { CarriedOrder } from '../../workflows/orders/ledger.ts';
import type { OrderKept } from '../../workflows/orders/messages.ts';
import { evolveOrder, type OrderState } from '../../workflows/orders/state.ts';
import { emptyOrder, orderFromMemo, orderMemo } from '../../workflows/orders/view.ts';
import { refund, type PayingDeps } from './paying.ts';
import { cancelShipment, type SendingDeps } from './sending.ts';

export type SettlingDeps = PayingDeps & SendingDeps & { readonly temporal: Temporal };

/** How Temporal has ended it. */
export interface OrderEnd {
  readonly id: string;
  readonly row: Listed;
  readonly state: 'terminated' | 'failed';
  readonly reason: string;
  readonly call: Call;
}

/**
 * What the carrier has stays sold, and is archived. Of any other, everything is to be undone: by another run of its workflow,
 * which is archived at its end and can be seen and helped until then. Where nobody can tell any more what was known of it,
 * it is undone here; what cannot be undone now throws, and is undone another time.
 */
export async function settleEndedOrder(
  deps: SettlingDeps,
  end: OrderEnd,
  last: OrderKept | undefined,
  signal: AbortSignal,
): Promise<void> {
  const { database } = deps;
  const { id, row, state, reason, call } = end;
  const isSold = (await findShipment(database, id)) !== undefined;
  if (last && isOpenOrder(last.order.state) && !isSold) {
    const order = heard(last.order, { kind: 'resumed', as: state, reason }, call);
    return goOn(deps, row, { ...last, order });
  }
  if (!isSold) await undoAll(deps, id, signal);
  const { workflowId, status: closedBy, startedAt, closedAt = startedAt } = row;
  if (last) {
    const order = heard(last.order, { kind: 'ended', state, reason }, call);
    return archive(database, 'order', { ...orderRow({ ...last, order, workflowId }), closedBy });
  }
  const known = orderFromMemo(row.memo) ?? emptyOrder(id, startedAt);
  const summary = archivedSummary(
    { ...known, state, waitingFor: [], updatedAt: closedAt },
    closedAt,
  );
  await archive(database, 'order', { ...WITHOUT_STATE, workflowId, summary, closedBy });
}

function heard(order: OrderState, notice: OrderNotice, call: Call): OrderState {
  return hearOrder(order, notice, call).reduce(evolveOrder, order);
}

async function undoAll(deps: SettlingDeps, orderId: string, signal: AbortSignal): Promise<void> {
  await cancelShipment(deps, { orderId }, signal);
  await refund(deps, { orderId }, signal);
  await release(deps.database, orderId);
}

/** Another run of the same workflow, with all that the one before knew. */
async function goOn(
  { temporal }: SettlingDeps,
  { workflowId, workflowType }: Listed,
  { order, refused, refusedCount }: OrderKept,
): Promise<void> {
  const carried: CarriedOrder = { order, refused: [...refused], refusedCount, outcomes: [] };
  await startOnce(temporal, workflowType, workflowId, {
    args: [],
    resolved: { carried },
    staticSummary: orderHeadline(order),
    memo: orderMemo(order),
    typedSearchAttributes: setOrderAttributes(order),
  });
}

/** Returns of which the workflow was ended go on in another run. */
export async function resumeReturns({ database, temporal }: SettlingDeps): Promise<void> {
  const { rows } = await listArchived(
    database,
    { kind: 'order', fields: [RETURNING] },
    { limit: 1_000 },
  );
  for (const { summary } of rows) {
    const found = await findArchived<OrderState>(database, summary.id, 'order');
    const reason = found?.state?.return?.reason;
    if (reason !== undefined)
      await startOnce(temporal, 'returnOrder', returnWorkflowId(summary.id), {
        args: [{ reason }],
      });
  }
}

interface Begun {
  readonly args: readonly unknown[];
  readonly resolved?: unknown;
  readonly staticSummary?: string;
  readonly memo?: Record<string, unknown>;
  readonly typedSearchAttributes?: ReturnType<typeof setOrderAttributes>;
}

/** Unless it runs. */
async function startOnce(
  temporal: Temporal,
  type: string,
  workflowId: string,
  { args, resolved, ...shown }: Begun,
): Promise<void> {
  const { taskQueue } = temporal;
  const caller = resolved === undefined ? SYSTEM : { ...SYSTEM, resolved };
  try {
    await temporal.call({ caller }, ({ workflow }) =>
      workflow.start(type, { workflowId, taskQueue, args: [...args], ...shown }),
    );
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
  }
}
