/** Working time: what durations mean, on which days people work, and what changes of clocks do. */
import { describe, expect, test } from 'vitest';
import type { CalendarRule } from '../../src/contracts/approvals/policy.ts';
import { addWorking, workingLength } from '../../src/people/calendar.ts';
import { isCountry, isHoliday } from '../../src/people/holidays.ts';
import { calendar } from '../support/people.ts';

/** `2026-03-27 16:00` and so on, in winter in Zurich one hour ahead of UTC, in summer two. */
const zurich = (rule: Partial<CalendarRule> = {}) =>
  calendar({ timeZone: 'Europe/Zurich', ...rule });

test('without a calendar a day is 24 hours, whatever the clocks do', () => {
  expect(addWorking('2026-03-28T12:00:00Z', 'P1D', undefined)).toBe('2026-03-29T12:00:00.000Z');
  expect(addWorking('2026-03-28T12:00:00+02:00', 'P1W', undefined)).toBe(
    '2026-04-04T10:00:00.000Z',
  );
  expect(addWorking('2026-03-28T12:00:00Z', '1.5h', undefined)).toBe('2026-03-28T13:30:00.000Z');
});

describe('from Monday to Friday, 09:00 to 17:00 in Zurich,', () => {
  // 2026-01-05 is a Monday; in winter 09:00 is 08:00Z and 17:00 is 16:00Z.
  test.each([
    ['hours of the same day', '2026-01-05T08:00:00Z', 'PT4H', '2026-01-05T12:00:00.000Z'],
    ['a whole day ends that day', '2026-01-05T08:00:00Z', 'PT8H', '2026-01-05T16:00:00.000Z'],
    ['what is left comes tomorrow', '2026-01-05T15:00:00Z', 'PT2H', '2026-01-06T09:00:00.000Z'],
    ['minutes and seconds', '2026-01-05T15:59:00Z', 'PT1M1S', '2026-01-06T08:00:01.000Z'],
    ['hours over the weekend', '2026-01-09T15:00:00Z', 'PT4H', '2026-01-12T11:00:00.000Z'],
    ['more hours than a day has', '2026-01-05T08:00:00Z', 'PT24H', '2026-01-07T16:00:00.000Z'],
    ['a day', '2026-01-05T10:30:15.250Z', 'P1D', '2026-01-06T10:30:15.250Z'],
    ['a day over the weekend', '2026-01-09T10:30:00Z', 'P1D', '2026-01-12T10:30:00.000Z'],
    ['a week is five days', '2026-01-07T10:00:00Z', 'P1W', '2026-01-14T10:00:00.000Z'],
    ['days first, then hours', '2026-01-08T15:00:00Z', 'P1DT2H', '2026-01-12T09:00:00.000Z'],
    ['half a day is four hours', '2026-01-05T08:00:00Z', '0.5d', '2026-01-05T12:00:00.000Z'],
    ['half a week is 2.5 days', '2026-01-05T08:00:00Z', '0.5w', '2026-01-07T12:00:00.000Z'],
    ['before work', '2026-01-05T03:00:00Z', 'P1D', '2026-01-06T08:00:00.000Z'],
    ['before work, hours', '2026-01-05T03:00:00Z', 'PT1H', '2026-01-05T09:00:00.000Z'],
    ['after work', '2026-01-09T20:00:00Z', 'P1D', '2026-01-13T08:00:00.000Z'],
    ['on a Sunday', '2026-01-11T10:00:00Z', 'PT1H', '2026-01-12T09:00:00.000Z'],
    ['from the end of work', '2026-01-09T16:00:00Z', 'P1D', '2026-01-12T16:00:00.000Z'],
    ['hours from the end of work', '2026-01-09T16:00:00Z', 'PT1H', '2026-01-12T09:00:00.000Z'],
    ['just after it', '2026-01-09T16:00:00.001Z', 'P1D', '2026-01-13T08:00:00.000Z'],
    ['nothing, in working time', '2026-01-05T10:00:00Z', 'PT0S', '2026-01-05T10:00:00.000Z'],
    ['nothing, outside', '2026-01-10T10:00:00Z', 'PT0S', '2026-01-12T08:00:00.000Z'],
  ])('%s: %s and %s is %s', (_what, from, duration, due) => {
    expect(addWorking(from, duration, zurich())).toBe(due);
  });
});

