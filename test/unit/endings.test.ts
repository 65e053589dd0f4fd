/** Waiting for the end of workflows: many clients, one poll, and nothing left of those who have gone. */
import { WorkflowFailedError } from '@temporalio/client';
import { expect, test } from 'vitest';
import { Endings } from '../../src/api/waits/endings.ts';
import type { CallOptions, Temporal } from '../../src/temporal/client.ts';

const RUN = { workflowId: 'wait:a:b', runId: 'r' };
const forever = () => new AbortController().signal;

/** Calls that end when the test says so. */
function temporal() {
  const calls: { options: CallOptions; end: (how?: Error) => void }[] = [];
  const call = ((options: CallOptions) =>
    new Promise<unknown>((resolve, reject) => {
      const end = (how?: Error) => (how === undefined ? resolve(null) : reject(how));
      calls.push({ options, end });
      options.signal?.addEventListener('abort', () => reject(new Error('aborted')));
    })) as Temporal['call'];
  return { calls, call };
}

test('however many wait for one, it is one poll, and all are told', async () => {
  const { calls, call } = temporal();
  const endings = new Endings({ call });
  const all = Array.from({ length: 10 }, () => endings.within(RUN, 5_000, forever()));
  expect([calls.length, endings.size]).toEqual([1, 1]);
  calls[0]?.end();
  expect(new Set(await Promise.all(all))).toEqual(new Set([true]));
  expect(endings.size).toBe(0);
});

test('the poll ends with the last client that goes away, not with the first', async () => {
  const { calls, call } = temporal();
  const endings = new Endings({ call });
  const [first, second] = [new AbortController(), new AbortController()];
  const [one, other] = [first, second].map(({ signal }) => endings.within(RUN, 60_000, signal));
  first.abort();
  expect(await one).toBe(false);
  expect([calls[0]?.options.signal?.aborted, endings.size]).toEqual([false, 1]);
  second.abort();
  expect(await other).toBe(false);
  expect([calls[0]?.options.signal?.aborted, endings.size]).toEqual([true, 0]);
});

test('the time is up: false, and the poll is over; no time at all: none', async () => {
  const { calls, call } = temporal();
  const endings = new Endings({ call });
  expect(await endings.within(RUN, 0, forever())).toBe(false);
  expect(calls).toHaveLength(0);
  expect(await endings.within(RUN, 20, forever())).toBe(false);
  expect([calls[0]?.options.signal?.aborted, endings.size]).toEqual([true, 0]);
});

test('a workflow that has failed has ended; a server that is away is told as it is', async () => {
  const { calls, call } = temporal();
  const endings = new Endings({ call });
  const failed = endings.within(RUN, 5_000, forever());
  calls[0]?.end(new WorkflowFailedError('failed', undefined, 'NON_RETRYABLE_FAILURE'));
  expect(await failed).toBe(true);
  const away = endings.within(RUN, 5_000, forever());
  calls[1]?.end(new Error('unavailable'));
  await expect(away).rejects.toThrow('unavailable');
  expect(endings.size).toBe(0);
});

test('too many are told so', async () => {
  const { calls, call } = temporal();
  const endings = new Endings({ call }, { most: 1 });
  const one = endings.within(RUN, 5_000, forever());
  await expect(endings.within({ ...RUN, runId: 'other' }, 5_000, forever())).rejects.toMatchObject({
    refusal: { code: 'busy' },
  });
  calls[0]?.end();
  expect(await one).toBe(true);
});

test('when the gateway closes, nobody is kept waiting', async () => {
  const { calls, call } = temporal();
  const endings = new Endings({ call });
  const waiting = endings.within(RUN, 60_000, forever());
  endings.end();
  expect(await waiting).toBe(false);
  expect([calls[0]?.options.signal?.aborted, endings.size]).toEqual([true, 0]);
  expect(await endings.within(RUN, 60_000, forever())).toBe(false);
});
