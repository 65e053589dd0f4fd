/** Things that are under way and can be waited for together, as in Durable Functions. */
import { CancellationScope, sleep } from '@temporalio/workflow';

/** In milliseconds, or such as `'2 hours'`. */
export type Duration = number | string;

/** A promise of something that can be given up: whoever waits for it gets a `CancelledFailure` then. */
export interface Task<T> extends Promise<T> {
  cancel(): void;
}

/** Runs `work` as a task. That it fails is only told to who waits for it. */
export function taskOf<T>(work: () => Promise<T>): Task<T> {
  const scope = new CancellationScope();
  const promise = scope.run(work);
  promise.catch(() => undefined);
  return Object.assign(promise, { cancel: () => scope.cancel() });
}

/**
 * Ends at the instant, or after the time. A timer that nobody needs any more is
 * to be cancelled, or else it stays in the history and rings.
 */
export function createTimer(due: Date | Duration): Task<void> {
  const ms = due instanceof Date ? Math.max(1, due.getTime() - Date.now()) : due;
  return taskOf(() => sleep(ms));
}

/**
 * The first of the tasks that ends, whether well or not; the others go on. It comes in an object, because `await` would
 * look through a bare promise: `const { task } = await any([approval, timer]); if (task === timer) ...`
 */
export async function any<Tasks extends readonly Promise<unknown>[]>(
  tasks: Tasks,
): Promise<{ readonly task: Tasks[number]; readonly index: number }> {
  const ends = tasks.map((task, index) => {
    const end = { task, index };
    return task.then(
      () => end,
      () => end,
    );
  });
  return Promise.race(ends);
}

/** The results of all tasks, in their order. Fails as soon as one fails; the others go on. */
export async function all<Tasks extends readonly unknown[]>(
  tasks: Tasks,
): Promise<{ -readonly [I in keyof Tasks]: Awaited<Tasks[I]> }> {
  return Promise.all(tasks);
}
