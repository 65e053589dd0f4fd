/** External events, as every kind of thing takes them. */
import { Type } from 'typebox';
import { isReservedEvent } from '../contracts/durable.ts';
import { LIMITS } from '../contracts/limits.ts';
import { problem } from './errors.ts';

/** The name of one in a path. */
export const EventName = Type.String({ minLength: 1, maxLength: LIMITS.eventName });

/** The event that a request sends. @throws Problem `malformed-json` without a body, `invalid-request` for a reserved name */
export function eventOf(name: string, payload: unknown) {
  if (payload === undefined)
    throw problem('malformed-json', 'An event carries a JSON body; send at least null.');
  if (name.startsWith('__') || isReservedEvent(name))
    throw problem(
      'invalid-request',
      'Event names that begin with two underscores, durable: or dossier: are reserved.',
    );
  return { name, payload };
}
