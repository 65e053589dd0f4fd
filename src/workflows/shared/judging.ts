/** From a message and its caller to what it leads to, for any rules. Never throws. */
import { SYSTEM, type Call, type Via } from '../../contracts/caller.ts';
import type { Result } from '../../contracts/failures.ts';
import { actorOf, viaOf, type Caller } from './caller.ts';
import { guarded, now } from './guarded.ts';
import { keepOutcome, outcomeBefore, type KeptOutcome, type Reception } from './reception.ts';

/** One message: what it commands, if that can be made out, by whom, and how it arrived. */
export interface Message<Command extends { readonly actor?: string }> {
  /** The signal's name or the command's kind. */
  readonly name: string;
  readonly command: Result<Command>;
  readonly via: Via;
  readonly caller: Caller;
}

export interface Judged<Event> {
  readonly events: readonly Event[];
  /** What the same command, by its idempotency key, led to before; then there are no events. */
  readonly before?: KeptOutcome;
}

/** What the message leads to by these rules; nothing has happened yet. */
export function judgeBy<Command extends { readonly actor?: string }, Event>(
  reception: Reception,
  message: Message<Command>,
  decide: (command: Command, call: Call) => Result<readonly Event[]>,
): Result<Judged<Event>> {
  const { command, caller } = message;
  if (!command.ok) return command;
  const before = outcomeBefore(reception, caller);
  if (before && 'code' in before) return { ok: false, refusal: before };
  if (before) return { ok: true, value: { events: [], before } };
  const result = guarded(() => decide(command.value, callOf(message)));
  return result.ok ? { ok: true, value: { events: result.value } } : result;
}

/** Remembers what a command with an idempotency key has led to; `version` is the one after it. */
export function keepResult(
  reception: Reception,
  { caller }: Message<object>,
  { events, before }: Judged<unknown>,
  version: number,
): void {
  const { idempotency } = caller.context ?? {};
  if (idempotency && !before)
    keepOutcome(reception, { ...idempotency, version, changed: events.length > 0 });
}

/** By whom, when, and how it arrived. */
export function callOf({ command, via, caller }: Message<{ readonly actor?: string }>): Call {
  const claimed = command.ok ? command.value.actor : undefined;
  return { actor: actorOf(caller, claimed), at: now(), via: viaOf(caller, via) };
}

/** A clock, or one of our own workflows. */
export function systemCall(): Call {
  return { actor: actorOf({ context: SYSTEM }), at: now(), via: SYSTEM.via };
}
