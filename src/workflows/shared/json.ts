/** JSON values: checks that hold for every one of them, sizes, and JSON Schema. Pure; runs in workflows and gateway. */
import { Validator, type OutputUnit } from '@cfworker/json-schema';
import type { Json, JsonObject, JsonSchema } from '../../contracts/documents/types.ts';
import type { FieldError } from '../../contracts/failures.ts';
import { LIMITS } from '../../contracts/limits.ts';
import { isUndecodable } from './undecodable.ts';

/** True for `{...}`; false for arrays, null and everything else. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Bytes of the value as UTF-8 JSON. */
export function jsonSize(value: unknown): number {
  return new TextEncoder().encode(JSON.stringify(value) ?? '').length;
}

/**
 * What makes a value unfit to be kept, whatever its schema says: nesting deeper than {@link LIMITS}.depth (recursive
 * code elsewhere would overflow), a NUL or a lone surrogate in a string (PostgreSQL refuses them, and a document that
 * cannot be archived could never close), a `__proto__` key, a number that is not finite, bytes and
 * undefined, which a Temporal payload can be and JSON cannot.
 */
export function unfitPlaces(value: unknown, pointer = '', depth = 0): FieldError[] {
  if (typeof value === 'string') return unfitText(value, pointer);
  if (typeof value === 'number' && !Number.isFinite(value))
    return [{ pointer, detail: 'is not a finite number' }];
  if (isUndecodable(value)) return [{ pointer, detail: `could not be decoded: ${value.reason}` }];
  if (value === undefined || ArrayBuffer.isView(value)) return [{ pointer, detail: 'is not JSON' }];
  if (typeof value !== 'object' || value === null) return [];
  if (depth >= LIMITS.depth)
    return [{ pointer, detail: `is nested deeper than ${LIMITS.depth} levels` }];
  const errors: FieldError[] = [];
  for (const [key, item] of Object.entries(value)) {
    const place = `${pointer}/${escapePointer(key)}`;
    if (key === '__proto__') errors.push({ pointer: place, detail: 'is not an acceptable name' });
    errors.push(...unfitText(key, place), ...unfitPlaces(item, place, depth + 1));
  }
  return errors;
}

function unfitText(text: string, pointer: string): FieldError[] {
  if (text.includes('\0')) return [{ pointer, detail: 'contains a NUL character' }];
  if (!text.isWellFormed()) return [{ pointer, detail: 'contains a lone surrogate' }];
  return [];
}

/** Building a validator walks the whole schema, so there is one per schema object. */
const validators = new WeakMap<JsonSchema, Validator>();

/**
 * Every place at which `value` breaks `schema` (draft 2020-12, formats checked), each with its JSON Pointer; empty when
 * it fits. A missing property is reported at the place where it should be.
 */
export function schemaErrors(schema: JsonSchema, value: unknown, pointer = ''): FieldError[] {
  let validator = validators.get(schema);
  if (!validator) {
    // shortCircuit off: people want all their mistakes at once.
    validator = new Validator(schema, '2020-12', false);
    validators.set(schema, validator);
  }
  const { errors } = validator.validate(value);
  return distinct(leaves(errors).map((unit) => toFieldError(unit, pointer)));
}

/** Keywords that only say that something below them failed. */
const WRAPPERS = new Set([
  'properties',
  'patternProperties',
  'additionalProperties',
  'unevaluatedProperties',
  'dependentSchemas',
  'items',
  'prefixItems',
  'additionalItems',
  'unevaluatedItems',
  '$ref',
  '$dynamicRef',
  'allOf',
  'if',
]);

/** Of an alternative, only the alternative itself is worth telling, not why each branch failed. */
function leaves(units: readonly OutputUnit[]): OutputUnit[] {
  const alternatives = units
    .filter(
      (unit) => unit.keyword === 'anyOf' || unit.keyword === 'oneOf' || unit.keyword === 'not',
    )
    .map((unit) => `${unit.keywordLocation}/`);
  return units.filter(
    (unit) =>
      !WRAPPERS.has(unit.keyword) &&
      !alternatives.some((prefix) => unit.keywordLocation.startsWith(prefix)),
  );
}

function toFieldError(unit: OutputUnit, prefix: string): FieldError {
  const pointer = prefix + decodeURI(unit.instanceLocation.slice(1));
  const missing = unit.keyword === 'required' && /property "(.*)"\.$/s.exec(unit.error)?.[1];
  if (missing) return { pointer: `${pointer}/${escapePointer(missing)}`, detail: 'is required' };
  if (unit.keyword === 'false') return { pointer, detail: 'is not a known property' };
  return { pointer, detail: unit.error.replace(/^Instance type/, 'Type') };
}

function distinct(errors: readonly FieldError[]): FieldError[] {
  const seen = new Set<string>();
  return errors.filter(({ pointer, detail }) => {
    const key = `${pointer} ${detail}`;
    return !seen.has(key) && seen.add(key);
  });
}

/** One name as a part of a JSON Pointer (RFC 6901). */
export function escapePointer(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}

/** True when two JSON values are the same value, whatever the order of their properties. */
export function sameJson(a: Json | undefined, b: Json | undefined): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) || Array.isArray(b)) {
    return (
      Array.isArray(a) &&
      Array.isArray(b) &&
      a.length === b.length &&
      a.every((item, i) => sameJson(item, b[i]))
    );
  }
  const left = a as JsonObject;
  const right = b as JsonObject;
  const names = Object.keys(left);
  return (
    names.length === Object.keys(right).length &&
    names.every((name) => Object.hasOwn(right, name) && sameJson(left[name], right[name]))
  );
}