describe('days off and on', () => {
  test.each<[string, Partial<CalendarRule>, string, string, string]>([
    // Good Friday is 2026-04-03, Easter Monday 2026-04-06; summer: 09:00 is 07:00Z.
    ['a holiday on the due date', { country: 'CH' }, '2026-04-02T10:00:00Z', 'P1D', '2026-04-07'],
    ['without a country', {}, '2026-04-02T10:00:00Z', 'P1D', '2026-04-03'],
    // 1 May is one in Zurich, not in Geneva.
    ['of a canton', { country: 'CH-ZH' }, '2026-04-30T10:00:00Z', 'P1D', '2026-05-04'],
    ['of another canton', { country: 'CH-GE' }, '2026-04-30T10:00:00Z', 'P1D', '2026-05-01'],
    ['a day off', { holidays: ['2026-12-24'] }, '2026-12-23T10:00:00Z', 'P1D', '2026-12-25'],
    [
      'a Saturday worked',
      { extraDays: ['2026-01-10'] },
      '2026-01-09T10:00:00Z',
      'P1D',
      '2026-01-10',
    ],
    [
      'a holiday worked',
      { country: 'CH', extraDays: ['2026-04-03'] },
      '2026-04-02T10:00:00Z',
      'P1D',
      '2026-04-03',
    ],
    [
      'a day off that is worked all the same',
      { holidays: ['2026-01-06'], extraDays: ['2026-01-06'] },
      '2026-01-05T10:00:00Z',
      'P1D',
      '2026-01-06',
    ],
    [
      'only one day a week, and that one off',
      { days: [3], holidays: ['2026-01-14'] },
      '2026-01-07T10:00:00Z',
      'P1D',
      '2026-01-21',
    ],
    ['29 February', {}, '2028-02-28T10:00:00Z', 'P1D', '2028-02-29'],
    ['the day after it', {}, '2028-02-29T10:00:00Z', 'P1D', '2028-03-01'],
    [
      '28 February of other years',
      { days: [1, 2, 3, 4, 5, 6, 7] },
      '2027-02-28T10:00:00Z',
      'P1D',
      '2027-03-01',
    ],
    ['1900 had none', { days: [1, 2, 3, 4, 5, 6, 7] }, '1900-02-28T10:00:00Z', 'P1D', '1900-03-01'],
  ])('%s', (_what, rule, from, duration, date) => {
    const due = addWorking(from, duration, zurich(rule));
    expect(due.slice(0, 10)).toBe(date);
    const local = (instant: string) =>
      new Date(instant).toLocaleTimeString('de-CH', { timeZone: 'Europe/Zurich' });
    expect(local(due)).toBe(local(from));
  });

  test('from a holiday it goes on with the next working day', () => {
    const rule = zurich({ country: 'CH' });
    expect(addWorking('2026-04-03T10:00:00Z', 'PT1H', rule)).toBe('2026-04-07T08:00:00.000Z');
  });
});

