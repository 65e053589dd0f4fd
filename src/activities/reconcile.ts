/** Finds documents that Temporal has ended without their own doing, and archives them. */
import { Context } from '@temporalio/activity';
import { WorkflowNotFoundError } from '@temporalio/client';
import { SYSTEM } from '../contracts/caller.ts';
import { idFromWorkflowId, workflowIdCandidates } from '../contracts/ids.ts';
import { DossierKind } from '../contracts/search-attributes.ts';
import {
  archiveDocument,
  unarchived,
  WITHOUT_STATE,
  type ArchivedSummary,
} from '../store/archive.ts';
import { eventsOf } from '../store/events.ts';
import { and, equals, isOneOf, listPage, type Listed } from '../temporal/visibility.ts';
import { archiveRecord } from '../workflows/documents/archive-record.ts';
import {
  documentQuery,
  historyQuery,
  NOTICE,
  type HistoryTail,
} from '../workflows/documents/messages.ts';
import { evolve, type DocumentState } from '../workflows/documents/state.ts';
import { hear, type Notice } from '../workflows/documents/system.ts';
import type { DocumentSources } from './read-document.ts';
import { emptySummary, summaryFromMemo } from '../workflows/documents/memo.ts';

const PAGE = 200;

/** Those of our own workers, whose database the archive is in; most of them ended by themselves and are there already. */
const ended = (taskQueue: string): string =>
  and(
    equals('TaskQueue', taskQueue),
    equals(DossierKind.name, 'document'),
    isOneOf('ExecutionStatus', ['Terminated', 'Failed', 'TimedOut', 'Canceled', 'Completed']),
  );

export function reconcileActivities(sources: DocumentSources) {
  return {
    /**
     * Archives every closed document that is not in the archive: `terminated` or, when it failed or timed out, `failed`,
     * with all that its workflow knew. Idempotent. Returns how many there were.
     */
    async archiveEnded(): Promise<number> {
      const { temporal, database } = sources;
      let count = 0;
      let from: Uint8Array | undefined;
      do {
        const { rows, next } = await temporal.call({}, (client) =>
          listPage(client, temporal.namespace, {
            query: ended(temporal.taskQueue),
            pageSize: PAGE,
            from,
          }),
        );
        const byId = new Map(
          rows.map((row) => [idFromWorkflowId('document', row.workflowId), row]),
        );
        for (const id of await unarchived(database, [...byId.keys()])) {
          const row = byId.get(id);
          if (row && (await archivedOne(sources, id, row))) count += 1;
          Context.current().heartbeat(count);
        }
        Context.current().heartbeat(count);
        from = next;
      } while (from);
      return count;
    },
  };
}

/** Whether it was archived. One that cannot be must not keep the others waiting; the next round tries it again. */
async function archivedOne(sources: DocumentSources, id: string, row: Listed): Promise<boolean> {
  const { workflowId } = row;
  try {
    // A reset ends a run as well, but the document goes on in another one.
    const latest = await sources.temporal.call({}, ({ workflow }) =>
      workflow.getHandle(workflowId).describe(),
    );
    if (latest.runId !== row.runId) return false;
    await archiveOne(sources, id, row);
    return true;
  } catch (error) {
    Context.current().log.warn('an ended document could not be archived', { workflowId, error });
    return false;
  }
}

async function archiveOne(sources: DocumentSources, id: string, row: Listed): Promise<void> {
  const { database } = sources;
  const state = row.status === 'Terminated' || row.status === 'Canceled' ? 'terminated' : 'failed';
  const at = row.closedAt ?? row.startedAt;
  const reason = `Ended in Temporal: ${row.status}.`;
  const last = await lastWords(sources, row);
  const closedBy = row.status;
  if (!last) {
    const summary = summaryOf(id, row, state, at);
    const { workflowId } = row;
    await archiveDocument(database, { ...WITHOUT_STATE, workflowId, summary, closedBy });
    return;
  }
  const call = { actor: { id: 'temporal', roles: [], operator: true }, at, via: 'system' } as const;
  const events = hear(last.state, { kind: 'ended', state, reason }, call);
  const ended = events.reduce(evolve, last.state);
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
  await tellParent(sources, ended);
}

/** The document above waits for this one perhaps, and the workflow that would have told it is gone. */
async function tellParent({ temporal }: DocumentSources, ended: DocumentState): Promise<void> {
  const { id, parent, title, state, definition } = ended;
  if (parent === undefined) return;
  const is = { type: definition.name, title, state };
  const told: Notice = { kind: 'child', child: id, is, joining: false };
  for (const workflowId of workflowIdCandidates('document', parent)) {
    try {
      await temporal.call({ caller: SYSTEM }, ({ workflow }) =>
        workflow.getHandle(workflowId).signal(NOTICE, told),
      );
      return;
    } catch (error) {
      // Closed, or not under this workflow id.
      if (!(error instanceof WorkflowNotFoundError)) throw error;
    }
  }
}

/** What the workflow knew at its end: a closed one still answers queries, as long as Temporal has its history. */
async function lastWords(
  { temporal }: DocumentSources,
  { workflowId, runId }: Listed,
): Promise<{ state: DocumentState; tail: HistoryTail } | undefined> {
  try {
    return await temporal.call({ deadlineMs: 30_000, closedToo: true }, async ({ workflow }) => {
      const handle = workflow.getHandle(workflowId, runId);
      const state = await handle.query(documentQuery);
      const tail = await handle.query(historyQuery);
      return state && tail ? { state, tail } : undefined;
    });
  } catch (error) {
    Context.current().log.warn('a closed workflow could not be asked', { workflowId, error });
    return undefined;
  }
}

function summaryOf(id: string, row: Listed, state: string, at: string): ArchivedSummary {
  const customStatus = row.memo['customStatus'];
  return {
    ...(summaryFromMemo(row.memo) ?? { ...emptySummary(id, row.startedAt), updatedAt: at }),
    customStatus: typeof customStatus === 'string' ? customStatus : 'Ended',
    id,
    state,
    waitingFor: [],
    closedAt: at,
  };
}
