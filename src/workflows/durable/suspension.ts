/**
 * Suspend and resume, by signals, for any workflow: while it is suspended nothing wakes it. What is under way goes on, and
 * what comes of it, like signals and timers, is kept until it is resumed; Durable Functions do the same.
 *
 * Not kept are results of local activities: a replay may see them before the signal that suspends (see shared/task.ts).
 */
import { upsertMemo, workflowInfo, type WorkflowInterceptors } from '@temporalio/workflow';
import { DURABLE_SIGNALS } from '../../contracts/durable.ts';
import { failureOf } from '../shared/failure.ts';
import { isLocalResult, isReason, type Job } from '../shared/jobs.ts';

let suspended: boolean | undefined;
const held: Job[] = [];

/** Whether it is suspended. The memo says it too, and outlives continue-as-new. */
export function isSuspended(): boolean {
  suspended ??= workflowInfo().memo?.['suspended'] === true;
  return suspended;
}

/** The state as queries answer it. */
export function asItStands<State extends object>(state: State): State & { suspended?: true } {
  return isSuspended() ? { ...state, suspended: true } : state;
}

/** What is kept, in its order. */
export function heldJobs(): readonly Job[] {
  return held;
}

function set(value: boolean): void {
  if (isSuspended() === value) return;
  suspended = value;
  upsertMemo({ suspended: value || null });
}

/** What the workflow is to see of it now. `startsSuspended`: see below. */
function letThrough(jobs: readonly Job[], startsSuspended: boolean): Job[] {
  // It may be suspended by a signal that came before its first task.
  const others = jobs.filter((job) => !isStart(job));
  const seen = others.flatMap((job) => letOneThrough(job));
  const start = jobs.filter(isStart);
  if (isSuspended() && !startsSuspended) held.unshift(...start);
  else seen.push(...start);
  // The SDK wants the start in front, also the one that was kept until now.
  return [...seen.filter(isStart), ...seen.filter((job) => !isStart(job))];
}

/** The signals of the dialect end here, but for the one that ends the workflow. */
function letOneThrough(job: Job): Job[] {
  const name = job.signalWorkflow?.signalName;
  if (name === DURABLE_SIGNALS.suspend) {
    set(true);
    return [];
  }
  // Who ends it must find it awake: it may have things to put in order.
  const ends = job.cancelWorkflow != null || name === DURABLE_SIGNALS.terminate;
  if (ends || name === DURABLE_SIGNALS.resume) {
    set(false);
    return [...held.splice(0), ...(ends ? [job] : [])];
  }
  if (!isSuspended() || !isKept(job)) return [job];
  held.push(job);
  return [];
}

function isStart(job: Job): boolean {
  return job.initializeWorkflow != null;
}

function isKept(job: Job): boolean {
  // Updates are refused by their validator.
  return isReason(job) && !isLocalResult(job) && !job.doUpdate;
}

/**
 * To be listed after interceptors that rename or drop signals. `startsSuspended`: whether one that is suspended before it
 * has begun begins all the same, so that it can be queried. Updates are refused as `suspended` where they have a validator.
 */
export function suspensionInterceptors({
  startsSuspended,
}: {
  readonly startsSuspended: boolean;
}): Required<Pick<WorkflowInterceptors, 'inbound' | 'internals'>> {
  return {
    inbound: [
      {
        validateUpdate(input, next) {
          if (isSuspended()) throw failureOf({ code: 'suspended', detail: SUSPENDED });
          next(input);
        },
      },
    ],
    internals: [
      {
        activate(input, next) {
          const { activation } = input;
          activation.jobs = letThrough(activation.jobs ?? [], startsSuspended);
          next(input);
        },
      },
    ],
  };
}

const SUSPENDED = 'It is suspended. Resume it first.';
