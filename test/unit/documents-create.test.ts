import { describe, expect, test } from 'vitest';
import type { CreateRequest } from '../../src/contracts/documents/types.ts';
import { LIMITS } from '../../src/contracts/limits.ts';
import { parseCreateRequest, reuseOf } from '../../src/workflows/documents/create.ts';
import { unfitPlaces } from '../../src/workflows/shared/json.ts';
import { Undecodable } from '../../src/workflows/shared/undecodable.ts';
import {
  anySection,
  ANYBODY_DECIDES,
  create as createOf,
  creation,
  feedback,
  numberSection,
  onboarding,
  operator,
  person,
  pointersOf,
  purchase,
  refusalOf,
  stranger,
  typeOf,
  value,
} from '../support/rules.ts';

const all = {
  InterviewFeedback: feedback,
  BackgroundCheckFeedback: feedback,
  ContractFeedback: feedback,
};
const anna = person('anna', '*');
type Request = Omit<CreateRequest, 'type'>;
const decide = (request: Request, type = onboarding, actor = anna) =>
  creation(type, request, actor);
const create = (request: Request) => createOf(onboarding, request, anna);

describe('a request', () => {
  test.each<[string, unknown]>([
    ['text', 'employee-onboarding'],
    ['null', null],
    ['an array', [{ type: 'employee-onboarding' }]],
    ['nothing', undefined],
  ])('is one object, not %s', (_what, raw) => {
    expect(refusalOf(parseCreateRequest(raw)).code).toBe('invalid-request');
  });

  test('that cannot be decoded says why', () => {
    const refusal = refusalOf(parseCreateRequest(new Undecodable('unknown encoding')));
    expect(refusal).toEqual({
      code: 'malformed-json',
      detail: 'The input could not be decoded: unknown encoding.',
    });
  });

  test.each<[string, object]>([
    ['/type', {}],
    ['/type', { type: '' }],
    ['/id', { id: '../x' }],
    ['/id', { id: '.x' }],
    ['/title', { title: 'x'.repeat(LIMITS.title + 1) }],
    ['/metadata', { metadata: [] }],
    ['/sections/InterviewFeedback', { sections: { InterviewFeedback: 'yes' } }],
    ['/owner', { owner: 'boss' }],
    ['/metadata/a', { metadata: { a: 'x\0y' } }],
    ['/\uD800', { '\uD800': 1 }],
  ])('is told that %s is wrong', (pointer, more) => {
    const raw = pointer === '/type' ? more : { type: 'employee-onboarding', ...more };
    const refusal = refusalOf(parseCreateRequest(raw));
    expect(refusal.code).toBe('invalid-request');
    expect(refusal.errors?.map((error) => error.pointer)).toContain(pointer);
  });
});

describe('a new document', () => {
  test('belongs to whoever creates it and is open at version 1', () => {
    expect(create({})).toMatchObject({ owner: 'anna', state: 'open', version: 1, sequence: 1 });
  });

  test('with every required section awaits the decision at once', () => {
    const state = create({ sections: all });
    expect(state).toMatchObject({ state: 'in-review', version: 1, sequence: 2 });
    expect(state.sections['ContractFeedback']).toMatchObject({ filledBy: 'anna', corrections: 0 });
  });

  test.each<[string, Request]>([
    ['Given', { title: 'Given', metadata: { title: 'In the metadata' } }],
    ['In the metadata', { metadata: { title: '  In the metadata ' } }],
    ['Employee onboarding', { metadata: { title: ' ' } }],
    ['Employee onboarding', {}],
  ])('is called %j', (title, request) => {
    expect(create(request).title).toBe(title);
  });

  test('has a title that can be stored, however long the one in the metadata is', () => {
    const { title } = create({ metadata: { title: `x${'\u{1F600}'.repeat(199)}` } });
    expect(unfitPlaces(title)).toEqual([]);
    expect(Array.from(title).length).toBeLessThanOrEqual(LIMITS.title);
  });
});

