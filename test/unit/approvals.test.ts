/** The approval machine by example; the numbers are those of the faults that each test stands for. */
import { describe, expect, test } from 'vitest';
import type { Actor } from '../../src/contracts/caller.ts';
import { approvalNotices } from '../../src/workflows/approvals/notices.ts';
import type { PolicyDraft } from '../../src/workflows/approvals/policy.ts';
import { keptOf } from '../../src/workflows/approvals/situation.ts';
import { extended, paused, requested } from '../../src/workflows/approvals/state.ts';
import { Case } from '../support/approval-case.ts';
import { DAY, HOUR, person, time } from '../support/rules.ts';

const approve = { kind: 'approve' } as const;
const reject = { kind: 'reject' } as const;
const to = (user: string) => ({ kind: 'delegate', to: user }) as const;
const head = (id: string) => person(id, 'head');
const TWO = { quorum: 2, veto: false } as const;

describe('18: approve and reject at once', () => {
  test.each([
    ['approve', 'reject', 'approved'],
    ['reject', 'approve', 'rejected'],
  ] as const)('%s, then %s: exactly one verdict, by who came first', (first, second, end) => {
    // Whatever is around an approval refuses what comes after the end; see documents-approval.test.ts.
    const it = new Case(['a', 'b']).do('a', first);
    expect(it.outcome).toBe(end);
    expect(it.facts).toHaveLength(1);
    expect(it.refusal('a', { kind: second })).toContain('has decided already');
  });
});

describe('25: a quorum', () => {
  test('the same person twice counts once, a different second verdict is refused', () => {
    const it = new Case(['a', 'b', 'c'], TWO).do('a', approve).do('a', approve);
    expect(it.facts).toEqual([]);
    expect(it.state.votes).toHaveLength(1);
    expect(it.refusal('a', reject)).toBe('wrong-state: a has decided already: approved.');
  });

  test('principal, substitute and delegate count once', () => {
    const shared = new Case(['a(s)', 'b', 'c'], TWO).do('s', approve);
    expect(shared.facts).toMatchObject([{ kind: 'decided', for: 'a' }]);
    expect(shared.refusal('a', approve)).toContain('s, who has the same voice, has decided');
    const handed = new Case(['a', 'b', 'c'], TWO).do('a', to('d')).do('d', approve);
    expect(handed.facts).toMatchObject([{ kind: 'decided', for: 'a' }]);
    expect(handed.refusal('a', approve)).toBe('d decides instead of a.');
    expect(handed.waitingFor).toEqual(['user:b', 'user:c']);
  });

  test('the operator in the name of somebody has the voice of that one, and no second', () => {
    const asA: Actor = { id: 'a', roles: [], operator: true };
    const it = new Case(['a', 'b', 'c'], TWO).do('a', to('d')).do(asA, approve);
    expect(it.refusal('d', approve)).toContain('a, who has the same voice, has decided');
    expect(it.waitingFor).toEqual(['user:b', 'user:c']);
  });

  test('what was handed on can be handed to another, or taken back, until it is decided', () => {
    const it = new Case(['a', 'b'], TWO).do('a', to('nobdoy'));
    expect(it.refusal('a', approve)).toBe('nobdoy decides instead of a.');
    expect(it.do('a', to('d')).waitingFor).toEqual(['user:b', 'user:d']);
    expect(it.refusal('nobdoy', approve)).toContain('nobdoy is none of them');
    expect(it.do('a', to('a')).waitingFor).toEqual(['user:b', 'user:a']);
    expect(it.refusal('a', to('a'))).toContain('a has the decision already');
    expect(it.do('a', to('d')).do('d', approve).refusal('a', to('a'))).toContain(
      'd, who has the same voice, has decided',
    );
  });

  test('whoever decides instead of another hands on their own place only', () => {
    const it = new Case(['a(s)', 'b'], TWO).do('s', to('d'));
    expect(it.waitingFor).toEqual(['user:b', 'user:a', 'user:d']);
    expect(it.refusal('s', approve)).toContain('s is none of them');
    expect(it.do('a', approve).refusal('d', approve)).toContain('a, who has the same voice');
  });

  test('a delegation gives nobody a second voice, nor one that was handed on instead', () => {
    const it = new Case(['a', 'b', 'c'], TWO).do('b', to('x'));
    for (const user of ['b', 'c', 'x'])
      expect(it.refusal('a', to(user))).toContain(`${user} decides in this stage already`);
    expect(it.refusal('a', to('a'))).toContain('has the decision already');
    expect(it.refusal('a', to('olga'))).toContain('Neither the owner');
    // Back to where it came from is none.
    expect(it.do('x', to('b')).waitingFor).toEqual(['user:a', 'user:c', 'user:b']);
  });

  test('self-approval is refused, also with every role and by delegation', () => {
    const it = new Case(['olga', 'role:head']);
    for (const roles of [[], ['head'], ['*']])
      expect(it.refusal(person('olga', ...roles), approve)).toContain('Neither the owner');
    expect(new Case(['olga'], { ownerMayDecide: true }).do('olga', approve).outcome).toBe(
      'approved',
    );
  });

  test('it fails as soon as it is out of reach, and not before', () => {
    const it = new Case(['a', 'b', 'c'], TWO).do('a', reject);
    expect(it.outcome).toBeUndefined();
    expect(it.do('b', reject).outcome).toBe('rejected');
    expect(new Case(['a', 'b', 'c'], { quorum: 'all', veto: false }).do('a', reject).outcome).toBe(
      'rejected',
    );
  });

  test('of groups nobody knows how many they are: as many rejections as approvals are needed', () => {
    const it = new Case(['role:head'], TWO).do(head('h1'), reject);
    expect(it.outcome).toBeUndefined();
    expect(it.do(head('h2'), reject).outcome).toBe('rejected');
    // Those who are known can still reach it.
    const mixed = new Case(['a', 'b', 'role:head'], TWO).do(head('h1'), reject);
    expect(mixed.do(head('h2'), reject).outcome).toBeUndefined();
    expect(mixed.do('a', reject).outcome).toBe('rejected');
  });

  test('all and majority count people; a veto ends it at once', () => {
    const needed = (quorum: 'all' | 'majority', ...asked: string[]) =>
      new Case(asked, { quorum }).state.current?.needed;
    expect(needed('all', 'a', 'b', 'c')).toBe(3);
    expect(needed('majority', 'a', 'b', 'c')).toBe(2);
    expect(needed('majority', 'a', 'b', 'c', 'role:head')).toBe(3);
    expect(new Case(['a', 'b'], { quorum: 2 }).do('a', reject).outcome).toBe('rejected');
  });
});

