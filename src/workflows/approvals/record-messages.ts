/** From untrusted input to a command on an approval: the argument of the update `command`, and the payloads of events. Pure. */
import {
  RECORD_COMMAND_KINDS,
  RECORD_SHAPES,
  type RecordCommand,
} from '../../contracts/approvals/record-commands.ts';
import { DURABLE_SIGNALS } from '../../contracts/durable.ts';
import { refuse, type Result } from '../../contracts/failures.ts';
import { parseKind } from '../shared/commands.ts';
import { reasonIn } from '../shared/reason.ts';
import { checkSound } from '../shared/sound.ts';
import { isUndecodable } from '../shared/undecodable.ts';
import { decisionOf } from './event.ts';

/** The name of the update, and of the signal that carries the same argument. */
export const RECORD_COMMAND = 'command';

/** What it commands, else `malformed-json`, `too-large` or `invalid-request` with every wrong place. */
export function parseRecordCommand(raw: unknown): Result<RecordCommand> {
  const sound = checkSound(raw);
  return sound.ok ? parseKind<RecordCommand>(raw, RECORD_COMMAND_KINDS, RECORD_SHAPES) : sound;
}

/** What an event commands: the policy's decides, `command` carries any command, anything else is `unknown-event`. */
export function recordCommandOf(
  event: string,
  name: string,
  payload: unknown,
): Result<RecordCommand> {
  if (isUndecodable(payload) || name === RECORD_COMMAND) return parseRecordCommand(payload);
  if (name === DURABLE_SIGNALS.terminate)
    return parseRecordCommand({ kind: 'withdraw', ...reasonIn(payload) });
  if (name !== event) {
    return refuse(
      'unknown-event',
      `This approval knows the events ${event} and ${RECORD_COMMAND}.`,
    );
  }
  const decision = decisionOf(payload);
  return decision.ok ? parseRecordCommand(decision.value) : decision;
}
