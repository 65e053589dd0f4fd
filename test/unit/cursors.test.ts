import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createCursors } from '../../src/api/cursors.ts';
import { Problem } from '../../src/api/errors.ts';

const SECRET = 'a secret of the right length';
const LIST = "DossierKind = 'document'";
const place = new Uint8Array([1, 2, 3, 250]);
const cursors = createCursors([SECRET]);
const cursor = cursors.seal(LIST, place);

test('a cursor leads back to its place', () => {
  const bytes = fc.uint8Array({ minLength: 1, maxLength: 500 });
  fc.assert(
    fc.property(fc.string(), bytes, (list, any) => {
      const sealed = cursors.seal(list, any);
      expect(sealed).toMatch(/^[A-Za-z0-9_-]+$/);
      expect(cursors.open(list, sealed)).toEqual(any);
    }),
  );
});

test('it outlives the process when there is a secret, and only then', () => {
  expect(createCursors([SECRET]).open(LIST, cursor)).toEqual(place);
  const own = createCursors([]);
  expect(own.open(LIST, own.seal(LIST, place))).toEqual(place);
  refused(() => createCursors([]).open(LIST, own.seal(LIST, place)));
});

test('a secret can be replaced: the new one signs, what the old one signed is still good', () => {
  const both = createCursors(['another secret of some length', SECRET]);
  expect(both.open(LIST, cursor)).toEqual(place);
  refused(() => cursors.open(LIST, both.seal(LIST, place)));
});

describe('refused is', () => {
  test('a cursor of another list', () => {
    refused(() => cursors.open(`${LIST} AND DossierState = 'open'`, cursor));
    refused(() => cursors.open('', cursor));
  });

  test('a cursor made with another secret', () => {
    refused(() => createCursors(['another secret of some length']).open(LIST, cursor));
  });

  test('a cursor with any bit changed', () => {
    const bytes = Buffer.from(cursor, 'base64url');
    for (let bit = 0; bit < bytes.length * 8; bit += 1) {
      const changed = Buffer.from(bytes);
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      refused(() => cursors.open(LIST, changed.toString('base64url')));
    }
  });

  test('a cursor cut short or made longer', () => {
    for (let n = 0; n < cursor.length - 1; n += 1)
      refused(() => cursors.open(LIST, cursor.slice(0, n)));
    refused(() => cursors.open(LIST, `${cursor}AAAA`));
  });

  test('garbage, at once: a token that Temporal did not make costs it 19 seconds', () => {
    const started = performance.now();
    for (const garbage of ['', '%%%', 'null', 'A'.repeat(4_000), '\u{1F600}', '../../etc/passwd'])
      refused(() => cursors.open(LIST, garbage));
    expect(performance.now() - started).toBeLessThan(50);
  });

  test('any text', () => {
    fc.assert(fc.property(fc.string(), (any) => refused(() => cursors.open(LIST, any))));
  });
});

function refused(open: () => unknown): void {
  try {
    open();
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    expect(error.refusal.code).toBe('invalid-request');
    return;
  }
  throw new Error('it was accepted');
}
