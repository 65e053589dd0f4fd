/** Document types against arbitrary files. */
import { NO_DIRECTORY } from '../../src/contracts/people.ts';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  loadDocumentTypes,
  parseDocumentType,
  warningsOf,
} from '../../src/document-types/index.ts';
import { schemaErrors } from '../../src/workflows/shared/json.ts';
import { base } from '../support/request-type.ts';

describe('whatever is parsed,', () => {
  const json = fc.jsonValue({ stringUnit: 'binary', maxDepth: 4 });
  const names = fc.constantFrom(
    '__proto__',
    'constructor',
    'properties',
    '$ref',
    '$id',
    'pattern',
    'required',
    'not',
    'field',
    'all',
    'type',
    'sensitive',
    '%',
    '~',
    '/',
    '\ud800',
    'title',
    'dependsOn',
  );
  const sent = fc.dictionary(
    fc.constantFrom('amount', 'items', 'address', 'link', 'total', 'x'),
    fc.jsonValue({ maxDepth: 2 }),
  );
  const odd = fc.oneof(
    json,
    fc.dictionary(names, json, { maxKeys: 3 }),
    fc.constantFrom<unknown>('#', '#/$defs/x', '[', Infinity, undefined, new Date(), []),
  );

  test('nothing is thrown: any JSON', () => {
    fc.assert(
      fc.property(json, (raw) => void parseDocumentType(raw)),
      { numRuns: 500 },
    );
  });

  test('nothing is thrown, also not later: a type with something else at one place', async () => {
    const { all } = await loadDocumentTypes('document-types');
    const types = [base, ...all].map((type): unknown => JSON.parse(JSON.stringify(type)));
    const mutant = fc
      .tuple(fc.constantFrom(...types), fc.array(fc.nat(30), { maxLength: 8 }), names, odd)
      .map(([type, path, name, value]) => changed(type, path, name, value));
    fc.assert(
      fc.property(mutant, sent, (raw, data) => {
        const result = parseDocumentType(raw);
        if (!result.ok) expect(result.refusal.errors?.length).toBeGreaterThan(0);
        else {
          warningsOf(result.value, NO_DIRECTORY);
          const { metadata, sections } = result.value;
          // What was accepted must do, whatever somebody sends: the validator throws nothing any more.
          for (const { schema } of [{ schema: metadata }, ...Object.values(sections)])
            schemaErrors(schema, data);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  test('what comes out is a type again, and the same one', async () => {
    for (const type of (await loadDocumentTypes('document-types')).all) {
      expect(parseDocumentType(type)).toEqual({ ok: true, value: type });
    }
  });
});

/** The value with something else at a place, which the numbers choose; beside what is there when they lead to an object. */
function changed(value: unknown, path: readonly number[], name: string, by: unknown): unknown {
  const [first, ...rest] = path;
  if (typeof value !== 'object' || value === null || first === undefined) return by;
  const keys = Object.keys(value);
  const key = keys[first % (keys.length + 1)] ?? name;
  const inner = (value as Record<string, unknown>)[key];
  const replaced = keys.includes(key) ? changed(inner, rest, name, by) : by;
  if (Array.isArray(value)) return value.toSpliced(Number(key) || 0, 1, replaced);
  return Object.fromEntries([...Object.entries(value), [key, replaced]]);
}
