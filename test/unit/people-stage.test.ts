/** Who is asked when a stage begins, and until when. */
import { describe, expect, test } from 'vitest';
import type { EntryRequest } from '../../src/contracts/approvals/entry.ts';
import type { ApprovalPolicy, ApprovalStage } from '../../src/contracts/approvals/policy.ts';
import { NO_DIRECTORY, type Directory, type Person } from '../../src/contracts/people.ts';
import { directoryOf, enterStage } from '../../src/people/index.ts';
import { calendar, policyOf } from '../support/people.ts';

const AT = '2026-01-05T10:00:00.000Z';
const away = (substitute?: string) => ({
  away: {
    from: '2026-01-01T00:00:00.000Z',
    to: '2026-01-10T00:00:00.000Z',
    ...(substitute === undefined ? {} : { substitute }),
  },
});

/** `emil` works for `mina`, who works for `hanna`; `{id: {...}}` changes and adds people. */
function people(changes: Record<string, Partial<Person>> = {}): Directory {
  const known: Record<string, Partial<Person>> = {
    hanna: { roles: ['head', 'operator'] },
    mina: { roles: ['manager'], manager: 'hanna' },
    marco: { roles: ['manager', 'finance'], manager: 'hanna' },
    emil: { roles: ['engineer'], manager: 'mina' },
    elsa: { roles: ['engineer'], manager: 'marco' },
  };
  const all = { ...known, ...changes };
  return directoryOf(
    Object.keys(all).map((id) => ({ id, roles: [], ...known[id], ...changes[id] })),
  );
}

function enter(
  stage: Partial<ApprovalStage>,
  directory = people(),
  given: Partial<EntryRequest> = {},
  policy: Partial<ApprovalPolicy> = {},
) {
  return enterStage(
    {
      policy: policyOf([stage], policy),
      stage: 0,
      owner: 'emil',
      barred: ['emil'],
      at: AT,
      ...given,
    },
    directory,
  );
}

const seatsOf = (...args: Parameters<typeof enter>) =>
  enter(...args).approvers.seats.map(({ holders }) => holders.join('+'));
const groupsOf = (...args: Parameters<typeof enter>) => enter(...args).approvers.groups;

describe('who is asked:', () => {
  test('users by name, each once', () => {
    expect(seatsOf({ approvers: ['user:x', 'user:marco', 'user:x'] })).toEqual(['x', 'marco']);
  });

  test('the owner, who is mostly barred', () => {
    const stage = { approvers: ['owner', 'user:x'] } as const;
    expect(seatsOf(stage)).toEqual(['x']);
    expect(seatsOf(stage, people(), { barred: [] })).toEqual(['emil', 'x']);
  });

  test('the members of a role, in the order of the directory', () => {
    expect(enter({ approvers: ['role:manager'] }).approvers).toEqual({
      seats: [
        { for: 'mina', holders: ['mina'] },
        { for: 'marco', holders: ['marco'] },
      ],
      groups: [],
    });
  });

  test('a role as a group, when nobody knows who has it or too many have', () => {
    const stage = { approvers: ['role:manager', 'anyone', 'role:manager'] } as const;
    expect(enter(stage, NO_DIRECTORY).approvers).toEqual({
      seats: [],
      groups: ['role:manager', 'anyone'],
    });
    const crowd = (n: number) =>
      people(
        Object.fromEntries(Array.from({ length: n }, (_, i) => [`c${i}`, { roles: ['all'] }])),
      );
    expect(seatsOf({ approvers: ['role:all'] }, crowd(100))).toHaveLength(100);
    expect(groupsOf({ approvers: ['role:all'] }, crowd(101))).toEqual(['role:all']);
  });

  test('the manager of the owner', () => {
    expect(seatsOf({ approvers: ['manager'] })).toEqual(['mina']);
  });

  test('the next one above, when the manager may not decide', () => {
    expect(seatsOf({ approvers: ['manager'] }, people(), { barred: ['emil', 'mina'] })).toEqual([
      'hanna',
    ]);
    expect(seatsOf({ approvers: ['manager'], excluded: ['role:manager'] })).toEqual(['hanna']);
  });

  test('the next one above, when the manager is asked anyway, wherever that stands', () => {
    expect(seatsOf({ approvers: ['manager', 'user:mina'] })).toEqual(['mina', 'hanna']);
    expect(seatsOf({ approvers: ['role:manager', 'manager'] })).toEqual(['mina', 'marco', 'hanna']);
  });

  test('nobody who is barred or excluded', () => {
    const all = ['role:manager', 'role:head', 'role:engineer'] as const;
    expect(seatsOf({ approvers: all })).toEqual(['mina', 'marco', 'hanna', 'elsa']);
    expect(seatsOf({ approvers: all, excluded: ['user:elsa', 'role:finance'] })).toEqual([
      'mina',
      'hanna',
    ]);
    expect(seatsOf({ approvers: all, excluded: ['owner'] }, people(), { barred: [] })).toEqual([
      'mina',
      'marco',
      'hanna',
      'elsa',
    ]);
  });

  test('no group that is excluded as a whole', () => {
    const stage = { approvers: ['role:a', 'role:b'], excluded: ['role:a'] } as const;
    expect(groupsOf(stage, NO_DIRECTORY)).toEqual(['role:b']);
  });
});

