/** Public holidays of countries, from the package `date-holidays`. */
import { createRequire } from 'node:module';
import type Holidays from 'date-holidays';

/**
 * The package takes 12 MB and brings moment along, so it is loaded when the first calendar names a country. Whoever asks
 * is synchronous, so by `require`.
 */
let loaded: typeof Holidays | undefined;
function load(): typeof Holidays {
  loaded ??= createRequire(import.meta.url)('date-holidays') as typeof Holidays;
  return loaded;
}

/** Countries that are remembered at a time: policies can come with requests, and name any. */
const MAX_COUNTRIES = 100;

interface Known {
  readonly source: Holidays;
  readonly years: Map<number, ReadonlySet<string>>;
}
const countries = new Map<string, Known>();

/** Whether there are holidays for it: `CH`, or `CH-ZH` with a part of the country, by ISO 3166 in capitals. */
export function isCountry(code: string): boolean {
  const [country = '', state, ...more] = code.split('-');
  if (more.length > 0) return false;
  const source = new (load())();
  if (!Object.hasOwn(source.getCountries(), country)) return false;
  return state === undefined || Object.hasOwn(source.getStates(country) ?? {}, state);
}

/**
 * Whether the date (`2026-12-25`) is a public holiday there, as the package knows it: one whose noon lies within a
 * holiday, so half a day off is none, and one that begins at sunset is the day after. False for a country that is not
 * known. What is known of past and coming years changes with the package's version.
 */
export function isHoliday(code: string, date: string): boolean {
  const year = Number(date.slice(0, 4));
  // Those that take some days may have begun in the year before.
  return datesOf(code, year).has(date) || datesOf(code, year - 1).has(date);
}

/** The dates of all holidays that begin in the year. */
function datesOf(code: string, year: number): ReadonlySet<string> {
  const { source, years } = countryOf(code);
  const known = years.get(year);
  if (known) return known;
  const dates = new Set(source.getHolidays(year).flatMap(noonsOf));
  years.set(year, dates);
  return dates;
}

function countryOf(code: string): Known {
  const known = countries.get(code);
  if (known) return known;
  if (countries.size >= MAX_COUNTRIES) countries.clear();
  const [country = '', state] = code.split('-');
  // In UTC: then a day is 24 hours, and its date is the local one.
  const options = { types: ['public' as const], timezone: 'UTC' };
  const source =
    state === undefined ? new (load())(country, options) : new (load())(country, state, options);
  const made = { source, years: new Map() };
  countries.set(code, made);
  return made;
}

const HALF_DAY = 12 * 3600 * 1000;

function noonsOf({ start, end }: { readonly start: Date; readonly end: Date }): string[] {
  const noons: string[] = [];
  const first = new Date(start);
  first.setUTCHours(12, 0, 0, 0);
  for (let noon = first.getTime(); noon < end.getTime(); noon += 2 * HALF_DAY)
    if (noon > start.getTime()) noons.push(new Date(noon).toISOString().slice(0, 10));
  return noons;
}
