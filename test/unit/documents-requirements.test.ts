import { describe, expect, test } from 'vitest';
import type { Condition } from '../../src/contracts/conditions.ts';
import type { JsonObject } from '../../src/contracts/json.ts';
import {
  canBeFilled,
  fieldOf,
  holds,
  isRequired,
  missingSections,
} from '../../src/workflows/documents/requirements.ts';
import {
  accepted,
  anySection,
  ANYBODY_DECIDES,
  create,
  fill,
  fillMany,
  kinds,
  merge,
  operator,
  refused,
  shippedType,
  typeOf,
  withdraw,
} from '../support/rules.ts';

const content = create(typeOf({ sections: { Request: anySection() } }), {
  metadata: { team: 'blue', nothing: null, deep: { er: { n: 0 } } },
  sections: { Request: { amount: 50, tags: ['a'], odd: { a: 1, b: 2 }, yes: false } },
});

describe('a condition', () => {
  const amount = 'Request.amount';
  test.each<[Condition, boolean]>([
    [{ field: amount, equals: 50 }, true],
    [{ field: amount, equals: '50' }, false],
    [{ field: 'Request.odd', equals: { b: 2, a: 1 } }, true],
    [{ field: 'Request.missing', equals: null }, false],
    [{ field: 'metadata.nothing', equals: null }, true],
    [{ field: amount, oneOf: [1, 50] }, true],
    [{ field: amount, oneOf: [] }, false],
    [{ field: 'Request.missing', oneOf: [1] }, false],
    [{ field: amount, above: 50 }, false],
    [{ field: amount, above: 49.9 }, true],
    [{ field: amount, atLeast: 50 }, true],
    [{ field: amount, atLeast: 51 }, false],
    [{ field: amount, below: 50 }, false],
    [{ field: amount, below: 51 }, true],
    [{ field: amount, atMost: 50 }, true],
    [{ field: amount, atMost: 49 }, false],
    [{ field: 'metadata.team', above: 0 }, false],
    [{ field: 'Request.missing', atMost: 9 }, false],
    [{ field: amount, present: true }, true],
    [{ field: amount, present: false }, false],
    [{ field: 'metadata.nothing', present: true }, true],
    [{ field: 'Request.missing', present: false }, true],
    [{ field: 'Request.missing', present: true }, false],
    [{ field: 'Nothing.at.all', present: true }, false],
    [{ field: 'Request.yes', equals: false }, true],
    [{ field: 'metadata.deep.er.n', equals: 0 }, true],
    [{ field: 'Request.tags.0', present: true }, false],
    [{ field: 'Request.constructor', present: true }, false],
    [{ field: 'constructor.name', present: true }, false],
    [{ not: { field: 'Request.missing', equals: 1 } }, true],
    [{ all: [] }, true],
    [{ any: [] }, false],
    [
      {
        all: [
          { field: amount, above: 1 },
          { field: 'metadata.team', equals: 'red' },
        ],
      },
      false,
    ],
    [
      {
        any: [
          { field: amount, above: 99 },
          { field: 'metadata.team', equals: 'blue' },
        ],
      },
      true,
    ],
    [{ not: { all: [{ any: [{ not: { field: amount, present: true } }] }] } }, true],
  ])('%j is %s', (condition, expected) => {
    expect(holds(condition, content)).toBe(expected);
  });

  test('finds a section as a whole, and nothing below what is no object', () => {
    expect(fieldOf(content, 'Request')).toBe(content.sections['Request']?.data);
    expect(fieldOf(content, 'metadata.team.length')).toBeUndefined();
  });
});

const claim = shippedType('expense-claim');
const amounts = (total: number): JsonObject => ({
  currency: 'CHF',
  items: [{ date: '2026-01-01', category: 'travel', amount: total }],
  total,
});
const metadata = { costCentre: 'ENG-1200' };
const receipts = { files: [{ name: 'r', url: 'https://example.org/r' }] };

