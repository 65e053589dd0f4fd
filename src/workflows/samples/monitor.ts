/** Monitor: something is looked at again and again until it is done, or for long enough. */
import { callActivity, continueAsNew, createTimer, setCustomStatus } from '../durable/index.ts';
import { milliseconds } from '../proposals/durations.ts';
import { isContinuation } from '../shared/continuation.ts';

/** How it ended, and how often it was looked at. */
export interface Monitored {
  readonly status: 'Completed' | 'Expired';
  readonly rounds: number;
}

/** Instants and times in milliseconds. */
interface Watch {
  readonly doneAt: number;
  readonly expiry: number;
  readonly every: number;
  readonly rounds: number;
}

/** Looks after which the history begins anew; each is six events. */
const ROUNDS_PER_RUN = 500;

/**
 * Watches a job that takes as long as `takes` in the input says (a duration, default 10 s); looks `every` so often (2 s),
 * for `expiry` at most (1 min). The custom status is what the job said last.
 */
export async function Monitor(input: unknown): Promise<Monitored> {
  const { doneAt, expiry, every, rounds } = isContinuation<Watch>(input) ? input : asked(input);
  for (let round = rounds + 1; ; round += 1) {
    const status = await callActivity<string>('JobStatus', { doneAt });
    setCustomStatus(status);
    if (status === 'Completed') return { status, rounds: round };
    if (Date.now() + every > expiry) return { status: 'Expired', rounds: round };
    await createTimer(every);
    if (round - rounds === ROUNDS_PER_RUN)
      await continueAsNew({ doneAt, expiry, every, rounds: round } satisfies Watch);
  }
}

function asked(input: unknown): Watch {
  const now = Date.now();
  return {
    doneAt: now + milliseconds(input, 'takes', '10s'),
    every: Math.max(100, milliseconds(input, 'every', '2s')),
    expiry: now + milliseconds(input, 'expiry', '1m'),
    rounds: 0,
  };
}
