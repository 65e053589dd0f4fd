/** Payloads as they come in: anything at all. Pure. */
import { ok, refuse, type Result } from '../../contracts/failures.ts';
import { LIMITS } from '../../contracts/limits.ts';
import { jsonSize, unfitPlaces } from './json.ts';
import { isUndecodable } from './undecodable.ts';

/** Whether the payload can be handled at all, before anybody looks at what it says. */
export function checkSound(payload: unknown): Result<void> {
  if (isUndecodable(payload))
    return refuse('malformed-json', `The payload could not be decoded: ${payload.reason}.`);
  const errors = unfitPlaces(payload);
  if (errors.length > 0)
    return refuse('malformed-json', 'The payload holds values that cannot be kept.', { errors });
  const size = jsonSize(payload);
  if (size <= LIMITS.body) return ok(undefined);
  return refuse('too-large', `The payload takes ${size} bytes; ${LIMITS.body} are allowed.`);
}