describe('a section that is required under a condition', () => {
  test('is missing exactly while the condition holds', () => {
    const small = create(claim, { metadata, sections: { Amounts: amounts(50) } });
    expect(missingSections(small)).toEqual([]);
    const large = accepted(small, merge('Amounts', { total: 50.01 }));
    expect(missingSections(large)).toEqual(['Receipts']);
    expect(refused(large, { kind: 'submit' }).detail).toContain('still missing: Receipts.');
    expect(isRequired(accepted(large, fill('Receipts', receipts)), 'Receipts')).toBe(true);
    expect(accepted(accepted(large, fill('Receipts', receipts)), { kind: 'submit' }).state).toBe(
      'in-review',
    );
  });

  test('of a type that submits by itself: submission follows when it is needed no more', () => {
    const type = typeOf({ ...claim, submit: 'automatic' });
    const state = create(type, { metadata, sections: { Amounts: amounts(60) } });
    expect(state.state).toBe('open');
    expect(kinds(state, merge('Amounts', { total: 10 }))).toEqual([
      'section-filled',
      'review-requested',
    ]);
  });

  test('reopens a reviewed document when a correction makes it missing', () => {
    const type = typeOf({ ...claim, editableInReview: true });
    const begun = create(type, { metadata, sections: { Amounts: amounts(10) } });
    const review = accepted(begun, { kind: 'submit' });
    expect(accepted(review, merge('Amounts', { total: 11 })).state).toBe('in-review');
    const change = merge('Amounts', { total: 1000 });
    expect(kinds(review, change)).toEqual(['section-filled', 'reopened']);
    expect(accepted(review, change)).toMatchObject({ state: 'open', version: 2 });
    expect(kinds(review, withdraw('Amounts'))).toEqual(['section-withdrawn', 'reopened']);
    const both = fillMany({ Amounts: amounts(1000), Receipts: receipts });
    expect(accepted(review, both).state).toBe('in-review');
  });
});

describe('sections that depend on others', () => {
  const chain = typeOf({
    submit: 'automatic',
    sections: {
      C: anySection({ dependsOn: ['A', 'B'] }),
      B: anySection({ dependsOn: ['A'], required: false, fill: ['role:b'] }),
      A: anySection({ fill: ['role:a'] }),
    },
    approval: ANYBODY_DECIDES,
  });

  test('come after them, all of them', () => {
    const state = create(chain);
    expect(refused(state, fill('C', {})).detail).toBe('C comes after A, B.');
    const next = accepted(state, fill('A', {}), operator);
    expect(refused(next, fill('C', {})).detail).toBe('C comes after B.');
    expect(canBeFilled(next, 'B')).toBe(true);
    const last = accepted(next, fill('B', {}), operator);
    expect(accepted(last, fill('C', {})).state).toBe('in-review');
  });

  test('can be corrected, and what they depend on as well', () => {
    const filled = accepted(create(chain), fillMany({ A: {}, B: {} }), operator);
    expect(accepted(filled, fill('A', { x: 1 }), operator).changedIn['A']).toBe(3);
  });
});

describe('submission', () => {
  const sections = { A: anySection() };

  test('by hand waits for somebody, by itself for nobody', () => {
    const approval = ANYBODY_DECIDES;
    expect(kinds(create(typeOf({ sections, approval })), fill('A', {}))).toEqual([
      'section-filled',
    ]);
    const automatic = typeOf({ sections, approval, submit: 'automatic' });
    expect(kinds(create(automatic), fill('A', {}))).toEqual(['section-filled', 'review-requested']);
  });

  test('without an approval is the end', () => {
    const state = create(typeOf({ sections }), { sections: { A: {} } });
    expect(state.state).toBe('open');
    expect(kinds(state, { kind: 'submit' })).toEqual(['review-requested', 'closed']);
    expect(accepted(state, { kind: 'submit' }).state).toBe('approved');
    const automatic = create(typeOf({ sections, submit: 'automatic' }));
    expect(accepted(automatic, fill('A', {}))).toMatchObject({ state: 'approved', version: 2 });
  });

  test('by itself follows also when only title or metadata change', () => {
    const condition = { field: 'metadata.big', equals: true };
    const type = typeOf({
      submit: 'automatic',
      metadata: { type: 'object', properties: { big: { type: 'boolean' } } },
      sections: { A: anySection({ required: condition }) },
      approval: ANYBODY_DECIDES,
    });
    const state = create(type, { metadata: { big: true } });
    const events = kinds(state, { kind: 'edit', metadata: { big: null } });
    expect(events).toEqual(['details-changed', 'review-requested']);
  });
});
