/** What makes a calendar of a policy impossible. */
import { DateTime } from 'luxon';
import type { CalendarRule } from '../contracts/approvals/policy.ts';
import type { FieldError } from '../contracts/failures.ts';
import { minutesOf } from './calendar.ts';
import { isCountry, isHoliday } from './holidays.ts';
import { isTimeZone } from './zones.ts';

/** More days off than this could be all there are within the time that is looked through. */
const MOST_DATES = 1_000;

/** A year for which the question is answered whether anybody works at all. */
const SAMPLE = { from: DateTime.utc(2026, 1, 1), days: 365 };

/** Each wrong place, with pointers into the rule; none means that `addWorking` comes to an end with it. */
export function calendarProblems(rule: CalendarRule): FieldError[] {
  const errors = [
    ...zoneProblems(rule),
    ...dayProblems(rule),
    ...hourProblems(rule),
    ...dateProblems('holidays', rule.holidays),
    ...dateProblems('extraDays', rule.extraDays),
  ];
  // It would mean to load the holidays for a rule that is wrong anyway.
  return errors.length > 0 ? errors : countryProblems(rule);
}

function zoneProblems({ timeZone }: CalendarRule): FieldError[] {
  if (isTimeZone(timeZone)) return [];
  const detail = `${JSON.stringify(timeZone)} is no IANA time zone such as Europe/Zurich`;
  return [{ pointer: '/timeZone', detail }];
}

function dayProblems({ days }: CalendarRule): FieldError[] {
  const isRight =
    days.length > 0 &&
    new Set(days).size === days.length &&
    days.every((day) => Number.isInteger(day) && day >= 1 && day <= 7);
  const detail = 'must be one or more different weekdays, from 1 for Monday to 7 for Sunday';
  return isRight ? [] : [{ pointer: '/days', detail }];
}

function hourProblems({ hours: { from, to } }: CalendarRule): FieldError[] {
  const [begin, end] = [minutesOf(from), minutesOf(to)];
  const wrong = (place: string, detail: string): FieldError => ({
    pointer: `/hours/${place}`,
    detail,
  });
  const time = 'must be a time such as 09:00';
  const errors = [
    ...(begin === undefined ? [wrong('from', time)] : []),
    ...(end === undefined ? [wrong('to', `${time}, at most 24:00`)] : []),
  ];
  if (begin === undefined || end === undefined || begin < end) return errors;
  return [wrong('to', `must be later than ${from}; hours do not go over midnight`)];
}

function dateProblems(place: 'holidays' | 'extraDays', dates: readonly string[]): FieldError[] {
  if (dates.length > MOST_DATES)
    return [{ pointer: `/${place}`, detail: `must be at most ${MOST_DATES} dates` }];
  return dates.flatMap((date, i) => {
    const isDate = /^\d{4}-\d\d-\d\d$/.test(date) && DateTime.fromISO(date).isValid;
    const detail = 'must be a date such as 2026-12-24';
    return isDate ? [] : [{ pointer: `/${place}/${i}`, detail }];
  });
}

function countryProblems({ country, days }: CalendarRule): FieldError[] {
  if (country === undefined) return [];
  if (!isCountry(country)) {
    const detail = `${JSON.stringify(country)} is no country such as CH, and no part of one such as CH-ZH, whose holidays are known`;
    return [{ pointer: '/country', detail }];
  }
  for (let i = 0; i < SAMPLE.days; i += 1) {
    const day = SAMPLE.from.plus({ days: i });
    if (days.includes(day.weekday) && !isHoliday(country, day.toISODate() ?? '')) return [];
  }
  return [{ pointer: '/days', detail: 'are all public holidays there; nobody would ever work' }];
}
