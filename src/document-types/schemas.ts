/** Checks on the JSON Schemas in a definition: whatever the workflows would stumble over only when somebody sends data. */
import { dereference, validate } from '@cfworker/json-schema';
import { Ajv2020, type ErrorObject } from 'ajv/dist/2020.js';
import type { DocumentType, JsonSchema } from '../contracts/documents/definition.ts';
import type { JsonObject } from '../contracts/json.ts';
import type { FieldError } from '../contracts/failures.ts';
import { escapePointer, isJsonObject } from '../workflows/shared/json.ts';

/** A schema within a schema. */
interface Place {
  readonly schema: JsonObject;
  readonly pointer: string;
  /** Reached from the root through `properties` and `items` only, at least one of them. */
  readonly plain: boolean;
}

/** Keywords with a schema for each name. */
const MAPS = new Set([
  'properties',
  'patternProperties',
  '$defs',
  'definitions',
  'dependentSchemas',
  'dependencies',
]);
/** Keywords with data, in which nothing is a schema. */
const DATA = new Set(['enum', 'const', 'default', 'examples', 'required', 'dependentRequired']);
const STEPS = new Set(['properties', 'items']);
const REGEX = 'is not a regular expression with Unicode (flag u):';

/** Every wrong place in the schemas of metadata and sections. */
export function schemaProblems(type: DocumentType): FieldError[] {
  return schemasOf(type).flatMap(([pointer, schema]) => {
    const places = [...placesIn(schema, pointer)];
    const errors = [...places.flatMap(placeErrors), ...metaErrors(schema, pointer)];
    return errors.length > 0 ? errors : compileErrors(schema, pointer);
  });
}

/** Where fields are marked as sensitive. */
export function sensitivePointers(type: DocumentType): string[] {
  return schemasOf(type)
    .flatMap(([pointer, schema]) => [...placesIn(schema, pointer)])
    .filter(({ schema }) => schema['sensitive'] === true)
    .map(({ pointer }) => `${pointer}/sensitive`);
}

/** Every schema of a definition with the pointer to it. */
export function schemasOf({ metadata, sections }: DocumentType): [string, JsonSchema][] {
  return [
    ['/metadata', metadata],
    ...Object.entries(sections).map(([name, { schema }]): [string, JsonSchema] => [
      `/sections/${name}/schema`,
      schema,
    ]),
  ];
}

/** Also below keywords that nobody knows: a misspelt `properties` must not hide what is marked as sensitive in it. */
function* placesIn(value: unknown, pointer: string, plain = true, root = true): Generator<Place> {
  if (Array.isArray(value)) {
    for (const [i, item] of value.entries()) yield* placesIn(item, `${pointer}/${i}`, false, false);
  }
  if (!isJsonObject(value)) return;
  yield { schema: value, pointer, plain: plain && !root };
  for (const [keyword, below] of Object.entries(value)) {
    if (DATA.has(keyword)) continue;
    const place = `${pointer}/${escapePointer(keyword)}`;
    const onward = plain && STEPS.has(keyword);
    if (MAPS.has(keyword) && isJsonObject(below)) {
      for (const [name, item] of Object.entries(below))
        yield* placesIn(item, `${place}/${escapePointer(name)}`, onward, false);
    } else yield* placesIn(below, place, onward, false);
  }
}

function placeErrors({ schema, pointer, plain }: Place): FieldError[] {
  const { sensitive, $ref, pattern, patternProperties } = schema;
  const errors: FieldError[] = [];
  const wrong = (keyword: string, detail: string): void =>
    void errors.push({ pointer: `${pointer}/${keyword}`, detail });
  if (sensitive !== undefined && typeof sensitive !== 'boolean')
    wrong('sensitive', 'must be true or false');
  if (sensitive === true && !plain) {
    wrong(
      'sensitive',
      'must be on a property or an item to which only properties and items lead: not at the root, nor in anyOf, oneOf, allOf, if, $defs and the like',
    );
  }
  if (typeof $ref === 'string' && !$ref.startsWith('#'))
    wrong('$ref', 'must point into the same schema, such as #/$defs/address');
  for (const other of ['$dynamicRef', '$recursiveRef'])
    if (schema[other] !== undefined) wrong(other, 'is not supported; use $ref');
  if (typeof pattern === 'string') {
    const reason = regexError(pattern);
    if (reason !== undefined) wrong('pattern', `${REGEX} ${reason}`);
  }
  for (const one of isJsonObject(patternProperties) ? Object.keys(patternProperties) : []) {
    const reason = regexError(one);
    if (reason !== undefined)
      wrong(`patternProperties/${escapePointer(one)}`, `${REGEX} ${reason}`);
  }
  return errors;
}

/** The workflows' validator makes expressions with the flag u, which is stricter about escapes than without it. */
function regexError(source: string): string | undefined {
  try {
    void new RegExp(source, 'u');
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

const OPTIONS = { strict: false, validateFormats: false, logger: false } as const;
const metaschema = new Ajv2020(OPTIONS);

/** Keywords with values that they cannot have; the first error of each place. */
function metaErrors(schema: JsonSchema, pointer: string): FieldError[] {
  try {
    if (metaschema.validateSchema(schema) === true) return [];
  } catch (error) {
    return [{ pointer: `${pointer}/$schema`, detail: firstLine(error) }];
  }
  const errors = (metaschema.errors ?? []).map((one) => ({
    pointer: pointer + one.instancePath,
    detail: metaDetail(one),
  }));
  return [...new Map(errors.toReversed().map((one) => [one.pointer, one])).values()].toReversed();
}

function metaDetail({ keyword, message, params }: ErrorObject): string {
  const { allowedValues } = params as { allowedValues?: readonly string[] };
  if (keyword === 'enum' && allowedValues) return `must be one of ${allowedValues.join(', ')}`;
  return message ?? 'is not JSON Schema';
}

/** What is well-formed and yet of no use: references that lead nowhere or round in circles. */
function compileErrors(schema: JsonSchema, pointer: string): FieldError[] {
  try {
    const dangling = referenceErrors(schema, pointer);
    // A compiler for each, because it remembers schemas by their $id, and those of two types may be the same.
    if (dangling.length === 0) {
      new Ajv2020({ ...OPTIONS, meta: false, validateSchema: false }).compile(schema);
    }
    return dangling;
  } catch (error) {
    return [{ pointer, detail: firstLine(error) }];
  }
}

/** As the workflows' validator resolves them; on a copy, because it leaves marks. */
function referenceErrors(schema: JsonSchema, pointer: string): FieldError[] {
  const copy = structuredClone(schema);
  const lookup = dereference(copy);
  return [...placesIn(copy, pointer)].flatMap((place) => {
    // Marked where a reference counts; below unknown keywords it does not.
    const { __absolute_ref__: target } = place.schema as { __absolute_ref__?: string };
    if (target === undefined) return [];
    const at = `${place.pointer}/$ref`;
    if (lookup[target] === undefined) return { pointer: at, detail: 'points at nothing' };
    try {
      validate({}, place.schema, '2020-12', lookup, false);
      return [];
    } catch (error) {
      if (!(error instanceof RangeError)) return []; // another reference, told at its own place
      return { pointer: at, detail: 'comes back to itself without end' };
    }
  });
}

function firstLine(error: unknown): string {
  return (error as Error).message.split('\n')[0] ?? '';
}