describe('the fallback decides', () => {
  const fallback = { fallback: ['user:hanna'] } as const;
  test.each<[string, Partial<ApprovalStage>, Directory, string[]]>([
    ['where a role is empty', { approvers: ['role:nobody'] }, people(), ['hanna']],
    [
      'where nobody above may decide',
      { approvers: ['manager'], excluded: ['user:mina'] },
      directoryOf([
        { id: 'emil', roles: [], manager: 'mina' },
        { id: 'mina', roles: [] },
      ]),
      ['hanna'],
    ],
    [
      'where nobody is above',
      { approvers: ['manager'] },
      directoryOf([{ id: 'emil', roles: [] }]),
      ['hanna'],
    ],
    [
      'where it goes round',
      { approvers: ['manager'], excluded: ['user:b'] },
      people({ emil: { manager: 'b' }, b: { manager: 'emil' } }),
      ['hanna'],
    ],
    [
      'for a manager of oneself',
      { approvers: ['manager'] },
      people({ emil: { manager: 'emil' } }),
      ['hanna'],
    ],
    ['without a directory', { approvers: ['manager'] }, NO_DIRECTORY, ['hanna']],
    [
      'besides the others, where a manager is missing',
      { approvers: ['user:x', 'manager'] },
      NO_DIRECTORY,
      ['x', 'hanna'],
    ],
    [
      'where too few are left',
      { approvers: ['user:x', 'owner'], quorum: 2 },
      people(),
      ['x', 'hanna'],
    ],
    [
      'not where there are enough',
      { approvers: ['user:x', 'user:y'], quorum: 2 },
      people(),
      ['x', 'y'],
    ],
    ['not where all count', { approvers: ['user:x', 'owner'], quorum: 'all' }, people(), ['x']],
  ])('%s', (_what, stage, directory, seats) => {
    expect(seatsOf(stage, directory, {}, fallback)).toEqual(seats);
  });

  test('not where a group makes the number possible', () => {
    const stage = { approvers: ['user:x', 'role:a'], quorum: 3 } as const;
    expect(seatsOf(stage, NO_DIRECTORY, {}, fallback)).toEqual(['x']);
  });

  test('by the same rules; and when it leaves nobody, operators', () => {
    const stage = { approvers: ['role:nobody'] } as const;
    const barred = { barred: ['emil', 'hanna'] };
    expect(enter(stage, people(), barred, fallback).approvers).toEqual({
      seats: [],
      groups: ['role:operator'],
    });
    const short = { approvers: ['user:x'], quorum: 2 } as const;
    expect(enter(short, people(), barred, fallback).approvers).toEqual({
      seats: [{ for: 'x', holders: ['x'] }],
      groups: ['role:operator'],
    });
  });
});

