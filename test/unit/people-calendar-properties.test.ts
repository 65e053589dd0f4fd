/** Working time against arbitrary calendars, around changes of clocks and 29 February. */
import { createRequire } from 'node:module';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { CalendarRule } from '../../src/contracts/approvals/policy.ts';
import { addWorking } from '../../src/people/calendar.ts';
import { calendar } from '../support/people.ts';

const MINUTE = 60_000;
const DAY = 1440 * MINUTE;

/** Days on which something is unusual: clocks that go forward and back, and the leap day. */
const DAYS: Readonly<Record<string, readonly string[]>> = {
  'Europe/Zurich': ['2026-03-29', '2026-10-25', '2028-02-29'],
  'America/New_York': ['2026-03-08', '2026-11-01', '2028-02-29'],
  'Asia/Kolkata': ['2026-03-29', '2028-02-29'],
  'Australia/Lord_Howe': ['2026-04-05', '2026-10-04', '2028-02-29'],
};
const dates = [...new Set(Object.values(DAYS).flat())];

/** None begins or ends in an hour that is left out or comes twice, so that every order and every hour is kept. */
const hours = fc.constantFrom(
  { from: '09:00', to: '17:00' },
  { from: '00:00', to: '24:00' },
  { from: '00:00', to: '05:00' },
  { from: '22:15', to: '24:00' },
  { from: '03:30', to: '04:20' },
);
const rules = fc
  .record({
    timeZone: fc.constantFrom(...Object.keys(DAYS)),
    days: fc.uniqueArray(fc.integer({ min: 1, max: 7 }), { minLength: 1 }),
    hours,
    holidays: fc.subarray(dates),
    extraDays: fc.subarray(dates),
  })
  .map(calendar);
/** With an instant within four days of one of its unusual days. */
const situations = rules.chain((rule) =>
  fc.record({
    rule: fc.constant(rule),
    from: fc
      .tuple(
        fc.constantFrom(...(DAYS[rule.timeZone] ?? [])),
        fc.integer({ min: -4 * DAY, max: 4 * DAY }),
      )
      .map(([date, ms]) => Date.parse(date) + ms),
  }),
);

const add = (from: number, duration: string, rule: CalendarRule): number =>
  Date.parse(addWorking(new Date(from).toISOString(), duration, rule));

