/** Who takes money and who carries parcels, by the settings. */
import type { Database } from '../store/database.ts';
import { builtInPayment } from './built-in/payment.ts';
import { builtInShipping } from './built-in/shipping.ts';
import type { RemoteSettings } from './http/call.ts';
import { httpPayment } from './http/payment.ts';
import { httpShipping } from './http/shipping.ts';
import type { PaymentProvider } from './payment.ts';
import type { ShippingProvider } from './shipping.ts';

export interface Providers {
  readonly payment: PaymentProvider;
  readonly shipping: ShippingProvider;
}

/** Undefined: the built-in one. */
export interface ProviderSettings {
  readonly payment: RemoteSettings | undefined;
  readonly shipping: RemoteSettings | undefined;
}

export function providersOf({ payment, shipping }: ProviderSettings, db: Database): Providers {
  return {
    payment: payment ? httpPayment(payment) : builtInPayment(db),
    shipping: shipping ? httpShipping(shipping) : builtInShipping(db),
  };
}