describe('substitutes', () => {
  const mina = { approvers: ['user:mina'] } as const;

  test('who is away keeps the seat, and the substitute shares it', () => {
    expect(enter(mina, people({ mina: away('marco') })).approvers.seats).toEqual([
      { for: 'mina', holders: ['mina', 'marco'] },
    ]);
  });

  test('from the first instant on, not at the last', () => {
    const directory = people({ mina: away('marco') });
    const at = (instant: string) => seatsOf(mina, directory, { at: instant });
    expect(at('2025-12-31T23:59:59.999Z')).toEqual(['mina']);
    expect(at('2026-01-01T00:00:00.000Z')).toEqual(['mina+marco']);
    expect(at('2026-01-09T23:59:59.999Z')).toEqual(['mina+marco']);
    expect(at('2026-01-10T00:00:00.000Z')).toEqual(['mina']);
  });

  test.each<[string, Record<string, Partial<Person>>, string[]]>([
    ['nobody is named', { mina: away() }, ['mina']],
    ['who is away, too, passes it on', { mina: away('marco'), marco: away('elsa') }, ['mina+elsa']],
    ['to nobody', { mina: away('marco'), marco: away() }, ['mina']],
    ['in a circle', { mina: away('marco'), marco: away('mina') }, ['mina']],
    [
      'in a circle beside',
      { mina: away('marco'), marco: away('elsa'), elsa: away('marco') },
      ['mina'],
    ],
    ['whom nobody knows', { mina: away('guest') }, ['mina+guest']],
    ['who is barred', { mina: away('emil') }, ['mina']],
    ['who is barred and away', { mina: away('emil'), emil: away('elsa') }, ['mina']],
  ])('%s', (_what, changes, seats) => {
    expect(seatsOf(mina, people(changes))).toEqual(seats);
  });

  test('one who is excluded does not decide', () => {
    const stage = { ...mina, excluded: ['role:finance'] } as const;
    expect(seatsOf(stage, people({ mina: away('marco') }))).toEqual(['mina']);
  });

  test('nobody gets two voices', () => {
    const both = { approvers: ['user:mina', 'user:marco'] } as const;
    expect(seatsOf(both, people({ mina: away('marco') }))).toEqual(['mina', 'marco']);
    expect(seatsOf(both, people({ mina: away('elsa'), marco: away('elsa') }))).toEqual([
      'mina+elsa',
      'marco',
    ]);
    const each = people({ mina: away('marco'), marco: away('mina') });
    expect(seatsOf(both, each)).toEqual(['mina', 'marco']);
  });

  test('whoever decides instead is passed over as a manager', () => {
    const stage = {
      approvers: ['user:elsa'],
      escalation: [{ after: 'P1D', to: ['manager'], mode: 'add' }],
    } as const;
    const { levels } = enter(stage, people({ elsa: { ...away('marco'), manager: 'marco' } }));
    expect(levels[0]?.approvers.seats).toEqual([{ for: 'hanna', holders: ['hanna'] }]);
  });
});

