import { describe, expect, test } from 'vitest';
import type { Command } from '../../src/contracts/documents/commands.ts';
import { LIMITS } from '../../src/contracts/limits.ts';
import type { DocumentState } from '../../src/workflows/documents/state.ts';
import {
  accepted,
  anySection,
  create,
  fill,
  fillMany,
  finance,
  kinds,
  merge,
  numberSection,
  outcome,
  owner,
  patch,
  person,
  pointersOf,
  refused,
  stranger,
  typeOf,
  withdraw,
} from '../support/rules.ts';

const metadata = {
  type: 'object',
  properties: { costCentre: { type: 'string' }, tags: { type: 'object' } },
  additionalProperties: false,
};
const sections = {
  A: numberSection(),
  B: numberSection({ dependsOn: ['A'] }),
  C: anySection({ required: false }),
  Money: numberSection({ fill: ['role:finance'], required: false }),
};
const type = typeOf({ metadata, sections });
const begun = create(type, { metadata: { costCentre: 'X' }, sections: { A: { n: 1 } } });
const data = (state: DocumentState, name: string) => state.sections[name]?.data;

test('fill takes what was there away', () => {
  const state = accepted(begun, fill('C', { a: 1 }));
  expect(data(accepted(state, fill('C', { b: 2 })), 'C')).toEqual({ b: 2 });
});

describe('fill-many', () => {
  test('fills all in one version, also one with what it depends on', () => {
    const state = accepted(create(type), fillMany({ B: { n: 2 }, A: { n: 1 }, C: {} }));
    expect(state).toMatchObject({ version: 2, sequence: 4 });
    expect(state.changedIn).toEqual({ A: 2, B: 2, C: 2 });
  });

  test('fills none when one is wrong, and tells every wrong place', () => {
    const refusal = refused(begun, fillMany({ A: { n: 'x' }, C: { fine: true }, B: { m: 1 } }));
    expect(refusal.code).toBe('invalid-data');
    expect(pointersOf(refusal)).toEqual(['/sections/A/n', '/sections/B/m', '/sections/B/n']);
  });

  test('tells a bounded number of places', () => {
    const names = Array.from({ length: 20 }, (_, i) => `S${i}`);
    const wide = typeOf({
      sections: Object.fromEntries(names.map((name) => [name, numberSection()])),
    });
    const wrong = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`x${i}`, 1]));
    const many = fillMany(Object.fromEntries(names.map((name) => [name, wrong])));
    expect(refused(create(wide), many).errors).toHaveLength(LIMITS.errors);
  });

  test('leaves out what is so already, and is nothing when all is', () => {
    expect(kinds(begun, fillMany({ A: { n: 1 }, C: {} }))).toEqual(['section-filled']);
    expect(kinds(begun, fillMany({ A: { n: 1 } }))).toEqual([]);
    expect(kinds(begun, fillMany({}))).toEqual([]);
  });

  test('needs every permission, and room for each', () => {
    expect(refused(begun, fillMany({ A: { n: 2 }, Money: { n: 1 } })).code).toBe('forbidden');
    const bulk = { t: 'x'.repeat(LIMITS.section) };
    expect(refused(begun, fillMany({ A: { n: 'x' }, C: bulk })).code).toBe('too-large');
  });

  test('is refused when one comes after another that is open', () => {
    expect(refused(create(type), fillMany({ C: {}, B: { n: 1 } }))).toMatchObject({
      code: 'wrong-state',
      detail: 'B comes after A.',
    });
  });
});

describe('merge', () => {
  test('changes some fields; on an open section it begins with nothing', () => {
    const state = accepted(begun, merge('C', { a: { b: 1, c: 2 } }));
    expect(data(accepted(state, merge('C', { a: { b: null }, d: [] })), 'C')).toEqual({
      a: { c: 2 },
      d: [],
    });
  });

  test('is judged by its result', () => {
    expect(pointersOf(refused(begun, merge('A', { n: null })))).toEqual(['/n']);
    expect(refused(create(type), merge('A', {})).code).toBe('invalid-data');
    expect(kinds(begun, merge('A', { n: 1, m: null }))).toEqual([]);
    expect(kinds(begun, merge('A', {}))).toEqual([]);
  });

  test('is refused when the section would be too large with what it holds', () => {
    const half = 'x'.repeat(LIMITS.section / 2);
    const state = accepted(begun, fill('C', { a: half }));
    expect(refused(state, merge('C', { b: half })).code).toBe('too-large');
  });
});

