/** JSON values: checks that hold for every one of them, sizes, and JSON Schema. Pure; runs in workflows and gateway. */
import { Validator, type OutputUnit } from '@cfworker/json-schema';
import type { JsonSchema } from '../../contracts/documents/definition.ts';
import type { Json, JsonObject } from '../../contracts/json.ts';
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

/** The last of the items: at most so many, together at most so many bytes, and the very last in any case. */
export function lastOf<T>(items: readonly T[], most: number, mostBytes: number): T[] {
  let bytes = 0;
  const kept = items
    .slice(-most)
    .toReversed()
    .filter((item, i) => (bytes += jsonSize(item)) <= mostBytes || i === 0);
  return kept.toReversed();
}

/**
 * What makes a value unfit to be kept, whatever its schema says: nesting deeper than {@link LIMITS}.depth (recursive
 * code elsewhere would overflow), a NUL or a lone surrogate in a string (PostgreSQL refuses them, and a document that
 * cannot be archived could never close), a `__proto__` key, a number that is not finite, bytes and
 * undefined, which a Temporal payload can be and JSON cannot.
 */
export function unfitPlaces(value: unknown): FieldError[] {
  const errors: FieldError[] = [];
  collectUnfit(value, '', 0, errors);
  return errors;
}

function collectUnfit(value: unknown, pointer: string, depth: number, errors: FieldError[]): void {
  if (errors.length >= LIMITS.errors) return;
  const wrong = (detail: string): void => void errors.push(fieldError(pointer, detail));
  if (typeof value === 'string') checkText(value, wrong);
  else if (typeof value === 'number' && !Number.isFinite(value)) wrong('is not a finite number');
  else if (isUndecodable(value)) wrong(`could not be decoded: ${value.reason}`);
  else if (value === undefined || ArrayBuffer.isView(value)) wrong('is not JSON');
  else if (typeof value !== 'object' || value === null) return;
  else if (depth >= LIMITS.depth) wrong(`is nested deeper than ${LIMITS.depth} levels`);
  else {
    for (const [key, item] of Object.entries(value)) {
      const place = `${pointer}/${escapePointer(key)}`;
      const unfit = (detail: string): void => void errors.push(fieldError(place, detail));
      if (key === '__proto__') unfit('is not an acceptable name');
      checkText(key, unfit);
      collectUnfit(item, place, depth + 1, errors);
      if (errors.length >= LIMITS.errors) return;
    }
  }
}

function checkText(text: string, wrong: (detail: string) => void): void {
  if (text.includes('\0')) wrong('contains a NUL character');
  else if (!text.isWellFormed()) wrong('contains a lone surrogate');
}

/** Bounded, because names and texts of the sender are in it. */
function fieldError(pointer: string, detail: string): FieldError {
  return { pointer: pointer.slice(0, LIMITS.errorText), detail: detail.slice(0, LIMITS.errorText) };
}

interface Checker {
  readonly validator: Validator;
  readonly comparesItems: boolean;
}

/** Building a validator walks the whole schema, so there is one per schema object. */
const checkers = new WeakMap<JsonSchema, Checker>();

function checkerOf(schema: JsonSchema): Checker {
  const known = checkers.get(schema);
  if (known) return known;
  // Its own copy, because it writes into it. shortCircuit off: people want all their mistakes at once.
  const copy = JSON.parse(JSON.stringify(schema)) as JsonSchema;
  const validator = new Validator(copy, '2020-12', false);
  const checker = { validator, comparesItems: comparesItems(schema) };
  checkers.set(schema, checker);
  return checker;
}

/**
 * Every place at which `value` breaks `schema` (draft 2020-12, formats checked), each with its JSON Pointer; empty when
 * it fits. A missing property is reported at the place where it should be.
 */
export function schemaErrors(schema: JsonSchema, value: unknown, pointer = ''): FieldError[] {
  if (isJsonObject(value) && Object.keys(value).length > LIMITS.names) {
    return [{ pointer, detail: `has more than ${LIMITS.names} names` }];
  }
  // The validator compares every item with every other: 22,000 of them took it 17 s.
  if (checkerOf(schema).comparesItems && itemPairs(value) > LIMITS.itemPairs) {
    return [{ pointer, detail: 'has lists of too many items to be checked for repetitions' }];
  }
  try {
    const { errors } = checkerOf(schema).validator.validate(value);
    const told = leaves(errors.slice(0, LIMITS.units));
    return distinct(told.map((unit) => toFieldError(unit, pointer)));
  } catch (error) {
    // The validator hands errors on as arguments, of which there is a most.
    if (!(error instanceof RangeError)) throw error;
    return [{ pointer, detail: 'is wrong in too many places to tell' }];
  }
}