describe('refused is', () => {
  test('wrong data, with all places in metadata and sections at once', () => {
    const refusal = refusalOf(
      decide({
        metadata: { title: 5, createdDate: 'yesterday' },
        sections: { InterviewFeedback: { feedback: '' }, ContractFeedback: { extra: 1 } },
      }),
    );
    expect(refusal.code).toBe('invalid-data');
    expect(refusal.errors?.map(({ pointer }) => pointer).toSorted()).toEqual([
      '/metadata/createdDate',
      '/metadata/title',
      '/sections/ContractFeedback/extra',
      '/sections/ContractFeedback/feedback',
      '/sections/ContractFeedback/isPassed',
      '/sections/InterviewFeedback/feedback',
      '/sections/InterviewFeedback/isPassed',
    ]);
  });

  test.each(['Nothing', 'constructor'])('the unknown section %s', (name) => {
    expect(refusalOf(decide({ sections: { [name]: {} } })).code).toBe('unknown-section');
  });

  test('more than a section or a document holds', () => {
    const open = typeOf({ sections: { Any: { title: 'Any', schema: { type: 'object' } } } });
    const big = { t: 'x'.repeat(LIMITS.section) };
    expect(refusalOf(decide({ sections: { Any: big } }, open)).code).toBe('too-large');
    const metadata = { t: 'x'.repeat(LIMITS.document) };
    expect(refusalOf(decide({ metadata }, open)).code).toBe('too-large');
  });

  test('a section that the creator may not fill', () => {
    const type = typeOf({
      sections: {
        Own: anySection({ fill: ['owner'] }),
        Check: anySection({ fill: ['role:finance'] }),
      },
    });
    const ben = person('ben', 'sales');
    expect(decide({ sections: { Own: {} } }, type, ben).ok).toBe(true);
    expect(refusalOf(decide({ sections: { Check: {} } }, type, ben))).toEqual({
      code: 'forbidden',
      detail: 'Section Check is for role:finance; ben is none of them.',
    });
    expect(decide({ sections: { Check: {} } }, type, { ...ben, operator: true }).ok).toBe(true);
  });

  test('a document of a type that others create', () => {
    const type = typeOf({ ...purchase, permissions: { create: ['role:buyer', 'user:olga'] } });
    expect(refusalOf(decide({}, type, stranger)).detail).toBe(
      'Documents of type purchase are created by role:buyer, user:olga; sam is none of them.',
    );
    for (const actor of [person('b', 'buyer'), person('olga'), anna, operator])
      expect(decide({}, type, actor).ok).toBe(true);
  });

  test('a section before those that it depends on', () => {
    const type = typeOf({ sections: { B: anySection({ dependsOn: ['A'] }), A: anySection() } });
    expect(refusalOf(decide({ sections: { B: {} } }, type))).toEqual({
      code: 'wrong-state',
      detail: 'B comes after A.',
    });
    expect(decide({ sections: { B: {}, A: {} } }, type).ok).toBe(true);
  });

  test('all together more than the document holds, each alone being small enough', () => {
    const names = ['A', 'B', 'C'];
    const sections = Object.fromEntries(names.map((name) => [name, anySection()]));
    const type = typeOf({ sections, limits: { section: 100, document: 250 } });
    const bulk = { t: 'x'.repeat(85) };
    const some = (...names: string[]) => Object.fromEntries(names.map((name) => [name, bulk]));
    expect(decide({ sections: some('A', 'B') }, type).ok).toBe(true);
    expect(refusalOf(decide({ sections: some('A', 'B', 'C') }, type)).code).toBe('too-large');
  });

  test('more wrong places than anybody reads', () => {
    const names = Array.from({ length: 30 }, (_, i) => `S${i}`);
    const wrong = Object.fromEntries(names.map((name) => [name, { a: 1, b: 2 }]));
    const type = typeOf({
      sections: Object.fromEntries(names.map((name) => [name, numberSection()])),
    });
    expect(refusalOf(decide({ sections: wrong }, type)).errors).toHaveLength(LIMITS.errors);
    expect(pointersOf(refusalOf(decide({ sections: { S0: {} } }, type)))).toEqual([
      '/sections/S0/n',
    ]);
  });
});

describe('a new document submits itself', () => {
  const sections = { A: anySection() };
  const events = (raw: object) =>
    value(decide({ sections: { A: {} } }, typeOf({ sections, ...raw }))).map(({ kind }) => kind);

  test('only when the type says so; without an approval that is the end', () => {
    expect(events({ approval: ANYBODY_DECIDES })).toEqual(['created']);
    const automatic = { submit: 'automatic', approval: ANYBODY_DECIDES };
    expect(events(automatic)).toEqual(['created', 'review-requested']);
    expect(events({ submit: 'automatic' })).toEqual(['created', 'review-requested', 'closed']);
  });
});

test('a new document knows what it is below, and what it is made from', () => {
  const reused = { from: { id: 'old', version: 7 }, metadata: {}, sections: {} };
  const [created] = value(creation(purchase, { parent: 'p' }, anna, reused));
  expect(created).toMatchObject({ parent: 'p', from: { id: 'old', version: 7 }, version: 1 });
});

test('what to reuse has a short form', () => {
  const of = (from: CreateRequest['from']) => reuseOf({ type: 'x', ...(from ? { from } : {}) });
  expect(of(undefined)).toBeUndefined();
  expect(of('old')).toEqual({ id: 'old' });
  expect(of({ id: 'old', metadata: false })).toEqual({ id: 'old', metadata: false });
});