describe('clocks are changed', () => {
  const nights = { from: '00:00', to: '24:00' };
  const always = { days: [1, 2, 3, 4, 5, 6, 7], hours: nights };
  test.each<[string, Partial<CalendarRule>, string, string, string]>([
    // Europe/Zurich: 2026-03-29 02:00 becomes 03:00 (01:00Z), 2026-10-25 03:00 becomes 02:00 (01:00Z).
    ['a day of 23 hours', always, '2026-03-28T23:00:00Z', 'P1D', '2026-03-29T22:00:00.000Z'],
    ['24 hours then', always, '2026-03-28T23:00:00Z', 'PT24H', '2026-03-29T23:00:00.000Z'],
    ['a day of 25 hours', always, '2026-10-24T22:00:00Z', 'P1D', '2026-10-25T23:00:00.000Z'],
    ['24 hours then', always, '2026-10-24T22:00:00Z', 'PT24H', '2026-10-25T22:00:00.000Z'],
    ['02:30 is left out', always, '2026-03-28T01:30:00Z', 'P1D', '2026-03-29T01:30:00.000Z'],
    ['02:30 comes twice', always, '2026-10-24T00:30:00Z', 'P1D', '2026-10-25T00:30:00.000Z'],
    ['the second 02:30', always, '2026-10-25T01:30:00Z', 'P1D', '2026-10-26T01:30:00.000Z'],
    // The Friday before and the Monday after: the same local time.
    ['over the weekend', {}, '2026-03-27T10:00:00Z', 'P1D', '2026-03-30T09:00:00.000Z'],
    ['and back', {}, '2026-10-23T10:00:00Z', 'P1D', '2026-10-26T11:00:00.000Z'],
    [
      'hours that begin within what is left out begin later',
      { ...always, hours: { from: '02:30', to: '05:00' } },
      '2026-03-28T20:00:00Z',
      'PT1M',
      '2026-03-29T01:31:00.000Z',
    ],
    [
      'the beginning of the day before is their beginning',
      { ...always, hours: { from: '02:30', to: '05:00' } },
      '2026-03-28T01:30:00Z',
      'P1D',
      '2026-03-29T01:30:00.000Z',
    ],
    [
      'the end of a day is the end of the next, also at midnight',
      { hours: { from: '09:00', to: '24:00' } },
      '2026-01-05T23:00:00Z',
      'P1D',
      '2026-01-06T23:00:00.000Z',
    ],
    [
      'a beginning that was late is not late on the next day',
      { ...always, hours: { from: '02:30', to: '05:00' } },
      '2026-03-29T01:30:00Z',
      'P1D',
      '2026-03-30T00:30:00.000Z',
    ],
    [
      'an hour that was worked later than the hours end is their end on the next day',
      { ...always, hours: { from: '01:00', to: '02:30' } },
      '2026-03-29T01:10:00Z',
      'P1D',
      '2026-03-30T00:30:00.000Z',
    ],
    [
      'hours that are left out wholly: the day is off',
      { ...always, hours: { from: '02:30', to: '03:10' } },
      '2026-03-28T20:00:00Z',
      'PT1M',
      '2026-03-30T00:31:00.000Z',
    ],
    [
      'America/New_York',
      { ...always, timeZone: 'America/New_York' },
      '2026-03-07T12:00:00Z',
      'P1D',
      '2026-03-08T11:00:00.000Z',
    ],
    [
      'America/New_York and back',
      { timeZone: 'America/New_York' },
      '2026-10-30T14:00:00Z',
      'P1DT1H',
      '2026-11-02T16:00:00.000Z',
    ],
    [
      'Asia/Kolkata changes none',
      { timeZone: 'Asia/Kolkata' },
      '2026-03-27T05:00:00Z',
      'P1D',
      '2026-03-30T05:00:00.000Z',
    ],
    // Lord Howe: 2026-04-05 02:00 becomes 01:30 (+11:00 to +10:30), 2026-10-04 02:00 becomes 02:30.
    [
      'Australia/Lord_Howe, half an hour',
      { ...always, timeZone: 'Australia/Lord_Howe' },
      '2026-04-04T01:00:00Z',
      'P1D',
      '2026-04-05T01:30:00.000Z',
    ],
    [
      'Australia/Lord_Howe, hours through it',
      { ...always, timeZone: 'Australia/Lord_Howe', hours: { from: '01:00', to: '03:00' } },
      '2026-10-03T13:00:00Z',
      'PT2H',
      '2026-10-04T14:30:00.000Z',
    ],
    // Samoa left 30 December 2011 out.
    [
      'a date that there was not',
      { ...always, timeZone: 'Pacific/Apia' },
      '2011-12-29T20:00:00Z',
      'P1D',
      '2011-12-30T20:00:00.000Z',
    ],
    [
      'nor is it counted',
      { ...always, timeZone: 'Pacific/Apia', hours: { from: '09:00', to: '17:00' } },
      '2011-12-29T20:00:00Z',
      'P2D',
      '2011-12-31T20:00:00.000Z',
    ],
    // Havana: at 01:00 it is 00:00 again.
    [
      'a midnight that comes twice',
      { ...always, timeZone: 'America/Havana' },
      '2026-11-01T04:00:00Z',
      'PT1H',
      '2026-11-01T05:00:00.000Z',
    ],
  ])('%s', (_what, rule, from, duration, due) => {
    expect(addWorking(from, duration, zurich(rule))).toBe(due);
  });
});

