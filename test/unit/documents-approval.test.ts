/** Approvals in documents by example: what edits, the author, clocks and migrations do to them. */
import { describe, expect, test } from 'vitest';
import type { Command } from '../../src/contracts/documents/commands.ts';
import type { DocumentType } from '../../src/contracts/documents/definition.ts';
import { nextStrike } from '../../src/workflows/documents/clocks.ts';
import { effectsOf } from '../../src/workflows/documents/effects.ts';
import { historyOf } from '../../src/workflows/documents/history.ts';
import { actionName } from '../../src/workflows/documents/actions.ts';
import {
  allowedActions,
  mayReadState,
  waitingFor,
} from '../../src/workflows/documents/permissions.ts';
import { evolve, type DocumentState } from '../../src/workflows/documents/state.ts';
import { viewOf } from '../../src/workflows/documents/view.ts';
import {
  accepted,
  after,
  create,
  DAY,
  entered,
  fill,
  heard,
  HOUR,
  inReview,
  head,
  kinds,
  numberSection,
  outcome,
  owner,
  person,
  refused,
  T0,
  time,
  typeOf,
  value,
} from '../support/rules.ts';

const ann = person('ann');
const ben = person('ben');
const cem = person('cem');
const approve = { kind: 'approve' } as const;
const changes: Command = {
  kind: 'request-changes',
  reason: 'Too much',
  sections: { A: 'Less, please' },
};

const stage = (more: object = {}) => ({
  name: 'one',
  approvers: ['user:ann', 'user:ben'],
  quorum: 2,
  ...more,
});
const type = (approval: object = {}, more: object = {}): DocumentType =>
  typeOf({
    sections: { A: numberSection({ fill: ['owner'] }) },
    editableInReview: true,
    permissions: { read: ['owner'] },
    approval: { stages: [stage()], ...approval },
    ...more,
  });
const submitted = (definition: DocumentType): DocumentState =>
  accepted(create(definition, { sections: { A: { n: 1 } } }), { kind: 'submit' });

describe('18: approve and reject at once', () => {
  test.each([
    ['approve', 'reject', 'approved'],
    ['reject', 'approve', 'rejected'],
  ] as const)('%s first: the other is refused, and it is %s', (first, second, end) => {
    const state = accepted(inReview(), { kind: first }, head);
    expect(state.state).toBe(end);
    expect(refused(state, { kind: second }, person('h2', 'head'))).toMatchObject({
      code: 'wrong-state',
      state: end,
    });
    expect(state.approval?.decisions).toHaveLength(1);
  });
});

