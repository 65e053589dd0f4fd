/** Who may play for whom. Pure. */
import { OPERATOR_ROLE, type Actor } from '../../contracts/caller.ts';
import { hasRole } from '../shared/people.ts';

/** Whoever began the game, and operators. Everybody may watch. */
export function mayPlay({ owner }: { readonly owner: string }, actor: Actor): boolean {
  return actor.operator || actor.id === owner || hasRole(actor, OPERATOR_ROLE);
}
