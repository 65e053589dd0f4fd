/** What can be done to an order now, and by whom: the part of the rules that needs no data. Pure. */
import { OPERATOR_ROLE, type Actor } from '../../contracts/caller.ts';
import type { Refusal } from '../../contracts/failures.ts';
import type { OrderCommandKind } from '../../contracts/orders/commands.ts';
import { ORDERS_ROLE } from '../../contracts/orders/roles.ts';
import { isOpenOrder } from '../../contracts/orders/types.ts';
import { hasRole } from '../shared/people.ts';
import { isReturning } from './return-state.ts';
import { isUnderWay, needsAttention, type OrderState } from './state.ts';

/** Those who look after orders of others. */
export function isStaff(actor: Actor): boolean {
  return actor.operator || hasRole(actor, ORDERS_ROLE) || hasRole(actor, OPERATOR_ROLE);
}

/** The owner, and those who look after orders. Others get a 404. */
export function mayReadOrder({ owner }: { readonly owner: string }, actor: Actor): boolean {
  return actor.id === owner || isStaff(actor);
}

/** Everything that this actor can do at the instant. */
export function allowedTo(order: OrderState, actor: Actor, at: string): OrderCommandKind[] {
  if (order.suspended || !mayReadOrder(order, actor)) return [];
  return (['proceed', 'settle', 'cancel', 'return'] as const).filter(
    (kind) =>
      !(kind === 'return' && isReturning(order)) &&
      wrongStateFor(order, kind, at) === undefined &&
      forbidden(order, kind, actor) === undefined,
  );
}

/** Why the command is out of the question, or undefined: 404, 409, 403, in this order. */
export function barrier(
  order: OrderState,
  kind: OrderCommandKind,
  actor: Actor,
  at: string,
): Refusal | undefined {
  // Whoever may not read it must not learn that it is there.
  if (!mayReadOrder(order, actor))
    return { code: 'not-found', detail: `There is no order ${order.orderId}.` };
  const problem = wrongStateFor(order, kind, at);
  if (problem !== undefined) {
    const { state } = order;
    return { code: 'wrong-state', detail: problem, state, allowed: allowedTo(order, actor, at) };
  }
  const reason = forbidden(order, kind, actor);
  return reason === undefined ? undefined : { code: 'forbidden', detail: reason };
}

/** Why this cannot be done now, whoever it is that wants it. */
function wrongStateFor(order: OrderState, kind: OrderCommandKind, at: string): string | undefined {
  const { state, ending } = order;
  if (kind === 'return') return notReturnable(order, at);
  if (!isUnderWay(order) || (kind === 'cancel' && !isOpenOrder(state)))
    return `The order is ${state}; nothing in it can change any more.`;
  if (kind === 'cancel') {
    if (ending?.as === 'failed')
      return 'The order has failed already; what was done is being undone.';
    return hasLeft(order)
      ? 'The order is with the carrier; it cannot be cancelled any more. Ask for a return instead.'
      : undefined;
  }
  if (needsAttention(order)) return undefined;
  if (kind === 'settle') return 'There is nothing that could not be undone.';
  return isBackOrdered(order) ? undefined : 'The order waits for nothing that could proceed.';
}

function notReturnable(order: OrderState, at: string): string | undefined {
  const { state } = order;
  if (isOpenOrder(state)) return 'The order is not with the customer yet.';
  if (state !== 'completed') return `The order is ${state}; nothing of it can be returned.`;
  const until = returnableUntil(order);
  return isReturning(order) || until === undefined || at <= until
    ? undefined
    : `The order could be returned until ${until}.`;
}

/** Until when the customer can ask for a return; undefined of one that was not delivered. */
export function returnableUntil({ state, closedAt, terms }: OrderState): string | undefined {
  if (state !== 'completed' || closedAt === undefined) return undefined;
  return new Date(Date.parse(closedAt) + terms.returnMs).toISOString();
}

function hasLeft({ trackingNumber, ending }: OrderState): boolean {
  return trackingNumber !== undefined && !ending;
}

/** Whether it waits for stock. */
export function isBackOrdered({ backOrder }: OrderState): boolean {
  return backOrder !== undefined && backOrder.woken === undefined;
}

function forbidden(order: OrderState, kind: OrderCommandKind, actor: Actor): string | undefined {
  if (isStaff(actor)) return undefined;
  const own =
    kind === 'cancel' || kind === 'return' || (kind === 'proceed' && isBackOrdered(order));
  return own && actor.id === order.owner
    ? undefined
    : `${kind} is for those with the role ${ORDERS_ROLE}.`;
}
