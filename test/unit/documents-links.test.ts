import { describe, expect, test } from 'vitest';
import type { Command } from '../../src/contracts/documents/commands.ts';
import type { Child } from '../../src/contracts/documents/events.ts';
import type { DocumentStatus } from '../../src/contracts/documents/types.ts';
import { effectsOf, type Effect } from '../../src/workflows/documents/effects.ts';
import { unlinkable } from '../../src/workflows/documents/links.ts';
import { evolve, type DocumentState } from '../../src/workflows/documents/state.ts';
import { unfinishedChildren } from '../../src/workflows/documents/requirements.ts';
import type { Notice } from '../../src/workflows/documents/system.ts';
import {
  accepted,
  after,
  anySection,
  ANYBODY_DECIDES,
  complete,
  create,
  fill,
  finance,
  heard,
  kinds,
  outcome,
  owner,
  purchase,
  refused,
  typeOf,
  value,
} from '../support/rules.ts';

const parent = typeOf({
  name: 'parent',
  sections: { A: anySection() },
  children: {
    task: { finishBeforeSubmit: true, max: 2 },
    note: { onCancel: 'cancel' },
  },
  approval: ANYBODY_DECIDES,
});
const automatic = typeOf({ ...parent, submit: 'automatic' });

const child = (type: string, state: DocumentStatus = 'open', title = 'T'): Child => ({
  type,
  title,
  state,
});
const link = (id: string): Command => ({ kind: 'link', child: id });
const unlink = (id: string): Command => ({ kind: 'unlink', child: id });
const about = (id: string, is: Child, joining = true): Notice => ({
  kind: 'child',
  child: id,
  is,
  joining,
});
const linked = (state: DocumentState, id: string, is: Child): DocumentState =>
  accepted(state, link(id), owner, 0, { child: is });
const filled = (type = parent) => create(type, { sections: { A: {} } });

describe('link', () => {
  test('notes the child as it is; a second time it is nothing', () => {
    const state = linked(create(parent), 'c', child('task'));
    expect(state).toMatchObject({ children: { c: child('task') }, version: 1, sequence: 2 });
    expect(kinds(state, link('c'), owner, { child: child('task') })).toEqual([]);
  });

  test('without the child yet says only whether it is worth looking it up', () => {
    expect(kinds(create(parent), link('c'))).toEqual([]);
    expect(refused(create(parent), link('c'), finance).code).toBe('forbidden');
    expect(refused(create(purchase), link('c'))).toMatchObject({
      code: 'wrong-state',
      detail: 'Nothing can be below purchase.',
    });
  });

  test('is refused below itself, for other types, and beyond what there may be', () => {
    expect(refused(create(parent), link('d')).detail).toBe('A document cannot be below itself.');
    for (const type of ['interview', 'constructor']) {
      expect(refused(create(parent), link('c'), owner, { child: child(type) })).toEqual({
        code: 'not-linkable',
        detail: `Below parent there may be task, note, but no ${type}.`,
      });
    }
    const full = linked(linked(create(parent), 'a', child('task')), 'b', child('task'));
    expect(refused(full, link('c'), owner, { child: child('task') }).detail).toBe(
      'There are 2 of type task below it already.',
    );
    expect(kinds(full, link('c'))).toEqual([]);
    expect(kinds(full, link('c'), owner, { child: child('note') })).toEqual(['child-linked']);
    expect(unlinkable(full, 'note')).toBeUndefined();
    expect(unlinkable(accepted(full, unlink('a')), 'task')).toBeUndefined();
  });

  test('of an unfinished child reopens what is in review', () => {
    const review = accepted(filled(), { kind: 'submit' });
    expect(kinds(review, link('c'), owner, { child: child('task') })).toEqual([
      'child-linked',
      'reopened',
    ]);
    expect(kinds(review, link('c'), owner, { child: child('note') })).toEqual(['child-linked']);
    expect(kinds(review, link('c'), owner, { child: child('task', 'approved') })).toEqual([
      'child-linked',
    ]);
  });
});

