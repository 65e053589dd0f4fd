import { describe, expect, test } from 'vitest';
import type { Actor } from '../../src/contracts/caller.ts';
import { COMMAND_KINDS, type Command } from '../../src/contracts/documents/commands.ts';
import type { Who } from '../../src/contracts/people.ts';
import { actionName } from '../../src/workflows/documents/actions.ts';
import {
  allowedActions,
  mayReadState,
  waitingFor,
} from '../../src/workflows/documents/permissions.ts';
import {
  accepted,
  anySection,
  ANYBODY_DECIDES,
  create,
  fill,
  filledPurchase,
  finance,
  head,
  inReview,
  nora,
  operator,
  outcome,
  owner,
  patch,
  person,
  purchase,
  refused,
  request,
  stranger,
  time,
  typeOf,
  value,
} from '../support/rules.ts';
import { evolve } from '../../src/workflows/documents/state.ts';
import { mayRead } from '../../src/workflows/documents/readers.ts';

const names = (...args: Parameters<typeof allowedActions>) =>
  allowedActions(...args).map(actionName);

describe('who may', () => {
  test('a role, a user, the owner, and nobody else', () => {
    const state = create(purchase);
    expect(accepted(state, fill('Check', {}), finance).version).toBe(2);
    expect(accepted(state, fill('Note', {}), nora).version).toBe(2);
    expect(refused(state, fill('Check', {}), owner)).toEqual({
      code: 'forbidden',
      detail: 'Section Check is for role:finance; olga is none of them.',
    });
    expect(refused(state, fill('Note', {}), finance).code).toBe('forbidden');
    expect(refused(state, fill('Request', request), finance).code).toBe('forbidden');
    expect(refused(state, { kind: 'cancel' }, finance).code).toBe('forbidden');
  });

  test('all roles are every role, but not another user and not the owner', () => {
    const everything = person('eva', '*');
    const state = create(purchase);
    expect(accepted(state, fill('Check', {}), everything).version).toBe(2);
    expect(refused(state, fill('Note', {}), everything).code).toBe('forbidden');
    expect(refused(state, { kind: 'cancel' }, everything).code).toBe('forbidden');
  });

  test('a user who is called like a role or the owner is neither', () => {
    const state = create(purchase);
    for (const id of ['role:finance', 'finance', 'owner', 'anyone', 'user:nora']) {
      expect(refused(state, fill('Check', {}), person(id)).code).toBe('forbidden');
      expect(refused(state, fill('Note', {}), person(id)).code).toBe('forbidden');
    }
  });

  test('the operator may do whatever the state allows', () => {
    const filled = accepted(create(purchase), fill('Request', request), operator);
    const complete = accepted(filled, fill('Check', {}), operator);
    const review = accepted(complete, { kind: 'submit' }, operator);
    expect(accepted(review, { kind: 'approve' }, operator).state).toBe('approved');
    expect(refused(complete, { kind: 'approve' }, operator).code).toBe('wrong-state');
  });

  test('the owner may not decide unless the type says so, whatever the roles', () => {
    const bossy = { ...owner, roles: ['*'] };
    expect(refused(inReview(), { kind: 'approve' }, bossy)).toEqual({
      code: 'forbidden',
      detail:
        'Neither the owner nor whoever submitted it, or has changed it since, may decide on it.',
    });
    expect(accepted(inReview(), { kind: 'reject' }, head).state).toBe('rejected');
    const given = accepted(inReview(), { kind: 'transfer', to: 'hana' });
    expect(refused(given, { kind: 'approve' }, head).code).toBe('forbidden');
  });

  test.each<[string, Command]>([
    ['edit', { kind: 'edit', title: 'X' }],
    ['edit', { kind: 'assign', section: 'Note', to: 'x' }],
    ['edit', { kind: 'transfer', to: 'x' }],
    ['edit', { kind: 'link', child: 'x' }],
    ['edit', { kind: 'unlink', child: 'x' }],
    ['edit', { kind: 'migrate' }],
    ['submit', { kind: 'submit' }],
    ['cancel', { kind: 'cancel' }],
    ['cancel', { kind: 'archive' }],
  ])('the permission %s is that for %j', (permission, command) => {
    const type = {
      ...purchase,
      permissions: { ...purchase.permissions, [permission]: ['role:x'] },
    };
    const state = {
      ...filledPurchase(),
      definition: typeOf({ ...type, children: { purchase: {} } }),
    };
    expect(refused(state, command, owner).code).toBe('forbidden');
    expect(() => accepted(state, command, person('xaver', 'x'))).not.toThrow();
  });

  test('what can be done is told to each for himself', () => {
    expect(names(inReview(), head)).toEqual(
      'approve reject request-changes delegate comment'.split(' '),
    );
    expect(names(inReview(), stranger)).toEqual(['comment']);
    expect(names(inReview(), owner)).toEqual(
      'remind reopen assign comment transfer unlink migrate archive cancel'.split(' '),
    );
    expect(names(filledPurchase(), finance)).toEqual(['fill-Check', 'withdraw-Check', 'comment']);
  });
});

