import { describe, expect, test } from 'vitest';
import type { DocumentType } from '../../src/contracts/documents/definition.ts';
import type { ReuseRequest } from '../../src/contracts/documents/types.ts';
import { ok } from '../../src/contracts/failures.ts';
import { admission } from '../../src/workflows/documents/admission.ts';
import { decideReuse } from '../../src/workflows/documents/create.ts';
import type { DocumentState } from '../../src/workflows/documents/state.ts';
import {
  accepted,
  anySection,
  create,
  creation,
  nora,
  numberSection,
  operator,
  owner,
  person,
  pointersOf,
  refusalOf,
  stranger,
  typeOf,
  value,
} from '../support/rules.ts';

const secret = {
  type: 'object',
  properties: { open: { type: 'string' }, pin: { type: 'string', sensitive: true } },
};
const type = typeOf({
  name: 'source',
  metadata: secret,
  sections: {
    A: anySection(),
    Secret: { title: 'Secret', fill: ['owner'], schema: secret },
    N: numberSection({ fill: ['role:clerk'] }),
  },
});
const filled = { A: { a: 1 }, Secret: { open: 'x', pin: '1234' }, N: { n: 1 } };
const source = create(type, { metadata: { open: 'm', pin: '5' }, sections: filled }, operator);
const owned: DocumentState = { ...source, id: 'd', owner: 'olga' };
/** The owner, and entitled to fill N. */
const clerk = person('olga', 'clerk');

const reuse = (more: Partial<ReuseRequest> = {}, actor = owner, to: DocumentType = type) =>
  decideReuse(owned, to, { id: 'd', ...more }, actor);

describe('reuse takes', () => {
  test('everything, for those who may see and fill everything', () => {
    expect(value(reuse({}, clerk))).toEqual({
      from: { id: 'd', version: 1 },
      metadata: { open: 'm', pin: '5' },
      sections: filled,
    });
  });

  test('the sections chosen, and no metadata when it is not wanted', () => {
    expect(value(reuse({ sections: ['A', 'N'], metadata: false }, clerk))).toMatchObject({
      metadata: {},
      sections: { A: { a: 1 }, N: { n: 1 } },
    });
    expect(value(reuse({ sections: [] })).sections).toEqual({});
  });

  test('what the other type knows', () => {
    const other = typeOf({ name: 'other', sections: { A: anySection(), B: anySection() } });
    expect(value(reuse({}, owner, other)).sections).toEqual({ A: { a: 1 } });
    expect(refusalOf(reuse({ sections: ['A', 'N'] }, owner, other))).toMatchObject({
      code: 'unknown-section',
      detail: 'other has no section "N"; it has A, B.',
    });
  });

  test('nothing sensitive for those who may not see it; by name it is refused', () => {
    const mine = value(reuse({}, nora));
    expect(mine.metadata).toEqual({ open: 'm' });
    expect(Object.keys(mine.sections)).toEqual(['A']);
    expect(refusalOf(reuse({ sections: ['A', 'Secret'] }, nora))).toEqual({
      code: 'forbidden',
      detail: 'Section Secret holds sensitive fields that you may not see.',
    });
  });

  test('what the creator may fill; by name the rest is refused', () => {
    expect(Object.keys(value(reuse()).sections)).toEqual(['A', 'Secret']);
    expect(refusalOf(reuse({ sections: ['N'] }))).toEqual({
      code: 'forbidden',
      detail: 'Section N is for role:clerk; olga is none of them.',
    });
  });

  test('without what comes after a section that stays behind, unless the request fills that', () => {
    const chain = typeOf({
      name: 'source',
      sections: { A: anySection({ dependsOn: ['N'] }), N: type.sections['N'] },
    });
    expect(value(reuse({}, owner, chain)).sections).toEqual({});
    const given = value(decideReuse(owned, chain, { id: 'd' }, owner, ['N']));
    expect(given.sections).toEqual({ A: { a: 1 } });
  });

  test('a section with sensitive fields that are not filled in', () => {
    const plain = create(type, { sections: { Secret: { open: 'x' } } });
    const reused = value(decideReuse(plain, type, { id: 'd' }, nora));
    expect(reused.sections).toEqual({ Secret: { open: 'x' } });
  });

  test.each(['Nothing', 'constructor', 'toString'])('no section %s', (name) => {
    expect(refusalOf(reuse({ sections: [name] })).code).toBe('unknown-section');
  });

  test('also from a closed document', () => {
    const closed = accepted(owned, { kind: 'cancel' });
    expect(value(decideReuse(closed, type, { id: 'd' }, clerk)).sections).toEqual(filled);
  });
});

