/** From untrusted input to a command on a wait: the argument of the update `command`, and the payloads of events. Pure. */
import { DURABLE_SIGNALS } from '../../contracts/durable.ts';
import { ok, type Result } from '../../contracts/failures.ts';
import type { Json } from '../../contracts/json.ts';
import {
  WAIT_COMMAND_KINDS,
  WAIT_SHAPES,
  type WaitCommand,
} from '../../contracts/waits/commands.ts';
import { parseKind } from '../shared/commands.ts';
import { reasonIn } from '../shared/reason.ts';
import { checkSound } from '../shared/sound.ts';

/** The name of the update, and of the signal that carries the same argument. */
export const WAIT_COMMAND = 'command';

/** What it commands, else `malformed-json`, `too-large` or `invalid-request` with every wrong place. */
export function parseWaitCommand(raw: unknown): Result<WaitCommand> {
  const sound = checkSound(raw);
  return sound.ok ? parseKind<WaitCommand>(raw, WAIT_COMMAND_KINDS, WAIT_SHAPES) : sound;
}

/** What a signal commands: `command` carries any command, every other one is an event by its name. */
export function waitCommandOf(name: string, payload: unknown): Result<WaitCommand> {
  if (name === WAIT_COMMAND) return parseWaitCommand(payload);
  if (name === DURABLE_SIGNALS.terminate) return ok({ kind: 'cancel', ...reasonIn(payload) });
  // Senders with nothing to say send nothing at all.
  const data = payload ?? null;
  const sound = checkSound(data);
  return sound.ok ? ok({ kind: 'event', event: name, data: data as Json }) : sound;
}
