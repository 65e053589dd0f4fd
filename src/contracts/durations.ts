/** Durations as settings and document types write them. */

const ISO = /^P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$/;
const SHORT = /^(\d+(?:\.\d+)?)(ms|s|m|h|d|w)$/;

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const UNITS: Readonly<Record<string, number>> = {
  ms: 1,
  s: SECOND,
  m: MINUTE,
  h: HOUR,
};

/** Milliseconds of the longest that anybody may be made to wait: ten years. */
export const LONGEST_WAIT = 3650 * DAY;

/** A duration by its parts, of which each may be a fraction when it is written in the short form. */
export interface DurationParts {
  readonly weeks: number;
  readonly days: number;
  /** Hours, minutes and seconds together, in milliseconds. */
  readonly ms: number;
}

/**
 * Milliseconds of an ISO 8601 duration (`P30D`, `PT20S`) or of a short one as Temporal writes them (`20s`, `1.5h`);
 * undefined when it is neither. No months and years: how long those are depends on where one starts.
 */
export function parseDuration(text: string): number | undefined {
  const parts = durationParts(text);
  if (!parts) return undefined;
  const ms = Math.round(parts.weeks * 7 * DAY + parts.days * DAY + parts.ms);
  return Number.isSafeInteger(ms) ? ms : undefined;
}

/** The same by its parts, for whom a day is not always 24 hours; undefined when it is no duration. */
export function durationParts(text: string): DurationParts | undefined {
  const short = SHORT.exec(text);
  if (short) {
    const [count, unit = ''] = [Number(short[1]), short[2]];
    if (unit === 'w') return { weeks: count, days: 0, ms: 0 };
    if (unit === 'd') return { weeks: 0, days: count, ms: 0 };
    return { weeks: 0, days: 0, ms: count * (UNITS[unit] ?? Number.NaN) };
  }
  const iso = ISO.exec(text);
  if (!iso || !/\d/.test(text) || text.endsWith('T')) return undefined;
  const [weeks = 0, days = 0, hours = 0, minutes = 0, seconds = 0] = iso
    .slice(1)
    .map((part) => Number(part ?? 0));
  return { weeks, days, ms: hours * HOUR + minutes * MINUTE + seconds * SECOND };
}

/**
 * What is wrong with a text that must be a duration from 1 s to 10 years, which are the bounds of whatever somebody waits
 * for; undefined when nothing is.
 */
export function durationProblem(text: string): string | undefined {
  const ms = parseDuration(text);
  if (ms === undefined)
    return `${JSON.stringify(text)} must be a duration such as P1D, PT8H or 30m; weeks are the longest unit`;
  if (ms >= SECOND && ms <= LONGEST_WAIT) return undefined;
  return `is ${text}; it must be from 1 s to 10 years (P3650D)`;
}
