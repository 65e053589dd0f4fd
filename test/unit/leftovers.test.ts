import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { randomUUID } from 'node:crypto';
import { expect, onTestFinished, test, vi } from 'vitest';
import { leftovers, MARK } from '../support/leftovers.ts';

test('the guard sees a process that outlives its parent', async () => {
  const run = randomUUID();
  // A grandchild that nobody waits for; it ends when its input does.
  const child: ChildProcess = spawn('sh', ['-c', 'cat <&3 >/dev/null & echo $!'], {
    env: { ...process.env, [MARK]: run },
    stdio: ['ignore', 'pipe', 'ignore', 'pipe'],
  });
  const pid = Number(String(await once(child.stdout!, 'data')));
  onTestFinished(() => void process.kill(pid, 'SIGKILL'));
  await once(child, 'exit');
  // The shell tells the id as soon as it has forked, which is before the fork has become `cat`.
  await vi.waitFor(async () => expect(await leftovers(run)).toEqual([`${pid} cat `]));
  expect(await leftovers(randomUUID())).toEqual([]);
});
