/** Directories for tests. */
import type { Directory, Person } from '../../src/contracts/people.ts';

/** One that knows these people, and who has which role. */
export function directoryOf(...people: readonly (Partial<Person> & { id: string })[]): Directory {
  const all = people.map((one): Person => ({ roles: [], ...one }));
  return {
    person: (id) => all.find((one) => one.id === id),
    membersOf: (role) => all.filter(({ roles }) => roles.includes(role)),
  };
}
