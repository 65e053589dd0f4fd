import { describe, expect, test } from 'vitest';
import type { Actor } from '../../src/contracts/caller.ts';
import type { CreateRequest, DocumentType } from '../../src/contracts/documents/types.ts';
import type { Refusal } from '../../src/contracts/failures.ts';
import { LIMITS } from '../../src/contracts/limits.ts';
import { loadDocumentTypes, parseDocumentType } from '../../src/document-types.ts';
import { decideCreate, parseCreateRequest } from '../../src/workflows/documents/create.ts';
import { replay, type DocumentState } from '../../src/workflows/documents/state.ts';
import { unfitPlaces } from '../../src/workflows/shared/json.ts';
import { Undecodable } from '../../src/workflows/shared/undecodable.ts';

const onboarding = (await loadDocumentTypes('document-types')).all.find(
  ({ name }) => name === 'employee-onboarding',
) as DocumentType;
const feedback = { feedback: 'Convincing', isPassed: true };
const all = {
  InterviewFeedback: feedback,
  BackgroundCheckFeedback: feedback,
  ContractFeedback: feedback,
};
const anna: Actor = { id: 'anna', roles: ['*'], operator: false };

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
    expect(state.sections['ContractFeedback']).toMatchObject({ filledBy: 'anna', version: 1 });
  });

  test.each<[string, Omit<CreateRequest, 'type'>]>([
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
    const schema = { type: 'object' };
    const sections = {
      Own: { title: 'Own', schema, fill: ['owner'] },
      Check: { title: 'Check', schema, fill: ['role:finance'] },
    };
    const type = typeOf({ sections });
    const ben: Actor = { id: 'ben', roles: ['sales'], operator: false };
    expect(decide({ sections: { Own: {} } }, type, ben).ok).toBe(true);
    expect(decide({ sections: { Check: {} } }, type, ben)).toMatchObject({
      ok: false,
      refusal: { code: 'forbidden' },
    });
    expect(decide({ sections: { Check: {} } }, type, { ...ben, operator: true }).ok).toBe(true);
  });
});

function typeOf(raw: object): DocumentType {
  const approval = { stages: [{ name: 'one', approvers: ['anyone'] }] };
  const result = parseDocumentType({ name: 'odd', version: 1, title: 'Odd', approval, ...raw });
  if (!result.ok) throw new Error(JSON.stringify(result.refusal));
  return result.value;
}

function decide(request: Omit<CreateRequest, 'type'>, type = onboarding, actor = anna) {
  const call = { actor, at: '2026-03-01T12:00:00.000Z', via: 'http' as const };
  return decideCreate(type, { type: type.name, ...request }, call);
}

function create(request: Omit<CreateRequest, 'type'>): DocumentState {
  const result = decide(request);
  if (!result.ok) throw new Error(JSON.stringify(result.refusal));
  return replay('d', onboarding, result.value);
}

function refusalOf(result: { ok: true } | { ok: false; refusal: Refusal }): Refusal {
  if (result.ok) throw new Error('it was accepted');
  return result.refusal;
}