describe('levels', () => {
  const levelsOf = (...args: Parameters<typeof enter>) =>
    enter(...args).levels.map(({ approvers }) => [
      ...approvers.seats.map(({ holders }) => holders.join('+')),
      ...approvers.groups,
    ]);
  const add = (after: string, ...to: ApprovalStage['approvers']) =>
    ({ after, to, mode: 'add' }) as const;
  const reassign = (after: string, ...to: ApprovalStage['approvers']) =>
    ({ after, to, mode: 'reassign' }) as const;

  test('the managers of those asked before, each once', () => {
    const approvers = ['user:elsa', 'user:ravi'] as const;
    const directory = people({ ravi: { manager: 'marco' } });
    const escalation = [add('P1D', 'manager'), add('P2D', 'manager')];
    expect(levelsOf({ approvers, escalation }, directory)).toEqual([['marco'], ['hanna']]);
  });

  test('and theirs again, not those of the stage', () => {
    const directory = people({ cora: {}, lars: { manager: 'cora' } });
    const escalation = [add('P1D', 'user:lars'), add('P2D', 'manager')];
    expect(levelsOf({ approvers: ['user:elsa'], escalation }, directory)).toEqual([
      ['lars'],
      ['cora'],
    ]);
  });

  test('at the top the fallback', () => {
    const escalation = [add('P1D', 'manager')];
    const top = { approvers: ['user:hanna'], escalation } as const;
    expect(levelsOf(top, people(), {}, { fallback: ['user:marco'] })).toEqual([['marco']]);
    // Operators are hanna, who is asked already.
    expect(levelsOf(top)).toEqual([[]]);
  });

  test('who has a seat already is left out, or listed with it when only those go on', () => {
    const approvers = ['user:mina', 'user:elsa'] as const;
    const directory = people({ mina: away('marco') });
    const to = ['user:mina', 'user:hanna'] as const;
    expect(levelsOf({ approvers, escalation: [add('P1D', ...to)] }, directory)).toEqual([
      ['hanna'],
    ]);
    expect(levelsOf({ approvers, escalation: [reassign('P1D', ...to)] }, directory)).toEqual([
      ['mina+marco', 'hanna'],
    ]);
    const substitute = [reassign('P1D', 'user:marco', 'user:mina')];
    expect(levelsOf({ approvers, escalation: substitute }, directory)).toEqual([['mina+marco']]);
  });

  test('the manager of one who has a seat already', () => {
    const escalation = [add('P1D', 'user:elsa'), add('P2D', 'manager')];
    expect(levelsOf({ approvers: ['user:elsa'], escalation })).toEqual([[], ['marco']]);
  });

  test('groups likewise', () => {
    const approvers = ['role:a'] as const;
    const to = ['role:a', 'anyone'] as const;
    const escalation = [add('P1D', ...to), reassign('P2D', ...to)];
    expect(levelsOf({ approvers, escalation }, NO_DIRECTORY)).toEqual([
      ['anyone'],
      ['role:a', 'anyone'],
    ]);
  });

  test('who is away is away at the level’s instant', () => {
    const escalation = [add('P1D', 'user:mina'), add('P30D', 'user:marco')];
    const directory = people({ mina: away('x'), marco: away('y') });
    expect(levelsOf({ approvers: ['user:hanna'], escalation }, directory)).toEqual([
      ['mina+x'],
      ['marco'],
    ]);
  });

  test('instants, also behind the deadline', () => {
    const escalation = [add('P1D', 'user:x'), add('P9D', 'user:y')];
    const { levels, dueAt } = enter({ deadline: 'P2D', escalation });
    expect(dueAt).toBe('2026-01-07T10:00:00.000Z');
    expect(levels.map(({ at }) => at)).toEqual([
      '2026-01-06T10:00:00.000Z',
      '2026-01-14T10:00:00.000Z',
    ]);
  });

  test('keep their order where clocks are changed', () => {
    const always = { days: [1, 2, 3, 4, 5, 6, 7], hours: { from: '00:00', to: '24:00' } };
    const zurich = calendar({ ...always, timeZone: 'Europe/Zurich' });
    const escalation = [add('PT23H30M', 'user:x'), add('P1D', 'user:y')];
    const { levels } = enter(
      { escalation },
      people(),
      { at: '2026-03-28T23:00:00.000Z' },
      { calendar: zurich },
    );
    expect(levels[0]?.at).toBe('2026-03-29T22:30:00.000Z');
    expect(levels[1]?.at).toBe('2026-03-29T22:30:00.000Z');
  });
});

describe('instants', () => {
  test('none without a deadline or reminders', () => {
    expect(enter({})).not.toHaveProperty('dueAt');
    expect(enter({}).remindAt).toEqual([]);
  });

  test('reminders: after, then every, at most max', () => {
    const reminders = { after: 'PT2H', every: 'P1D', max: 3 };
    expect(enter({ reminders }).remindAt).toEqual([
      '2026-01-05T12:00:00.000Z',
      '2026-01-06T12:00:00.000Z',
      '2026-01-07T12:00:00.000Z',
    ]);
  });

  test('also those after the deadline, which can be extended; none after ten years', () => {
    const reminders = { after: 'P1D', every: 'P2000D', max: 9 };
    expect(enter({ reminders, deadline: 'P3D' }).remindAt).toEqual([
      '2026-01-06T10:00:00.000Z',
      '2031-06-29T10:00:00.000Z',
    ]);
  });

  test('in working time', () => {
    const reminders = { after: 'P1D', every: 'P1D', max: 4 };
    const { dueAt, remindAt } = enter(
      { reminders, deadline: 'P1W' },
      people(),
      { at: '2026-01-08T10:00:00.000Z' },
      { calendar: calendar({ holidays: ['2026-01-12'] }) },
    );
    expect(dueAt).toBe('2026-01-16T10:00:00.000Z');
    expect(remindAt.map((at) => at.slice(0, 10))).toEqual([
      '2026-01-09',
      '2026-01-13',
      '2026-01-14',
      '2026-01-15',
    ]);
  });
});

test('a stage that there is not is refused', () => {
  expect(() => enter({}, people(), { stage: 1 })).toThrow(/no stage 1/);
});
