/** Working time: when a duration of a policy is over. Dates and zones are luxon's; here is the walk from day to day. */
import { DateTime, IANAZone } from 'luxon';
import type { CalendarRule } from '../contracts/approvals/policy.ts';
import { durationParts, parseDuration, type DurationParts } from '../contracts/durations.ts';
import { isHoliday } from './holidays.ts';

/** Days that are looked through for working time, some 40 years; a policy that is right never needs them. */
const MOST_DAYS = 14_610;
const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

/** The working time of one day, in milliseconds since 1970. */
interface Shift {
  /** The local date, as midnight in UTC. */
  readonly day: DateTime;
  readonly start: number;
  readonly end: number;
}

/**
 * When the duration is over that begins at `from`; ISO instants, the result in UTC with milliseconds.
 *
 * Without a rule a day is 24 hours and a week seven days. With one:
 *
 * - A `from` outside of working time counts as the next moment at which work begins. The exact end of a day's work is not
 *   outside: a deadline of PT8H and one of P1D after it end at the same time of the day.
 * - Weeks and days come first, then hours, minutes and seconds.
 * - P1D: the same local time on the next working day. A week is as many working days as the rule has weekdays, so five
 *   from Monday to Friday; a holiday between makes both longer.
 * - PT4H: so much working time, as a clock measures it that nobody changes; a day whose clocks are changed while people
 *   work has an hour more or less. What ends exactly with a day's work ends that day, not on the next morning.
 * - A fraction of a day or a week (`0.5d`) is that part of the hours from `from` to `to`.
 * - Days of `extraDays` are worked whatever they are else: a Sunday, a holiday of the country or of the list.
 * - The hours to 24:00 end with the day. A local time that a change of clocks leaves out is as much later as the clocks
 *   go forward, one that comes twice is the first of both. A day that has no working time because of this is off.
 *
 * So the result lies within working time or is the end of a day's work. The later `from`, the later the result, but for
 * days that begin or end in an hour in which clocks are changed.
 * @throws RangeError when `from` is no instant, `duration` no duration, the zone is not known, or nobody works for so
 * long within 40 years. What `policyProblems` lets pass is none of these.
 */
export function addWorking(from: string, duration: string, rule: CalendarRule | undefined): string {
  const start = Date.parse(from);
  const ms = parseDuration(duration);
  const parts = durationParts(duration);
  if (Number.isNaN(start)) throw new RangeError(`${JSON.stringify(from)} is no instant`);
  if (ms === undefined || !parts)
    throw new RangeError(`${JSON.stringify(duration)} is no duration`);
  return new Date(rule ? walked(start, parts, rule) : start + ms).toISOString();
}

/**
 * Milliseconds of working time of a duration, by which two of them can be compared: whichever is longer ends later, as
 * long as no clocks are changed while people work. Without a rule those of the clock. Undefined when it is no duration.
 */
export function workingLength(
  duration: string,
  rule: CalendarRule | undefined,
): number | undefined {
  const ms = parseDuration(duration);
  const parts = durationParts(duration);
  if (!rule || ms === undefined || !parts) return ms;
  return workingDays(parts, rule) * dayLength(rule) + parts.ms;
}

/** Minutes from midnight of `09:00`, up to `24:00`; undefined for what is no time of the day. */
export function minutesOf(time: string): number | undefined {
  const [, hours, minutes] = /^([01]\d|2[0-4]):([0-5]\d)$/.exec(time) ?? [];
  const all = Number(hours) * 60 + Number(minutes);
  return all <= 24 * 60 ? all : undefined;
}

/** Milliseconds from `from` to `to`. */
export function dayLength({ hours }: CalendarRule): number {
  return ((minutesOf(hours.to) ?? 0) - (minutesOf(hours.from) ?? 0)) * MINUTE;
}

function workingDays({ weeks, days }: DurationParts, rule: CalendarRule): number {
  return weeks * rule.days.length + days;
}

