/** From untrusted input to a command: the argument of the update `command`, and the payloads of external events. */
import { COMMAND_KINDS, COMMAND_SHAPES, type Command } from '../../contracts/documents/commands.ts';
import { DURABLE_SIGNALS } from '../../contracts/durable.ts';
import type { DocumentType } from '../../contracts/documents/definition.ts';
import { refuse, type Result } from '../../contracts/failures.ts';
import { decisionOf } from '../approvals/event.ts';
import { parseKind } from '../shared/commands.ts';
import { reasonIn } from '../shared/reason.ts';
import { checkSound } from '../shared/sound.ts';
import { isUndecodable } from '../shared/undecodable.ts';
import { sectionOf } from './actions.ts';

/** The name of the update, and of the signal that carries the same argument. */
export const COMMAND = 'command';

/** Commands come from anywhere, so `raw` is anything at all. What it commands, else `malformed-json`, `too-large` or `invalid-request` with every wrong place. */
export function parseCommand(raw: unknown): Result<Command> {
  const sound = checkSound(raw);
  return sound.ok ? parseKind<Command>(raw, COMMAND_KINDS, COMMAND_SHAPES) : sound;
}

/**
 * What an external event commands. Events are named as the outside world names them: a section's name fills the
 * section, the type's approval event decides (`true`, `false` or `{"approved": ..., "reason"?: ...}`), `command` carries
 * any command. Anything else is `unknown-event`.
 */
export function commandFromEvent(
  definition: DocumentType,
  name: string,
  payload: unknown,
): Result<Command> {
  if (isUndecodable(payload) || name === COMMAND) return parseCommand(payload);
  if (name === DURABLE_SIGNALS.terminate)
    return parseCommand({ kind: 'cancel', ...reasonIn(payload) });
  if (sectionOf(definition, name))
    return parseCommand({ kind: 'fill', section: name, data: payload });
  if (name === definition.approval?.event) {
    const decision = decisionOf(payload);
    return decision.ok ? parseCommand(decision.value) : decision;
  }
  return refuse(
    'unknown-event',
    `${definition.name} knows the events ${eventNames(definition).join(', ')}.`,
  );
}

/** The external events that a document of this type acts upon. */
export function eventNames(definition: DocumentType): string[] {
  return [...Object.keys(definition.sections), ...approvalEvents(definition), COMMAND];
}

/** The event that decides; none for a type without an approval. */
export function approvalEvents({ approval }: DocumentType): readonly string[] {
  return approval ? [approval.event] : [];
}
