/** Instances: workflows of any kind, ours or not, by describing them and reading their histories; none is ever queried. */
import { WorkflowNotFoundError, type WorkflowExecutionDescription } from '@temporalio/client';
import { durableEnd, type DurableFunction } from '../../../contracts/durable.ts';
import { ERRANDS } from '../../../contracts/ids.ts';
import type { Database } from '../../../store/database.ts';
import { withoutPurged, type Run as StartedRun } from '../../../store/purged.ts';
import type { Temporal } from '../../../temporal/client.ts';
import { instant, listedOf } from '../../../temporal/visibility.ts';
import { answered } from '../../errors.ts';
import { notFound } from './failures.ts';
import type { DurableEvent } from './history.ts';
import {
  inputOf,
  outputOf,
  RunEvents,
  type HistoryEvent,
  type Run,
  type Shown,
} from './run-events.ts';
import {
  isFinal,
  runtimeStatusOf,
  seconds,
  versionIn,
  type InstanceStatus,
  type RuntimeStatus,
} from './status.ts';

/** An instance as Temporal describes it, and in which status that is. */
export interface Described {
  readonly description: WorkflowExecutionDescription;
  readonly status: RuntimeStatus;
}

export class Instances {
  readonly #temporal: Temporal;
  readonly #database: Database;
  readonly events: RunEvents;
  #canPause: boolean | undefined;
  /** Task queues; workflows of others are no instances. */
  readonly hub: ReadonlySet<string>;

  constructor(temporal: Temporal, database: Database, hub: ReadonlySet<string>) {
    this.#temporal = temporal;
    this.#database = database;
    this.events = new RunEvents(temporal);
    this.hub = hub;
  }

  /** The latest run of the id. @throws DurableFailure 404 */
  async describe(id: string, signal: AbortSignal): Promise<Described> {
    if (id === '') throw notFound();
    try {
      const description = await this.#temporal.call({ signal }, ({ workflow }) =>
        workflow.getHandle(id).describe(),
      );
      if (!this.hub.has(description.taskQueue) || this.#isErrand(description)) throw notFound();
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

  /** Ours, about which no client of Durable Functions has ever heard. */
  #isErrand({ type, taskQueue }: WorkflowExecutionDescription): boolean {
    return taskQueue === this.#temporal.taskQueue && ERRANDS.some((errand) => errand === type);
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

  /** One describe, and at most two reads of one event, all at once; with its history as many as that has pages. */
  async status(
    id: string,
    shown: Shown,
    signal: AbortSignal,
  ): Promise<InstanceStatus & { readonly historyEvents?: DurableEvent[] }> {
    // It is seldom that another run begins meanwhile.
    const early = this.#ends({ workflowId: id }, shown, signal).catch(() => ({}));
    const { description, status } = await this.describe(id, signal);
    const run = { workflowId: id, runId: description.runId };
    const closed = description.closeTime !== undefined;
    const end = closed ? durableEnd(description.memo) : undefined;
    const found: Ends = await early;
    const [{ first, last }, historyEvents] = await Promise.all([
      isOf(description, found, shown) ? found : this.#ends(run, shown, signal),
      shown.history && status !== 'Pending'
        ? this.events.history(run, shown, end?.runtimeStatus, signal)
        : undefined,
    ]);
    const createdAt = createdTime(description);
    const version = versionIn(description.memo);
    return {
      name: description.type,
      instanceId: id,
      runtimeStatus: status,
      input: shown.input ? inputOf(first) : null,
      customStatus: description.memo?.['customStatus'] ?? null,
      output: end ? end.output : closed ? outputOf(description.type, last) : null,
      createdTime: seconds(createdAt),
      lastUpdatedTime: seconds(instant(last?.eventTime) ?? createdAt),
      ...(version === undefined ? {} : { version }),
      // The npm client reads `history`; Azure says `historyEvents`.
      ...(historyEvents ? { historyEvents, history: historyEvents } : {}),
    };
  }

  async #ends(run: Run, shown: Shown, signal: AbortSignal): Promise<Ends> {
    const [first, last] = await Promise.all([
      shown.input ? this.events.first(run, signal) : undefined,
      this.events.last(run, signal),
    ]);
    return { first, last };
  }

  /** What its latest run was started with. @throws DurableFailure 404 */
  async origin(
    id: string,
    signal: AbortSignal,
  ): Promise<DurableFunction & { readonly input: unknown; readonly version: string | undefined }> {
    const { description } = await this.describe(id, signal);
    const { type: workflowType, taskQueue, runId, memo } = description;
    const input = inputOf(await this.events.first({ workflowId: id, runId }, signal));
    return { workflowType, taskQueue, input, version: versionIn(memo) };
  }
}

/** The events at both ends of a history; the first one only where it is to be shown. */
interface Ends {
  readonly first?: HistoryEvent | undefined;
  readonly last?: HistoryEvent | undefined;
}

/** Whether they are those of the run that is described, and as late as that. */
function isOf(
  { runId, closeTime }: WorkflowExecutionDescription,
  { first, last }: Ends,
  shown: Shown,
): boolean {
  const began = first?.workflowExecutionStartedEventAttributes?.originalExecutionRunId;
  if (!last || (shown.input && began !== runId)) return false;
  return closeTime === undefined || instant(last.eventTime) === closeTime.toISOString();
}

/** The run, as tombstones name it. */
export function startOf({ workflowId, startTime }: WorkflowExecutionDescription): StartedRun {
  return { workflowId, startedAt: startTime.toISOString() };
}

/** A reset gives the new run another start. */
function createdTime({ raw, startTime }: WorkflowExecutionDescription): string {
  return instant(raw.workflowExtendedInfo?.originalStartTime) ?? startTime.toISOString();
}
