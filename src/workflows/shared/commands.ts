/** Commands in the shape that their contract gives them. Pure. */
import type { JsonSchema } from '../../contracts/documents/definition.ts';
import { ok, refuse, type Result } from '../../contracts/failures.ts';
import { isJsonObject, schemaErrors } from './json.ts';

/** The sound value as a command of one of these kinds, else `invalid-request` with every wrong place. */
export function parseKind<Command extends { readonly kind: string }>(
  raw: unknown,
  kinds: readonly Command['kind'][],
  shapes: Readonly<Record<Command['kind'], JsonSchema>>,
): Result<Command> {
  const given = isJsonObject(raw) ? raw['kind'] : undefined;
  const kind = kinds.find((known) => known === given);
  if (kind === undefined) {
    const detail = `A command is {"kind": ..., ...} with kind one of ${kinds.join(', ')}.`;
    return refuse('invalid-request', detail, {
      errors: [{ pointer: '/kind', detail: 'is not a known kind' }],
    });
  }
  const errors = schemaErrors(shapes[kind], raw);
  if (errors.length === 0) return ok(raw as Command);
  return refuse('invalid-request', `This is not a valid ${kind} command.`, { errors });
}
