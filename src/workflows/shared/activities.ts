/** How workflows call activities. */
import {
  ActivityFailure,
  ApplicationFailure,
  proxyActivities,
  proxyLocalActivities,
} from '@temporalio/workflow';
import type { Activities } from '../../activities/index.ts';

/**
 * One short, idempotent step that must happen: first as a local activity (no round trip through the server: one event
 * instead of three), and when that has not worked for five seconds as an ordinary one that is retried for ever. Five,
 * not more, because an update that arrives meanwhile is answered only after the local activity, and its caller waits
 * at most ten.
 */
const local = proxyLocalActivities<Activities>({
  startToCloseTimeout: '5s',
  scheduleToCloseTimeout: '5s',
  retry: { initialInterval: '100ms', maximumInterval: '1s' },
});
const patient = proxyActivities<Activities>({
  startToCloseTimeout: '30s',
  retry: { initialInterval: '1s', maximumInterval: '30s' },
});

/** Carries out the named activity however long it takes. Fails only when the activity says that it never will work. */
export async function durably<Name extends keyof Activities>(
  name: Name,
  input: Parameters<Activities[Name]>[0],
): Promise<Awaited<ReturnType<Activities[Name]>>> {
  type Step = (input: unknown) => Promise<Awaited<ReturnType<Activities[Name]>>>;
  try {
    return await (local[name] as unknown as Step)(input);
  } catch (error) {
    if (!(error instanceof ActivityFailure) || isFinal(error)) throw error;
    return await (patient[name] as unknown as Step)(input);
  }
}

function isFinal({ cause }: ActivityFailure): boolean {
  return cause instanceof ApplicationFailure && cause.nonRetryable === true;
}
