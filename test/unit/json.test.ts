import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { JsonSchema } from '../../src/contracts/documents/definition.ts';
import type { Json } from '../../src/contracts/json.ts';
import { LIMITS } from '../../src/contracts/limits.ts';
import {
  escapePointer,
  isJsonObject,
  jsonSize,
  sameJson,
  schemaErrors,
  unfitPlaces,
} from '../../src/workflows/shared/json.ts';
import { Undecodable } from '../../src/workflows/shared/undecodable.ts';

describe('unfit to be kept is', () => {
  test.each<[string, unknown, string]>([
    ['NUL in a text', { a: ['x\0'] }, '/a/0'],
    ['NUL in a name', { 'a\0': 1 }, '/a\0'],
    ['a lone surrogate in a text', ['\uD800'], '/0'],
    ['a lone surrogate in a name', { '\uDC00': 1 }, '/\uDC00'],
    ['a __proto__ key', JSON.parse('{"a": {"__proto__": {}}}'), '/a/__proto__'],
    ['NaN', { a: Number.NaN }, '/a'],
    ['infinity', [Infinity], '/0'],
    ['undefined', undefined, ''],
    ['undefined inside', { a: undefined }, '/a'],
    ['bytes', { a: new Uint8Array(3) }, '/a'],
    ['what could not be decoded', new Undecodable('gone'), ''],
    ['a name with slash and tilde, escaped', { 'a/b~c': '\0' }, '/a~1b~0c'],
  ])('%s', (_what, value, pointer) => {
    expect(unfitPlaces(value).map((error) => error.pointer)).toEqual([pointer]);
  });

  test('nesting that is one level too deep, told at that level', () => {
    const nest = (levels: number): unknown => (levels === 0 ? 1 : [nest(levels - 1)]);
    expect(unfitPlaces(nest(LIMITS.depth))).toEqual([]);
    expect(unfitPlaces(nest(LIMITS.depth + 1))).toEqual([
      { pointer: '/0'.repeat(LIMITS.depth), detail: 'is nested deeper than 64 levels' },
    ]);
  });

  test('no JSON value that PostgreSQL takes', () => {
    const fit = (value: Json): boolean =>
      !/\\u0000|\\ud[89a-f]|__proto__/.test(JSON.stringify(value));
    fc.assert(
      fc.property(
        fc.jsonValue({ maxDepth: 6 }).filter((v) => fit(v as Json)),
        (value) => {
          expect(unfitPlaces(value)).toEqual([]);
        },
      ),
    );
  });

  test('and many places do not overflow the stack', () => {
    const many = { a: Array.from({ length: 200_000 }, () => '\0') };
    expect(unfitPlaces(many)[0]).toEqual({
      pointer: '/a/0',
      detail: expect.stringContaining('NUL'),
    });
  });
});

describe('what breaks a schema', () => {
  const text: JsonSchema = { type: 'string' };
  const object = (properties: JsonSchema, more: JsonSchema = {}): JsonSchema => ({
    type: 'object',
    properties,
    ...more,
  });

  test.each<[string, JsonSchema, unknown, string[]]>([
    ['the whole value', object({}), 'x', ['']],
    ['a property', object({ a: text }), { a: 1 }, ['/a']],
    ['a missing property', object({}, { required: ['a', 'b/c'] }), {}, ['/a', '/b~1c']],
    ['an unknown property', object({}, { additionalProperties: false }), { x: 1 }, ['/x']],
    [
      'a property of a schema of its own',
      object({}, { additionalProperties: text }),
      { x: 1, y: 'y' },
      ['/x'],
    ],
    [
      'items of nested arrays',
      { type: 'array', items: { type: 'array', items: text } },
      [['x', 1], [2]],
      ['/0/1', '/1/0'],
    ],
    ['a name with slash and tilde', object({ 'a/b~c': text }), { 'a/b~c': 1 }, ['/a~1b~0c']],
    ['a name with a percent sign', object({ 'a%20b': text }), { 'a%20b': 1 }, ['/a%20b']],
    ['a name with space and umlaut', object({ 'ä b': text }), { 'ä b': 1 }, ['/ä b']],
    ['a name with signs of a URL', object({ 'a#b?c&d': text }), { 'a#b?c&d': 1 }, ['/a#b?c&d']],
    ['an alternative, once', object({ a: { anyOf: [text, { type: 'null' }] } }), { a: 1 }, ['/a']],
    [
      'alternatives in items',
      { type: 'array', items: { oneOf: [text, { type: 'null' }] } },
      ['x', 1, null, 2],
      ['/1', '/3'],
    ],
    [
      'every part of allOf',
      { allOf: [object({ a: text }), object({ b: text })] },
      { a: 1, b: 1 },
      ['/a', '/b'],
    ],
    [
      'a reference',
      { $defs: { t: text }, ...object({ a: { $ref: '#/$defs/t' } }) },
      { a: 1 },
      ['/a'],
    ],
    ['a format', object({ a: { type: 'string', format: 'date' } }), { a: '2026-13-01' }, ['/a']],
    [
      'a branch of if',
      JSON.parse(
        '{"if": {"properties": {"a": {"const": 1}}}, "then": {"required": ["b"]}}',
      ) as JsonSchema,
      { a: 1 },
      ['/b'],
    ],
    [
      'a name that objects inherit',
      object({}, { required: ['constructor'] }),
      {},
      ['/constructor'],
    ],
  ])('is told by its pointer: %s', (_what, schema, value, pointers) => {
    expect(schemaErrors(schema, value).map(({ pointer }) => pointer)).toEqual(pointers);
  });

  test('is told in words', () => {
    const schema = object(
      { n: { type: 'integer', minimum: 3 } },
      { required: ['n'], additionalProperties: false },
    );
    expect(schemaErrors(schema, { x: 1 })).toEqual([
      { pointer: '/n', detail: 'is required' },
      { pointer: '/x', detail: 'is not a known property' },
    ]);
    expect(schemaErrors(schema, { n: 'x' })[0]?.detail).toMatch(/integer/);
    expect(schemaErrors(schema, { n: 2 })[0]?.detail).toMatch(/3/);
  });

  test('stands below a given pointer', () => {
    expect(schemaErrors(object({ a: text }), { a: 1 }, '/metadata')[0]?.pointer).toBe(
      '/metadata/a',
    );
  });

  test('is nothing for what fits, also for optional properties named like inherited ones', () => {
    expect(schemaErrors(object({ constructor: text, toString: text }), {})).toEqual([]);
  });

  test('is a bounded list, however much is wrong', () => {
    const schema: JsonSchema = { type: 'array', items: { anyOf: [text, { type: 'null' }] } };
    const errors = schemaErrors(
      schema,
      Array.from({ length: 150_000 }, () => 1),
    );
    expect(errors[0]?.pointer).toBe('/0');
    expect(errors.length).toBeLessThanOrEqual(1_000);
  });

  test('leaves the schema as JSON what it was', () => {
    const schema = object({ a: { anyOf: [text] } });
    const before = JSON.stringify(schema);
    schemaErrors(schema, { a: 1 });
    expect(JSON.stringify(schema)).toBe(before);
  });
});

