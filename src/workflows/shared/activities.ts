/** How workflows call activities. */
import {
  ActivityFailure,
  ApplicationFailure,
  isCancellation,
  proxyActivities,
  proxyLocalActivities,
  type ActivityOptions,
  type LocalActivityOptions,
} from '@temporalio/workflow';
import type { Activities } from '../../activities/index.ts';
import { task } from './task.ts';

/**
 * A local activity is one event instead of three and no round trip through the server. Five seconds, not more, because
 * an update that arrives meanwhile is answered only after the local activity, and its caller waits at most ten.
 */
const AT_ONCE: LocalActivityOptions = {
  startToCloseTimeout: '5s',
  scheduleToCloseTimeout: '5s',
  // By number: the SDK (1.24) does not end retries at scheduleToCloseTimeout. Eight attempts take 4.5 s.
  retry: { initialInterval: '100ms', maximumInterval: '1s', maximumAttempts: 8 },
};
/** However long it takes. */
const PATIENTLY: ActivityOptions = {
  startToCloseTimeout: '30s',
  retry: { initialInterval: '1s', maximumInterval: '30s' },
};

/**
 * One short, idempotent step that must happen: first as a local activity, and when that has not worked for five seconds
 * as an ordinary one that is retried for ever. `summary` is what the Temporal Web UI shows for it.
 *
 * A local activity runs before the workflow task that takes an update is committed. Were that task lost, the update
 * would never have happened, but the step would. What must not tell of such an update says `afterCommit`: then it is an
 * ordinary activity at once, which starts only after the commit, for five events more. (A timer in between would do as
 * well, but takes a second.)
 * @throws ActivityFailure only when the activity itself says that it never will work
 */
export async function durably<Name extends keyof Activities>(
  name: Name,
  summary: string,
  input: Parameters<Activities[Name]>[0],
  { afterCommit = false } = {},
): Promise<Awaited<ReturnType<Activities[Name]>>> {
  type Steps = Record<string, (input: unknown) => Promise<Awaited<ReturnType<Activities[Name]>>>>;
  const local = proxyLocalActivities<Steps>({ ...AT_ONCE, summary });
  const ordinary = proxyActivities<Steps>({ ...PATIENTLY, summary });
  try {
    if (!afterCommit) return await local[name]!(input);
  } catch (error) {
    if (isCancellation(error) || isFinal(error)) throw error;
  }
  return ordinary[name]!(input);
}

/** The failure of a local activity comes bare, that of an ordinary one inside an `ActivityFailure`. */
function isFinal(error: unknown): boolean {
  const cause = error instanceof ActivityFailure ? error.cause : error;
  return cause instanceof ApplicationFailure && cause.nonRetryable === true;
}

/**
 * Whether an update was accepted in this very workflow task, for `afterCommit`; signals are in the history before the
 * workflow sees them. `updatedIn`: the task in which the last update was accepted.
 */
export function uncommitted({ updatedIn }: { readonly updatedIn: number }): {
  afterCommit: boolean;
} {
  return { afterCommit: updatedIn === task().number };
}
