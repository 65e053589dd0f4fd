/** How an order begins: the checks on what was sent, and the first event. Pure; gateway and workflow both run it. */
import type { Call } from '../../contracts/caller.ts';
import { ok, refuse, type Result } from '../../contracts/failures.ts';
import { ORDER_REQUEST, SHIP_STEP } from '../../contracts/orders/commands.ts';
import type { OrderEvent } from '../../contracts/orders/events.ts';
import type { ShipStep } from '../../contracts/orders/steps.ts';
import type { OrderRequest, Quote } from '../../contracts/orders/types.ts';
import { schemaErrors } from '../shared/json.ts';
import { checkSound } from '../shared/sound.ts';
import { orderEvents } from './state.ts';

/** What the gateway has looked up and decided for a start; see `CallContext.resolved`. */
export interface ResolvedOrder {
  readonly quote: Quote;
  /** By which the same order, placed again, is known. */
  readonly fingerprint?: string;
  /** The instant that the gateway has already told its client as `createdAt`. */
  readonly at: string;
}

/** Takes the input of a start for what it is: anything at all. Says whether it is an order. */
export function parseOrderRequest(raw: unknown): Result<OrderRequest> {
  const sound = checkSound(raw);
  if (!sound.ok) return sound;
  const misshapen = schemaErrors(ORDER_REQUEST, raw);
  const request = raw as OrderRequest;
  const errors = misshapen.length > 0 ? misshapen : twice(request);
  return errors.length === 0
    ? ok(request)
    : refuse('invalid-request', 'This is not an order.', { errors });
}

/** The same for what shipping as a workflow of its own is started with. */
export function parseShipStep(raw: unknown): Result<ShipStep> {
  const sound = checkSound(raw);
  if (!sound.ok) return sound;
  const errors = schemaErrors(SHIP_STEP, raw);
  return errors.length === 0
    ? ok(raw as ShipStep)
    : refuse('invalid-request', 'This is nothing that could be shipped.', { errors });
}

function twice({ lines }: OrderRequest) {
  const seen = new Set<string>();
  return lines.flatMap(({ sku }, i) => {
    const before = seen.has(sku);
    seen.add(sku);
    const detail = 'stands in another line already; put them together';
    return before ? [{ pointer: `/lines/${i}/sku`, detail }] : [];
  });
}

/** The first event. The owner is whoever places the order. */
export function decidePlace(
  { customer, payment, coupon }: OrderRequest,
  { quote, fingerprint }: Omit<ResolvedOrder, 'at'>,
  call: Call,
): readonly OrderEvent[] {
  const { token } = payment;
  const off = coupon === undefined ? {} : { coupon };
  const known = fingerprint === undefined ? {} : { fingerprint };
  const owner = call.actor.id;
  return orderEvents({ sequence: 0 }, call, [
    { kind: 'placed', owner, customer, token, ...off, ...known, ...quote },
  ]);
}
