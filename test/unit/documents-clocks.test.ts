import { describe, expect, test } from 'vitest';
import type { DocumentEvent } from '../../src/contracts/documents/events.ts';
import { dueAt, isOverdue, nextStrike, strike } from '../../src/workflows/documents/clocks.ts';
import { evolve, type DocumentState } from '../../src/workflows/documents/state.ts';
import {
  accepted,
  after,
  anySection,
  ANYBODY_DECIDES,
  create,
  DAY,
  fill,
  heard,
  HOUR,
  owner,
  shippedType,
  T0,
  time,
  typeOf,
  withdraw,
} from '../support/rules.ts';

const YEAR = 365 * DAY;
const approval = ANYBODY_DECIDES;
const tick = { kind: 'tick' } as const;

/** Lets time pass: the alarm rings whenever it is set for, until `ms`. Events as `kind section number at day`. */
function pass(
  state: DocumentState,
  ms: number,
  rings: (at: number) => number = (at) => at,
): { state: DocumentState; told: string[]; rung: number } {
  const told: string[] = [];
  let now = 0;
  let rung = 0;
  for (;;) {
    const next = nextStrike(state);
    const at = next === undefined ? Number.POSITIVE_INFINITY : rings(Math.max(now, next - T0));
    if (at > ms) return { state, told, rung };
    now = at;
    rung += 1;
    const events = heard(state, tick, at);
    state = events.reduce(evolve, state);
    told.push(...events.map(tell));
    const later = nextStrike(state);
    if (later !== undefined) expect(later).toBeGreaterThan(T0 + at);
  }
}

function tell(event: DocumentEvent): string {
  const { kind, at } = event;
  const what = 'number' in event ? [event.number] : [];
  const where = 'section' in event ? [event.section] : [];
  return [kind, ...where, ...what, (Date.parse(at) - T0) / DAY].join(' ');
}

describe('the deadline of a draft', () => {
  const type = typeOf({ deadline: 'P10D', sections: { A: anySection() }, approval });

  test('ends it, to the millisecond', () => {
    const state = create(type);
    expect(nextStrike(state)).toBe(T0 + 10 * DAY);
    expect(dueAt(state)).toBe(time(10 * DAY));
    expect(heard(state, tick, 10 * DAY - 1)).toEqual([]);
    expect(after(state, tick, 10 * DAY)).toMatchObject({
      state: 'expired',
      closedReason: `Not submitted by ${time(10 * DAY)}.`,
      clocks: {},
    });
  });

  test('does not move with what is done, but with an extension', () => {
    const filled = accepted(create(type), fill('A', {}), owner, 9 * DAY);
    expect(nextStrike(filled)).toBe(T0 + 10 * DAY);
    const state = accepted(filled, { kind: 'extend', until: time(30 * DAY) }, owner, 9 * DAY);
    expect(heard(state, tick, 10 * DAY)).toEqual([]);
    expect(after(state, tick, 30 * DAY).state).toBe('expired');
  });

  test('runs only until the submission, and anew after it is reopened', () => {
    const filled = accepted(create(type), fill('A', {}));
    const review = accepted(filled, { kind: 'submit' }, owner, 5 * DAY);
    expect(nextStrike(review)).toBeUndefined();
    expect(heard(review, tick, YEAR)).toEqual([]);
    const draft = accepted(review, { kind: 'reopen' }, owner, YEAR);
    expect(nextStrike(draft)).toBe(T0 + YEAR + 10 * DAY);
  });

  test('goes before whatever else is due', () => {
    const both = typeOf({ ...type, sections: { A: anySection({ deadline: 'P1D' }) } });
    expect(strike(create(both), time(YEAR)).map(({ kind }) => kind)).toEqual(['closed']);
  });
});