describe('20: an edit in review', () => {
  test('makes decisions on the version before refused', () => {
    const state = accepted(submitted(type()), fill('A', { n: 2 }));
    expect(refused(state, { ...approve, version: 1 }, ann)).toMatchObject({
      code: 'version-mismatch',
      version: 2,
    });
    expect(accepted(state, { ...approve, version: 2 }, ann).approval?.votes).toHaveLength(1);
  });

  test('drops earlier approvals, and asks anew in another round', () => {
    const once = accepted(submitted(type()), approve, ann);
    const state = accepted(once, fill('A', { n: 2 }));
    expect(state.approval).toMatchObject({ round: 2, votes: [], decisions: [{ by: 'ann' }] });
    expect(waitingFor(state)).toEqual(['user:ann', 'user:ben']);
    expect(refused(state, { ...approve, round: 1 }, ann).code).toBe('version-mismatch');
    expect(accepted(accepted(state, approve, ann), approve, ben).state).toBe('approved');
  });

  test('without any decision yet changes nothing for those who are asked', () => {
    expect(kinds(submitted(type()), fill('A', { n: 2 }))).toEqual(['section-filled']);
  });

  test('by an approver: they may not decide on their own words, so others are asked', () => {
    const edited = typeOf({
      sections: { A: numberSection({ fill: ['anyone'] }) },
      editableInReview: true,
      approval: { stages: [stage({ quorum: 1 })] },
    });
    const state = accepted(submitted(edited), fill('A', { n: 2 }), ann);
    expect(waitingFor(state)).toEqual(['user:ben']);
    expect(refused(state, approve, ann).code).toBe('forbidden');
    expect(accepted(state, approve, ben).state).toBe('approved');
  });

  test('by somebody who has approved, where approvals are kept: theirs is none any more', () => {
    const kept = (stages: readonly object[]): DocumentType =>
      typeOf({
        sections: { A: numberSection({ fill: ['anyone'] }) },
        editableInReview: true,
        approval: { earlierApprovals: 'keep', stages },
      });
    const once = accepted(submitted(kept([stage()])), approve, ann);
    const own = accepted(once, fill('A', { n: 2 }), ann);
    expect(own.approval).toMatchObject({ round: 2, votes: [] });
    expect(refused(own, approve, ann).code).toBe('forbidden');
    expect(accepted(own, approve, ben).state).toBe('in-review');
    // The other's counts on.
    const other = accepted(
      accepted(submitted(kept([stage()])), approve, ben),
      fill('A', { n: 2 }),
      ann,
    );
    expect(other.approval?.votes).toMatchObject([{ by: 'ben' }]);

    const two = kept([
      { name: 'one', approvers: ['user:ann', 'user:cem'] },
      { name: 'two', approvers: ['user:ben'] },
    ]);
    const first = accepted(submitted(two), approve, ann);
    const again = accepted(first, fill('A', { n: 2 }), ann);
    expect(again.approval).toMatchObject({ stage: 0, round: 2, passed: [] });
    expect(waitingFor(again)).toEqual(['user:cem']);
    expect(accepted(accepted(again, approve, cem), approve, ben).state).toBe('approved');
  });

  test('makes an author for good, whoever submits it next', () => {
    const edited = typeOf({
      sections: { A: numberSection({ fill: ['anyone'] }) },
      editableInReview: true,
      approval: { stages: [stage({ quorum: 1 })] },
    });
    const back = accepted(accepted(submitted(edited), fill('A', { n: 2 }), ann), changes, ben);
    const again = accepted(back, { kind: 'submit' });
    expect(waitingFor(again)).toEqual(['user:ben']);
    expect(refused(again, approve, ann).code).toBe('forbidden');
  });

  test('keeps earlier approvals when the policy says so', () => {
    const once = accepted(submitted(type({ earlierApprovals: 'keep' })), approve, ann);
    const state = accepted(once, fill('A', { n: 2 }));
    expect(state.approval?.round).toBe(1);
    expect(waitingFor(state)).toEqual(['user:ben']);
    expect(accepted(state, approve, ben).state).toBe('approved');
  });

  test('that leaves no stage approves it, and the history tells so', () => {
    const when = { field: 'A.n', above: 0 };
    const state = submitted(type({ stages: [stage({ when })] }));
    const events = value(outcome(state, fill('A', { n: 0 })));
    expect(events.reduce(evolve, state).state).toBe('approved');
    expect(historyOf(state.definition, events, [])).toMatchObject([
      { command: 'fill A', via: 'http' },
      { command: 'approved', via: 'system', reason: 'Nothing is left to decide.' },
    ]);
  });
});

