/** External events: signals by their names, kept in their order until the orchestrator waits for them. */
import { ApplicationFailure, condition, setDefaultSignalHandler } from '@temporalio/workflow';
import { taskOf, type Duration, type Task } from './task.ts';

/** Nobody has waited for them yet. */
const unread: ExternalEvent[] = [];
let listens = false;

export interface ExternalEvent {
  readonly name: string;
  readonly data: unknown;
}

/** Begins to keep signals for which there is no handler; Temporal itself keeps them until then. */
export function listen(): void {
  if (listens) return;
  listens = true;
  setDefaultSignalHandler((name, data) => void unread.push({ name, data }));
}

/** Those that nobody has waited for, in their order. */
export function unreadEvents(): readonly ExternalEvent[] {
  return unread;
}

/**
 * The next event of this name, in whatever case it is written; one that came before is kept. Each event is for one waiter,
 * the first one first. With `timeout` it fails as an `ApplicationFailure` of type `TimeoutError` when there was none.
 */
export function waitForExternalEvent<T = unknown>(name: string, timeout?: Duration): Task<T> {
  listen();
  return taskOf(async () => {
    let found: ExternalEvent | undefined;
    // Taken where it is found: two waiters are asked one after the other, before either goes on.
    const take = (): boolean => (found ??= taken(name)) !== undefined;
    const came =
      timeout === undefined ? condition(take).then(() => true) : condition(take, timeout);
    // Kept while it was suspended, both may come at once, the timer first.
    if ((await came) || found) return found?.data as T;
    const text = `There was no event '${name}' within ${String(timeout)}.`;
    throw ApplicationFailure.nonRetryable(text, 'TimeoutError');
  });
}

function taken(name: string): ExternalEvent | undefined {
  const at = unread.findIndex((event) => event.name.toLowerCase() === name.toLowerCase());
  return at === -1 ? undefined : unread.splice(at, 1)[0];
}
