/** The course's race of a slow activity against a timer. */
import { CancellationScope, isCancellation, proxyActivities } from '@temporalio/workflow';
import type { Activities } from '../../activities/index.ts';
import { milliseconds } from './durations.ts';

const MINUTE = 60_000;

/**
 * Whether a quote came within 30 s; when not, its activity is cancelled. `{"takes": duration}` in the input (default 60 s)
 * says how long the quote takes, `{"timeout": duration}` how long it is waited for.
 */
export async function QuoteWithTimeout(input: unknown): Promise<boolean> {
  const takesMs = milliseconds(input, 'takes', '60s');
  const timeout = milliseconds(input, 'timeout', '30s');
  const { GetQuote } = proxyActivities<Pick<Activities, 'GetQuote'>>({
    startToCloseTimeout: takesMs + MINUTE,
    heartbeatTimeout: '5s',
    cancellationType: 'TRY_CANCEL',
    summary: 'Get a quote',
  });
  try {
    await CancellationScope.withTimeout(timeout, () => GetQuote({ takesMs }));
    return true;
  } catch (error) {
    // By the timer, not because somebody cancelled the workflow.
    if (isCancellation(error) && !CancellationScope.current().consideredCancelled) return false;
    throw error;
  }
}
