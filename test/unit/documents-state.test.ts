import { describe, expect, test } from 'vitest';
import type { Actor } from '../../src/contracts/caller.ts';
import type { Command } from '../../src/contracts/documents/commands.ts';
import type { Refusal } from '../../src/contracts/failures.ts';
import { LIMITS } from '../../src/contracts/limits.ts';
import { missingSections } from '../../src/workflows/documents/requirements.ts';
import { replay } from '../../src/workflows/documents/birth.ts';
import { documentSize, type DocumentState } from '../../src/workflows/documents/state.ts';
import {
  accepted,
  anySection,
  ANYBODY_DECIDES,
  complete,
  create,
  feedback,
  fill,
  finance,
  head,
  inReview,
  nora,
  onboarding,
  operator,
  outcome,
  owner,
  pointersOf,
  purchase,
  refused,
  request,
  stranger,
  time,
  typeOf,
} from '../support/rules.ts';

describe('the onboarding', () => {
  test('is open until the last section is in, in whatever order', () => {
    let state = create(onboarding);
    for (const section of ['ContractFeedback', 'InterviewFeedback']) {
      state = accepted(state, fill(section, feedback));
      expect(state.state).toBe('open');
    }
    state = accepted(state, fill('BackgroundCheckFeedback', feedback));
    expect(state).toMatchObject({ state: 'in-review', version: 4, sequence: 6 });
  });

  test('cannot be decided on before, and says what is missing and what can be done', () => {
    const state = accepted(create(onboarding), fill('InterviewFeedback', feedback));
    expect(refused(state, { kind: 'approve' }, stranger)).toEqual({
      code: 'wrong-state',
      detail:
        'The document is not complete; still missing: BackgroundCheckFeedback, ContractFeedback.',
      state: 'open',
      allowed: [
        'fill-InterviewFeedback',
        'withdraw-InterviewFeedback',
        'fill-BackgroundCheckFeedback',
        'fill-ContractFeedback',
        'comment',
        'archive',
        'cancel',
      ],
    });
  });

  test('stays editable in review, and a correction is counted', () => {
    const state = accepted(complete(), fill('ContractFeedback', { ...feedback, isPassed: false }));
    expect(state).toMatchObject({ state: 'in-review', version: 5 });
    expect(state.sections['ContractFeedback']).toMatchObject({ corrections: 1 });
    expect(state.changedIn['ContractFeedback']).toBe(5);
  });

  test.each(['approve', 'reject'] as const)('ends with %s, also by its owner', (kind) => {
    const state = accepted(complete(), { kind, reason: 'Enough seen' });
    expect(state.state).toBe(kind === 'approve' ? 'approved' : 'rejected');
    expect(state.approval?.decisions).toEqual([
      {
        by: 'olga',
        at: time(),
        decision: state.state,
        stage: 'submission',
        version: 4,
        round: 1,
        reason: 'Enough seen',
      },
    ]);
    expect(state).toMatchObject({ closedAt: time(), closedReason: 'Enough seen' });
  });

  test('can be cancelled by anybody at any time until its end', () => {
    expect(accepted(create(onboarding), { kind: 'cancel' }, stranger).state).toBe('cancelled');
    expect(accepted(complete(), { kind: 'cancel' }, stranger).state).toBe('cancelled');
  });

  test.each(['approve', 'reject', 'cancel', 'archive'] as const)(
    'takes nothing after %s',
    (kind) => {
      const closed = accepted(complete(), { kind });
      for (const command of EVERY_COMMAND) {
        for (const actor of [owner, operator]) {
          const refusal = refused(closed, command, actor);
          expect(refusal).toMatchObject({ code: 'wrong-state', state: closed.state, allowed: [] });
          expect(refusal.detail).toContain('nothing in it can change any more');
        }
      }
    },
  );
});

const section = 'InterviewFeedback';
const EVERY_COMMAND: readonly Command[] = [
  fill(section, feedback),
  { kind: 'fill-many', sections: { [section]: feedback } },
  { kind: 'fill-many', sections: {} },
  { kind: 'merge', section, patch: {} },
  { kind: 'patch', section, operations: [] },
  { kind: 'edit', title: 'New' },
  { kind: 'edit' },
  { kind: 'withdraw', section },
  ...(['submit', 'approve', 'reject', 'reopen', 'cancel', 'archive', 'migrate'] as const).map(
    (kind) => ({ kind }),
  ),
  { kind: 'comment', text: 'Hello' },
  { kind: 'assign', section, to: 'ben' },
  { kind: 'extend', until: time(1e9) },
  { kind: 'transfer', to: 'ben' },
  { kind: 'link', child: 'c' },
  { kind: 'unlink', child: 'c' },
];