describe('request-changes', () => {
  test('gives it back to the author, with a comment for each section', () => {
    const state = accepted(submitted(type()), changes, ann);
    expect(state.state).toBe('changes-requested');
    expect(state.comments).toEqual([{ by: 'ann', at: time(), section: 'A', text: 'Less, please' }]);
    expect(state.approval?.decisions).toMatchObject([
      { by: 'ann', decision: 'changes-requested', reason: 'Too much', version: 1, round: 1 },
    ]);
    expect(waitingFor(state)).toEqual(['user:olga']);
    expect(nextStrike(state)).toBeUndefined();
    expect(refused(state, approve, ben).code).toBe('wrong-state');
  });

  test('names only sections that there are, and is for those who are asked', () => {
    const sections = { Nope: 'x' };
    expect(refused(submitted(type()), { ...changes, sections }, ann).code).toBe('unknown-section');
    expect(refused(submitted(type()), changes, owner).code).toBe('forbidden');
    expect(refused(accepted(submitted(type()), approve, ann), changes, ann).code).toBe(
      'wrong-state',
    );
  });

  test('tells the author, and no webhook', () => {
    const on = ['submitted', 'approved', 'rejected', 'reopened', 'overdue', 'reminder'];
    const webhooks = [{ url: 'https://example.org/hook', on }];
    let state = submitted(type({}, { webhooks }));
    const effects = value(outcome(state, changes, ann)).flatMap((event) => {
      state = evolve(state, event);
      return effectsOf(state, event);
    });
    expect(effects).toMatchObject([
      {
        kind: 'notify',
        what: { occasion: 'changes-requested', recipients: ['user:olga'], by: 'ann' },
      },
    ]);
  });

  test('by a delegate is for whom it was, in the history too, with the reason', () => {
    const state = accepted(submitted(type()), { kind: 'delegate', to: 'dan' }, ann);
    const events = value(outcome(state, changes, person('dan')));
    expect(events[0]).toMatchObject({ decision: 'changes-requested', for: 'ann' });
    expect(historyOf(state.definition, events, [])).toMatchObject([
      { command: 'request-changes', by: 'dan', reason: 'For ann: Too much' },
      { command: 'comment A', reason: 'Less, please' },
    ]);
  });

  test('submitted again it begins anew, or goes on where it was', () => {
    const again = (approval: object) => {
      const sent = accepted(accepted(submitted(type(approval)), approve, ann), changes, ben);
      return accepted(accepted(sent, fill('A', { n: 2 })), { kind: 'submit' });
    };
    const anew = again({});
    expect(anew.approval).toMatchObject({ round: 2, votes: [] });
    expect(waitingFor(anew)).toEqual(['user:ann', 'user:ben']);
    const goesOn = again({ earlierApprovals: 'keep' });
    expect(goesOn.approval).toMatchObject({ round: 2, votes: [{ by: 'ann' }] });
    expect(waitingFor(goesOn)).toEqual(['user:ben']);
    expect(accepted(goesOn, approve, ben).state).toBe('approved');
  });

  test('is not undone by the first correction of a type that submits by itself', () => {
    const itself = type({}, { submit: 'automatic' });
    const sent = accepted(entered(create(itself, { sections: { A: { n: 1 } } })), changes, ann);
    expect(kinds(sent, fill('A', { n: 2 }))).toEqual(['section-filled']);
    expect(accepted(sent, { kind: 'submit' }).state).toBe('in-review');
  });
});