describe('several stages', () => {
  const stages = ['one', 'two'].map((name) => ({ name, approvers: ['anyone' as const] }));
  const begun = (more: Partial<PolicyDraft> = {}) =>
    new Case(['a', 'b'], {}, { more: { stages, ...more } });

  test('whoever is asked in both decides in both, and says so: a double click must not', () => {
    const it = begun().do('a', approve);
    expect(it.facts).toMatchObject([{ kind: 'decided', stage: 'one', next: 1 }]);
    const second = it.enter('a', 'c');
    expect(second.refusal('a', approve)).toBe(
      'wrong-state: a has decided so in another stage; the stage two is another decision. Name it: {"stage": "two"}.',
    );
    expect(second.do('a', { ...approve, stage: 'two' }).outcome).toBe('approved');
    const other = begun().do('a', approve).enter('a', 'c');
    expect(other.do('a', reject).outcome).toBe('rejected');
  });

  test('whoever names the stage is safe from a double click', () => {
    const click = { ...approve, stage: 'one' };
    const it = begun().do('a', click).enter('a', 'c').do('a', click);
    expect(it.facts).toEqual([]);
    expect(it.refusal('c', click)).toContain('version-mismatch: The decision is for the stage one');
    expect(it.do('a', { ...approve, stage: 'two' }).outcome).toBe('approved');
  });

  test('whoever is not asked any more changes nothing with the same verdict', () => {
    const it = begun().do('a', approve).enter('c');
    expect(it.do('a', approve).facts).toEqual([]);
    expect(it.refusal('a', reject)).toContain('a is none of them');
  });

  test('once per person: not in two stages, also when earlier approvals are kept', () => {
    const it = begun({ oncePerPerson: true, earlierApprovals: 'keep' }).do('a', approve).enter('c');
    const sent = it.do('c', 'request-changes').state;
    it.state = requested(sent, sent.stage, keptOf(it.situation, sent));
    expect(it.state).toMatchObject({ round: 2, stage: 1 });
    it.enter('c');
    expect(it.refusal('a', approve)).toBe('a has decided in another stage already.');
    expect(it.refusal('c', to('a'))).toContain('a has decided in another stage');
  });
});

