import { describe, expect, test } from 'vitest';
import type { Command } from '../../src/contracts/documents/commands.ts';
import { LIMITS } from '../../src/contracts/limits.ts';
import {
  accepted,
  anySection,
  ANYBODY_DECIDES,
  create,
  DAY,
  fill,
  filledPurchase,
  finance,
  head,
  inReview,
  kinds,
  numberSection,
  outcome,
  owner,
  person,
  pointersOf,
  purchase,
  refused,
  stranger,
  time,
  typeOf,
  value,
} from '../support/rules.ts';

describe('submit', () => {
  test('hands a complete document in', () => {
    const state = accepted(filledPurchase(), { kind: 'submit', reason: 'Done', version: 2 });
    expect(state).toMatchObject({ state: 'in-review', version: 2, sequence: 4 });
    const submitted = outcome(filledPurchase(), { kind: 'submit' });
    expect(value(submitted)).toMatchObject([{ kind: 'review-requested', sequence: 3, next: 0 }]);
  });

  test.each<[string, Command, typeof owner]>([
    ['forbidden', { kind: 'submit', version: 1 }, finance],
    ['version-mismatch', { kind: 'submit', version: 1 }, owner],
  ])('is refused: %s', (code, command, actor) => {
    expect(refused(filledPurchase(), command, actor).code).toBe(code);
  });

  test('is refused while something is missing, and a second time', () => {
    expect(refused(create(purchase), { kind: 'submit' }).detail).toBe(
      'The document is not complete; still missing: Request, Check.',
    );
    expect(refused(inReview(), { kind: 'submit' }).detail).toBe(
      'The document is in review already.',
    );
  });
});

describe.each(['approve', 'reject'] as const)('%s', (kind) => {
  test('ends the document with who, when, why and of which version', () => {
    const state = accepted(inReview(), { kind, reason: 'So be it', version: 2 }, head, DAY);
    expect(state.approval?.decisions).toEqual([
      {
        by: 'hana',
        decision: kind === 'approve' ? 'approved' : 'rejected',
        at: time(DAY),
        stage: 'head',
        version: 2,
        round: 1,
        reason: 'So be it',
      },
    ]);
    expect(state).toMatchObject({ closedAt: time(DAY), closedReason: 'So be it', version: 2 });
  });

  test('is refused before the submission, to others, to the owner, for another version', () => {
    expect(refused(filledPurchase(), { kind }, head).detail).toBe(
      'It can be decided on once it is submitted.',
    );
    expect(refused(inReview(), { kind }, stranger).code).toBe('forbidden');
    expect(refused(inReview(), { kind }, owner).code).toBe('forbidden');
    expect(refused(inReview(), { kind, version: 1 }, head)).toMatchObject({
      code: 'version-mismatch',
      version: 2,
    });
  });
});

describe('reopen', () => {
  test('makes a draft of it again, which can be submitted again', () => {
    const state = accepted(inReview(), { kind: 'reopen', reason: 'Forgot something' });
    expect(state).toMatchObject({ state: 'open', version: 2 });
    expect(accepted(state, { kind: 'submit' }).state).toBe('in-review');
  });

  test('is for those who may submit, and for what is in review', () => {
    expect(refused(inReview(), { kind: 'reopen' }, head).code).toBe('forbidden');
    expect(refused(filledPurchase(), { kind: 'reopen' })).toMatchObject({ code: 'wrong-state' });
  });

  test('of a type that submits by itself: the next edit submits again, time does not', () => {
    const type = typeOf({
      submit: 'automatic',
      sections: { A: numberSection() },
      approval: ANYBODY_DECIDES,
    });
    const state = accepted(accepted(create(type), fill('A', { n: 1 })), { kind: 'reopen' });
    expect(state.state).toBe('open');
    expect(kinds(state, { kind: 'comment', text: 'Wait' })).toEqual(['commented']);
    expect(kinds(state, fill('A', { n: 2 }))).toEqual(['section-filled', 'review-requested']);
    expect(kinds(state, { kind: 'submit' })).toEqual(['review-requested']);
  });
});

