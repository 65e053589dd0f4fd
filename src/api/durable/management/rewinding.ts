/** Taking up a failed instance again where it failed. */
import { createHash } from 'node:crypto';
import type { temporal as proto } from '@temporalio/proto';
import type { DurableOptions } from '../../../contracts/durable.ts';
import type { Temporal } from '../../../temporal/client.ts';
import { gone, invalidOperation, preconditionFailed } from './failures.ts';
import type { Instances } from './instances.ts';
import { isFinal } from './status.ts';

type HistoryEvent = proto.api.history.v1.IHistoryEvent;
type Failure = proto.api.failure.v1.IFailure;
type EventId = NonNullable<HistoryEvent['eventId']>;

export class Rewinding {
  readonly #temporal: Temporal;
  readonly #instances: Instances;
  readonly #options: Pick<DurableOptions, 'rewind'>;

  constructor(temporal: Temporal, instances: Instances, options: Pick<DurableOptions, 'rewind'>) {
    this.#temporal = temporal;
    this.#instances = instances;
    this.#options = options;
  }

  /**
   * Resets it to before what failed, in a new run; asked twice, once. Whatever was begun in the same step runs again too,
   * also what had succeeded: activities must be idempotent.
   * @throws DurableFailure 404 for nobody, 410 for one that has ended otherwise, 500 for one that has not ended (412 for
   * both, where the settings say so), 500 for one that failed before it began
   */
  async rewind(id: string, reason: string, signal: AbortSignal): Promise<void> {
    const { description, status } = await this.#instances.describe(id, signal);
    if (status !== 'Failed') {
      const why = `The instance is ${status}; only one that has failed can be rewound.`;
      if (this.#options.rewind === 412) throw preconditionFailed(why);
      throw isFinal(status) ? gone() : invalidOperation(why);
    }
    const { runId } = description;
    const { events } = await this.#temporal.call({ signal }, ({ workflow }) =>
      workflow.getHandle(id, runId).fetchHistory(),
    );
    const workflowTaskFinishEventId = rewindPoint(events ?? []);
    if (workflowTaskFinishEventId === undefined)
      throw invalidOperation(
        'It failed before it had done anything, so there is nothing to go back to.',
      );
    await this.#temporal.call({ signal }, ({ workflowService }) =>
      workflowService.resetWorkflowExecution({
        namespace: this.#temporal.namespace,
        workflowExecution: { workflowId: id, runId },
        workflowTaskFinishEventId,
        reason: reason === '' ? 'rewind' : reason,
        requestId: createHash('sha256').update(`rewind ${runId}`).digest('hex').slice(0, 32),
      }),
    );
  }
}

/**
 * The completed workflow task that began what the run has failed of; where it was the code itself, the last one. Undefined
 * when none was ever completed.
 */
export function rewindPoint(events: readonly HistoryEvent[]): EventId | undefined {
  const { failure } = events.at(-1)?.workflowExecutionFailedEventAttributes ?? {};
  const begun = begunBy(failure);
  const cause = events.find(({ eventId }) => begun && String(eventId) === String(begun));
  const from =
    cause?.activityTaskScheduledEventAttributes ??
    cause?.startChildWorkflowExecutionInitiatedEventAttributes;
  if (from?.workflowTaskCompletedEventId) return from.workflowTaskCompletedEventId;
  return (
    events.findLast((event) => event.workflowTaskCompletedEventAttributes)?.eventId ?? undefined
  );
}

/** The event that began what has failed, however the code has wrapped that. */
function begunBy(failure: Failure | null | undefined): EventId | undefined {
  for (let cause = failure; cause; cause = cause.cause) {
    const begun =
      cause.activityFailureInfo?.scheduledEventId ??
      cause.childWorkflowExecutionFailureInfo?.initiatedEventId;
    if (begun) return begun;
  }
  return undefined;
}
