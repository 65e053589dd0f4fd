/** Whom a rule means. Pure. */
import { ALL_ROLES, type Actor } from '../../contracts/caller.ts';
import type { Who } from '../../contracts/people.ts';

/** Whether the actor is meant by `who` in a thing that `owner` owns. */
export function matches(who: Who, actor: Actor, owner: string): boolean {
  if (who === 'anyone') return true;
  if (who === 'owner') return actor.id === owner;
  if (who.startsWith('user:')) return actor.id === who.slice('user:'.length);
  return hasRole(actor, who.slice('role:'.length));
}

/** Whether the actor has this role, by its name or with all of them. */
export function hasRole({ roles }: Actor, role: string): boolean {
  return roles.includes(ALL_ROLES) || roles.includes(role);
}

/** By what lists know that this actor is meant. Of one with all roles it does not tell which those are. */
export function meantBy({ id, roles }: Actor): string[] {
  return ['anyone', `user:${id}`, ...roles.map((role) => `role:${role}`)];
}
