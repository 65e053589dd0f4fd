/** Documents as tests look at them: whole histories, runs of a workflow, events by name. */
import proto, { type temporal } from '@temporalio/proto';
import type { Client } from '@temporalio/client';
import { call, type Harness, type Loose } from './harness.ts';

export type HistoryEvent = temporal.api.history.v1.IHistoryEvent;

const { EventType } = proto.temporal.api.enums.v1;

/** Such as `TIMER_STARTED`. */
export function named({ eventType }: HistoryEvent): string {
  return (EventType[eventType ?? 0] ?? '').replace('EVENT_TYPE_', '');
}

/** For messages of failures. */
export function listing(events: readonly HistoryEvent[]): string {
  return `\n${events.map((event, i) => `${i + 1} ${named(event)}`).join('\n')}\n`;
}

/** The events of one run, by default the last. By pages of so many events: one answer of Temporal has 4 MB at most. */
export async function eventsOf(
  { workflowService }: Client,
  workflowId: string,
  runId?: string,
  maximumPageSize = 1000,
): Promise<HistoryEvent[]> {
  const events: HistoryEvent[] = [];
  let nextPageToken: Uint8Array | undefined;
  do {
    const page = await workflowService.getWorkflowExecutionHistory({
      namespace: 'default',
      execution: { workflowId, ...(runId === undefined ? {} : { runId }) },
      maximumPageSize,
      ...(nextPageToken ? { nextPageToken } : {}),
    });
    events.push(...(page.history?.events ?? []));
    nextPageToken = page.nextPageToken?.length ? page.nextPageToken : undefined;
  } while (nextPageToken);
  return events;
}

/** The events of every run of the workflow, the last run first. */
export async function runsOf(
  client: Client,
  workflowId: string,
  pageSize?: number,
): Promise<HistoryEvent[][]> {
  const runs: HistoryEvent[][] = [];
  let runId: string | undefined = (await client.workflow.getHandle(workflowId).describe()).runId;
  while (runId) {
    const events = await eventsOf(client, workflowId, runId, pageSize);
    runs.push(events);
    runId =
      events[0]?.workflowExecutionStartedEventAttributes?.continuedExecutionRunId ?? undefined;
  }
  return runs;
}

/** The whole history over HTTP, page by page as its links lead. */
export async function historyOf(
  harness: Pick<Harness, 'app'>,
  id: string,
): Promise<{ entries: Loose[]; refusedCount: number; pages: number }> {
  const entries: Loose[] = [];
  let pages = 0;
  let refusedCount = 0;
  let url: string | undefined = `/api/documents/${id}/history`;
  while (url !== undefined) {
    const page = await call(harness, 'GET', url);
    if (page.status !== 200) throw new Error(page.text);
    entries.push(...page.body._embedded.entries);
    refusedCount = page.body.refusedCount;
    pages += 1;
    url = page.body._links.next?.href;
  }
  return { entries, refusedCount, pages };
}
