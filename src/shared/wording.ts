/** What people wrote, and times, in the form in which mails and pages show them. */
import { DateTime } from 'luxon';
import type { Person } from '../contracts/people.ts';

/** Characters of a line that shows what somebody wrote. */
const LONGEST_LINE = 300;

/**
 * The text as one line: no control characters, so nothing that could begin another header or line, and none of those
 * that turn the direction of what follows. Cut after 300 characters.
 */
export function oneLine(text: string): string {
  const line = text
    .toWellFormed()
    .replaceAll(/[\u202A-\u202E\u2066-\u2069]/gu, '')
    .replaceAll(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, ' ')
    .trim();
  // Where a pair of surrogates is cut, its half goes too.
  const cut = line.slice(0, LONGEST_LINE - 1).replace(/[\uD800-\uDBFF]$/, '');
  return line.length <= LONGEST_LINE ? line : `${cut}…`;
}

/** The lines of a text, each as {@link oneLine}; empty ones at its ends are left out. */
export function linesOf(text: string): string[] {
  return text
    .trim()
    .split(/\r\n|[\r\n\u2028\u2029]/u)
    .map(oneLine);
}

/** How people call somebody: the name with the user id, or that alone. */
export function nameOf(id: string, person: Person | undefined): string {
  const name = oneLine(person?.name ?? '');
  return name === '' || name === id ? oneLine(id) : `${name} (${oneLine(id)})`;
}

/** The instant where this person is, such as `Friday 2 January 2026, 10:00 (Europe/Zurich)`; in UTC when that is unknown. */
export function timeFor(person: Person | undefined, at: string): string {
  const there = DateTime.fromISO(at, { zone: person?.timeZone ?? 'UTC', locale: 'en-GB' });
  const time = there.isValid ? there : DateTime.fromISO(at, { zone: 'UTC', locale: 'en-GB' });
  return time.isValid ? time.toFormat('cccc d LLLL yyyy, HH:mm (z)') : oneLine(at);
}