describe.each([
  ['cancel', 'cancelled'],
  ['archive', 'expired'],
] as const)('%s', (kind, end) => {
  test(`leaves the document ${end}, whatever is missing`, () => {
    for (const state of [create(purchase), inReview()]) {
      const closed = accepted(state, { kind, reason: 'Not needed' });
      expect(closed).toMatchObject({ state: end, closedReason: 'Not needed' });
      expect(closed.version).toBe(state.version);
    }
  });

  test('is for those whom the type lets', () => {
    expect(refused(create(purchase), { kind }, finance)).toEqual({
      code: 'forbidden',
      detail: `${kind} is for owner; fred is none of them.`,
    });
  });
});

describe('comment', () => {
  test('is kept, on the whole or a section, and changes no version', () => {
    const once = accepted(inReview(), { kind: 'comment', text: 'Why?' }, stranger);
    const state = accepted(once, { kind: 'comment', text: 'Here', section: 'Note' });
    expect(state.comments).toEqual([
      { by: 'sam', at: time(), text: 'Why?' },
      { by: 'olga', at: time(), text: 'Here', section: 'Note' },
    ]);
    expect(state.version).toBe(2);
  });

  test('is forgotten after many more', () => {
    let state = create(purchase);
    for (let i = 0; i < LIMITS.comments + 5; i += 1)
      state = accepted(state, { kind: 'comment', text: `${i}` });
    expect(state.comments).toHaveLength(LIMITS.comments);
    expect(state.comments[0]?.text).toBe('5');
  });

  test('on a section that there is not, is refused', () => {
    const comment: Command = { kind: 'comment', text: 'x', section: 'constructor' };
    expect(refused(create(purchase), comment).code).toBe('unknown-section');
  });
});

describe('assign', () => {
  const assign = (to?: string | null): Command => ({
    kind: 'assign',
    section: 'Check',
    ...(to === undefined ? {} : { to }),
  });

  test('gives a section to one person, and to nobody again', () => {
    const state = accepted(create(purchase), assign('ben'));
    expect(state).toMatchObject({ assignees: { Check: 'ben' }, version: 1 });
    expect(kinds(state, assign('ben'))).toEqual([]);
    expect(accepted(state, assign(null)).assignees).toEqual({});
    expect(accepted(state, assign()).assignees).toEqual({});
    expect(kinds(create(purchase), assign(null))).toEqual([]);
  });

  test('is for those who may edit, and of a section that there is', () => {
    expect(refused(create(purchase), assign('ben'), finance).code).toBe('forbidden');
    const other: Command = { kind: 'assign', section: 'Nothing', to: 'ben' };
    expect(refused(create(purchase), other).code).toBe('unknown-section');
  });
});

test('transfer makes somebody else the owner, with all that owners may', () => {
  const to = person('ulf');
  const state = accepted(create(purchase), { kind: 'transfer', to: 'ulf' });
  expect(state).toMatchObject({ owner: 'ulf', version: 1 });
  expect(refused(state, { kind: 'cancel' }, owner).code).toBe('forbidden');
  expect(accepted(state, { kind: 'cancel' }, to).state).toBe('cancelled');
  expect(kinds(state, { kind: 'transfer', to: 'ulf' }, to)).toEqual([]);
  expect(refused(state, { kind: 'transfer', to: 'olga' }, owner).code).toBe('forbidden');
});

