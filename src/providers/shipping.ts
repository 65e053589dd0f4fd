/** A port: who carries parcels. */
import type { ShipAnswer } from '../contracts/orders/steps.ts';
import type { Customer, OrderLine } from '../contracts/orders/types.ts';

/** One parcel. Whatever is asked for under one key is about the same parcel. */
export interface Parcel {
  /** Ours; at most one parcel is ever booked under it. */
  readonly key: string;
  readonly customer: Customer;
  readonly lines: readonly OrderLine[];
}

/** The carrier will not do it, for good. */
export interface CarrierRefused {
  readonly refused: string;
}

/**
 * Both as often as one likes with one effect. Every call ends within ten seconds, or when the signal says so.
 * @throws ProviderUnavailable, ProviderMisconfigured
 */
export interface ShippingProvider {
  /** Whether calls leave this machine. */
  readonly remote: boolean;
  book(parcel: Parcel, signal: AbortSignal): Promise<ShipAnswer | CarrierRefused>;
  /** Undefined when it is cancelled, as if never booked; a booking that is still on its way must be refused then. */
  cancel(parcel: Pick<Parcel, 'key'>, signal: AbortSignal): Promise<CarrierRefused | undefined>;
}