describe('the deadline of a section', () => {
  const type = typeOf({
    sections: {
      A: anySection({ deadline: 'P2D' }),
      B: anySection({ deadline: 'PT36H', dependsOn: ['A'] }),
      C: anySection({ required: false, deadline: 'P1D' }),
    },
    approval,
  });

  test('makes it overdue, once', () => {
    const { state, told } = pass(create(type), YEAR);
    expect(told).toEqual(['overdue A 2']);
    expect(isOverdue(state)).toBe(true);
    expect(dueAt(state)).toBe(time(2 * DAY));
    expect(isOverdue(accepted(state, fill('A', {}), owner, YEAR))).toBe(false);
  });

  test('can be moved again, and passes again', () => {
    const { state } = pass(create(type), 3 * DAY);
    const extend = { kind: 'extend', section: 'A', until: time(5 * DAY) } as const;
    const later = accepted(state, extend, owner, 3 * DAY);
    expect(isOverdue(later)).toBe(false);
    expect(pass(later, YEAR).told).toEqual(['overdue A 5']);
  });

  test('begins when the section can be filled', () => {
    expect(Object.keys(create(type).clocks)).toEqual(['A']);
    const state = accepted(create(type), fill('A', {}), owner, DAY);
    expect(state.clocks).toEqual({
      B: { startedAt: time(DAY), dueAt: time(DAY + 36 * HOUR), reminded: 0 },
    });
    expect(accepted(state, withdraw('A'), owner, 2 * DAY).clocks).toEqual({
      A: { startedAt: time(2 * DAY), dueAt: time(4 * DAY), reminded: 0 },
    });
  });
});

test('the clock of a conditional section runs while it is required', () => {
  const condition = { field: 'Request.amount', above: 50 };
  const amount = { type: 'object', properties: { amount: { type: 'number' } } };
  const type = typeOf({
    sections: {
      Request: { title: 'Request', schema: amount },
      Receipt: anySection({ required: condition, deadline: 'P1D', reminders: { every: 'PT6H' } }),
    },
    approval,
  });
  const small = accepted(create(type), fill('Request', { amount: 10 }), owner, DAY);
  expect(small.clocks).toEqual({});
  const large = accepted(small, fill('Request', { amount: 100 }), owner, 5 * DAY);
  expect(large.clocks['Receipt']).toMatchObject({ startedAt: time(5 * DAY), dueAt: time(6 * DAY) });
  expect(accepted(large, fill('Request', { amount: 10 }), owner, 6 * DAY).clocks).toEqual({});
  const edited = accepted(large, fill('Request', { amount: 200 }), owner, 6 * DAY);
  expect(edited.clocks).toEqual(large.clocks);
});

describe('reminders', () => {
  const reminded = (max: number, every = 'P1D') =>
    typeOf({ sections: { A: anySection({ reminders: { every, max } }) }, approval });

  test('come one after the other, so many and no more', () => {
    expect(pass(create(reminded(3)), YEAR).told).toEqual([
      'reminded A 1 1',
      'reminded A 2 2',
      'reminded A 3 3',
    ]);
  });

  test('are ten when nothing else is said', () => {
    const type = typeOf({ reminders: { every: 'P1D' }, sections: { A: anySection() }, approval });
    const { told } = pass(create(type), YEAR);
    expect(told).toHaveLength(10);
    expect(told[9]).toBe('reminded 10 10');
  });

  test('that were missed come once, and the next in its time', () => {
    const state = create(reminded(10));
    const late = heard(state, tick, 4 * DAY + HOUR);
    expect(late).toMatchObject([{ kind: 'reminded', section: 'A', number: 4 }]);
    expect(nextStrike(late.reduce(evolve, state))).toBe(T0 + 5 * DAY);
    expect(heard(state, tick, 10 * YEAR)).toMatchObject([{ number: 10 }]);
    expect(nextStrike(after(state, tick, 10 * YEAR))).toBeUndefined();
  });

  test('do not come again, nor before their time', () => {
    const state = after(create(reminded(10)), tick, DAY);
    expect(heard(state, tick, DAY)).toEqual([]);
    expect(heard(state, tick, 2 * DAY - 1)).toEqual([]);
    expect(heard(state, tick, -DAY)).toEqual([]);
  });

  test('go on beyond a deadline, and stop with the data', () => {
    const sections = { A: anySection({ deadline: 'P2D', reminders: { every: 'P1D', max: 4 } }) };
    const state = create(typeOf({ sections, approval }));
    expect(pass(state, YEAR).told).toEqual([
      'reminded A 1 1',
      'reminded A 2 2',
      'overdue A 2',
      'reminded A 3 3',
      'reminded A 4 4',
    ]);
    expect(pass(accepted(state, fill('A', {}), owner, HOUR), YEAR).told).toEqual([]);
  });

  test('count neither as content nor as a submission', () => {
    const state = after(create(reminded(3)), tick, DAY);
    expect(state).toMatchObject({ version: 1, sequence: 2, state: 'open' });
    const automatic = typeOf({ ...reminded(3), submit: 'automatic', reminders: { every: 'P1D' } });
    const review = accepted(create(automatic), fill('A', {}));
    const draft = accepted(review, { kind: 'reopen' });
    expect(heard(draft, tick, DAY).map(({ kind }) => kind)).toEqual(['reminded']);
  });
});

