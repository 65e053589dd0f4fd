/** Instances: workflows of any kind, ours or not, by describing them and reading their histories; none is ever queried. */
import { WorkflowNotFoundError, type WorkflowExecutionDescription } from '@temporalio/client';
import type { Payload } from '@temporalio/common';
import temporalProto, { type temporal as proto } from '@temporalio/proto';
import { DURABLE_SIGNALS, durableEnd, type DurableFunction } from '../../../contracts/durable.ts';
import type { Database } from '../../../store/database.ts';
import { withoutPurged, type Run as StartedRun } from '../../../store/purged.ts';
import type { Temporal } from '../../../temporal/client.ts';
import { instant, listedOf } from '../../../temporal/visibility.ts';
import { payloadConverter } from '../../../temporal/payload-converter.ts';
import { isUndecodable } from '../../../workflows/shared/undecodable.ts';
import { answered } from '../../errors.ts';
import { notFound } from './failures.ts';
import { durableHistory, messageOf, type DurableEvent } from './history.ts';
import {
  isFinal,
  runtimeStatusOf,
  seconds,
  versionIn,
  type InstanceStatus,
  type RuntimeStatus,
} from './status.ts';

type HistoryEvent = proto.api.history.v1.IHistoryEvent;

const CLOSE_EVENT =
  temporalProto.temporal.api.enums.v1.HistoryEventFilterType.HISTORY_EVENT_FILTER_TYPE_CLOSE_EVENT;

/** How a run began. */
export interface Beginning {
  readonly input: unknown;
  readonly hasBegun: boolean;
}

/** What the server says when whoever terminates gives no reason. */
const NO_REASON = 'terminated by user via frontend';

/** What of an instance is to be read besides where it stands. */
export interface Shown {
  readonly input: boolean;
  readonly history: boolean;
  /** Results in the history. */
  readonly results: boolean;
}

/** An instance as Temporal describes it, and in which status that is. */
export interface Described {
  readonly description: WorkflowExecutionDescription;
  readonly status: RuntimeStatus;
}

export class Instances {
  readonly #temporal: Temporal;
  readonly #database: Database;
  #canPause: boolean | undefined;
  /** Task queues; workflows of others are no instances. */
  readonly hub: ReadonlySet<string>;

  constructor(temporal: Temporal, database: Database, hub: ReadonlySet<string>) {
    this.#temporal = temporal;
    this.#database = database;
    this.hub = hub;
  }