test('the result does not hang on the season in which it is looked up', () => {
  const all = zurich({ days: [7], hours: { from: '00:00', to: '24:00' } });
  // Both passes of 02:30 on 2026-10-25, asked from a Sunday before.
  expect(addWorking('2026-10-18T00:30:00Z', 'P1D', all)).toBe('2026-10-25T00:30:00.000Z');
});

test('what cannot be answered is refused', () => {
  const rule = zurich();
  expect(() => addWorking('soon', 'P1D', rule)).toThrow(/"soon" is no instant/);
  expect(() => addWorking('2026-01-05T10:00:00Z', 'soon', rule)).toThrow(/"soon" is no duration/);
  expect(() =>
    addWorking('2026-01-05T10:00:00Z', 'P1D', zurich({ timeZone: 'Mars/Olympus' })),
  ).toThrow(/no time zone/);
  for (const never of [{ days: [] }, { hours: { from: '17:00', to: '09:00' } }])
    expect(() => addWorking('2026-01-05T10:00:00Z', 'P1D', zurich(never))).toThrow(/nobody works/);
  expect(() => addWorking('2026-01-05T10:00:00Z', 'P20000D', rule)).toThrow(/nobody works/);
});

test('ten years take no time that anybody would notice', () => {
  const begin = performance.now();
  const due = addWorking('2026-01-05T10:00:00Z', 'P2600D', zurich({ country: 'CH' }));
  expect(due.slice(0, 4)).toBe('2036');
  expect(performance.now() - begin).toBeLessThan(3_000);
});

test('durations are compared by their working time', () => {
  expect(workingLength('P1D', zurich())).toBe(8 * 3_600_000);
  expect(workingLength('P1WT1H', zurich())).toBe(41 * 3_600_000);
  expect(workingLength('P1D', undefined)).toBe(24 * 3_600_000);
  expect(workingLength('soon', zurich())).toBeUndefined();
});

describe('holidays', () => {
  test.each([
    ['CH', true],
    ['CH-ZH', true],
    ['US-CA', true],
    ['XX', false],
    ['ch', false],
    ['CH-XX', false],
    ['CH-ZH-1', false],
    ['LI-XX', false],
    ['', false],
    ['constructor', false],
    ['CH-constructor', false],
  ])('%s is a country: %s', (code, is) => {
    expect(isCountry(code)).toBe(is);
  });

  test.each([
    ['CH', '2026-12-25', true],
    ['CH', '2026-12-24', false],
    // Three days long, from sunset on; also after the turn of a year.
    ['SA', '2026-03-19', true],
    ['SA', '2026-03-22', true],
    ['SA', '2026-03-18', false],
    ['SZ', '2027-01-01', true],
    ['SZ', '2026-01-02', true],
    // From 13:00 only.
    ['IS', '2026-12-24', false],
    // From noon only.
    ['CN', '2026-03-08', false],
    // The date is the country's own.
    ['JP', '2026-01-01', true],
    ['NZ', '2026-02-06', true],
    ['XX', '2026-01-01', false],
  ])('%s %s: %s', (country, date, is) => {
    expect(isHoliday(country, date)).toBe(is);
  });
});
