import { describe, expect, test } from 'vitest';
import type { Actor } from '../../src/contracts/caller.ts';
import { archiveRecord } from '../../src/workflows/documents/archive-record.ts';
import {
  detailsOf,
  headlineOf,
  searchAttributesOf,
} from '../../src/workflows/documents/console.ts';
import { historyOf } from '../../src/workflows/documents/history.ts';
import { maySeeSensitive } from '../../src/workflows/documents/permissions.ts';
import { refusedCommand } from '../../src/workflows/shared/refusals.ts';
import {
  hasSensitive,
  isSensitiveField,
  withoutSensitive,
} from '../../src/workflows/documents/sensitive.ts';
import { replay } from '../../src/workflows/documents/birth.ts';
import { evolve } from '../../src/workflows/documents/state.ts';
import { statusOf, viewOf } from '../../src/workflows/documents/view.ts';
import {
  accepted,
  callOf,
  create,
  creation,
  fill,
  finance,
  merge,
  operator,
  outcome,
  owner,
  patch,
  person,
  refused,
  stranger,
  typeOf,
  value,
} from '../support/rules.ts';
import { memoOf } from '../../src/workflows/documents/memo.ts';

const text = { type: 'string', maxLength: 40 };
const secret = { ...text, sensitive: true };
const person_ = {
  type: 'object',
  properties: { plain: text, secret, list: { type: 'array', items: secret } },
  additionalProperties: false,
};
const type = typeOf({
  metadata: { type: 'object', properties: { team: text, title: secret, secret } },
  sections: {
    A: {
      title: 'A',
      fill: ['role:filler'],
      schema: {
        ...person_,
        properties: {
          ...person_.properties,
          found: text,
          people: { type: 'array', items: person_ },
          nested: person_,
        },
      },
    },
  },
  searchable: ['A.found', 'metadata.team'],
  titleSearchable: true,
  permissions: { sensitive: ['role:confidant'] },
});

/** Each says where it stands; those of sensitive fields begin with SECRET. */
const part = { plain: 'PLAIN-1', secret: 'SECRET-1', list: ['SECRET-2'] };
const data = { ...part, found: 'FOUND', people: [part, { secret: 'SECRET-3' }], nested: part };
const metadata = { team: 'TEAM', title: 'SECRET-TITLE', secret: 'SECRET-4' };
const filler = person('fay', 'filler');
const confidant = person('con', 'confidant');
const begun = create(type, { metadata });
const state = accepted(begun, fill('A', data), filler);
const NONE = { count: 0 };

describe('a sensitive field', () => {
  test('is found at whatever depth', () => {
    expect(hasSensitive(person_)).toBe(true);
    expect(hasSensitive({ type: 'array', items: secret })).toBe(true);
    expect(hasSensitive({ properties: { secret: text, sensitive: text } })).toBe(false);
    const { schema } = type.sections['A']!;
    const names = ['plain', 'secret', 'list', 'found', 'people', 'nested', 'constructor'];
    expect(names.filter((name) => isSensitiveField(schema, name))).toEqual([
      'secret',
      'list',
      'people',
      'nested',
    ]);
    expect(isSensitiveField(undefined, 'x')).toBe(false);
  });

  test('is taken out, and nothing else is', () => {
    expect(withoutSensitive(type.sections['A']!.schema, data)).toEqual({
      plain: 'PLAIN-1',
      list: [],
      found: 'FOUND',
      people: [{ plain: 'PLAIN-1', list: [] }, {}],
      nested: { plain: 'PLAIN-1', list: [] },
    });
    expect(withoutSensitive({ type: 'object' }, data)).toEqual(data);
  });
});

describe('the view shows it', () => {
  const seen = (reader: Actor | undefined, of = state): boolean[] => {
    const view = viewOf(of, { data: true, ...(reader ? { reader } : {}) });
    const { A } = view.sections;
    expect(JSON.stringify(A)).toContain('PLAIN-1');
    return [view.metadata, A].map((one) => JSON.stringify(one).includes('SECRET'));
  };

  test('to those whom the type names, of a section also to those who fill it', () => {
    expect(seen(confidant)).toEqual([true, true]);
    expect(seen(filler)).toEqual([false, true]);
    expect(seen(operator)).toEqual([true, true]);
    expect(seen(stranger)).toEqual([false, false]);
    expect(seen(undefined)).toEqual([false, false]);
    expect(seen(owner)).toEqual([false, false]);
  });

  test('to an assignee who may fill it, and then not to others who may', () => {
    const assigned = accepted(state, { kind: 'assign', section: 'A', to: 'sam' });
    expect(seen(stranger, assigned)).toEqual([false, false]);
    expect(seen({ ...stranger, roles: filler.roles }, assigned)).toEqual([false, true]);
    expect(seen(filler, assigned)).toEqual([false, false]);
  });

  test('to the owner when the type says nothing', () => {
    const usual = create(typeOf({ ...type, permissions: {} }), { metadata });
    expect(maySeeSensitive(usual, owner)).toBe(true);
    expect(maySeeSensitive(usual, finance)).toBe(false);
  });
});