describe('several stages', () => {
  const two = type({
    stages: [
      { name: 'one', approvers: ['user:ann'] },
      { name: 'two', approvers: ['user:ann', 'user:ben'], delegable: false },
    ],
  });

  test('whoever is asked in both decides twice, others in theirs', () => {
    const state = accepted(submitted(two), approve, ann);
    expect(state.approval).toMatchObject({ stage: 1, round: 1 });
    expect(refused(state, approve, ann).code).toBe('wrong-state');
    expect(accepted(state, { ...approve, stage: 'two' }, ann).state).toBe('approved');
    expect(accepted(state, approve, ben).state).toBe('approved');
    expect(accepted(state, { ...approve, stage: 'one' }, ann)).toEqual(state);
  });

  test('whoever has decided in one and is not asked in the other is told so, when they name it', () => {
    const other = type({
      stages: [
        { name: 'one', approvers: ['user:ann'] },
        { name: 'two', approvers: ['user:ben'] },
      ],
    });
    const state = accepted(submitted(other), approve, ann);
    expect(kinds(state, approve, ann)).toEqual([]);
    expect(kinds(state, { ...approve, stage: 'one' }, ann)).toEqual([]);
    expect(refused(state, { ...approve, stage: 'two' }, ann).code).toBe('forbidden');
  });

  test('a decision before the lookup waits for it', () => {
    const begun = value(outcome(submitted(two), approve, ann)).reduce(evolve, submitted(two));
    expect(begun.approval).toMatchObject({ stage: 1, entering: true });
    expect(kinds(begun, approve, ben)).toEqual([]);
    expect(kinds(begun, { kind: 'remind' })).toEqual([]);
    expect(nextStrike(begun)).toBeUndefined();
  });

  test('what is offered is what can be done: nothing to hand on where that is forbidden', () => {
    const names = (state: DocumentState, actor = ann) =>
      allowedActions(state, actor).map(actionName);
    expect(names(submitted(two))).toContain('delegate');
    const second = accepted(submitted(two), approve, ann);
    expect(names(second)).toEqual(expect.arrayContaining(['approve', 'reject', 'request-changes']));
    expect(names(second)).not.toContain('delegate');
    expect(refused(second, { kind: 'delegate', to: 'cem' }, ann).detail).toBe(
      'Decisions of the stage two cannot be handed on.',
    );
    const only = type({
      stages: [stage({ quorum: 1 }), stage({ name: 'two', approvers: ['user:cem'], quorum: 1 })],
    });
    const theirs = accepted(submitted(only), approve, ann);
    expect(names(theirs)).not.toContain('approve');
    expect(kinds(theirs, approve, ann)).toEqual([]);
  });

  test('everybody who was asked may read it ever after', () => {
    const hidden = type({
      stages: [
        { name: 'one', approvers: ['user:ann', 'user:ben'] },
        { name: 'two', approvers: ['user:cem'] },
      ],
    });
    const given = accepted(submitted(hidden), { kind: 'delegate', to: 'dan' }, ben);
    const state = accepted(accepted(given, approve, ann), approve, cem);
    expect(state.state).toBe('approved');
    for (const id of ['ann', 'ben', 'cem', 'dan'])
      expect(mayReadState(state, person(id))).toBe(true);
    expect(mayReadState(state, person('eve'))).toBe(false);
  });
});

describe('clocks', () => {
  const timed = (more: object = {}) =>
    submitted(type({ stages: [stage({ deadline: 'P1D', ...more })] }));

  test.each([
    ['reject', 'rejected'],
    ['approve', 'approved'],
    ['expire', 'expired'],
  ])('21: the deadline with %s: it is %s, and a decision comes too late', (onTimeout, end) => {
    const state = timed({ onTimeout });
    expect(nextStrike(state)).toBe(T0 + DAY);
    expect(heard(state, { kind: 'tick' }, DAY - 1)).toEqual([]);
    const closed = after(state, { kind: 'tick' }, DAY);
    expect(closed).toMatchObject({
      state: end,
      closedReason: `Nobody has decided by ${time(DAY)}.`,
    });
    expect(refused(closed, approve, ann).code).toBe('wrong-state');
  });

  test('21: a decision at the deadline, before the clock, counts; the clock comes too late', () => {
    const state = timed({ onTimeout: 'expire', quorum: 1 });
    const closed = accepted(state, approve, ann, DAY);
    expect(closed.state).toBe('approved');
    expect(heard(closed, { kind: 'tick' }, DAY)).toEqual([]);
  });

  test('without an outcome it is overdue; extended it is not, until then', () => {
    const late = after(timed(), { kind: 'tick' }, DAY);
    expect(viewOf(late, { data: false })).toMatchObject({ state: 'in-review', overdue: true });
    const extend: Command = { kind: 'extend', until: time(3 * DAY) };
    const longer = accepted(late, extend, owner, DAY + HOUR);
    expect(viewOf(longer, { data: false })).toMatchObject({ dueAt: time(3 * DAY) });
    expect(viewOf(longer, { data: false })).not.toHaveProperty('overdue');
    expect(nextStrike(longer)).toBe(T0 + 3 * DAY);
    expect(heard(longer, { kind: 'tick' }, 3 * DAY).map(({ kind }) => kind)).toEqual(['timed-out']);
    expect(refused(submitted(type()), extend).detail).toBe('There is no deadline that runs now.');
  });

  test('extended, it reminds on', () => {
    const reminders = { after: 'PT12H', every: 'PT12H', max: 9 };
    const state = submitted(type({ stages: [stage({ deadline: 'P1D', reminders })] }));
    const reminded = after(state, { kind: 'tick' }, DAY / 2);
    expect(nextStrike(reminded)).toBe(T0 + DAY);
    const longer = accepted(reminded, { kind: 'extend', until: time(2 * DAY) }, owner, DAY / 2);
    expect(nextStrike(longer)).toBe(T0 + DAY);
    expect(heard(longer, { kind: 'tick' }, DAY)).toMatchObject([
      { kind: 'approvers-reminded', number: 2 },
    ]);
    // Too late, nobody is reminded of what lies in the past.
    const late = after(reminded, { kind: 'tick' }, DAY);
    const much = accepted(late, { kind: 'extend', until: time(9 * DAY) }, owner, 2 * DAY + HOUR);
    expect(nextStrike(much)).toBe(T0 + 2.5 * DAY);
    expect(heard(much, { kind: 'tick' }, 2.5 * DAY)).toMatchObject([
      { kind: 'approvers-reminded', number: 5 },
    ]);
  });

  test('reopened, nothing runs any more', () => {
    const state = accepted(timed(), { kind: 'reopen' });
    expect(nextStrike(state)).toBeUndefined();
    expect(heard(state, { kind: 'tick' }, 9 * DAY)).toEqual([]);
  });
});

