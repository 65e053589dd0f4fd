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
  d: DAY,
  w: 7 * DAY,
};

/**
 * Milliseconds of an ISO 8601 duration (`P30D`, `PT20S`) or of a short one as Temporal writes them (`20s`, `1.5h`);
 * undefined when it is neither. No months and years: how long those are depends on where one starts.
 */
export function parseDuration(text: string): number | undefined {
  const ms = milliseconds(text);
  return ms !== undefined && Number.isSafeInteger(ms) ? ms : undefined;
}

function milliseconds(text: string): number | undefined {
  const short = SHORT.exec(text);
  if (short) return Math.round(Number(short[1]) * (UNITS[short[2] ?? ''] ?? Number.NaN));
  const iso = ISO.exec(text);
  if (!iso || !/\d/.test(text) || text.endsWith('T')) return undefined;
  const [weeks = 0, days = 0, hours = 0, minutes = 0, seconds = 0] = iso
    .slice(1)
    .map((part) => Number(part ?? 0));
  return Math.round(
    weeks * 7 * DAY + days * DAY + hours * HOUR + minutes * MINUTE + seconds * SECOND,
  );
}