describe('unlink', () => {
  test('forgets the child; of one that is not there it is nothing', () => {
    const state = linked(create(parent), 'c', child('task'));
    expect(accepted(state, unlink('c')).children).toEqual({});
    expect(kinds(state, unlink('other'))).toEqual([]);
    expect(kinds(state, unlink('constructor'))).toEqual([]);
    expect(refused(state, unlink('c'), finance).code).toBe('forbidden');
  });

  test('of the last unfinished child submits what submits by itself', () => {
    const state = accepted(linked(create(automatic), 'c', child('task')), fill('A', {}));
    expect(state.state).toBe('open');
    expect(kinds(state, unlink('c'))).toEqual(['child-unlinked', 'review-requested']);
  });
});

describe('children that must be finished first', () => {
  test('keep the document from being submitted', () => {
    const state = linked(filled(), 'c', child('task'));
    expect(unfinishedChildren(state)).toEqual(['c']);
    expect(refused(state, { kind: 'submit' })).toMatchObject({
      code: 'wrong-state',
      detail: 'The document is not complete; still missing: document c to be finished.',
    });
    const done = after(state, about('c', child('task', 'rejected')));
    expect(accepted(done, { kind: 'submit' }).state).toBe('in-review');
    expect(kinds(linked(filled(), 'c', child('note')), { kind: 'submit' })).toHaveLength(1);
  });

  test('let it submit by itself when the last of them closes', () => {
    const two = linked(linked(create(automatic), 'a', child('task')), 'b', child('task'));
    const state = accepted(two, fill('A', {}));
    const one = after(state, about('a', child('task', 'cancelled')));
    expect(one.state).toBe('open');
    const events = heard(one, about('b', child('task', 'approved')));
    expect(events.map(({ kind }) => kind)).toEqual(['child-changed', 'review-requested']);
    expect(events[1]).toMatchObject({ automatic: true, via: 'system' });
  });

  test('do not submit what was reopened when they merely change their title', () => {
    const review = accepted(
      linked(create(automatic), 'a', child('task', 'approved')),
      fill('A', {}),
    );
    const draft = accepted(review, { kind: 'reopen' });
    const events = heard(draft, about('a', child('task', 'approved', 'Renamed')));
    expect(events.map(({ kind }) => kind)).toEqual(['child-changed']);
  });
});

describe('a notice', () => {
  test('of a child is heard once', () => {
    const state = linked(create(parent), 'c', child('note'));
    const notice = about('c', child('note', 'open', 'Renamed'));
    expect(after(state, notice).children['c']?.title).toBe('Renamed');
    expect(heard(after(state, notice), notice)).toEqual([]);
  });

  test('of an unknown child links one of an allowed type, even one too many, and no other', () => {
    expect(after(create(parent), about('c', child('note'))).children).toEqual({ c: child('note') });
    for (const type of ['interview', 'constructor', '__proto__'])
      expect(heard(create(parent), about('c', child(type)))).toEqual([]);
    const full = linked(linked(create(parent), 'a', child('task')), 'b', child('task'));
    expect(Object.keys(after(full, about('c', child('task'))).children)).toHaveLength(3);
  });

  test('of a new unfinished child reopens what is in review', () => {
    const review = accepted(filled(), { kind: 'submit' });
    expect(heard(review, about('c', child('task'))).map(({ kind }) => kind)).toEqual([
      'child-linked',
      'reopened',
    ]);
  });

  test('of the document above: in, out, and nothing from another', () => {
    const state = after(create(parent), { kind: 'attach', parent: 'p' });
    expect(state.parent).toBe('p');
    expect(heard(state, { kind: 'attach', parent: 'p' })).toEqual([]);
    expect(heard(state, { kind: 'detach', parent: 'q' })).toEqual([]);
    const out = after(state, { kind: 'detach', parent: 'p' });
    expect(JSON.parse(JSON.stringify(out))).not.toHaveProperty('parent');
    expect(out).toMatchObject({ version: 1, sequence: 3 });
  });

  test('that the engine ended it closes the document; after its end nothing is heard', () => {
    const ended: Notice = { kind: 'ended', state: 'terminated', reason: 'By hand.' };
    const closed = after(complete(), ended);
    expect(closed).toMatchObject({ state: 'terminated', closedReason: 'By hand.' });
    const notices: Notice[] = [
      ended,
      { kind: 'tick' },
      { kind: 'attach', parent: 'p' },
      { kind: 'detach', parent: 'p' },
      about('c', child('interview')),
    ];
    for (const notice of notices) expect(heard(closed, notice, 1e12)).toEqual([]);
  });
});

