/** From the properties of commands to their shapes. */
import type { JsonSchema } from './documents/definition.ts';
import type { JsonObject } from './json.ts';
import { ID_PATTERN } from './ids.ts';
import { LIMITS } from './limits.ts';

/** What every command has. */
export interface Base {
  /** Counts only for somebody at the Temporal CLI: for whom they act. */
  readonly actor?: string;
  /**
   * What the command is based on: a version, or `*` for whichever there is. An edit is refused when what it changes has
   * changed since, any other command when anything has.
   */
  readonly ifVersion?: number | '*';
}

/** And some have a reason. */
export interface Explained extends Base {
  readonly reason?: string;
}

/** The properties of a command, besides `kind`, `actor` and `ifVersion`, which all have; also the body of its route. */
export interface CommandProperties {
  readonly properties: JsonObject;
  readonly required: readonly string[];
}

/** A content version. */
export const VERSION: JsonSchema = { type: 'integer', minimum: 1 };

/** An id of the client's choice. */
export const CLIENT_ID: JsonSchema = {
  type: 'string',
  pattern: ID_PATTERN,
  'x-expected':
    'must be 1 to 128 of A-Z a-z 0-9 . _ -, not beginning with a dot, and neither counts nor __proto__',
};

/** Each command, whole, by its kind. */
export function commandShapes<Kind extends string>(
  commands: Readonly<Record<Kind, CommandProperties>>,
): Readonly<Record<Kind, JsonSchema>> {
  const ifVersion = { anyOf: [VERSION, { const: '*' }] };
  const actor: JsonSchema = { type: 'string', minLength: 1, maxLength: LIMITS.title };
  const shapes = Object.entries<CommandProperties>(commands).map(
    ([kind, { properties, required }]) => [
      kind,
      {
        type: 'object',
        properties: { kind: { const: kind }, actor, ifVersion, ...properties },
        required: ['kind', ...required],
        additionalProperties: false,
      },
    ],
  );
  return Object.fromEntries(shapes) as Record<Kind, JsonSchema>;
}

/** The body of the route of a command: the command without its kind. */
export function bodyOf({ properties, required }: CommandProperties): JsonSchema {
  return { type: 'object', properties, required: [...required], additionalProperties: false };
}
