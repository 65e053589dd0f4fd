/** Fields that a type marks `sensitive`: where they are, and data without them. Pure. */
import type { JsonSchema } from '../../contracts/documents/definition.ts';
import type { Json, JsonObject } from '../../contracts/json.ts';
import { isJsonObject } from '../shared/json.ts';

/** Whether any field of the schema is sensitive, at whatever depth. */
export function hasSensitive(schema: JsonSchema): boolean {
  const { properties, items } = schema;
  const below = [...(isJsonObject(properties) ? Object.values(properties) : []), items ?? null];
  return (
    schema['sensitive'] === true || below.some((one) => isJsonObject(one) && hasSensitive(one))
  );
}

/** The data without its sensitive fields. */
export function withoutSensitive(schema: JsonSchema, data: JsonObject): JsonObject {
  return strip(schema, data) as JsonObject;
}

function strip(schema: Json | undefined, value: Json): Json {
  if (!isJsonObject(schema)) return value;
  const { properties, items } = schema;
  if (Array.isArray(value)) {
    return isSensitive(items) ? [] : value.map((item) => strip(items, item));
  }
  if (!isJsonObject(value) || !isJsonObject(properties)) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, item]) => {
      const field = Object.hasOwn(properties, name) ? properties[name] : undefined;
      if (isSensitive(field)) return [];
      return [[name, strip(field, item)]];
    }),
  );
}

function isSensitive(schema: Json | undefined): boolean {
  return isJsonObject(schema) && schema['sensitive'] === true;
}

/** Whether one top-level field of the schema is or holds something sensitive. */
export function isSensitiveField(schema: JsonSchema | undefined, name: string): boolean {
  const properties = schema?.['properties'];
  const field =
    isJsonObject(properties) && Object.hasOwn(properties, name) ? properties[name] : undefined;
  return isJsonObject(field) && hasSensitive(field);
}
