/** What stands in the history of a run: how it began and ended, and all of it as Durable Functions tell it. */
import type { Payload } from '@temporalio/common';
import type { temporal as proto } from '@temporalio/proto';
import { DURABLE_SIGNALS } from '../../../contracts/durable.ts';
import { payloadConverter } from '../../../temporal/payload-converter.ts';
import type { Temporal } from '../../../temporal/client.ts';
import { isUndecodable } from '../../../workflows/shared/undecodable.ts';
import { durableHistory, messageOf, reasonGiven } from './history.ts';

export type HistoryEvent = proto.api.history.v1.IHistoryEvent;

/** How a run began. */
export interface Beginning {
  readonly input: unknown;
  readonly hasBegun: boolean;
}

/** What of an instance is to be read besides where it stands. */
export interface Shown {
  readonly input: boolean;
  readonly history: boolean;
  /** Results in the history. */
  readonly results: boolean;
}

/** Without `runId`: the latest run. */
export interface Run {
  readonly workflowId: string;
  readonly runId?: string;
}

export class RunEvents {
  readonly #temporal: Temporal;

  constructor(temporal: Temporal) {
    this.#temporal = temporal;
  }

  async first(run: Run, signal: AbortSignal): Promise<HistoryEvent | undefined> {
    return (await this.#beginning(run, 1, signal)).events[0];
  }

  /** Of one that has ended, how it has. The read for that very event would be held by the server while it is open. */
  async last(run: Run, signal: AbortSignal): Promise<HistoryEvent | undefined> {
    const { namespace } = this.#temporal;
    const { history } = await this.#temporal.call({ signal }, ({ workflowService }) =>
      workflowService.getWorkflowExecutionHistoryReverse({
        namespace,
        execution: executionOf(run),
        maximumPageSize: 1,
      }),
    );
    return history?.events?.[0] ?? undefined;
  }

  /** The input of one that has not ended, and whether a worker has taken it up; where that is far behind, it has. */
  async beginning(run: Run, signal: AbortSignal): Promise<Beginning> {
    const { events, more } = await this.#beginning(run, 5, signal);
    return { input: inputOf(events[0]), hasBegun: more || events.some(isTaken) };
  }

  /** All of it, as Durable Functions tell it. */
  async history(
    { workflowId, runId }: Run,
    shown: Shown,
    endedAs: 'Terminated' | undefined,
    signal: AbortSignal,
  ) {
    const { events } = await this.#temporal.call({ signal }, ({ workflow }) =>
      workflow.getHandle(workflowId, runId).fetchHistory(),
    );
    return durableHistory(events ?? [], {
      input: shown.input,
      output: shown.results,
      decode: decoded,
      reserved: DURABLE_SIGNALS,
      endedAs,
    });
  }

  async #beginning(
    run: Run,
    maximumPageSize: number,
    signal: AbortSignal,
  ): Promise<{ readonly events: readonly HistoryEvent[]; readonly more: boolean }> {
    const { namespace } = this.#temporal;
    const { history, nextPageToken } = await this.#temporal.call(
      { signal },
      ({ workflowService }) =>
        workflowService.getWorkflowExecutionHistory({
          namespace,
          execution: executionOf(run),
          maximumPageSize,
        }),
    );
    return { events: history?.events ?? [], more: (nextPageToken?.length ?? 0) > 0 };
  }
}

/** The run may be told by something that has more to it, such as a row of a list. */
function executionOf({ workflowId, runId }: Run): Run {
  return runId === undefined ? { workflowId } : { workflowId, runId };
}

/** By the first event. */
export function inputOf(first: HistoryEvent | undefined): unknown {
  return decoded(first?.workflowExecutionStartedEventAttributes?.input?.payloads?.[0]);
}

/** By the last event of one that has ended. `name`: of the function. */
export function outputOf(name: string, last: HistoryEvent | undefined): unknown {
  if (last?.workflowExecutionCompletedEventAttributes)
    return decoded(last.workflowExecutionCompletedEventAttributes.result?.payloads?.[0]);
  const terminated = last?.workflowExecutionTerminatedEventAttributes;
  if (terminated) return reasonGiven(terminated.reason);
  const failed = last?.workflowExecutionFailedEventAttributes;
  if (failed) return `Orchestrator function '${name}' failed: ${messageOf(failed.failure)}`;
  return last?.workflowExecutionTimedOutEventAttributes
    ? `Orchestrator function '${name}' failed: It timed out.`
    : null;
}

/** What nobody can read is `null`: a client that polls must get its answer. */
function decoded(payload: Payload | null | undefined): unknown {
  const value = payload ? payloadConverter.fromPayload<unknown>(payload) : null;
  return value === undefined || isUndecodable(value) ? null : value;
}

function isTaken(event: HistoryEvent): boolean {
  return event.workflowTaskStartedEventAttributes != null;
}
