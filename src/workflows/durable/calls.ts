/** Calling activities and sub-orchestrators by their names, with the retry options of Durable Functions. */
import {
  executeChild,
  proxyActivities,
  type ActivityOptions,
  type ChildWorkflowOptions,
} from '@temporalio/workflow';
import type { RetryPolicy } from '@temporalio/common';
import { taskOf, type Task } from './task.ts';

/** How often and when a failed call is made again. Times are in milliseconds. */
export class RetryOptions {
  readonly firstRetryIntervalInMilliseconds: number;
  /** The first one counts. */
  readonly maxNumberOfAttempts: number;
  /** By what each pause is longer than the one before. */
  backoffCoefficient = 1;
  maxRetryIntervalInMilliseconds: number | undefined;
  /** For all attempts together. */
  retryTimeoutInMilliseconds: number | undefined;

  constructor(firstRetryIntervalInMilliseconds: number, maxNumberOfAttempts: number) {
    this.firstRetryIntervalInMilliseconds = firstRetryIntervalInMilliseconds;
    this.maxNumberOfAttempts = maxNumberOfAttempts;
  }
}

/** As in Durable Functions, where nothing is tried again unless one says so. */
const ONCE: RetryPolicy = { maximumAttempts: 1 };

/** Temporal wants a limit. Ten minutes are what an activity function has at most in a Consumption plan. */
const LONGEST = '10 minutes';

/** The activity's result. `options`: Temporal's own, such as `startToCloseTimeout` (default ten minutes) and `taskQueue`. */
export function callActivity<T = unknown>(
  name: string,
  input?: unknown,
  options: ActivityOptions = {},
): Task<T> {
  const withDefaults = { startToCloseTimeout: LONGEST, retry: ONCE, ...options } as const;
  const activities = proxyActivities<Record<string, (input: unknown) => Promise<T>>>(withDefaults);
  return taskOf(() => activities[name]!(input ?? null));
}

/** The same, made again when it fails. */
export function callActivityWithRetry<T = unknown>(
  name: string,
  retryOptions: RetryOptions,
  input?: unknown,
  options: ActivityOptions = {},
): Task<T> {
  const whole = retryOptions.retryTimeoutInMilliseconds;
  const limit = whole === undefined ? {} : { scheduleToCloseTimeout: whole };
  return callActivity(name, input, { ...options, ...limit, retry: policyOf(retryOptions) });
}

/**
 * The result of another orchestrator, which runs as a child workflow: `name` is its workflow type. Without `instanceId`
 * Temporal makes one up. Unlike in Durable Functions it is ended with its parent, unless `parentClosePolicy` says otherwise.
 */
export function callSubOrchestrator<T = unknown>(
  name: string,
  input?: unknown,
  instanceId?: string,
  options: ChildWorkflowOptions = {},
): Task<T> {
  const id = instanceId === undefined ? {} : { workflowId: instanceId };
  return taskOf(async () => {
    const result: unknown = await executeChild(name, { ...options, ...id, args: [input ?? null] });
    return result as T;
  });
}

/** The same, started again when it fails. */
export function callSubOrchestratorWithRetry<T = unknown>(
  name: string,
  retryOptions: RetryOptions,
  input?: unknown,
  instanceId?: string,
  options: ChildWorkflowOptions = {},
): Task<T> {
  const whole = retryOptions.retryTimeoutInMilliseconds;
  const limit = whole === undefined ? {} : { workflowExecutionTimeout: whole };
  const retry = policyOf(retryOptions);
  return callSubOrchestrator(name, input, instanceId, { ...options, ...limit, retry });
}

function policyOf(options: RetryOptions): RetryPolicy {
  const { maxRetryIntervalInMilliseconds: longest } = options;
  return {
    initialInterval: options.firstRetryIntervalInMilliseconds,
    maximumAttempts: options.maxNumberOfAttempts,
    backoffCoefficient: options.backoffCoefficient,
    ...(longest === undefined ? {} : { maximumInterval: longest }),
  };
}