describe('whatever the calendar,', () => {
  const durations = fc
    .record({ days: fc.integer({ min: 0, max: 8 }), minutes: fc.integer({ min: 0, max: 3000 }) })
    .map(({ days, minutes }) => `P${days}DT${minutes}M`);

  test('the result is in working time, or the end of a day’s work', () => {
    fc.assert(
      fc.property(situations, durations, ({ rule, from }, duration) => {
        const due = add(from, duration, rule);
        expect(due).toBeGreaterThanOrEqual(from);
        expect(isWorked(due, rule) || isWorked(due - 1, rule)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  test('more time is never over earlier', () => {
    fc.assert(
      fc.property(
        situations,
        fc.nat(8),
        fc.nat(8),
        fc.nat(3000),
        fc.nat(3000),
        ({ rule, from }, days, moreDays, minutes, moreMinutes) => {
          const one = add(from, `P${days}DT${minutes}M`, rule);
          expect(add(from, `P${days}DT${minutes + moreMinutes}M`, rule)).toBeGreaterThanOrEqual(
            one,
          );
          const lookingOn = add(from, `P${days}D`, rule);
          expect(add(from, `P${days + moreDays}D`, rule)).toBeGreaterThanOrEqual(lookingOn);
        },
      ),
      { numRuns: 300 },
    );
  });

  test('who begins later ends no earlier: hours', () => {
    fc.assert(
      fc.property(situations, fc.nat(2 * DAY), fc.nat(3000), ({ rule, from }, later, minutes) => {
        const one = add(from, `PT${minutes}M`, rule);
        expect(add(from + later, `PT${minutes}M`, rule)).toBeGreaterThanOrEqual(one);
      }),
      { numRuns: 500 },
    );
  });

  test('who begins later ends no earlier: days, outside of the hours in which clocks are changed', () => {
    const daytime = situations.filter(({ rule }) => !rule.hours.from.startsWith('00'));
    fc.assert(
      fc.property(daytime, fc.nat(2 * DAY), fc.nat(8), ({ rule, from }, later, days) => {
        const one = add(from, `P${days}D`, rule);
        expect(add(from + later, `P${days}D`, rule)).toBeGreaterThanOrEqual(one);
      }),
      { numRuns: 500 },
    );
  });

  test('hours in two parts are the same as at once', () => {
    fc.assert(
      fc.property(situations, fc.nat(3000), fc.nat(3000), ({ rule, from }, first, second) => {
        const whole = add(from, `PT${first + second}M`, rule);
        expect(add(add(from, `PT${first}M`, rule), `PT${second}M`, rule)).toBe(whole);
      }),
      { numRuns: 500 },
    );
  });

  test('days and hours are the days, and then the hours', () => {
    fc.assert(
      fc.property(situations, fc.nat(8), fc.nat(3000), ({ rule, from }, days, minutes) => {
        const whole = add(from, `P${days}DT${minutes}M`, rule);
        expect(add(add(from, `P${days}D`, rule), `PT${minutes}M`, rule)).toBe(whole);
      }),
      { numRuns: 500 },
    );
  });
});

describe('the same as counted by hand,', () => {
  test('minute by minute', () => {
    // In whole minutes, and not more of them than a test can count.
    const short = situations.filter(({ rule }) => rule.hours.to !== '04:20');
    fc.assert(
      fc.property(short, fc.integer({ min: 1, max: 600 }), ({ rule, from }, minutes) => {
        const start = Math.floor(from / MINUTE) * MINUTE;
        let left = minutes;
        let at = start;
        for (; left > 0; at += MINUTE) if (isWorked(at, rule)) left -= 1;
        expect(add(start, `PT${minutes}M`, rule)).toBe(at);
      }),
      { numRuns: 150 },
    );
  });

  test('day by day', () => {
    const inside = situations.filter(
      ({ rule, from }) => !rule.hours.from.startsWith('00') && isWorked(from, rule),
    );
    fc.assert(
      fc.property(inside, fc.integer({ min: 1, max: 10 }), ({ rule, from }, days) => {
        const due = add(from, `P${days}D`, rule);
        const [begin, end] = [localOf(from, rule.timeZone), localOf(due, rule.timeZone)];
        expect(end.time).toBe(begin.time);
        let passed = 0;
        for (let day = Date.parse(begin.date) + DAY; day <= Date.parse(end.date); day += DAY)
          if (isWorkingDay(new Date(day).toISOString().slice(0, 10), rule)) passed += 1;
        expect(passed).toBe(days);
      }),
      { numRuns: 300 },
    );
  });
});

test('the package of holidays, which is large, is not loaded where no calendar names a country', () => {
  addWorking('2026-01-05T10:00:00Z', 'P1D', calendar());
  const loaded = Object.keys(createRequire(import.meta.url).cache);
  expect(loaded.filter((file) => file.includes('date-holidays'))).toEqual([]);
});

/** By the rule's words alone, and by the clock of the platform instead of luxon's. */
function isWorked(at: number, rule: CalendarRule): boolean {
  const { date, time } = localOf(at, rule.timeZone);
  return isWorkingDay(date, rule) && time >= rule.hours.from && time < rule.hours.to;
}

function isWorkingDay(date: string, { days, holidays, extraDays }: CalendarRule): boolean {
  const weekday = new Date(date).getUTCDay() || 7;
  return extraDays.includes(date) || (days.includes(weekday) && !holidays.includes(date));
}

const formats = new Map<string, Intl.DateTimeFormat>();

function localOf(at: number, timeZone: string): { readonly date: string; readonly time: string } {
  const format =
    formats.get(timeZone) ??
    new Intl.DateTimeFormat('sv-SE', {
      timeZone,
      dateStyle: 'short',
      timeStyle: 'medium',
    });
  formats.set(timeZone, format);
  const [date = '', time = ''] = format.format(at).split(' ');
  return { date, time };
}