describe('who is waited for', () => {
  test('those who can fill what is missing, then those who submit, then those who decide', () => {
    expect(waitingFor(create(purchase))).toEqual(['user:olga', 'role:finance']);
    expect(waitingFor(filledPurchase())).toEqual(['user:olga']);
    // Not for the owner, who may not decide, although the type names them.
    expect(waitingFor(inReview())).toEqual(['role:head']);
    const submitted = value(outcome(filledPurchase(), { kind: 'submit' }));
    expect(waitingFor(submitted.reduce(evolve, filledPurchase()))).toEqual(['role:head']);
    expect(waitingFor(accepted(inReview(), { kind: 'cancel' }))).toEqual([]);
  });

  test('only those who can do something now, also in what is optional but needed', () => {
    const type = typeOf({
      sections: {
        A: anySection({ fill: ['role:a'], required: false }),
        B: anySection({ fill: ['role:b'], required: false, dependsOn: ['A'] }),
        C: anySection({ fill: ['role:c'], dependsOn: ['B'] }),
      },
    });
    const state = create(type);
    expect(waitingFor(state)).toEqual(['role:a']);
    expect(waitingFor(accepted(state, fill('A', {}), operator))).toEqual(['role:b']);
  });

  test('the one to whom a section is assigned', () => {
    const state = accepted(create(purchase), { kind: 'assign', section: 'Check', to: 'ben' });
    expect(waitingFor(state)).toEqual(['user:olga', 'user:ben']);
  });
});

describe('an assigned section', () => {
  const assign: Command = { kind: 'assign', section: 'Check', to: 'ben' };
  const state = accepted(create(purchase, { sections: { Request: request } }), assign);
  const ben = person('ben', 'finance');

  test('is for the assignee alone', () => {
    expect(refused(state, fill('Check', {}), finance).detail).toBe(
      'Section Check is assigned to ben.',
    );
    expect(refused(state, fill('Check', {}), owner).code).toBe('forbidden');
    const filled = accepted(state, fill('Check', {}), ben);
    expect(refused(filled, { kind: 'withdraw', section: 'Check' }, finance).code).toBe('forbidden');
    expect(accepted(filled, { kind: 'withdraw', section: 'Check' }, ben).version).toBe(3);
    expect(accepted(state, fill('Check', {}), operator).version).toBe(2);
  });

  test('is for those whom the type names once it is assigned to nobody', () => {
    const free = accepted(state, { kind: 'assign', section: 'Check' });
    expect(accepted(free, fill('Check', {}), finance).version).toBe(2);
    expect(accepted(free, fill('Check', {}), ben).version).toBe(2);
  });

  test('gives nobody a right to fill that the type does not give', () => {
    expect(refused(state, fill('Check', {}), person('ben')).detail).toBe(
      'Section Check is for role:finance; ben is none of them.',
    );
  });
});

