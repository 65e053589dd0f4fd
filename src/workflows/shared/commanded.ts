/** The handlers of a thing whose commands can be judged at once: its update, and any signal. */
import { setHandler } from '@temporalio/workflow';
import type { UpdateDefinition } from '@temporalio/common';
import type { Call } from '../../contracts/caller.ts';
import type { Result } from '../../contracts/failures.ts';
import type { Caller } from './caller.ts';
import { failureOf } from './failure.ts';
import { guarded } from './guarded.ts';
import { callOf, judgeBy, keepResult, type Judged, type Message } from './judging.ts';
import { recordRefusal, type Reception } from './reception.ts';
import { refusedCommand } from './refusals.ts';
import { atVersion, type Receive } from './serving.ts';
import { task } from './task.ts';

/** What is its own in each. */
export interface Commanded<
  Command extends { readonly actor?: string; readonly kind: string },
  Event,
  Answer,
> {
  readonly reception: Reception;
  /** The name of the update, and of the signal that carries the same argument. */
  readonly update: UpdateDefinition<Answer, [command: unknown, caller?: Caller]>;
  /** For the Temporal Web UI. */
  readonly description: string;
  readonly parse: (raw: unknown) => Result<Command>;
  /** What a signal of this name commands. */
  readonly commandOf: (name: string, payload: unknown) => Result<Command>;
  readonly decide: (command: Command, call: Call) => Result<readonly Event[]>;
  readonly take: (events: readonly Event[]) => void;
  /** Of the content. */
  readonly version: () => number;
  /** What the update answers. */
  readonly answer: (changed: boolean, call: Call) => Answer;
}

export interface CommandHandlers {
  /** Takes a signal in. */
  readonly receive: Receive;
  /** Registers the handler of the update; what came before there was one is judged then. */
  readonly serveUpdate: () => void;
}

export function commandHandlers<
  Command extends { readonly actor?: string; readonly kind: string },
  Event,
  Answer,
>(thing: Commanded<Command, Event, Answer>): CommandHandlers {
  const { reception, update, description, version } = thing;
  const judge = (message: Message<Command>): Result<Judged<Event>> =>
    judgeBy(reception, message, thing.decide);
  const messageOf = (raw: unknown, caller: Caller): Message<Command> => {
    const command = guarded(() => thing.parse(raw));
    return { name: command.ok ? command.value.kind : update.name, command, via: 'update', caller };
  };
  const judged = (message: Message<Command>): Judged<Event> => {
    const result = judge(message);
    if (!result.ok) throw failureOf(atVersion(version(), result.refusal));
    return result.value;
  };
  const accept = (message: Message<Command>, accepted: Judged<Event>): boolean => {
    thing.take(accepted.events);
    keepResult(reception, message, accepted, version());
    return accepted.before?.changed ?? accepted.events.length > 0;
  };
  const carryOut = (raw: unknown, caller: Caller = {}): Answer => {
    const message = messageOf(raw, caller);
    // The validator has just said yes to the same state; a replay skips validators and must come to the same end.
    const accepted = judged(message);
    reception.updatedIn = task().number;
    return thing.answer(accept(message, accepted), callOf(message));
  };
  const validator = (raw: unknown, caller: Caller = {}): void =>
    void judged(messageOf(raw, caller));
  const serveUpdate = (): void => setHandler(update, carryOut, { description, validator });
  const receive: Receive = (name, payload, caller) => {
    const command = guarded(() => thing.commandOf(name, payload));
    const message: Message<Command> = { name, command, via: 'signal', caller };
    const result = judge(message);
    if (result.ok) accept(message, result.value);
    else recordRefusal(reception, refusedCommand(name, version(), callOf(message), result.refusal));
  };
  return { receive, serveUpdate };
}