function walked(start: number, parts: DurationParts, rule: CalendarRule): number {
  const zone = IANAZone.create(rule.timeZone);
  if (!zone.isValid) throw new RangeError(`${rule.timeZone} is no time zone`);
  const local = DateTime.fromMillis(start, { zone });
  // From the day before on: clocks that go back at midnight lead into the day that was.
  const first = DateTime.utc(local.year, local.month, local.day).minus({ days: 1 });
  const shift = numbered(shiftsOf(rule, zone, first));

  let number = 0;
  while (shift(number + 1).start <= start) number += 1;
  if (start > shift(number).end) number += 1;
  let at = Math.max(start, shift(number).start);

  const days = workingDays(parts, rule);
  const whole = Math.floor(days);
  at = sameTime(at, shift(number), shift(number + whole), zone);
  number += whole;

  let left = Math.round((days - whole) * dayLength(rule) + parts.ms);
  while (at + left > shift(number).end) {
    left -= shift(number).end - at;
    number += 1;
    at = shift(number).start;
  }
  return at + left;
}

/** What the generator yields, by its number from 0. */
function numbered<T>(generator: Generator<T, never>): (number: number) => T {
  const made: T[] = [];
  return (number) => {
    while (made.length <= number) made.push(generator.next().value);
    return made[number] as T;
  };
}

/** The working days from `first` on. */
function* shiftsOf(rule: CalendarRule, zone: IANAZone, first: DateTime): Generator<Shift, never> {
  const [extra, off] = [new Set(rule.extraDays), new Set(rule.holidays)];
  for (let i = 0; i < MOST_DAYS; i += 1) {
    const day = first.plus({ days: i });
    const date = dateOf(day);
    const isWorked =
      extra.has(date) ||
      (rule.days.includes(day.weekday) &&
        !off.has(date) &&
        (rule.country === undefined || !isHoliday(rule.country, date)));
    const shift = isWorked ? shiftOn(day, rule, zone) : undefined;
    if (shift) yield shift;
  }
  throw new RangeError('nobody works for so long within 40 years of this calendar');
}

/** Undefined when a change of clocks leaves nothing of it, or of the whole day. */
function shiftOn(day: DateTime, { hours }: CalendarRule, zone: IANAZone): Shift | undefined {
  const { instantOf, isWhole } = clockOf(day, zone);
  const start = instantOf((minutesOf(hours.from) ?? Number.NaN) * MINUTE);
  const end = instantOf((minutesOf(hours.to) ?? Number.NaN) * MINUTE);
  if (!(start < end)) return undefined;
  const isThere = isWhole || dateOf(DateTime.fromMillis(start, { zone })) === dateOf(day);
  return isThere ? { day, start, end } : undefined;
}

/** The same local time in another day's work; its beginning stays the beginning, its end the end. */
function sameTime(at: number, from: Shift, to: Shift, zone: IANAZone): number {
  if (from === to) return at;
  if (at === from.start) return to.start;
  if (at === from.end) return to.end;
  const { hour, minute, second, millisecond } = DateTime.fromMillis(at, { zone });
  const time = ((hour * 60 + minute) * 60 + second) * 1000 + millisecond;
  return Math.min(Math.max(clockOf(to.day, zone).instantOf(time), to.start), to.end);
}

interface Clock {
  /** The instant of a local time in milliseconds from midnight; see {@link addWorking} for changes of clocks. */
  readonly instantOf: (time: number) => number;
  /** Whether no clock is changed on the day. */
  readonly isWhole: boolean;
}

function clockOf(day: DateTime, zone: IANAZone): Clock {
  const midnight = day.toMillis();
  const offset = zone.offset(midnight - DAY);
  // Without this, ten years would take half a second of the worker's one thread.
  if (offset === zone.offset(midnight + 2 * DAY))
    return { isWhole: true, instantOf: (time) => midnight + time - offset * MINUTE };
  return {
    isWhole: false,
    instantOf(time) {
      // Not fromObject, which guesses by the offset of today: which of two hours it takes would depend on the season.
      const local = day.plus({ milliseconds: time }).setZone(zone, { keepLocalTime: true });
      return (local.getPossibleOffsets()[0] ?? local).toMillis();
    },
  };
}

function dateOf(day: DateTime): string {
  return day.toISODate() ?? '';
}
