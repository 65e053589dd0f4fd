import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { PatchOperation } from '../../src/contracts/documents/commands.ts';
import type { Json, JsonObject } from '../../src/contracts/json.ts';
import { LIMITS } from '../../src/contracts/limits.ts';
import { applyJsonPatch } from '../../src/workflows/shared/json-patch.ts';
import { jsonSize, mergePatch } from '../../src/workflows/shared/json.ts';
import { refusalOf, value } from '../support/rules.ts';

const apply = (data: object, operations: readonly object[], most: number = LIMITS.section) =>
  applyJsonPatch(data as JsonObject, operations as readonly PatchOperation[], most);

describe('RFC 6902, appendix A', () => {
  test.each<[string, object, object[], object]>([
    [
      'A.1',
      { foo: 'bar' },
      [{ op: 'add', path: '/baz', value: 'qux' }],
      { baz: 'qux', foo: 'bar' },
    ],
    [
      'A.2',
      { foo: ['bar', 'baz'] },
      [{ op: 'add', path: '/foo/1', value: 'qux' }],
      { foo: ['bar', 'qux', 'baz'] },
    ],
    ['A.3', { baz: 'qux', foo: 'bar' }, [{ op: 'remove', path: '/baz' }], { foo: 'bar' }],
    [
      'A.4',
      { foo: ['bar', 'qux', 'baz'] },
      [{ op: 'remove', path: '/foo/1' }],
      { foo: ['bar', 'baz'] },
    ],
    ['A.5', { baz: 'qux' }, [{ op: 'replace', path: '/baz', value: 'boo' }], { baz: 'boo' }],
    [
      'A.6',
      { foo: { bar: 'baz', waldo: 'fred' }, qux: { corge: 'grault' } },
      [{ op: 'move', from: '/foo/waldo', path: '/qux/thud' }],
      { foo: { bar: 'baz' }, qux: { corge: 'grault', thud: 'fred' } },
    ],
    [
      'A.7',
      { foo: ['all', 'grass', 'cows', 'eat'] },
      [{ op: 'move', from: '/foo/1', path: '/foo/3' }],
      { foo: ['all', 'cows', 'eat', 'grass'] },
    ],
    [
      'A.8',
      { baz: 'qux', foo: ['a', 2, 'c'] },
      [
        { op: 'test', path: '/baz', value: 'qux' },
        { op: 'test', path: '/foo/1', value: 2 },
      ],
      { baz: 'qux', foo: ['a', 2, 'c'] },
    ],
    [
      'A.10',
      { foo: 'bar' },
      [{ op: 'add', path: '/child', value: { grandchild: {} } }],
      { foo: 'bar', child: { grandchild: {} } },
    ],
    [
      'A.11',
      { foo: 'bar' },
      [{ op: 'add', path: '/baz', value: 'qux', xyz: 123 }],
      { foo: 'bar', baz: 'qux' },
    ],
    ['A.14', { '/': 9, '~1': 10 }, [{ op: 'test', path: '/~01', value: 10 }], { '/': 9, '~1': 10 }],
    [
      'A.16',
      { foo: ['bar'] },
      [{ op: 'add', path: '/foo/-', value: ['abc', 'def'] }],
      { foo: ['bar', ['abc', 'def']] },
    ],
    ['the whole', { a: 1 }, [{ op: 'replace', path: '', value: { b: 2 } }], { b: 2 }],
    [
      'the empty name',
      { a: 1 },
      [
        { op: 'add', path: '/', value: 1 },
        { op: 'copy', from: '/', path: '/b' },
      ],
      { a: 1, '': 1, b: 1 },
    ],
    ['null is a value', { a: null }, [{ op: 'test', path: '/a', value: null }], { a: null }],
    ['moved to itself', { a: 1 }, [{ op: 'move', from: '/a', path: '/a' }], { a: 1 }],
    [
      'names that objects inherit',
      {},
      [
        { op: 'add', path: '/constructor', value: { x: 1 } },
        { op: 'copy', from: '/constructor/x', path: '/toString' },
      ],
      { constructor: { x: 1 }, toString: 1 },
    ],
  ])('%s', (_what, data, operations, expected) => {
    expect(value(apply(data, operations))).toEqual(expected);
  });

  test.each<[string, object, object]>([
    ['A.9 test', { baz: 'qux' }, { op: 'test', path: '/baz', value: 'bar' }],
    ['A.12 add below nothing', { foo: 'bar' }, { op: 'add', path: '/baz/bat', value: 'qux' }],
    ['A.15 text and number', { '/': 9, '~1': 10 }, { op: 'test', path: '/~01', value: '10' }],
    ['test of nothing', {}, { op: 'test', path: '/a' }],
    ['remove of nothing', {}, { op: 'remove', path: '/a' }],
    ['replace of nothing', {}, { op: 'replace', path: '/a', value: 1 }],
    ['copy from nowhere', {}, { op: 'copy', path: '/a' }],
    ['copy of nothing', {}, { op: 'copy', from: '/b', path: '/a' }],
    ['move into itself', { a: { b: {} } }, { op: 'move', from: '/a', path: '/a/b/c' }],
    ['move of the whole', { a: {} }, { op: 'move', from: '', path: '/a' }],
    ['add without a value', {}, { op: 'add', path: '/a' }],
    ['a pointer without slash', {}, { op: 'add', path: 'a', value: 1 }],
    ['a pointer with a wrong escape', {}, { op: 'add', path: '/~2', value: 1 }],
    ['beyond the end', { a: [1] }, { op: 'add', path: '/a/2', value: 1 }],
    ['an index with a zero', { a: [1, 2] }, { op: 'remove', path: '/a/01' }],
    ['an index below zero', { a: [1, 2] }, { op: 'replace', path: '/a/-1', value: 1 }],
    ['the end as something there', { a: [1, 2] }, { op: 'replace', path: '/a/-', value: 1 }],
    ['the length of a list', { a: [1, 2] }, { op: 'replace', path: '/a/length', value: 1e9 }],
    ['removing a length', { a: [1, 2] }, { op: 'remove', path: '/a/length' }],
    ['below a text', { a: 'xyz' }, { op: 'remove', path: '/a/0' }],
    ['below a number', { a: 1 }, { op: 'add', path: '/a/b', value: 1 }],
    ['an inherited name', {}, { op: 'copy', from: '/toString', path: '/a' }],
    ['below an inherited name', {}, { op: 'add', path: '/constructor/prototype/x', value: 1 }],
    ['__proto__', {}, { op: 'add', path: '/__proto__', value: { a: 1 } }],
    ['below __proto__', {}, { op: 'add', path: '/__proto__/polluted', value: 1 }],
    ['the whole taken away', { a: 1 }, { op: 'remove', path: '' }],
    ['no object any more', { a: [1] }, { op: 'move', from: '/a', path: '' }],
  ])('fails: %s', (_what, data, operation) => {
    const before = JSON.stringify(data);
    const refusal = refusalOf(apply(data, [{ op: 'test', path: '', value: data }, operation]));
    expect(refusal.code).toBe('invalid-data');
    expect(refusal.errors).toHaveLength(1);
    expect(JSON.stringify(data)).toBe(before);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  test('tells which operation failed, and never a value', () => {
    const operations = [
      { op: 'add', path: '/b', value: 1 },
      { op: 'test', path: '/a', value: 'guessed' },
    ];
    expect(refusalOf(apply({ a: 'secret' }, operations)).errors).toEqual([
      { pointer: '/1', detail: 'test failed: /a has another value' },
    ]);
  });
});

describe('a patch that makes much of little', () => {
  test.each([20, 40, 200])('by %i copies of the whole into itself is too large', (copies) => {
    const bomb = Array.from({ length: copies }, (_, i) => ({
      op: 'copy',
      from: '',
      path: `/n${i}`,
    }));
    const refusal = refusalOf(apply({ x: 1 }, bomb));
    expect(['too-large', 'invalid-data']).toContain(refusal.code);
    expect(JSON.stringify(refusal).length).toBeLessThan(1_000);
  });

  test('by lists of lists is too large', () => {
    const bomb = Array.from({ length: 30 }, () => ({ op: 'copy', from: '/a', path: '/b/-' })).map(
      (one, i) => (i % 2 ? { op: 'copy', from: '/b', path: '/a/-' } : one),
    );
    const most = 10_000;
    expect(refusalOf(apply({ a: ['xxxxxxxx'], b: [] }, bomb, most)).code).toBe('too-large');
  });

  test('by nesting is refused before anything recursive sees it', () => {
    const deeper = Array.from({ length: 200 }, (_, i) => ({
      op: 'copy',
      from: '',
      path: '/a'.repeat(Math.min(i + 1, 500)),
    }));
    const refusal = refusalOf(apply({ a: 1 }, deeper));
    expect(refusal.errors?.[0]?.detail).toContain('nest deeper than 64 levels');
  });

  test('may reach the limits', () => {
    const nest = (levels: number): Json => (levels === 0 ? {} : { a: nest(levels - 1) });
    const half = { op: 'add', path: '/a', value: nest(LIMITS.depth - 2) };
    expect(value(apply({}, [half]))).toEqual(nest(LIMITS.depth - 1));
    const data = { a: 'x'.repeat(92) };
    const size = jsonSize({ ...data, b: data.a });
    const copy = [{ op: 'copy', from: '/a', path: '/b' }];
    expect(apply(data, copy, size).ok).toBe(true);
    expect(apply(data, copy, size - 1).ok).toBe(false);
  });
});

test('whatever the operations, there is JSON or a refusal, and the data stays what it was', () => {
  const name = fc.constantFrom('a', 'b', '0', '1', '-', '', '~0', '~1', '__proto__', 'constructor');
  const path = fc
    .array(fc.oneof(name, fc.constantFrom('length', '~', 'x/')), { maxLength: 4 })
    .map((names) => names.map((one) => `/${one}`).join(''));
  const operation = fc.record(
    {
      op: fc.constantFrom('add', 'remove', 'replace', 'move', 'copy', 'test'),
      path,
      from: path,
      value: fc.jsonValue({ maxDepth: 2 }),
    },
    { requiredKeys: ['op', 'path'] },
  );
  const data = fc.constantFrom<object>({}, { a: [1, { b: 'x' }], b: { a: null, '0': 'y' }, '': 1 });
  fc.assert(
    fc.property(data, fc.array(operation, { maxLength: 8 }), (before, operations) => {
      const text = JSON.stringify(before);
      const result = apply(before, operations);
      expect(JSON.stringify(before)).toBe(text);
      if (!result.ok) return;
      expect(JSON.parse(JSON.stringify(result.value))).toEqual(result.value);
      expect(Object.getPrototypeOf(result.value)).toBe(Object.prototype);
    }),
    { numRuns: 2_000 },
  );
});

describe('a merge patch: RFC 7396, appendix A', () => {
  test.each<[Json, Json, Json]>([
    [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
    [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
    [{ a: 'b' }, { a: null }, {}],
    [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
    [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
    [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
    [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
    [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
    [
      ['a', 'b'],
      ['c', 'd'],
      ['c', 'd'],
    ],
    [{ a: 'b' }, ['c'], ['c']],
    [{ a: 'foo' }, null, null],
    [{ a: 'foo' }, 'bar', 'bar'],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [[1, 2], { a: 'b', c: null }, { a: 'b' }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  ])('%j with %j is %j', (target, patch, expected) => {
    const before = JSON.stringify(target);
    expect(mergePatch(target, patch)).toEqual(expected);
    expect(JSON.stringify(target)).toBe(before);
  });

  test('takes names that objects inherit for names', () => {
    const patch = JSON.parse('{"__proto__": {"polluted": 1}, "constructor": {"a": 1}}') as Json;
    const merged = mergePatch({}, patch);
    expect(JSON.stringify(merged)).toBe(JSON.stringify(patch));
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
    expect(mergePatch({}, { toString: null })).toEqual({});
  });

  test('a second time changes nothing more', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (one, other) => {
        const [a, b] = [one, other].map((v) => JSON.parse(JSON.stringify(v)) as Json);
        const once = mergePatch(a, b as Json);
        expect(mergePatch(once, b as Json)).toEqual(once);
      }),
    );
  });
});
