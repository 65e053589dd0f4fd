/** A Temporal history as Durable Functions tells one: fewer events, other names. Pure. */
import type { Payload } from '@temporalio/common';
import type { temporal as proto } from '@temporalio/proto';

type HistoryEvent = proto.api.history.v1.IHistoryEvent;
type Time = proto.api.history.v1.IHistoryEvent['eventTime'];
type Payloads = { readonly payloads?: readonly Payload[] | null } | null | undefined;
type Failure = proto.api.failure.v1.IFailure | null | undefined;

/** One event; every one has `EventType` and `Timestamp`. Names in PascalCase, unlike those of the status around it. */
export type DurableEvent = Readonly<Record<string, unknown>>;

export interface HistoryOptions {
  /** Whether inputs are told; without them the names are left out. */
  readonly input: boolean;
  /** Likewise results. */
  readonly output: boolean;
  readonly decode: (payload: Payload) => unknown;
  /** Signals by which an instance is steered: no external events of its own. */
  readonly reserved: {
    readonly suspend: string;
    readonly resume: string;
    readonly terminate: string;
  };
  /** As what it has ended, where its workflow would tell something else. */
  readonly endedAs: 'Terminated' | undefined;
}

/** What was begun and is told with its end. */
interface Begun {
  readonly kind: 'TaskScheduled' | 'SubOrchestrationInstanceCreated' | 'TimerCreated';
  readonly name: string;
  readonly at: string;
  readonly input: DurableEvent;
  readonly more: DurableEvent;
}

/**
 * The events in their order. Activities and child workflows are told once, when they end, with the time at which they were
 * scheduled; those that have not ended as scheduled. Local activities are told like others. What only Temporal has is
 * left out: workflow tasks, markers, search attributes, updates that were refused.
 */
export function durableHistory(
  events: readonly HistoryEvent[],
  options: HistoryOptions,
): DurableEvent[] {
  const teller = new Teller(options);
  return teller.tell(events);
}

class Teller {
  readonly #options: HistoryOptions;
  /** By the id of the event that began it, with its place among what is told. */
  readonly #begun = new Map<string, Begun & { readonly place: number }>();
  readonly #told: (DurableEvent | undefined)[] = [];

  constructor(options: HistoryOptions) {
    this.#options = options;
  }

  tell(events: readonly HistoryEvent[]): DurableEvent[] {
    for (const event of events) this.#take(event);
    return this.#told.filter((one) => one !== undefined);
  }

  #take(event: HistoryEvent): void {
    const at = ticks(event.eventTime);
    if (this.#execution(event, at) || this.#activity(event, at)) return;
    if (!this.#child(event, at)) this.#other(event, at);
  }

  #say(type: string, at: string, more: DurableEvent = {}): true {
    this.#told.push({ EventType: type, ...more, Timestamp: at });
    return true;
  }

