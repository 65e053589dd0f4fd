/** Finds what Temporal has ended without its own doing, and archives it. */
import { Context } from '@temporalio/activity';
import type { Client } from '@temporalio/client';
import { idFromWorkflowId, KINDS, type Kind } from '../contracts/ids.ts';
import { DossierKind } from '../contracts/search-attributes.ts';
import {
  archive,
  archiveDocument,
  unarchived,
  WITHOUT_STATE,
  type ArchivedSummary,
} from '../store/archive.ts';
import { eventsOf } from '../store/events.ts';
import { and, equals, isOneOf, listedOf, listPage, type Listed } from '../temporal/visibility.ts';
import { wakeBackOrders } from '../temporal/back-orders.ts';
import { approvalQuery } from '../workflows/approvals/messages.ts';
import { approvalRecordRow } from '../workflows/approvals/record-archive.ts';
import { hearRecord } from '../workflows/approvals/record-decide.ts';
import { approvalFromMemo, emptyApproval } from '../workflows/approvals/record-view.ts';
import { evolveRecord } from '../workflows/approvals/record.ts';
import { archiveRecord } from '../workflows/documents/archive-record.ts';
import { documentQuery, historyQuery, type HistoryTail } from '../workflows/documents/messages.ts';
import { evolve, type DocumentState } from '../workflows/documents/state.ts';
import { hear } from '../workflows/documents/system.ts';
import { orderQuery } from '../workflows/orders/messages.ts';
import type { OrderActivityDeps } from './orders.ts';
import { archiveEndedOrder } from './orders/reconciling.ts';
import {
  archivedSummary,
  startKeyIn,
  waitFields,
  waitRow,
} from '../workflows/waits/archive-record.ts';
import { hearWait } from '../workflows/waits/decide.ts';
import { waitQuery } from '../workflows/waits/messages.ts';
import { evolveWait } from '../workflows/waits/state.ts';
import { emptyWait, waitFromMemo } from '../workflows/waits/view.ts';
import type { DocumentSources } from './read-document.ts';
import { tellHost, tellParent, withdrawApproval } from './reconcile-telling.ts';
import { emptySummary, summaryFromMemo } from '../workflows/documents/memo.ts';

const PAGE = 200;

/** Those of our own workers, whose database the archive is in; most of them ended by themselves and are there already. */
const ended = (taskQueue: string, kind: Kind): string =>
  and(
    equals('TaskQueue', taskQueue),
    equals(DossierKind.name, kind),
    isOneOf('ExecutionStatus', ['Terminated', 'Failed', 'TimedOut', 'Canceled', 'Completed']),
  );

export type ReconcileDeps = DocumentSources & Pick<OrderActivityDeps, 'orders'>;

export function reconcileActivities(sources: ReconcileDeps) {
  return {
    /**
     * Archives everything closed that is not in the archive: `terminated` or, when it failed or timed out, `failed`, with
     * all that its workflow knew, and undoes what was done of orders. Then tells orders that wait for stock that there is
     * some. Idempotent. Returns how many there were.
     */
    async archiveEnded(): Promise<number> {
      let count = 0;
      for (const kind of KINDS) count += await archiveKind(sources, kind);
      await wakeBackOrders(sources);
      return count;
    },
  };
}

async function archiveKind(sources: ReconcileDeps, kind: Kind): Promise<number> {
  const { temporal, database } = sources;
  let count = 0;
  let from: Uint8Array | undefined;
  do {
    const { rows, next } = await temporal.call({}, (client) =>
      listPage(client, temporal.namespace, {
        query: ended(temporal.taskQueue, kind),
        pageSize: PAGE,
        from,
      }),
    );
    const byId = new Map(rows.map((row) => [idOf(kind, row), row]));
    for (const id of await unarchived(database, [...byId.keys()], kind)) {
      const row = byId.get(id);
      if (row && (await archivedOne(sources, kind, id, row))) count += 1;
      Context.current().heartbeat(count);
    }
    Context.current().heartbeat(count);
    from = next;
  } while (from);
  return count;
}

/** Of waits each start has its own id; what others have is in their workflow ids. */
function idOf(kind: Kind, { workflowId, workflowType, startedAt, memo }: Listed): string {
  if (kind !== 'wait') return idFromWorkflowId(kind, workflowId);
  return (waitFromMemo(memo) ?? emptyWait(workflowId, workflowType, startedAt)).id;
}

/** Whether it was archived. One that cannot be must not keep the others waiting; the next round tries it again. */
async function archivedOne(
  sources: ReconcileDeps,
  kind: Kind,
  id: string,
  row: Listed,
): Promise<boolean> {
  const { workflowId } = row;
  try {
    // A reset ends a run as well, but it goes on in another one.
    const latest = await sources.temporal.call({}, ({ workflow }) =>
      workflow.getHandle(workflowId).describe(),
    );
    if (latest.runId !== row.runId && idOf(kind, listedOf(latest)) === id) return false;
    // First: what is archived is not looked at again.
    if (kind === 'approval') await tellHost(sources, latest);
    await ARCHIVERS[kind](sources, id, row);
    return true;
  } catch (error) {
    Context.current().log.warn('an ended workflow could not be archived', { workflowId, error });
    return false;
  }
}

const ARCHIVERS: Readonly<
  Record<Kind, (sources: ReconcileDeps, id: string, row: Listed) => Promise<void>>
