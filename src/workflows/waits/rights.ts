/** Who may do what with a wait. Pure. */
import { OPERATOR_ROLE, type Actor } from '../../contracts/caller.ts';
import type { Who } from '../../contracts/people.ts';
import type { WaitCommandKind } from '../../contracts/waits/commands.ts';
import { hasRole, matches } from '../shared/people.ts';
import { isOpenRecord, type WaitRecord } from './state.ts';

/** What single reads need to know to decide who may read. */
export type ReadableWait = Pick<WaitRecord, 'owner'> & { readonly senders: readonly string[] };

/** The owner, its senders, and operators; they may send it events and stop it, too. Others get a 404. */
export function mayReadWait(wait: ReadableWait, actor: Actor): boolean {
  const { owner, senders } = wait;
  return isKeeper(wait, actor) || senders.some((who) => matches(who as Who, actor, owner));
}

/** The owner and operators: who may cancel it. */
export function isKeeper({ owner }: Pick<ReadableWait, 'owner'>, actor: Actor): boolean {
  return actor.operator || actor.id === owner || hasRole(actor, OPERATOR_ROLE);
}

/** Everything that this actor can do now, in the order in which it is offered. */
export function allowedToWait(
  wait: ReadableWait & Pick<WaitRecord, 'state' | 'suspended'>,
  actor: Actor,
): WaitCommandKind[] {
  if (!isOpenRecord(wait) || wait.suspended || !mayReadWait(wait, actor)) return [];
  return isKeeper(wait, actor) ? ['event', 'stop', 'cancel'] : ['event', 'stop'];
}