describe('the outside world', () => {
  /** What the command has to bring about there. */
  const effects = (state: DocumentState, command: Command, is?: Child): Effect[] => {
    const found = is ? { child: is } : {};
    let now = state;
    return value(outcome(state, command, owner, 0, found)).flatMap((event) => {
      now = evolve(now, event);
      return effectsOf(now, event);
    });
  };
  const below = create(parent, { parent: 'p', sections: { A: {} } });

  test('the child is told that it is linked or not', () => {
    const state = linked(create(parent), 'c', child('note'));
    expect(effects(create(parent), link('c'), child('note'))).toEqual([
      { kind: 'tell-child', child: 'c', notice: 'attach' },
    ]);
    expect(effects(state, unlink('c'))).toEqual([
      { kind: 'tell-child', child: 'c', notice: 'detach' },
    ]);
  });

  test('a cancellation takes the open children along whose type says so', () => {
    let state = linked(create(parent), 'a', child('note'));
    state = linked(state, 'b', child('note', 'approved'));
    state = linked(state, 'c', child('task'));
    expect(effects(state, { kind: 'cancel' })).toEqual([{ kind: 'cancel-child', child: 'a' }]);
    expect(effects(state, { kind: 'archive' })).toEqual([]);
  });

  test('the document above is told of states and titles, not of the rest', () => {
    const told = (command: Command) =>
      effects(below, command).filter(({ kind }) => kind === 'tell-parent');
    const tell = [{ kind: 'tell-parent', parent: 'p', joining: false }];
    expect(told({ kind: 'submit' })).toEqual(tell);
    expect(told({ kind: 'cancel' })).toEqual(tell);
    expect(told({ kind: 'edit', title: 'New' })).toEqual(tell);
    expect(told({ kind: 'edit', metadata: { a: 1 } })).toEqual([]);
    expect(told(fill('A', { a: 1 }))).toEqual([]);
    expect(told({ kind: 'comment', text: 'x' })).toEqual([]);
    const attached = heard(create(parent), { kind: 'attach', parent: 'p' });
    expect(effectsOf(below, attached[0]!)).toEqual(tell);
  });

  test('people are told what is theirs', () => {
    const timed = create(typeOf({ sections: { A: anySection({ fill: ['role:a'] }) } }));
    const assign: Command = { kind: 'assign', section: 'A', to: 'ben' };
    const told = (what: object) => [{ kind: 'notify', what }];
    expect(effects(timed, assign)).toMatchObject(
      told({ occasion: 'assigned', recipients: ['user:ben'] }),
    );
    expect(effects(timed, { ...assign, to: 'olga' })).toEqual([]);
    const stamp = { ...heard(timed, { kind: 'ended', state: 'expired', reason: '' })[0]! };
    expect(effectsOf(timed, stamp)).toMatchObject(
      told({ occasion: 'expired', recipients: ['user:olga'] }),
    );
    const overdue = { ...stamp, kind: 'overdue', section: 'A' } as const;
    expect(effectsOf(timed, overdue)).toMatchObject(
      told({ occasion: 'overdue', recipients: ['role:a', 'user:olga'], section: 'A' }),
    );
    const reminded = { ...stamp, kind: 'reminded', number: 1 } as const;
    expect(effectsOf(timed, reminded)).toMatchObject(
      told({ occasion: 'reminder', recipients: ['role:a'] }),
    );
  });
});