  #begin(event: HistoryEvent, at: string, begun: Omit<Begun, 'at'>): true {
    const { kind, name, input, more } = begun;
    const place = this.#told.length;
    this.#begun.set(String(event.eventId), { ...begun, at, place });
    return this.#say(kind, at, { ...(name === '' ? {} : { Name: name }), ...more, ...input });
  }

  /** Instead of what was told when it began. */
  #end(type: string, at: string, from: unknown, more: DurableEvent): true {
    const begun = this.#begun.get(String(from));
    if (!begun) return this.#say(type, at, more);
    this.#told[begun.place] = undefined;
    return this.#say(type, at, {
      ...more,
      FunctionName: begun.name,
      ScheduledTime: begun.at,
      ...begun.input,
    });
  }

  #input(payloads: Payloads): DurableEvent {
    return this.#options.input ? { Input: this.#first(payloads) } : {};
  }

  #result(payloads: Payloads): DurableEvent {
    return this.#options.output ? { Result: this.#first(payloads) } : {};
  }

  #first(payloads: Payloads): unknown {
    const [payload] = payloads?.payloads ?? [];
    return payload ? (this.#options.decode(payload) ?? null) : null;
  }

  #execution(event: HistoryEvent, at: string): boolean {
    const started = event.workflowExecutionStartedEventAttributes;
    if (started)
      return this.#say('ExecutionStarted', at, {
        FunctionName: started.workflowType?.name ?? '',
        ...this.#input(started.input),
      });
    const completed = event.workflowExecutionCompletedEventAttributes;
    if (completed)
      return this.#ended(at, this.#options.endedAs ?? 'Completed', this.#result(completed.result));
    const failed = event.workflowExecutionFailedEventAttributes;
    if (failed) return this.#ended(at, 'Failed', this.#reason(failed.failure));
    if (event.workflowExecutionTimedOutEventAttributes)
      return this.#ended(at, 'Failed', this.#options.output ? { Result: 'It timed out.' } : {});
    if (event.workflowExecutionCanceledEventAttributes) return this.#ended(at, 'Canceled', {});
    if (event.workflowExecutionContinuedAsNewEventAttributes)
      return this.#ended(at, 'ContinuedAsNew', {});
    const terminated = event.workflowExecutionTerminatedEventAttributes;
    return terminated
      ? this.#say('ExecutionTerminated', at, { Input: reasonGiven(terminated.reason) })
      : false;
  }

  #ended(at: string, status: string, more: DurableEvent): true {
    return this.#say('ExecutionCompleted', at, { OrchestrationStatus: status, ...more });
  }

  #reason(failure: Failure): DurableEvent {
    return this.#options.output ? { Result: messageOf(failure) } : {};
  }

  #activity(event: HistoryEvent, at: string): boolean {
    const scheduled = event.activityTaskScheduledEventAttributes;
    if (scheduled)
      return this.#begin(event, at, {
        kind: 'TaskScheduled',
        name: scheduled.activityType?.name ?? '',
        input: this.#input(scheduled.input),
        more: {},
      });
    const completed = event.activityTaskCompletedEventAttributes;
    if (completed)
      return this.#end(
        'TaskCompleted',
        at,
        completed.scheduledEventId,
        this.#result(completed.result),
      );
    const failed =
      event.activityTaskFailedEventAttributes ?? event.activityTaskTimedOutEventAttributes;
    if (failed) return this.#end('TaskFailed', at, failed.scheduledEventId, why(failed.failure));
    const canceled = event.activityTaskCanceledEventAttributes;
    if (canceled)
      return this.#end('TaskFailed', at, canceled.scheduledEventId, {
        Reason: 'It was canceled.',
        Details: '',
      });
    return this.#localActivity(event, at);
  }

  #localActivity(event: HistoryEvent, at: string): boolean {
    const marker = event.markerRecordedEventAttributes;
    if (marker?.markerName !== 'core_local_activity') return false;
    const { data, result } = marker.details ?? {};
    const { activity_type: name = '' } = (this.#first(data) ?? {}) as { activity_type?: string };
    const about = { FunctionName: name, ScheduledTime: at };
    return marker.failure
      ? this.#say('TaskFailed', at, { ...why(marker.failure), ...about })
      : this.#say('TaskCompleted', at, { ...this.#result(result), ...about });
  }

  #child(event: HistoryEvent, at: string): boolean {
    const initiated = event.startChildWorkflowExecutionInitiatedEventAttributes;
    if (initiated)
      return this.#begin(event, at, {
        kind: 'SubOrchestrationInstanceCreated',
        name: initiated.workflowType?.name ?? '',
        input: this.#input(initiated.input),
        more: { InstanceId: initiated.workflowId ?? '' },
      });
    const completed = event.childWorkflowExecutionCompletedEventAttributes;
    if (completed) {
      const result = this.#result(completed.result);
      return this.#end('SubOrchestrationInstanceCompleted', at, completed.initiatedEventId, result);
    }
    const failed =
      event.childWorkflowExecutionFailedEventAttributes ??
      event.childWorkflowExecutionTimedOutEventAttributes ??
      event.childWorkflowExecutionTerminatedEventAttributes ??
      event.childWorkflowExecutionCanceledEventAttributes ??
      event.startChildWorkflowExecutionFailedEventAttributes;
    if (!failed) return false;
    const reason = why('failure' in failed ? (failed.failure as Failure) : undefined);
    return this.#end('SubOrchestrationInstanceFailed', at, failed.initiatedEventId, reason);
  }

  #other(event: HistoryEvent, at: string): boolean {
    const timer = event.timerStartedEventAttributes;
    if (timer) {
      const ms = millis(event.eventTime) + millis(timer.startToFireTimeout);
      const fire = { FireAt: `${new Date(ms).toISOString().slice(0, -1)}0000Z` };
      return this.#begin(event, at, { kind: 'TimerCreated', name: '', input: {}, more: fire });
    }
    const fired = event.timerFiredEventAttributes;
    if (fired) {
      const { FireAt = at } = this.#begun.get(String(fired.startedEventId))?.more ?? {};
      return this.#say('TimerFired', at, { FireAt });
    }
    const signaled = event.workflowExecutionSignaledEventAttributes;
    if (signaled) return this.#signal(signaled.signalName ?? '', signaled.input, at);
    const update = event.workflowExecutionUpdateAcceptedEventAttributes?.acceptedRequest?.input;
    return update
      ? this.#say('EventRaised', at, { Name: update.name ?? '', ...this.#input(update.args) })
      : false;
  }

  #signal(name: string, payloads: Payloads, at: string): true {
    const { suspend, resume, terminate } = this.#options.reserved;
    const given = this.#first(payloads);
    const reason = typeof given === 'string' ? given : '';
    if (name === suspend) return this.#say('ExecutionSuspended', at, { Reason: reason });
    if (name === resume) return this.#say('ExecutionResumed', at, { Reason: reason });
    if (name === terminate) return this.#say('ExecutionTerminated', at, { Input: reason });
    return this.#say('EventRaised', at, { Name: name, ...this.#input(payloads) });
  }
}

/** What the server says when whoever terminates gives no reason. */
const NO_REASON = 'terminated by user via frontend';

/** Of a termination; empty when none was given. */
export function reasonGiven(reason: string | null | undefined): string {
  return reason === NO_REASON ? '' : (reason ?? '');
}

function why(failure: Failure): DurableEvent {
  return { Reason: messageOf(failure), Details: failure?.stackTrace ?? '' };
}

/** The innermost message: what the code itself threw, without what Temporal wraps around it. */
export function messageOf(failure: Failure): string {
  let at = failure;
  while (at?.cause) at = at.cause;
  return at?.message ?? '';
}

function millis(time: Time): number {
  return Number(time?.seconds ?? 0) * 1000 + Math.floor((time?.nanos ?? 0) / 1e6);
}

/** With seven digits of a second, as .NET writes times. */
function ticks(time: Time): string {
  const fraction = String(Math.floor((time?.nanos ?? 0) / 100)).padStart(7, '0');
  const second = new Date(Number(time?.seconds ?? 0) * 1000).toISOString().slice(0, 19);
  return `${second}.${fraction}Z`;
}