describe('extend', () => {
  const timed = typeOf({
    deadline: 'P10D',
    sections: {
      A: anySection({ deadline: 'P2D' }),
      B: anySection({ reminders: { every: 'P1D' } }),
    },
    approval: ANYBODY_DECIDES,
  });
  const state = create(timed);
  const extend = (ms: number, section?: string): Command => ({
    kind: 'extend',
    until: time(ms),
    ...(section === undefined ? {} : { section }),
  });

  test('moves the deadline of a section or of the draft, to and fro', () => {
    expect(accepted(state, extend(5 * DAY, 'A')).clocks['A']?.dueAt).toBe(time(5 * DAY));
    expect(accepted(state, extend(DAY)).clocks['']?.dueAt).toBe(time(DAY));
    const zone: Command = { kind: 'extend', until: '2026-04-01T01:00:00+01:00' };
    expect(accepted(state, zone).clocks['']?.dueAt).toBe('2026-04-01T00:00:00.000Z');
    expect(kinds(state, extend(10 * DAY))).toEqual([]);
  });

  test.each<[string, Command, string]>([
    ['now', extend(0), '/until'],
    ['the past', extend(-DAY), '/until'],
    ['ten years ahead', extend(3650 * DAY), '/until'],
    ['a second that most clocks skip', { kind: 'extend', until: '2026-12-31T23:59:60Z' }, '/until'],
  ])('is refused to %s', (_when, command, pointer) => {
    const refusal = refused(state, command);
    expect(refusal.code).toBe('invalid-data');
    expect(pointersOf(refusal)).toEqual([pointer]);
  });

  test('is refused where no deadline runs, with what can be done instead', () => {
    for (const [one, command] of [
      [state, extend(DAY, 'B')],
      [accepted(state, fill('A', {})), extend(DAY, 'A')],
      [create(purchase), extend(DAY)],
    ] as const) {
      const refusal = refused(one, command);
      expect(refusal).toMatchObject({ code: 'wrong-state', state: 'open' });
      expect(refusal.detail).toMatch(/no deadline that runs now/);
      expect(refusal.allowed).toContain('cancel');
    }
    expect(refused(state, extend(DAY), finance).code).toBe('forbidden');
    expect(refused(state, extend(DAY, 'Nothing')).code).toBe('unknown-section');
  });
});

describe('migrate', () => {
  const one = typeOf({ sections: { A: numberSection() }, approval: ANYBODY_DECIDES });
  const two = typeOf({ ...one, version: 2, sections: { A: numberSection(), B: anySection() } });
  const text = { type: 'object', properties: { n: { type: 'string' } } };
  const strict = typeOf({
    ...one,
    version: 3,
    metadata: { type: 'object', required: ['team'] },
    sections: { A: { title: 'A', schema: text } },
  });
  const state = accepted(create(one), fill('A', { n: 1 }));
  const migrate: Command = { kind: 'migrate' };

  test('takes the newest definition, as a change of content', () => {
    const after = accepted(state, migrate, owner, 0, { definition: two });
    expect(after).toMatchObject({ version: 3, definition: { version: 2 } });
    expect(after.sections).toEqual(state.sections);
  });

  test('is nothing when there is none, or it is the same', () => {
    expect(kinds(state, migrate)).toEqual([]);
    expect(kinds(state, migrate, owner, { definition: one })).toEqual([]);
  });

  test('tells every place that does not fit', () => {
    const refusal = refused(state, migrate, owner, { definition: strict });
    expect(refusal.code).toBe('invalid-data');
    expect(pointersOf(refusal)).toEqual(['/metadata/team', '/sections/A/n']);
    const without = typeOf({ ...one, version: 2, sections: { B: anySection() } });
    expect(pointersOf(refused(state, migrate, owner, { definition: without }))).toEqual([
      '/sections/A',
    ]);
  });

  test('is refused to an older definition, to another type, to others', () => {
    const newer = accepted(state, migrate, owner, 0, { definition: two });
    const refusal = refused(newer, migrate, owner, { definition: one });
    expect(refusal).toMatchObject({ code: 'wrong-state', state: 'open' });
    expect(refusal.allowed).toContain('migrate');
    const other = typeOf({ ...purchase, version: 2 });
    expect(refused(state, migrate, owner, { definition: other }).code).toBe('wrong-state');
    expect(refused(state, migrate, stranger, { definition: two }).code).toBe('forbidden');
  });

  test('submits or reopens when that follows', () => {
    const automatic = typeOf({ ...one, version: 2, submit: 'automatic' });
    expect(kinds(state, migrate, owner, { definition: automatic })).toEqual([
      'migrated',
      'review-requested',
    ]);
    const review = accepted(state, { kind: 'submit' });
    expect(kinds(review, migrate, owner, { definition: two })).toEqual(['migrated', 'reopened']);
  });
});