> = {
  document: archiveEndedDocument,
  approval: archiveEndedApproval,
  wait: archiveEndedWait,
  order: async (sources, id, row) => {
    const { workflowId, runId } = row;
    const last = await askClosed(sources, row, ({ workflow }) =>
      workflow.getHandle(workflowId, runId).query(orderQuery),
    );
    const { database, orders } = sources;
    const { cancellationSignal } = Context.current();
    const deps = { database, ...orders.providers };
    await withdrawApproval(sources, last?.order);
    await archiveEndedOrder(deps, { id, row, ...endOf(row) }, last, cancellationSignal);
  },
};

async function archiveEndedDocument(
  sources: DocumentSources,
  id: string,
  row: Listed,
): Promise<void> {
  const { database } = sources;
  const { state, reason, call } = endOf(row);
  const { at } = call;
  const last = await lastWords(sources, row);
  const closedBy = row.status;
  if (!last) {
    const summary = summaryOf(id, row, state, at);
    const { workflowId } = row;
    await archiveDocument(database, { ...WITHOUT_STATE, workflowId, summary, closedBy });
    return;
  }
  const events = hear(last.state, { kind: 'ended', state, reason }, call);
  const ended = events.reduce(evolve, last.state);
  // First: what is archived is not looked at again.
  await tellParent(sources, ended);
  const known = new Set((await eventsOf(database, id)).map(({ sequence }) => sequence));
  const { refused, refusedCount } = last.tail;
  await archiveDocument(database, {
    ...archiveRecord(ended),
    workflowId: row.workflowId,
    state: ended,
    events: [...last.tail.events.filter(({ sequence }) => !known.has(sequence)), ...events],
    refused,
    refusedCount,
    closedBy,
  });
}

/** How Temporal has ended it. */
function endOf({ status, closedAt, startedAt }: Listed) {
  const ended = status === 'Terminated' || status === 'Canceled';
  const actor = { id: 'temporal', roles: [], operator: true };
  const call = { actor, at: closedAt ?? startedAt, via: 'system' } as const;
  const reason = `Ended in Temporal: ${status}.`;
  return { state: ended ? ('terminated' as const) : ('failed' as const), reason, call };
}

async function archiveEndedApproval(
  sources: DocumentSources,
  id: string,
  row: Listed,
): Promise<void> {
  const { database } = sources;
  const { state, reason, call } = endOf(row);
  const { workflowId, runId, status: closedBy } = row;
  const last = await askClosed(sources, row, (client) =>
    client.workflow.getHandle(workflowId, runId).query(approvalQuery),
  );
  if (last) {
    const events = hearRecord(last.record, { kind: 'ended', state, reason }, call);
    const record = events.reduce(evolveRecord, last.record);
    const finished = approvalRecordRow({ ...last, record, workflowId });
    return archive(database, 'approval', { ...finished, closedBy });
  }
  const known = approvalFromMemo(row.memo) ?? emptyApproval(id, row.startedAt);
  // Without a type: of one that never was more than an unusable start.
  const summary = { ...known, ...endedAs(row, id, state), type: known.title && 'approval' };
  await archive(database, 'approval', { ...WITHOUT_STATE, workflowId, summary, closedBy });
}

async function archiveEndedWait(sources: DocumentSources, id: string, row: Listed): Promise<void> {
  const { database } = sources;
  const { state, reason, call } = endOf(row);
  const { workflowId, workflowType, runId, startedAt, memo, status: closedBy } = row;
  const started = startKeyIn(memo);
  const last = await askClosed(sources, row, (client) =>
    client.workflow.getHandle(workflowId, runId).query(waitQuery),
  );
  if (last) {
    const events = hearWait(last.record, { kind: 'ended', state, reason }, call);
    const record = events.reduce(evolveWait, last.record);
    return archive(database, 'wait', {
      ...waitRow({ ...last, record, workflowId, started }),
      closedBy,
    });
  }
  const known = waitFromMemo(memo) ?? emptyWait(workflowId, workflowType, startedAt);
  const summary = { ...archivedSummary(known), ...endedAs(row, id, state) };
  const fields = waitFields(known, started);
  await archive(database, 'wait', { ...WITHOUT_STATE, workflowId, summary, fields, closedBy });
}

/** What the document knew at its end. */
async function lastWords(
  sources: DocumentSources,
  row: Listed,
): Promise<{ state: DocumentState; tail: HistoryTail } | undefined> {
  return askClosed(sources, row, async ({ workflow }) => {
    const handle = workflow.getHandle(row.workflowId, row.runId);
    const state = await handle.query(documentQuery);
    const tail = await handle.query(historyQuery);
    return state && tail ? { state, tail } : undefined;
  });
}

/** A closed workflow still answers queries, as long as Temporal has its history. Undefined when it does not. */
async function askClosed<T>(
  { temporal }: DocumentSources,
  { workflowId }: Listed,
  ask: (client: Client) => Promise<T>,
): Promise<T | undefined> {
  try {
    return await temporal.call({ deadlineMs: 30_000, closedToo: true }, ask);
  } catch (error) {
    Context.current().log.warn('a closed workflow could not be asked', { workflowId, error });
    return undefined;
  }
}

function summaryOf(id: string, row: Listed, state: string, at: string): ArchivedSummary {
  const known = summaryFromMemo(row.memo) ?? { ...emptySummary(id, row.startedAt), updatedAt: at };
  return { ...known, ...endedAs(row, id, state) };
}

/** What is known of whatever was ended, beside its memo. */
function endedAs({ memo, closedAt, startedAt }: Listed, id: string, state: string) {
  const customStatus = memo['customStatus'];
  return {
    customStatus: typeof customStatus === 'string' ? customStatus : 'Ended',
    id,
    state,
    waitingFor: [],
    closedAt: closedAt ?? startedAt,
  };
}