describe('who may read', () => {
  const closed = typeOf({
    permissions: { read: ['role:auditor'] },
    sections: {
      A: anySection({ fill: ['owner', 'role:clerk'] }),
      B: anySection({ fill: ['user:bo'] }),
    },
    approval: { stages: [{ name: 'one', approvers: ['role:boss'] }] },
  });
  const anyone: Readonly<Record<string, Actor>> = {
    owner,
    auditor: person('a', 'auditor'),
    clerk: person('c', 'clerk'),
    bo: person('bo'),
    boss: person('b', 'boss'),
    'all roles': person('all', '*'),
    operator,
    assignee: person('ass'),
    waited: person('w', 'waited'),
    stranger,
  };
  const readers = (of: Parameters<typeof mayRead>[0]) =>
    Object.keys(anyone).filter((name) => mayRead(of, anyone[name] as Actor));

  test('owner, readers, fillers, approvers, assignees, those waited for, operators', () => {
    const of = { owner: 'olga', waitingFor: [], definition: closed };
    const usual = ['owner', 'auditor', 'clerk', 'bo', 'boss', 'all roles', 'operator'];
    expect(readers(of)).toEqual(usual);
    expect(readers({ ...of, assignees: { A: 'ass' } })).toEqual([...usual, 'assignee']);
    expect(readers({ ...of, waitingFor: ['role:waited'] })).toEqual([...usual, 'waited']);
    expect(readers({ ...of, waitingFor: ['anyone'] })).toEqual(Object.keys(anyone));
    expect(readers({ ...of, owner: 'sam' })).toEqual([...usual.slice(1), 'stranger']);
  });

  test('of a type that is not known any more: the owner and those waited for', () => {
    const of = { owner: 'olga', waitingFor: ['user:bo', 'role:boss'], definition: undefined };
    expect(readers(of)).toEqual(['owner', 'bo', 'boss', 'all roles', 'operator']);
  });

  test('everybody, when anybody may fill something', () => {
    const open = typeOf({ ...closed, sections: { ...closed.sections, C: anySection() } });
    expect(mayReadState(create(open), stranger)).toBe(true);
  });

  const state = accepted(create(closed), fill('A', {}));
  const section = 'A';
  const commands: Readonly<Record<string, Command>> = {
    fill: fill('A', {}),
    'fill-many': { kind: 'fill-many', sections: { Nothing: {} } },
    merge: { kind: 'merge', section, patch: {} },
    patch: patch('A', []),
    edit: { kind: 'edit', title: 'X' },
    withdraw: { kind: 'withdraw', section },
    comment: { kind: 'comment', text: 'X' },
    assign: { kind: 'assign', section, to: 'sam' },
    extend: { kind: 'extend', until: time(1e9) },
    transfer: { kind: 'transfer', to: 'sam' },
    link: { kind: 'link', child: 'x' },
    unlink: { kind: 'unlink', child: 'x' },
  };

  test.each(COMMAND_KINDS)('whoever may not read cannot tell that it is there by %s', (kind) => {
    const command = commands[kind] ?? ({ kind } as Command);
    const hidden = { code: 'not-found', detail: 'There is no document d.' };
    expect(refused(state, command, stranger)).toEqual(hidden);
    expect(refused(accepted(state, { kind: 'cancel' }), command, stranger)).toEqual(hidden);
  });

  test('whoever gets a section assigned or the document, and whoever gave it away not', () => {
    expect(mayReadState(state, stranger)).toBe(false);
    const assigned = accepted(state, { kind: 'assign', section: 'B', to: 'sam' });
    expect(mayReadState(assigned, stranger)).toBe(true);
    const given = accepted(state, { kind: 'transfer', to: 'sam' });
    expect(mayReadState(given, stranger)).toBe(true);
    expect(mayReadState(given, owner)).toBe(false);
  });
});

test('every kind of Who has its meaning in every place', () => {
  const everyone: readonly Who[] = ['anyone', 'owner', 'user:nora', 'role:finance'];
  const expected: Record<string, string[]> = {
    anyone: ['olga', 'nora', 'fred', 'sam'],
    owner: ['olga'],
    'user:nora': ['nora'],
    'role:finance': ['fred'],
  };
  for (const who of everyone) {
    const type = typeOf({
      permissions: { edit: [who], submit: [who], cancel: [who] },
      sections: { A: anySection({ fill: [who] }), B: anySection() },
      approval: ANYBODY_DECIDES,
    });
    const state = create(type, { sections: { B: {} } });
    for (const action of ['fill-A', 'edit', 'cancel', 'archive', 'transfer']) {
      const may = [owner, nora, finance, stranger].filter((one) =>
        names(state, one).includes(action),
      );
      expect(may.map(({ id }) => id)).toEqual(expected[who]);
    }
  }
});
