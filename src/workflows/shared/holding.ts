/** What happens to messages while a workflow cannot judge them yet. */
import type { UpdateDefinition } from '@temporalio/common';
import { setDefaultSignalHandler, setHandler } from '@temporalio/workflow';
import { asCaller, type Caller } from './caller.ts';
import { failureOf } from './failure.ts';

/** A signal that came before it could be judged. */
export interface HeldSignal {
  readonly name: string;
  readonly payload: unknown;
  readonly caller: Caller;
}

/** Signals wait in the list that is returned; the update is refused as `starting`. `why`: a sentence. */
export function holdSignals<Result>(
  update: UpdateDefinition<Result, [command: unknown, caller?: Caller]>,
  why: string,
): HeldSignal[] {
  const held: HeldSignal[] = [];
  setDefaultSignalHandler((name, payload, caller) => {
    held.push({ name, payload, caller: asCaller(caller) });
  });
  const turnAway = (_command: unknown, _caller?: Caller): Result => {
    throw failureOf({ code: 'starting', detail: `${why} Try again in a second.` });
  };
  setHandler(update, turnAway, { validator: turnAway });
  return held;
}