describe('ten years', () => {
  test('of a document that nobody fills: a hundred reminders for each clock, then silence', () => {
    const every = (days: number) => ({ every: `P${days}D`, max: 100 });
    const type = typeOf({
      reminders: every(30),
      sections: {
        A: anySection({ deadline: 'P365D', reminders: every(7) }),
        B: anySection({ reminders: every(1) }),
        C: anySection({ dependsOn: ['A'], reminders: every(1) }),
      },
      approval,
    });
    const { state, told, rung } = pass(create(type), 10 * YEAR);
    const count = (start: string) => told.filter((one) => one.startsWith(start)).length;
    expect(count('reminded A ')).toBe(100);
    expect(count('reminded B ')).toBe(100);
    expect(count('reminded C ')).toBe(0);
    expect(count('reminded ')).toBe(300);
    expect(count('overdue A')).toBe(1);
    expect(state).toMatchObject({ state: 'open', sequence: 302, version: 1 });
    // Never more often than there was something to say.
    expect(rung).toBeLessThanOrEqual(301);
    expect(nextStrike(state)).toBeUndefined();
  });

  test('of one that is extended each year lasts as long', () => {
    const type = typeOf({ deadline: 'P365D', sections: { A: anySection() }, approval });
    let state = create(type);
    for (let year = 1; year <= 10; year += 1) {
      const until = time((year + 1) * YEAR - DAY);
      state = accepted(state, { kind: 'extend', until }, owner, year * YEAR - DAY);
      expect(heard(state, tick, year * YEAR)).toEqual([]);
    }
    expect(pass(state, 12 * YEAR).told).toEqual([`closed ${11 * 365 - 1}`]);
  });

  test('with a worker that is away for a month at a time: no reminder twice, none made up', () => {
    const type = typeOf({
      sections: { A: anySection({ reminders: { every: 'P7D', max: 100 } }) },
      approval,
    });
    const { told } = pass(create(type), 10 * YEAR, (at) => Math.ceil(at / (30 * DAY)) * 30 * DAY);
    const numbers = told.map((one) => Number(one.split(' ')[2]));
    expect(numbers[0]).toBe(4);
    expect(numbers.at(-1)).toBe(100);
    expect(new Set(numbers).size).toBe(numbers.length);
    expect(numbers.toSorted((a, b) => a - b)).toEqual(numbers);
  });
});

test('a credit application that nobody fills is reminded of, is overdue, expires', () => {
  const credit = shippedType('credit-application');
  const officer = { id: 'olga', roles: ['credit-officer'], operator: false };
  const state = create(credit, { metadata: { branch: '001', channel: 'web' } }, officer);
  const { told, state: end } = pass(state, YEAR);
  expect(told).toEqual([
    'reminded Request 1 3',
    'reminded Request 2 6',
    'reminded Request 3 9',
    'reminded Request 4 12',
    'overdue Request 14',
    'closed 90',
  ]);
  expect(end.state).toBe('expired');
});