describe('earlier approvals that are kept', () => {
  const begun = () =>
    new Case(
      ['a', 'b', 'c'],
      { quorum: 'all', veto: false },
      { more: { earlierApprovals: 'keep' } },
    );
  const again = (it: Case, ...asked: string[]) => {
    it.state = requested(paused(it.state), 0, keptOf(it.situation, it.state));
    return it.enter(...asked);
  };

  test('count on, and said again change nothing; a rejection is asked again', () => {
    const it = new Case(['a', 'b', 'c'], TWO, { more: { earlierApprovals: 'keep' } });
    again(it.do('a', approve).do('b', reject), 'a', 'b', 'c');
    expect(it.waitingFor).toEqual(['user:b', 'user:c']);
    expect(it.do('a', approve).facts).toEqual([]);
    expect(it.do('b', approve).outcome).toBe('approved');
  });

  test('are enough when those who are missing are not asked any more', () => {
    const it = again(begun().do('a', approve).do('b', approve), 'a', 'b');
    expect(it.outcome).toBe('approved');
  });

  test('of people who are not asked any more stand for nobody else', () => {
    const it = again(begun().do('a', approve), 'b', 'c');
    expect(it.state.current?.needed).toBe(3);
    expect(it.do('b', approve).outcome).toBeUndefined();
    expect(it.do('c', approve).outcome).toBe('approved');
  });

  test('of a substitute who is now asked in person leave the other seat open', () => {
    const it = new Case(
      ['a(s)', 'b', 'c'],
      { quorum: 'all' },
      { more: { earlierApprovals: 'keep' } },
    );
    again(it.do('s', approve), 'a', 's');
    expect(it.waitingFor).toEqual(['user:a']);
    expect(it.do('a', approve).outcome).toBe('approved');
  });
});

describe('26: levels', () => {
  const levels = (mode: 'add' | 'reassign', ...asked: string[]) => ({
    levels: [{ to: asked, mode }],
  });

  test('a fallback group can decide, together with those before or instead of them', () => {
    const added = new Case(['a', 'b'], { quorum: 2 }, levels('add', 'role:operator'));
    expect(added.tick(DAY).waitingFor).toEqual(['user:a', 'user:b', 'role:operator']);
    expect(added.do('a', approve).do(person('p', 'operator'), approve).outcome).toBe('approved');
    const instead = new Case(['a', 'b'], {}, levels('reassign', 'role:operator')).tick(DAY);
    expect(instead.refusal('a', approve)).toContain('is for role:operator; a is none of them');
    expect(instead.do(person('p', 'operator'), approve).outcome).toBe('approved');
  });

  test('all of three, reassigned to a group: it counts as one person', () => {
    const it = new Case(['a', 'b', 'c'], { quorum: 'all' }, levels('reassign', 'role:operator'));
    it.do('a', approve).tick(DAY);
    expect(it.state.current?.needed).toBe(2);
    expect(it.do(person('p', 'operator'), approve).outcome).toBe('approved');
  });

  test('a decision before the escalation counts on', () => {
    for (const mode of ['add', 'reassign'] as const) {
      const it = new Case(['a', 'b'], { quorum: 2 }, levels(mode, 'm'));
      expect(it.do('a', approve).tick(DAY).do('m', approve).outcome).toBe('approved');
    }
  });

  test('reassigned to nobody but those who have decided, the others still can', () => {
    const it = new Case(['a', 'b'], { quorum: 2 }, levels('reassign', 'a'));
    expect(it.do('a', approve).tick(DAY).waitingFor).toEqual(['user:b']);
    expect(it.outcome).toBeUndefined();
    expect(it.do('b', approve).outcome).toBe('approved');
  });

  test('to somebody who decided as one of a group: no second voice, and nothing to wait for', () => {
    const it = new Case(['role:head'], TWO, levels('reassign', 'h1'));
    it.do(head('h1'), approve).tick(DAY);
    expect(it.waitingFor).toEqual(['role:head']);
    expect(it.refusal(head('h1'), reject)).toContain('has decided already');
    expect(it.do(head('h2'), approve).outcome).toBe('approved');
  });

  test('to a substitute in person: one voice of their own, and the other keeps theirs', () => {
    const it = new Case(['a(s)', 'b'], { quorum: 2 }, levels('add', 's'));
    it.do('a', approve).tick(DAY);
    expect(it.waitingFor).toEqual(['user:b', 'user:s']);
    expect(it.do('s', approve).outcome).toBe('approved');
    const instead = new Case(['a(s)', 'b'], {}, levels('reassign', 's')).tick(DAY);
    expect(instead.refusal('a', approve)).toContain('a is none of them');
  });

  test('a delegate of an earlier level goes on being asked', () => {
    const two = { levels: [{ to: ['m'] }, { to: ['n'], mode: 'reassign' as const }] };
    const it = new Case(['a'], {}, two)
      .tick(DAY)
      .do('m', to('d'))
      .tick(2 * DAY);
    expect(it.waitingFor).toEqual(['user:d', 'user:n']);
  });

  test('an approval after rejections and a reassignment to a group does not reject it', () => {
    const it = new Case(['a', 'b', 'c', 'd'], TWO, levels('reassign', 'role:boss'));
    it.do('a', reject).do('b', reject).tick(DAY).do(person('p', 'boss'), approve);
    expect(it.outcome).toBeUndefined();
    expect(it.do(person('q', 'boss'), approve).outcome).toBe('approved');
  });

  test('tells those who are asked by it, and none who has decided', () => {
    const it = new Case(['a', 'b'], { quorum: 2 }, levels('add', 'a', 'm')).do('a', approve);
    const fact = it.tick(DAY).facts.find(({ kind }) => kind === 'escalated');
    const stamp = { by: 'system', at: time(DAY), version: 1, sequence: 1 };
    expect(approvalNotices(it.situation, { ...fact!, ...stamp })).toMatchObject([
      { occasion: 'escalated', recipients: ['user:m'] },
    ]);
  });
});

