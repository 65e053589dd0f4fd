/** A directory of people who are there already. */
import type { Directory, Person } from '../contracts/people.ts';

/** It knows nobody else, and a role that none of them has has no members. */
export function directoryOf(people: readonly Person[]): Directory {
  const byId = new Map(people.map((person) => [person.id, person]));
  const byRole = new Map<string, Person[]>();
  for (const person of people) {
    for (const role of new Set(person.roles)) {
      const members = byRole.get(role);
      if (members) members.push(person);
      else byRole.set(role, [person]);
    }
  }
  return { person: (id) => byId.get(id), membersOf: (role) => byRole.get(role) ?? [] };
}
