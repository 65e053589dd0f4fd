/** The shipping of an order, and its undo. Right whenever it is killed: the row first, then the booking, then the row. */
import type { ShipAnswer, ShipStep, UndoStep } from '../../contracts/orders/steps.ts';
import type { ShippingProvider } from '../../providers/shipping.ts';
import type { Database } from '../../store/database.ts';
import {
  beginShipment,
  cancelledShipment,
  keepShipment,
  scheduleShipment,
  undoShipment,
  type ShipmentState,
} from '../../store/orders/shipments.ts';
import { calling, carrierRefused, sameTrackingNumber, undone } from './failing.ts';
import { keyOf } from './paying.ts';

export interface SendingDeps {
  readonly database: Database;
  readonly shipping: ShippingProvider;
}

/** Books the carrier. @throws ApplicationFailure `order-undone`, `carrier-refused` and those of `calling` */
export async function ship(
  { database, shipping }: SendingDeps,
  { orderId, customer, lines }: ShipStep,
  signal: AbortSignal,
): Promise<ShipAnswer> {
  let state: ShipmentState | 'taken' = await beginShipment(database, orderId, now());
  if (state === 'pending') {
    const parcel = { key: keyOf(orderId), customer, lines };
    const booked = await calling(shipping.book(parcel, signal));
    if (!('refused' in booked)) state = await scheduleShipment(database, orderId, booked, now());
    else if ((await beginShipment(database, orderId, now())) === 'undone') state = 'undone';
    else throw carrierRefused(booked.refused);
    if (state === 'taken') throw sameTrackingNumber();
    // The undo may have come before the booking; whoever came last takes it back.
    if (state === 'undone') await calling(shipping.cancel(parcel, signal), { undo: true });
  }
  if (typeof state === 'object') return state;
  throw undone(orderId, 'shipping');
}

/**
 * Takes the booking back, and keeps the order from being shipped.
 * @throws ApplicationFailure `carrier-refused` when the parcel is on its way already
 */
export async function cancelShipment(
  { database, shipping }: SendingDeps,
  { orderId }: UndoStep,
  signal: AbortSignal,
): Promise<void> {
  if (!(await undoShipment(database, orderId, now()))) return;
  const refused = await calling(shipping.cancel({ key: keyOf(orderId) }, signal), { undo: true });
  if (refused) {
    await keepShipment(database, orderId, now());
    throw carrierRefused(refused.refused);
  }
  await cancelledShipment(database, orderId, now());
}

function now(): string {
  return new Date().toISOString();
}
