import { expect, test } from 'vitest';
import { Turns } from '../../src/api/turns.ts';

test('five at a time, in the order of the calls, also after a failure; other keys do not wait', async () => {
  const turns = new Turns();
  const started: number[] = [];
  const finish: (() => void)[] = [];
  const calls = Array.from({ length: 12 }, (_, i) =>
    turns.take('a', async () => {
      started.push(i);
      await new Promise<void>((resolve) => finish.push(resolve));
      if (i === 2) throw new Error('no');
      return i;
    }),
  );
  const results = Promise.allSettled(calls);
  expect(await turns.take('b', async () => 'at once')).toBe('at once');
  expect(started).toEqual([0, 1, 2, 3, 4]);
  let done = 0;
  while (done < 12) {
    expect(finish.length).toBeLessThanOrEqual(done + 5);
    finish[done]?.();
    done += 1;
    await new Promise(setImmediate);
  }
  expect(started).toEqual(Array.from({ length: 12 }, (_, i) => i));
  const settled = await results;
  expect(settled.map(({ status }) => status).filter((s) => s === 'rejected')).toHaveLength(1);
});