describe('nowhere else it is to be seen:', () => {
  const corrected = { ...data, secret: 'SECRET-9', people: [], plain: 'PLAIN-2' };
  const events = [
    ...value(creation(type, { metadata })),
    ...value(outcome(begun, fill('A', data), filler)),
  ];
  const [correction] = value(outcome(state, fill('A', corrected), filler));
  const all = [...events, correction!];

  test('in the history, which tells only that it changed', () => {
    const entries = historyOf(type, all, []);
    const told = JSON.stringify(entries);
    expect(told).not.toContain('SECRET');
    expect(told).toContain('PLAIN-1');
    expect(entries.at(-1)?.changes).toEqual([
      { pointer: '/sections/A/plain', from: 'PLAIN-1', to: 'PLAIN-2' },
      { pointer: '/sections/A/secret', sensitive: true },
      { pointer: '/sections/A/people', sensitive: true },
    ]);
  });

  test('in a page of the history', () => {
    expect(JSON.stringify(historyOf(type, all.slice(2), [], all.slice(0, 2)))).not.toContain(
      'SECRET',
    );
  });

  test('in the history of a type that says so only now, or said so then', () => {
    const open = typeOf({ sections: { A: { title: 'A', schema: { type: 'object' } } } });
    const other = typeOf({ sections: { B: { title: 'B', schema: { type: 'object' } } } });
    const migrated = {
      ...all[1]!,
      kind: 'migrated',
      section: undefined,
      definition: open,
      before: type,
    } as unknown as (typeof all)[number];
    const withdrawn = { ...all[1]!, kind: 'section-withdrawn' as const, section: 'A' };
    const past = [...all, withdrawn];
    expect(JSON.stringify(historyOf(open, [...past, migrated], []))).not.toContain('SECRET');
    expect(JSON.stringify(historyOf(type, past, []))).not.toContain('SECRET');
    expect(JSON.stringify(historyOf({ ...other, metadata: type.metadata }, past, []))).not.toMatch(
      /SECRET|PLAIN/,
    );
  });

  test('in refusals, whoever gets them and whatever was wrong', () => {
    const tries = [
      fill('A', { secret: `SECRET-${'x'.repeat(100)}`, list: [5], nested: { secret: 4711 } }),
      merge('A', { secret: { a: 'SECRET' } }),
      patch('A', [{ op: 'test', path: '/secret', value: 'guessed' }]),
      patch('A', [{ op: 'replace', path: '/people/0/secret/0', value: 1 }]),
      patch('A', [{ op: 'copy', from: '/secret', path: '/people/9' }]),
    ];
    for (const command of tries) {
      const refusal = refused(state, command, filler);
      const kept = refusedCommand('command', 2, callOf(filler), refusal);
      expect(JSON.stringify([refusal, kept])).not.toMatch(/SECRET|4711/);
    }
  });

  test('in title, memo, search attributes, details, status and archive record', () => {
    const closed = accepted(state, { kind: 'archive' });
    for (const one of [begun, state, closed, evolve(state, correction!)]) {
      const shown = JSON.stringify([
        one.title,
        memoOf(one),
        searchAttributesOf(one),
        detailsOf(one, NONE),
        headlineOf(one),
        statusOf(one, NONE),
        archiveRecord(one),
        viewOf(one, { data: false }),
      ]);
      expect(shown).not.toMatch(/SECRET|PLAIN/);
    }
  });

  test('and of the rest only what is searchable', () => {
    const attributes = JSON.stringify(searchAttributesOf(state));
    expect(attributes).toContain('found=FOUND');
    expect(attributes).toContain('team=TEAM');
    expect(archiveRecord(state)).toMatchObject({
      fields: ['found=FOUND', 'team=TEAM'],
      words: 'Odd',
    });
    for (const shown of [
      memoOf(state),
      detailsOf(state, NONE),
      headlineOf(state),
      statusOf(state, NONE),
    ])
      expect(JSON.stringify(shown)).not.toMatch(/FOUND|TEAM/);
  });
});

test('events hold it: they are the truth', () => {
  const events = [...value(creation(type, { metadata, sections: { A: data } }, { ...filler }))];
  expect(replay('d', type, events).sections['A']?.data).toEqual(data);
});