describe('migrate in review', () => {
  const newer = (approval?: object): DocumentType => {
    const { approval: _old, ...rest } = type();
    const { approval: policy } = approval ? type(approval) : {};
    return { ...rest, version: 2, ...(policy ? { approval: policy } : {}) };
  };
  const migrated = (definition: DocumentType) => {
    const once = accepted(submitted(type()), approve, ann);
    return accepted(once, { kind: 'migrate' }, owner, 0, { definition });
  };

  test('with the same policy nothing changes for the approval', () => {
    expect(migrated(newer({})).approval).toMatchObject({ round: 1, votes: [{ by: 'ann' }] });
  });

  test.each(['reset', 'keep'])('with another one it begins anew, whatever is kept: %s', (which) => {
    const state = migrated(
      newer({
        earlierApprovals: which,
        stages: [stage({ name: 'new', approvers: ['user:cem'], quorum: 1 })],
      }),
    );
    expect(state.approval).toMatchObject({ round: 2, since: 2, stage: 0, votes: [] });
    expect(waitingFor(state)).toEqual(['user:cem']);
    expect(refused(state, approve, ben).code).toBe('forbidden');
  });

  test('without one it is approved', () => {
    expect(migrated(newer()).state).toBe('approved');
  });
});

describe('transfer in review', () => {
  test('to somebody who is asked: they may not decide any more, so others are', () => {
    const state = submitted(type({ stages: [stage({ quorum: 'all' })] }));
    expect(kinds(state, { kind: 'transfer', to: 'cem' })).toEqual(['transferred']);
    const given = accepted(state, { kind: 'transfer', to: 'ann' });
    expect(waitingFor(given)).toEqual(['user:ben']);
    expect(accepted(given, approve, ben).state).toBe('approved');
  });

  test('whoever had it in review may not decide on it, though it is theirs no more', () => {
    const state = submitted(type({ stages: [stage({ quorum: 1 })] }));
    const back = accepted(
      accepted(state, { kind: 'transfer', to: 'ann' }),
      { kind: 'transfer', to: 'cem' },
      ann,
    );
    expect(back.owner).toBe('cem');
    expect(refused(back, approve, ann).code).toBe('forbidden');
    expect(accepted(back, approve, ben).state).toBe('approved');
  });
});

test('when it has ended nobody is waited for', () => {
  const state = accepted(submitted(type({ stages: [stage({ quorum: 1 })] })), approve, ann);
  const { approval } = viewOf(state, { data: false });
  expect(approval).toMatchObject({ needed: 1, approvals: 1, waitingFor: [] });
});