describe('patch', () => {
  test('changes a section, also one that is open', () => {
    const add = patch('C', [{ op: 'add', path: '/list', value: [1] }]);
    const state = accepted(begun, add);
    expect(
      data(accepted(state, patch('C', [{ op: 'add', path: '/list/-', value: 2 }])), 'C'),
    ).toEqual({
      list: [1, 2],
    });
    expect(kinds(begun, patch('A', []))).toEqual([]);
    expect(kinds(begun, patch('A', [{ op: 'test', path: '/n', value: 1 }]))).toEqual([]);
  });

  test('is all or nothing', () => {
    const operations = [
      { op: 'replace', path: '/n', value: 2 },
      { op: 'test', path: '/n', value: 1 },
    ];
    expect(refused(begun, patch('A', operations))).toMatchObject({
      code: 'invalid-data',
      errors: [{ pointer: '/1' }],
    });
  });

  test('is judged by its result', () => {
    const wrong = refused(begun, patch('A', [{ op: 'move', from: '/n', path: '/m' }]));
    expect(pointersOf(wrong)).toEqual(['/m', '/n']);
    expect(refused(begun, patch('A', [{ op: 'remove', path: '' }])).code).toBe('invalid-data');
  });

  test('gives no data by way of a prototype', () => {
    const by = (path: string, value: object) => patch('B', [{ op: 'add', path, value }]);
    expect(refused(begun, by('/__proto__', { n: 1 })).code).toBe('invalid-data');
    expect(refused(begun, by('/__proto__/n', {})).code).toBe('invalid-data');
    expect(refused(begun, by('/constructor/prototype', { n: 1 })).code).toBe('invalid-data');
  });

  test('makes no bomb of a few copies', () => {
    const copies = Array.from({ length: 25 }, (_, i) => ({ op: 'copy', from: '', path: `/${i}` }));
    const state = accepted(begun, fill('C', { text: 'x'.repeat(1000) }));
    expect(refused(state, patch('C', copies)).code).toBe('too-large');
  });
});

describe('edit', () => {
  const edit = (what: Omit<Extract<Command, { kind: 'edit' }>, 'kind'>): Command => ({
    kind: 'edit',
    ...what,
  });

  test('changes title, metadata and sections in one version', () => {
    const change = edit({
      title: 'New',
      metadata: { costCentre: null, tags: {} },
      sections: { A: { n: 2 }, B: { n: 3 } },
    });
    const state = accepted(begun, change);
    expect(state).toMatchObject({ title: 'New', metadata: { tags: {} }, version: 2, sequence: 4 });
    expect(state.metadata).not.toHaveProperty('costCentre');
    expect(state.detailsChangedIn).toBe(2);
    expect([data(state, 'A'), data(state, 'B')]).toEqual([{ n: 2 }, { n: 3 }]);
  });

  test('tells every wrong place', () => {
    const wrong = edit({ metadata: { x: 1 }, sections: { A: { n: 'x' }, C: {} } });
    expect(pointersOf(refused(begun, wrong))).toEqual(['/metadata/x', '/sections/A/n']);
  });

  test('is nothing when all is so already', () => {
    expect(kinds(begun, edit({}))).toEqual([]);
    const same = edit({
      title: 'Odd',
      metadata: { costCentre: 'X' },
      sections: { A: {}, C: null },
    });
    expect(kinds(begun, same)).toEqual([]);
  });

  test('withdraws with null, also several that depend on each other', () => {
    const state = accepted(begun, fill('B', { n: 2 }));
    expect(kinds(state, edit({ sections: { A: null, B: null } }))).toEqual([
      'section-withdrawn',
      'section-withdrawn',
    ]);
    expect(refused(state, edit({ sections: { A: null } })).code).toBe('wrong-state');
    expect(kinds(create(type), edit({ sections: { A: null, B: null } }))).toEqual([]);
    expect(kinds(begun, edit({ sections: { A: null, B: null } }))).toEqual(['section-withdrawn']);
  });

  test('never leaves a section without what it depends on', () => {
    const both = edit({ sections: { A: null, B: { n: 2 } } });
    expect(refused(begun, both).code).toBe('wrong-state');
    expect(refused(create(type), both).code).toBe('wrong-state');
  });

  test('needs the permission of each part', () => {
    const clerk = person('clara', 'finance');
    expect(accepted(begun, edit({ sections: { Money: { n: 1 } } }), clerk).version).toBe(2);
    expect(refused(begun, edit({ title: 'X', sections: { Money: { n: 1 } } }), clerk).code).toBe(
      'forbidden',
    );
    expect(refused(begun, edit({ title: 'X', sections: { Money: { n: 1 } } }), owner).code).toBe(
      'forbidden',
    );
    expect(refused(begun, edit({}), stranger).code).toBe('forbidden');
  });

  test.each(['Nothing', 'constructor'])('does not know the section %s', (name) => {
    for (const part of [null, {}])
      expect(refused(begun, edit({ sections: { [name]: part } })).code).toBe('unknown-section');
  });

  test('is refused when the metadata would be too large', () => {
    const tags = { t: 'x'.repeat(LIMITS.section) };
    expect(refused(begun, edit({ metadata: { tags } })).code).toBe('too-large');
  });
});

