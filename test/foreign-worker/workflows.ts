/** Orchestrators of somebody else, ported to Temporal with what the package offers them. */
import {
  ApplicationFailure,
  condition,
  defineSignal,
  setHandler,
  sleep,
} from '@temporalio/workflow';
import {
  all,
  any,
  callActivity,
  callActivityWithRetry,
  callSubOrchestrator,
  callSubOrchestratorWithRetry,
  continueAsNew,
  createTimer,
  RetryOptions,
  setCustomStatus,
  waitForExternalEvent,
} from 'dossier/durable';

export async function Greet(name: string): Promise<string> {
  return callActivity<string>('SayHi', name);
}

/** Ticks until it is told to stop. */
export async function Ticker(): Promise<number> {
  const stop = waitForExternalEvent('stop');
  for (let ticks = 1; ; ticks += 1) {
    await callActivity('Tick');
    setCustomStatus({ ticks });
    const timer = createTimer(50);
    const { task } = await any([stop, timer]);
    if (task === stop) return ticks;
  }
}

/** The next so many items, a new history after each. */
export async function Collect({
  wanted,
  items = [],
}: {
  wanted: number;
  items?: unknown[];
}): Promise<unknown[]> {
  if (items.length === wanted) return items;
  return continueAsNew({ wanted, items: [...items, await waitForExternalEvent('Item')] });
}

/** Both, in whatever order they come, or what happened instead. */
export async function Signed(within: string): Promise<unknown> {
  const both = all([waitForExternalEvent<string>('First'), waitForExternalEvent<string>('Second')]);
  const timer = createTimer(within);
  const { task } = await any([both, timer]);
  if (task === timer) return 'late';
  timer.cancel();
  return both;
}

export async function Asked(timeout: string): Promise<unknown> {
  return waitForExternalEvent('Answer', timeout);
}

/** Of those that run at the same time, one fails. */
export async function FanOut(names: string[]): Promise<string[]> {
  return all(names.map((name) => callActivity<string>('Work', name)));
}

/** What fails first is none of the reasons for which it fails in the end. */
export async function Careful(): Promise<never> {
  await callActivity('FailTimes', 9).catch(() => undefined);
  await callActivity('Work', 'once');
  throw ApplicationFailure.nonRetryable('It is the code itself');
}

/** A type that has the name of one of ours. */
export async function webhook(): Promise<string> {
  return 'theirs';
}

export async function Retried(fails: number): Promise<unknown> {
  const options = new RetryOptions(10, 3);
  options.maxRetryIntervalInMilliseconds = 20;
  options.backoffCoefficient = 2;
  return callActivityWithRetry('FailTimes', options, fails);
}

export async function Parent(childId: string): Promise<unknown[]> {
  const first = await callSubOrchestrator<string>('Greet', 'child', childId);
  const second = await callSubOrchestratorWithRetry<unknown>('Stubborn', new RetryOptions(10, 3));
  return [first, second];
}

/** Fails when it is called for the first and the second time. */
export async function Stubborn(): Promise<unknown> {
  return callActivity('FailTimes', 2, { retry: { maximumAttempts: 1 } });
}

export async function TooMuch(characters: number): Promise<string> {
  setCustomStatus('x'.repeat(characters));
  return 'it fits';
}

/** Without anything of the package. */
export async function Plain(): Promise<number> {
  let count = 0;
  setHandler(defineSignal('Count'), () => void (count += 1));
  await condition(() => count === 2);
  await sleep(1);
  return count;
}