describe('the order of the checks', () => {
  const guarded = typeOf({
    ...purchase,
    permissions: { ...purchase.permissions, read: ['owner'] },
    sections: { ...purchase.sections, Check: anySection({ fill: ['owner'] }) },
    requireIfMatch: true,
  });
  const open = create(guarded, { sections: { Request: request, Check: {} } });
  const closed = accepted(open, { kind: 'cancel' });
  const bad = { item: 7, amount: 'x'.repeat(LIMITS.section) };

  test.each<[Refusal['code'], string, DocumentState, Command, Actor]>([
    ['not-found', 'before section', closed, fill('Nothing', bad), stranger],
    ['unknown-section', 'before state', closed, fill('Nothing', bad, 9), nora],
    ['wrong-state', 'before permission', closed, fill('Request', bad, 9), nora],
    ['forbidden', 'before version', open, fill('Request', bad, 9), nora],
    ['precondition-required', 'before version', open, fill('Request', bad), owner],
    ['version-mismatch', 'before data', open, fill('Request', bad, 9), owner],
    ['too-large', 'before the schema', open, fill('Request', bad, 1), owner],
    ['invalid-data', 'at last', open, fill('Request', { item: 7 }, 1), owner],
  ])('%s %s', (code, _when, state, command, actor) => {
    expect(refused(state, command, actor).code).toBe(code);
  });

  test('holds for all parts of one command together', () => {
    const state = create(purchase);
    const many = (...names: string[]): Command => ({
      kind: 'fill-many',
      sections: Object.fromEntries(names.map((name) => [name, {}])),
    });
    expect(refused(state, many('Check', 'Nothing'), stranger).code).toBe('unknown-section');
    const review = inReview();
    expect(refused(review, many('Check', 'Nothing'), stranger).code).toBe('unknown-section');
    expect(refused(review, many('Check', 'Request'), stranger).code).toBe('wrong-state');
    expect(refused(state, many('Request', 'Check'), owner).code).toBe('forbidden');
  });

  test('of a decision: state, permission, version', () => {
    const review = inReview();
    expect(refused(open, { kind: 'approve', version: 9 }, nora).code).toBe('wrong-state');
    expect(refused(review, { kind: 'approve', version: 9 }, stranger).code).toBe('forbidden');
    expect(refused(review, { kind: 'approve', version: 9 }, head)).toMatchObject({
      code: 'version-mismatch',
      version: review.version,
    });
  });
});

describe('sections', () => {
  test.each(['Nothing', 'constructor', '__proto__', ''])('%j is unknown', (name) => {
    const refusal = refused(create(purchase), fill(name, {}), operator);
    expect(refusal.code).toBe('unknown-section');
    expect(refusal.detail).toContain('it has Request, Check, Note.');
  });

  test('every wrong field is told, each by its pointer', () => {
    const refusal = refused(create(purchase), fill('Request', { item: '', extra: 1 }), owner);
    expect(refusal.code).toBe('invalid-data');
    expect(pointersOf(refusal)).toEqual(['/amount', '/extra', '/item']);
  });

  test('an optional one is neither missing nor needed', () => {
    expect(missingSections(create(purchase))).toEqual(['Request', 'Check']);
    expect(inReview().state).toBe('in-review');
    expect(inReview().sections['Note']).toBeUndefined();
  });

  test('an optional one does not complete the document', () => {
    const type = typeOf({ ...purchase, submit: 'automatic' });
    const state = accepted(create(type), fill('Note', { text: 'urgent' }), nora);
    expect(state.state).toBe('open');
  });

  test('without editableInReview nothing can be filled after submission, not even the same data', () => {
    const refusal = refused(inReview(), fill('Request', request), owner);
    expect(refusal).toMatchObject({ code: 'wrong-state', state: 'in-review' });
    expect(refusal.allowed).toContain('reopen');
    expect(refusal.allowed).not.toContain('fill-Request');
  });

  test('the same data again changes nothing, whatever the order of its properties', () => {
    const state = create(purchase, { sections: { Request: request } });
    const again = outcome(state, fill('Request', { amount: 10, item: 'Chair' }));
    expect(again).toEqual({ ok: true, value: [] });
  });

  test('one may fill its limit, not a byte more', () => {
    const state = create(purchase);
    const brackets = '{"t":""}'.length;
    const most = { t: 'x'.repeat(LIMITS.section - brackets) };
    expect(accepted(state, fill('Check', most), finance).version).toBe(2);
    const refusal = refused(state, fill('Check', { t: `${most.t}x` }), finance);
    expect(refusal.code).toBe('too-large');
    expect(refusal.detail).toContain(`${LIMITS.section + 1} bytes; ${LIMITS.section} are allowed`);
  });

  test('all together may fill the limit of the document; a smaller correction always fits', () => {
    const large = typeOf({
      sections: { A: anySection(), B: anySection(), C: anySection({ required: false }) },
      limits: { section: 100, document: 210 },
    });
    const bulk = { t: 'x'.repeat(90) };
    const full = create(large, { sections: { A: bulk, B: bulk } });
    expect(refused(full, fill('C', bulk)).code).toBe('too-large');
    expect(refused(full, { kind: 'edit', metadata: { t: 'x'.repeat(30) } }).code).toBe('too-large');
    const state = accepted(full, fill('C', {}));
    const over = { ...state, definition: { ...large, limits: { section: 100, document: 50 } } };
    const corrected = accepted(over, fill('A', { t: 'smaller' }));
    expect(documentSize(corrected)).toBeLessThan(documentSize(over));
  });
});

test('events must begin with "created"', () => {
  expect(() => replay('d', purchase, [])).toThrow(/created/);
});

test('a new document knows nothing that it was not told', () => {
  const state = create(typeOf({ sections: { A: anySection() }, approval: ANYBODY_DECIDES }));
  expect(state).toMatchObject({ sections: {}, children: {}, comments: [] });
  for (const name of ['parent', 'approval']) expect(Object.keys(state)).not.toContain(name);
});