/** Whether `uniqueItems` stands anywhere in the schema. */
function comparesItems(schema: Json | undefined): boolean {
  if (Array.isArray(schema)) return schema.some(comparesItems);
  if (!isJsonObject(schema)) return false;
  return schema['uniqueItems'] === true || Object.values(schema).some(comparesItems);
}

/** How many pairs of items there are in all lists of the value together. */
function itemPairs(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  const items = Object.values(value);
  const own = Array.isArray(value) ? (items.length * (items.length - 1)) / 2 : 0;
  return items.reduce<number>((sum, item) => sum + itemPairs(item), own);
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

/** Keywords of which only themselves are worth telling, not why each branch failed. */
export const ALTERNATIVES: ReadonlySet<string> = new Set(['anyOf', 'oneOf', 'not']);

/** Of an alternative, only the alternative itself is worth telling, not why each branch failed. */
function leaves(units: readonly OutputUnit[]): OutputUnit[] {
  const alternatives = new Set(
    units
      .filter(({ keyword }) => ALTERNATIVES.has(keyword))
      .map((unit) => `${unit.keywordLocation}/`),
  );
  const inside = (location: string): boolean =>
    [...alternatives].some((prefix) => location.startsWith(prefix));
  return units.filter((unit) => !WRAPPERS.has(unit.keyword) && !inside(unit.keywordLocation));
}

function toFieldError(unit: OutputUnit, prefix: string): FieldError {
  const pointer = prefix + decodeURIComponent(unit.instanceLocation.slice(1));
  const missing = unit.keyword === 'required' && /property "(.*)"\.$/s.exec(unit.error)?.[1];
  if (missing) return fieldError(`${pointer}/${escapePointer(missing)}`, 'is required');
  if (unit.keyword === 'false') return fieldError(pointer, 'is not a known property');
  return fieldError(pointer, text(unit));
}

/** The validator's sentences by keyword, in the words of ours: what it must be. */
const WORDING: Readonly<Record<string, readonly [pattern: RegExp, words: string]>> = {
  enum: [/^Instance does not match any of \[(.*)\]\.$/s, 'must be one of $1'],
  const: [/^Instance does not match (.*)\.$/s, 'must be $1'],
  type: [/^Instance type "(.*)" is invalid\. Expected "(.*)"\.$/s, 'must be of type $2, not $1'],
  format: [/^String does not match format "(.*)"\.$/s, 'must be of the format $1'],
  pattern: [/^String does not match pattern\.$/, 'does not match the pattern'],
  multipleOf: [/^.* is not a multiple of (.*)\.$/s, 'must be a multiple of $1'],
};

function text({ keyword, error }: OutputUnit): string {
  const [pattern, words] = WORDING[keyword] ?? [/^$/, ''];
  if (pattern.test(error)) {
    const said = error.replace(pattern, words);
    return keyword === 'type' ? said.replaceAll('", "', ' or ') : said;
  }
  // Without the value at the beginning, which may be nobody's business: refusals are kept in histories.
  return error
    .replace(/^-?[\d.e+-]+ is /, 'is ')
    .replace(/^(?:String|Array) (is|has) /, '$1 ')
    .replace(/\.$/, '');
}

function distinct(errors: readonly FieldError[]): FieldError[] {
  const byText = new Map(errors.map((one) => [`${one.pointer} ${one.detail}`, one]));
  return [...byText.values()].slice(0, LIMITS.errors);
}

/** One name as a part of a JSON Pointer (RFC 6901). */
export function escapePointer(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}

/** The target after a JSON Merge Patch (RFC 7396): objects are merged, `null` takes a name out, all else replaces. */
export function mergePatch(target: Json | undefined, patch: Json): Json {
  if (!isJsonObject(patch)) return patch;
  const merged = new Map(isJsonObject(target) ? Object.entries(target) : []);
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) merged.delete(name);
    else merged.set(name, mergePatch(merged.get(name), value));
  }
  return Object.fromEntries(merged);
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