describe('the same JSON', () => {
  test('does not depend on the order of properties, but on everything else', () => {
    expect(sameJson({ a: 1, b: [1, { c: null }] }, { b: [1, { c: null }], a: 1 })).toBe(true);
    for (const [a, b] of [
      [
        [1, 2],
        [2, 1],
      ],
      [{}, []],
      [{ a: 1 }, { a: 1, b: 2 }],
      [{ a: 1 }, { b: 1 }],
      [{ toString: 1 }, {}],
      [{}, null],
      [0, '0'],
      [undefined, null],
    ] as [Json, Json][]) {
      expect(sameJson(a, b)).toBe(false);
      expect(sameJson(b, a)).toBe(false);
    }
  });

  test('is what a round trip gives back, and what differs in one place is not', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (one, other) => {
        const [a, b] = [one, other].map((v) => JSON.parse(JSON.stringify(v)) as Json);
        expect(sameJson(a, JSON.parse(JSON.stringify(a)) as Json)).toBe(true);
        expect(sameJson(a, b)).toBe(sameJson(b, a));
        expect(sameJson(a, [a as Json])).toBe(false);
      }),
    );
  });
});

test('sizes are bytes of UTF-8', () => {
  expect(jsonSize({ a: 'ä€\u{1F600}' })).toBe('{"a":""}'.length + 2 + 3 + 4);
  expect(jsonSize(undefined)).toBe(0);
});

test('objects are neither arrays nor null', () => {
  expect([{}, [], null, 'x', undefined].map(isJsonObject)).toEqual([
    true,
    false,
    false,
    false,
    false,
  ]);
});

test('names in pointers are escaped so that they can be told apart', () => {
  expect(escapePointer('a/b~1')).toBe('a~1b~01');
});

test.each<[schema: JsonSchema, value: Json, detail: string]>([
  [{ enum: ['a', 'b'] }, 'c', 'must be one of "a","b"'],
  [{ const: 1 }, 2, 'must be 1'],
  [{ type: 'number' }, 'x', 'must be of type number, not string'],
  [{ type: ['object', 'null'] }, 1, 'must be of type object or null, not number'],
  [{ type: 'string', format: 'date' }, 'soon', 'must be of the format date'],
  [{ type: 'string', pattern: '^a' }, 'b', 'does not match the pattern'],
  [{ type: 'number', minimum: 10 }, 7, 'is less than 10'],
  [{ type: 'number', multipleOf: 5 }, 7, 'must be a multiple of 5'],
  [{ type: 'string', minLength: 2 }, 'x', 'is too short (1 < 2)'],
  [{ type: 'array', minItems: 1 }, [], 'has too few items (0 < 1)'],
])('%j says of %j that it %s', (schema, value, detail) => {
  expect(schemaErrors(schema, value)).toEqual([{ pointer: '', detail }]);
});

describe('items that must differ', () => {
  const schema = { type: 'object', properties: { list: { uniqueItems: true } } };
  const list = (length: number) => ({ list: Array.from({ length }, (_, i) => ({ i })) });

  test('are compared up to a thousand, and refused beyond that before anybody compares them', () => {
    expect(schemaErrors(schema, list(1_000))).toEqual([]);
    const began = performance.now();
    expect(schemaErrors(schema, list(22_000))).toEqual([
      { pointer: '', detail: 'has lists of too many items to be checked for repetitions' },
    ]);
    expect(performance.now() - began).toBeLessThan(1_000);
  });

  test('are nobody’s business where nothing has to differ', () => {
    expect(schemaErrors({ type: 'object' }, list(22_000))).toEqual([]);
  });
});
