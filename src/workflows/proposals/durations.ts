/** Durations in the inputs of the small workflows. */
import { parseDuration } from '../../contracts/durations.ts';
import { failureOf } from '../shared/failure.ts';
import { isJsonObject } from '../shared/json.ts';

/** Milliseconds of the duration under this name, such as `20s`. @throws ApplicationFailure when it is none */
export function milliseconds(input: unknown, name: string, otherwise: string): number {
  const given = isJsonObject(input) ? (input[name] ?? otherwise) : otherwise;
  const ms = typeof given === 'string' ? parseDuration(given) : undefined;
  if (ms !== undefined) return ms;
  const detail = `${name} must be a duration such as ${otherwise}.`;
  const errors = [{ pointer: `/${name}`, detail: 'is no duration' }];
  throw failureOf({ code: 'invalid-request', detail, errors });
}
