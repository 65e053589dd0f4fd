/** What handlers have in common, whatever they serve. */
import { defineSignal, setDefaultSignalHandler, setHandler } from '@temporalio/workflow';
import type { Refusal } from '../../contracts/failures.ts';
import { LIMITS } from '../../contracts/limits.ts';
import { asCaller, type Caller } from './caller.ts';
import type { HeldSignal } from './holding.ts';
import { jsonSize } from './json.ts';

/** Takes a signal in. Returns a promise only when something has to be looked up, so that messages are judged in their order. */
export type Receive = (name: string, payload: unknown, caller: Caller) => Promise<void> | void;

/** Registers a handler for the signal. `description`: for the Temporal Web UI. */
export function serveSignal(name: string, description: string, receive: Receive): void {
  const signal = defineSignal<[payload: unknown, caller?: Caller]>(name);
  setHandler(signal, (payload, caller = {}) => receive(name, payload, caller), { description });
}

/**
 * Takes in every signal, whatever its name. To be called before {@link serveSignal}: Temporal keeps what came before there
 * were handlers, and gives it out as they appear, so handlers by name would get it in the order of the names.
 */
export function serveAnySignal(receive: Receive): void {
  setDefaultSignalHandler((name, payload, caller) => receive(name, payload, asCaller(caller)));
}

/** Takes in what was held. */
export async function takeHeld(held: readonly HeldSignal[], receive: Receive): Promise<void> {
  for (const { name, payload, caller } of held) await receive(name, payload, caller);
}

/** A refusal as it leaves the workflow: whoever gets it knows at which version. */
export function atVersion(version: number, refusal: Refusal): Refusal {
  return refusal.code === 'not-found' ? refusal : { version, ...refusal };
}

/** The full result of an update, or its core when it would be too large to stay in the history for ever. */
export function fitting<Core extends object>(core: Core, full: Core): Core {
  return jsonSize(full) <= LIMITS.updateResult ? full : core;
}
