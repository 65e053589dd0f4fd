/** The errors of the validator in the words of the shape: what would be right there. */
import type { JsonSchema } from '../contracts/documents/definition.ts';
import type { FieldError } from '../contracts/failures.ts';
import { isJsonObject } from '../workflows/shared/json.ts';
import { pathOf } from './pointers.ts';

/**
 * The same errors, each told by the `x-expected` of its place in the shape where there is one; each only once.
 * `nameRule` is told where names are free and one of them is not as it must be.
 */
export function worded(
  shape: JsonSchema,
  errors: readonly FieldError[],
  nameRule = '',
): FieldError[] {
  const better = ({ pointer, detail }: FieldError): string => {
    if (detail === 'is required') return detail;
    const path = pathOf(pointer);
    if (detail === 'is not a known property')
      return `${detail}${known(schemaAt(shape, path.slice(0, -1)), nameRule)}`;
    const expected = schemaAt(shape, path)?.['x-expected'];
    return typeof expected === 'string' ? expected : detail;
  };
  const texts = errors.map((one) => ({ pointer: one.pointer, detail: better(one) }));
  return [...new Map(texts.map((one) => [`${one.pointer} ${one.detail}`, one])).values()];
}

function known(parent: JsonSchema | undefined, nameRule: string): string {
  const { properties, patternProperties } = parent ?? {};
  if (isJsonObject(patternProperties)) return ` here: a name ${nameRule}`;
  return isJsonObject(properties) ? `; there are: ${Object.keys(properties).join(', ')}` : '';
}

/** The part of the shape that speaks about the value at this path; undefined where it says nothing. */
function schemaAt(shape: JsonSchema, path: readonly string[]): JsonSchema | undefined {
  let at: JsonSchema | undefined = shape;
  for (const part of path) at = at && below(shape, at, part);
  return at;
}

function below(shape: JsonSchema, schema: JsonSchema, part: string): JsonSchema | undefined {
  const { properties, patternProperties, items } = schema;
  if (isJsonObject(properties) && Object.hasOwn(properties, part))
    return read(shape, properties[part]);
  if (isJsonObject(patternProperties)) return read(shape, Object.values(patternProperties)[0]);
  return read(shape, items);
}

/** With what it refers to: in our shapes always one of `$defs`, and what stands beside the reference wins. */
function read(shape: JsonSchema, schema: unknown): JsonSchema | undefined {
  if (!isJsonObject(schema)) return undefined;
  const { $ref } = schema;
  if (typeof $ref !== 'string') return schema;
  const { $defs } = shape;
  const target = isJsonObject($defs) ? $defs[$ref.replace('#/$defs/', '')] : undefined;
  return isJsonObject(target) ? { ...target, ...schema } : schema;
}
