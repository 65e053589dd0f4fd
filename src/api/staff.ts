/** What is for those who look after orders. */
import type { Actor } from '../contracts/caller.ts';
import { isStaff } from '../workflows/orders/rights.ts';
import { problem } from './errors.ts';

/** `what`: how the sentence begins, such as `Coupons are`. @throws Problem `forbidden` for everybody else */
export function staffOnly(actor: Actor, what: string): void {
  if (isStaff(actor)) return;
  throw problem('forbidden', `${what} for the roles orders and operator.`);
}