  /** The latest run of the id. @throws DurableFailure 404 */
  async describe(id: string, signal: AbortSignal): Promise<Described> {
    try {
      const description = await this.#temporal.call({ signal }, ({ workflow }) =>
        workflow.getHandle(id).describe(),
      );
      if (!this.hub.has(description.taskQueue)) throw notFound();
      // Set by the first workflow task that was completed.
      const stamp = description.raw.workflowExecutionInfo?.mostRecentWorkerVersionStamp;
      const status = runtimeStatusOf(listedOf(description), Boolean(stamp));
      // Only what has ended is ever purged.
      if (isFinal(status) && (await this.unpurged([startOf(description)])).length === 0)
        throw notFound();
      return { description, status };
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) throw notFound();
      throw error;
    }
  }

  /** Whether the server itself can pause workflows: from 1.30 on, and only where it is switched on. */
  async canPause(signal: AbortSignal): Promise<boolean> {
    this.#canPause ??= await this.#temporal.call({ signal }, async ({ workflowService }) => {
      const { namespace } = this.#temporal;
      const { namespaceInfo } = await workflowService.describeNamespace({ namespace });
      return namespaceInfo?.capabilities?.workflowPause === true;
    });
    return this.#canPause;
  }

  /** Without those that were purged, whatever Temporal says. */
  async unpurged<Some extends StartedRun>(runs: readonly Some[]): Promise<Some[]> {
    return answered(withoutPurged(this.#database, runs));
  }

  /** One describe, and at most two reads of one event; with its history as many as that has pages. */
  async status(
    id: string,
    shown: Shown,
    signal: AbortSignal,
  ): Promise<InstanceStatus & { readonly historyEvents?: DurableEvent[] }> {
    const { description, status } = await this.describe(id, signal);
    const run = { workflowId: id, runId: description.runId };
    const closed = description.closeTime !== undefined;
    const end = closed ? durableEnd(description.memo) : undefined;
    const [input, output, updated, history] = await Promise.all([
      shown.input ? this.input(run, signal) : null,
      closed && !end ? this.output(run, signal) : (end?.output ?? null),
      closed ? description.closeTime?.toISOString() : this.#lastEvent(run, signal),
      shown.history && status !== 'Pending' ? this.#history(run, shown, signal) : undefined,
    ]);
    const createdAt = createdTime(description);
    const version = versionIn(description.memo);
    return {
      name: description.type,
      instanceId: id,
      runtimeStatus: status,
      input,
      customStatus: description.memo?.['customStatus'] ?? null,
      output,
      createdTime: seconds(createdAt),
      lastUpdatedTime: seconds(updated ?? createdAt),
      ...(version === undefined ? {} : { version }),
      // The npm client reads `history`; Azure says `historyEvents`.
      ...(history ? { historyEvents: history, history } : {}),
    };
  }

  async input(run: Run, signal: AbortSignal): Promise<unknown> {
    return inputIn((await this.#events(run, { maximumPageSize: 1 }, signal)).events);
  }

  /** What its latest run was started with. @throws DurableFailure 404 */
  async origin(
    id: string,
    signal: AbortSignal,
  ): Promise<DurableFunction & { readonly input: unknown; readonly version: string | undefined }> {
    const { description } = await this.describe(id, signal);
    const { type: workflowType, taskQueue, runId, memo } = description;
    const input = await this.input({ workflowId: id, runId }, signal);
    return { workflowType, taskQueue, input, version: versionIn(memo) };
  }

  /** The input of one that has not ended, and whether a worker has taken it up; where that is far behind, it has. */
  async beginning(run: Run, signal: AbortSignal): Promise<Beginning> {
    const { events, more } = await this.#events(run, { maximumPageSize: 5 }, signal);
    return { input: inputIn(events), hasBegun: more || events.some(isTaken) };
  }

  /** Only of one that has ended: on an open one the server would hold the call. */
  async output(run: Run, signal: AbortSignal): Promise<unknown> {
    const options = { maximumPageSize: 1, historyEventFilterType: CLOSE_EVENT };
    const last = (await this.#events(run, options, signal)).events.at(-1);
    if (last?.workflowExecutionCompletedEventAttributes)
      return decoded(last.workflowExecutionCompletedEventAttributes.result?.payloads?.[0]);
    const terminated = last?.workflowExecutionTerminatedEventAttributes;
    if (terminated) return terminated.reason === NO_REASON ? '' : (terminated.reason ?? '');
    const failed = last?.workflowExecutionFailedEventAttributes;
    if (failed) return messageOf(failed.failure);
    return last?.workflowExecutionTimedOutEventAttributes ? 'It timed out.' : null;
  }

  async #lastEvent({ workflowId, runId }: Run, signal: AbortSignal): Promise<string | undefined> {
    const { namespace } = this.#temporal;
    const { history } = await this.#temporal.call({ signal }, ({ workflowService }) =>
      workflowService.getWorkflowExecutionHistoryReverse({
        namespace,
        execution: { workflowId, runId },
        maximumPageSize: 1,
      }),
    );
    return instant(history?.events?.[0]?.eventTime);
  }

  async #history(run: Run, shown: Shown, signal: AbortSignal): Promise<DurableEvent[]> {
    const { events } = await this.#temporal.call({ signal }, ({ workflow }) =>
      workflow.getHandle(run.workflowId, run.runId).fetchHistory(),
    );
    return durableHistory(events ?? [], {
      input: shown.input,
      output: shown.results,
      decode: decoded,
      reserved: DURABLE_SIGNALS,
    });
  }

  async #events(
    { workflowId, runId }: Run,
    options: EventOptions,
    signal: AbortSignal,
  ): Promise<{ readonly events: readonly HistoryEvent[]; readonly more: boolean }> {
    const { namespace } = this.#temporal;
    const { history, nextPageToken } = await this.#temporal.call(
      { signal },
      ({ workflowService }) =>
        workflowService.getWorkflowExecutionHistory({
          namespace,
          execution: { workflowId, runId },
          ...options,
        }),
    );
    return { events: history?.events ?? [], more: (nextPageToken?.length ?? 0) > 0 };
  }
}

/** What nobody can read is `null`: a client that polls must get its answer. */
function decoded(payload: Payload | null | undefined): unknown {
  const value = payload ? payloadConverter.fromPayload<unknown>(payload) : null;
  return value === undefined || isUndecodable(value) ? null : value;
}

type EventOptions = Pick<
  proto.api.workflowservice.v1.IGetWorkflowExecutionHistoryRequest,
  'maximumPageSize' | 'historyEventFilterType'
>;

interface Run {
  readonly workflowId: string;
  readonly runId: string;
}

function inputIn([first]: readonly HistoryEvent[]): unknown {
  return decoded(first?.workflowExecutionStartedEventAttributes?.input?.payloads?.[0]);
}

function isTaken(event: HistoryEvent): boolean {
  return event.workflowTaskStartedEventAttributes != null;
}

/** The run, as tombstones name it. */
export function startOf({ workflowId, startTime }: WorkflowExecutionDescription): StartedRun {
  return { workflowId, startedAt: startTime.toISOString() };
}

/** A reset gives the new run another start. */
function createdTime({ raw, startTime }: WorkflowExecutionDescription): string {
  return instant(raw.workflowExtendedInfo?.originalStartTime) ?? startTime.toISOString();
}