describe('21: the deadline', () => {
  const LATE = 2 * DAY + HOUR;

  test('exactly then a decision or the clock: whichever is first, and the other does nothing', () => {
    const decided = new Case(['a'], { onTimeout: 'expire' }).do('a', approve);
    expect(decided.outcome).toBe('approved');
    const struck = new Case(['a'], { onTimeout: 'expire' }).tick(LATE);
    expect(struck.outcome).toBe('expired');
    expect(struck.tick(LATE).facts).toEqual([]);
  });

  test('late by days, it ends the stage without asking or reminding anybody', () => {
    const more = { levels: [{ to: ['m'] }] };
    const it = new Case(['a'], { onTimeout: 'reject' }, more).tick(9 * DAY);
    expect(it.facts).toEqual([{ kind: 'timed-out', stage: 'one', outcome: 'reject' }]);
    const waits = new Case(['a'], {}, more).tick(9 * DAY);
    expect(waits.facts.map(({ kind }) => kind)).toEqual([
      'escalated',
      'approvers-reminded',
      'timed-out',
    ]);
    expect(waits.facts[1]).toMatchObject({ number: 2 });
  });

  test('a delegation and a reminder by hand are told under their number, whenever they are told', () => {
    const { situation } = new Case(['a', 'c']);
    const keyOf = (kind: 'delegated' | 'approvers-reminded', at: string) => {
      const fact = { kind, stage: 'one', for: 'a', to: 'b' } as const;
      const stamp = { by: 'olga', at, version: 1, sequence: 7 };
      return approvalNotices(situation, { ...fact, ...stamp })[0]?.key;
    };
    for (const kind of ['delegated', 'approvers-reminded'] as const) {
      expect(keyOf(kind, time(1))).toContain('7');
      expect(keyOf(kind, time(1))).toBe(keyOf(kind, time(2)));
    }
  });

  test('extended it can be overdue again, and is told again', () => {
    const it = new Case(['a']).tick(LATE);
    const notice = (ms: number) => {
      const fact = it.facts.find(({ kind }) => kind === 'timed-out')!;
      const stamp = { by: 'system', at: time(ms), version: 1, sequence: 1 };
      return approvalNotices(it.situation, { ...fact, ...stamp })[0]?.key;
    };
    const first = notice(LATE);
    it.state = extended(it.state, { until: time(3 * DAY), at: time(LATE) });
    expect(it.tick(3 * DAY - 1).facts).toEqual([]);
    expect(it.tick(3 * DAY).facts).toMatchObject([{ kind: 'timed-out' }]);
    expect(notice(3 * DAY)).not.toBe(first);
  });
});

test('a reminder by hand twice within a minute is one, and before anybody is asked it is none', () => {
  const it = new Case(['a']).do('x', 'remind');
  expect(it.facts).toHaveLength(1);
  expect(it.do('x', 'remind').facts).toEqual([]);
  it.state = requested(it.state, 0, undefined);
  expect(it.do('x', 'remind').facts).toEqual([]);
});

test('everybody who was asked is remembered, stage by stage', () => {
  const it = new Case(['a(s)'], {}, { levels: [{ to: ['m'] }] }).do('a', to('d')).tick(DAY);
  it.state = requested(paused(it.state), 0, undefined);
  expect(it.enter('b').state.asked).toEqual(['a', 's', 'd', 'm', 'b']);
});
