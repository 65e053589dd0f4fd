/** The errors of the validator in the words of the shape: what would be right there. */
import type { JsonSchema } from '../contracts/documents/definition.ts';
import type { FieldError } from '../contracts/failures.ts';
import { isJsonObject } from '../workflows/shared/json.ts';
import { pathOf } from './pointers.ts';
import { NAME_RULE } from '../contracts/shape-parts.ts';
import { SHAPE } from './shape.ts';

/** The same errors, each told by the `x-expected` of its place where there is one; each only once. */
export function worded(errors: readonly FieldError[]): FieldError[] {
  const texts = errors.map(({ pointer, detail }) => ({ pointer, detail: better(pointer, detail) }));
  return [...new Map(texts.map((one) => [`${one.pointer} ${one.detail}`, one])).values()];
}

function better(pointer: string, detail: string): string {
  if (detail === 'is required') return detail;
  const path = pathOf(pointer);
  if (detail === 'is not a known property') return `${detail}${known(path.slice(0, -1))}`;
  const expected = schemaAt(path)?.['x-expected'];
  return typeof expected === 'string' ? expected : detail;
}

function known(parent: readonly string[]): string {
  const { properties, patternProperties } = schemaAt(parent) ?? {};
  if (isJsonObject(patternProperties)) return ` here: a name ${NAME_RULE}`;
  return isJsonObject(properties) ? `; there are: ${Object.keys(properties).join(', ')}` : '';
}

/** The part of the shape that speaks about the value at this path; undefined where it says nothing. */
function schemaAt(path: readonly string[]): JsonSchema | undefined {
  let at: JsonSchema | undefined = SHAPE;
  for (const part of path) at = at && below(at, part);
  return at;
}

function below(schema: JsonSchema, part: string): JsonSchema | undefined {
  const { properties, patternProperties, items } = schema;
  if (isJsonObject(properties) && Object.hasOwn(properties, part)) return read(properties[part]);
  if (isJsonObject(patternProperties)) return read(Object.values(patternProperties)[0]);
  return read(items);
}

/** With what it refers to: in this shape always one of `$defs`, and what stands beside the reference wins. */
function read(schema: unknown): JsonSchema | undefined {
  if (!isJsonObject(schema)) return undefined;
  const { $ref } = schema;
  if (typeof $ref !== 'string') return schema;
  const { $defs } = SHAPE;
  const target = isJsonObject($defs) ? $defs[$ref.replace('#/$defs/', '')] : undefined;
  return isJsonObject(target) ? { ...target, ...schema } : schema;
}