describe('a document made from another', () => {
  const reused = value(reuse({}, clerk));

  test('begins with its data; what the request gives goes before it', () => {
    const request = { metadata: { open: 'new' }, sections: { A: { b: 2 } } };
    const [created] = value(creation(type, request, owner, reused));
    expect(created).toMatchObject({
      kind: 'created',
      owner: 'olga',
      metadata: { open: 'new', pin: '5' },
      sections: { ...filled, A: { b: 2 } },
      from: { id: 'd', version: 1 },
    });
  });

  test('is refused when the data does not fit the new type, with every place', () => {
    const other = typeOf({
      metadata: { type: 'object', required: ['team'] },
      sections: { A: numberSection() },
    });
    const refusal = refusalOf(creation(other, {}, owner, value(reuse({}, owner, other))));
    expect(refusal.code).toBe('invalid-data');
    expect(pointersOf(refusal)).toEqual(['/metadata/team', '/sections/A/a', '/sections/A/n']);
  });

  test('is refused when a section comes before those that it depends on', () => {
    const other = typeOf({ sections: { A: anySection({ dependsOn: ['B'] }), B: anySection() } });
    const some = value(reuse({ sections: ['A'] }, owner, other));
    expect(refusalOf(creation(other, {}, owner, some)).code).toBe('wrong-state');
    expect(creation(other, { sections: { B: {} } }, owner, some).ok).toBe(true);
  });
});

describe('before a document begins', () => {
  const hidden = typeOf({
    name: 'hidden',
    permissions: { read: ['owner'] },
    sections: { A: anySection({ fill: ['owner'] }) },
    children: { source: { max: 1 } },
  });
  const parent: DocumentState = { ...create(hidden), id: 'p' };
  const documents: Record<string, DocumentState> = { p: parent, d: owned };
  const read = async (id: string) => ok(documents[id]);
  const admit = (request: object, actor = owner) =>
    admission(type, { type: 'source', ...request }, actor, read);

  test('parent and source are looked up', async () => {
    expect(value(await admit({}))).toEqual({ definition: type });
    const { reused } = value(await admit({ parent: 'p', from: { id: 'd', sections: ['A'] } }));
    expect(reused?.sections).toEqual({ A: { a: 1 } });
  });

  test.each([
    ['/parent', { parent: 'p' }],
    ['/parent', { parent: 'gone' }],
    ['/from', { from: 'p' }],
    ['/from', { from: 'gone' }],
  ])('%s that cannot be read is not there', async (pointer, request) => {
    const refusal = refusalOf(await admit(request, stranger));
    expect(refusal.code).toBe('not-found');
    expect(pointersOf(refusal)).toEqual([pointer]);
  });

  test('the parent must take it, open, from this person', async () => {
    documents['closed'] = { ...accepted(parent, { kind: 'cancel' }), id: 'closed' };
    const child = { type: 'source', title: 'T', state: 'open' } as const;
    const full = accepted(parent, { kind: 'link', child: 'c' }, owner, 0, { child });
    documents['full'] = { ...full, id: 'full' };
    documents['public'] = {
      ...parent,
      id: 'public',
      definition: {
        ...hidden,
        ...typeOf({ sections: { A: anySection() }, children: { source: {} } }),
      },
    };
    const code = async (id: string, actor = owner) =>
      refusalOf(await admit({ parent: id }, actor)).code;
    expect(await code('closed')).toBe('wrong-state');
    expect(await code('full')).toBe('not-linkable');
    expect(await code('d')).toBe('wrong-state');
    expect(await code('public', person('x'))).toBe('forbidden');
  });
});