describe('withdraw', () => {
  test('takes the data out; filled again it counts from the beginning', () => {
    const corrected = accepted(begun, fill('A', { n: 2 }));
    const state = accepted(corrected, { kind: 'withdraw', section: 'A', reason: 'Wrong' });
    expect(data(state, 'A')).toBeUndefined();
    expect(state).toMatchObject({ version: 3, changedIn: { A: 3 } });
    expect(accepted(state, fill('A', { n: 3 })).sections['A']?.corrections).toBe(0);
  });

  test('is refused for an open section, and for one that another filled one depends on', () => {
    expect(refused(begun, withdraw('C')).detail).toBe('C has not been filled in.');
    const state = accepted(begun, fill('B', { n: 2 }));
    expect(refused(state, withdraw('A'))).toMatchObject({
      code: 'wrong-state',
      detail: 'B depends on A; withdraw that first.',
    });
    expect(accepted(accepted(state, withdraw('B')), withdraw('A')).sections).toEqual({});
  });

  test('is for those who may fill', () => {
    const state = accepted(begun, fill('Money', { n: 1 }), finance);
    expect(refused(state, withdraw('Money')).code).toBe('forbidden');
    expect(accepted(state, withdraw('Money'), finance).version).toBe(3);
  });
});

describe('If-Match', () => {
  const strict = typeOf({ metadata, sections, requireIfMatch: true });
  const one = accepted(begun, fill('C', { by: 'one' }, 1));

  test('lets people change different parts at the same time', () => {
    const two = accepted(one, fill('A', { n: 2 }, 1), person('two'));
    expect(two.version).toBe(3);
    const renamed = accepted(two, { kind: 'edit', title: 'New', ifVersion: 1 });
    expect(accepted(renamed, merge('B', { n: 1 }, 1)).version).toBe(5);
  });

  test.each<[string, Command]>([
    ['fill', fill('C', {}, 1)],
    ['fill-many', fillMany({ A: { n: 2 }, C: {} }, 1)],
    ['merge', merge('C', { x: 1 }, 1)],
    ['patch', patch('C', [], 1)],
    ['edit', { kind: 'edit', title: 'X', sections: { C: null }, ifVersion: 1 }],
    ['withdraw', withdraw('C', 1)],
  ])('stops %s of a section that was changed since', (_kind, command) => {
    expect(refused(one, command)).toEqual({
      code: 'version-mismatch',
      detail: 'Section C was changed after version 1, in version 2.',
      version: 2,
    });
    expect(outcome(one, { ...command, ifVersion: 2 }).ok).toBe(true);
    expect(outcome(one, { ...command, ifVersion: '*' }).ok).toBe(true);
    expect(outcome(one, { ...command, ifVersion: undefined } as unknown as Command).ok).toBe(true);
  });

  test('stops a change of title or metadata that were changed since, and of what was withdrawn', () => {
    const state = accepted(one, { kind: 'edit', title: 'New' });
    const edit: Command = { kind: 'edit', metadata: {}, ifVersion: 2 };
    expect(refused(state, edit).detail).toContain('Title or metadata were changed');
    expect(accepted(state, fill('C', {}, 2)).version).toBe(4);
    const gone = accepted(state, withdraw('C'));
    expect(refused(gone, fill('C', {}, 3)).code).toBe('version-mismatch');
  });

  test('of a version that does not exist yet is a mismatch', () => {
    expect(refused(one, fill('A', { n: 2 }, 3))).toMatchObject({
      code: 'version-mismatch',
      version: 2,
    });
  });

  test('is required where the type says so, also to withdraw, and * is enough', () => {
    const state = create(strict, { sections: { A: { n: 1 } } });
    for (const command of [fill('C', {}), fillMany({ C: {} }), withdraw('A')]) {
      expect(refused(state, command)).toMatchObject({ code: 'precondition-required', version: 1 });
      expect(outcome(state, { ...command, ifVersion: '*' }).ok).toBe(true);
      expect(outcome(state, { ...command, ifVersion: 1 }).ok).toBe(true);
    }
    expect(outcome(state, { kind: 'comment', text: 'No version needed' }).ok).toBe(true);
  });
});
