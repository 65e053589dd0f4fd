/** From what stands in the directory's file to people: the shape is checked, then whether they fit together. */
import { refuse, ok, type FieldError, type Result } from '../contracts/failures.ts';
import type { Person } from '../contracts/people.ts';
import { worded } from '../data-files/wording.ts';
import { isJsonObject, schemaErrors, unfitPlaces } from '../workflows/shared/json.ts';
import { DIRECTORY_SHAPE } from './shape.ts';
import { isTimeZone } from './zones.ts';

/** What a file says of people, and what is allowed and worth a second thought. */
export interface ParsedDirectory {
  /** In the order of the file, with defaults filled in and absences in UTC. */
  readonly people: readonly Person[];
  readonly warnings: readonly FieldError[];
}

/** A person as the file has them: checked against the shape, defaults missing. */
type Draft = Omit<Person, 'roles'> & { readonly roles?: readonly string[] };

/**
 * The people of `{users: [...]}`, or `invalid-data` with each wrong place. Never throws for anything that JSON or YAML can
 * say. Managers who are each other's are a warning: whoever looks for one ends at the fallback then.
 */
export function parseDirectory(raw: unknown): Result<ParsedDirectory> {
  const unfit = unfitPlaces(raw);
  const misshapen =
    unfit.length > 0 ? unfit : worded(DIRECTORY_SHAPE, schemaErrors(DIRECTORY_SHAPE, raw));
  if (misshapen.length > 0 || !isJsonObject(raw)) return notADirectory(misshapen);
  const users = raw['users'] as unknown as readonly Draft[];
  const errors = check(users);
  if (errors.length > 0) return notADirectory(errors);
  return ok({ people: users.map(personOf), warnings: circles(users) });
}

function notADirectory(errors: readonly FieldError[]): Result<never> {
  return refuse('invalid-data', 'This is not a directory of people.', { errors });
}

function personOf({ roles = [], away, ...given }: Draft): Person {
  if (!away) return { ...given, roles };
  const utc = (instant: string): string => new Date(instant).toISOString();
  return { ...given, roles, away: { ...away, from: utc(away.from), to: utc(away.to) } };
}

function check(users: readonly Draft[]): FieldError[] {
  const first = new Map<string, number>();
  users.forEach(({ id }, i) => first.has(id) || first.set(id, i));
  // Each once: to ask the platform takes longer than all the rest.
  const zones = new Set(users.flatMap(({ timeZone }) => timeZone ?? []));
  for (const zone of zones) if (!isTimeZone(zone)) zones.delete(zone);
  return users.flatMap((user, i) => {
    const wrong = (place: string, detail: string): FieldError => ({
      pointer: `/users/${i}/${place}`,
      detail,
    });
    const { id, manager, timeZone, away } = user;
    const substitute = away?.substitute;
    const errors: FieldError[] = [];
    if (first.get(id) !== i)
      errors.push(wrong('id', `${id} is there already; an id is one user's`));
    if (manager !== undefined && !first.has(manager))
      errors.push(wrong('manager', `${manager} is not a user of this file`));
    if (timeZone !== undefined && !zones.has(timeZone))
      errors.push(
        wrong('timeZone', `${JSON.stringify(timeZone)} is no IANA time zone such as Europe/Zurich`),
      );
    if (away && !(Date.parse(away.from) < Date.parse(away.to)))
      errors.push(wrong('away/to', 'must be later than from'));
    if (substitute === id) errors.push(wrong('away/substitute', 'is the user itself'));
    else if (substitute !== undefined && !first.has(substitute))
      errors.push(wrong('away/substitute', `${substitute} is not a user of this file`));
    return errors;
  });
}

/** Each circle of managers, told once, at the first of its users in the file. */
function circles(users: readonly Draft[]): FieldError[] {
  const byId = new Map(users.map((user) => [user.id, user]));
  const done = new Set<string>();
  const found: string[][] = [];
  for (const { id } of users) {
    const way: string[] = [];
    let at: string | undefined = id;
    while (at !== undefined && !done.has(at)) {
      done.add(at);
      way.push(at);
      at = byId.get(at)?.manager;
    }
    if (at !== undefined && way.includes(at)) found.push(way.slice(way.indexOf(at)));
  }
  return found.map((circle) => {
    const i = users.findIndex(({ id }) => circle.includes(id));
    const begin = circle.indexOf(users[i]?.id ?? '');
    const way = [...circle.slice(begin), ...circle.slice(0, begin + 1)].join(' -> ');
    const detail = `is a circle: ${way}; where a manager is asked for, the fallback decides`;
    return { pointer: `/users/${i}/manager`, detail };
  });
}
