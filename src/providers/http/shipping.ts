/**
 * A carrier behind HTTP: `POST {url}/shipments` and `/cancellations`, each with `id` (the parcel's key) and the header
 * `Idempotency-Key`, signed as webhooks are. 2xx: done; a shipment answers `{"trackingNumber", "carrier"}`. 422: refused,
 * with `{"reason"}`. 5xx, 408, 409, 423, 425, 429 and no answer: it is tried again.
 */
import type { ShippingProvider } from '../shipping.ts';
import { callRemote, reasonIn, textIn, type RemoteSettings } from './call.ts';

const REFUSED = 422;

export function httpShipping(settings: RemoteSettings): ShippingProvider {
  const call = (step: string, key: string, body: object, signal: AbortSignal) =>
    callRemote(settings, {
      path: `/${step}s`,
      idempotencyKey: `${key}:${step}`,
      body: { id: key, ...body },
      answers: [REFUSED],
      signal,
    });
  return {
    remote: true,
    async book({ key, customer, lines }, signal) {
      const answer = await call('shipment', key, { customer, lines }, signal);
      if (answer.status === REFUSED)
        return { refused: reasonIn(answer, 'The carrier refused it.') };
      return {
        trackingNumber: textIn(answer, 'trackingNumber', 'SHIPPING_URL'),
        carrier: textIn(answer, 'carrier', 'SHIPPING_URL'),
      };
    },
    async cancel({ key }, signal) {
      const answer = await call('cancellation', key, {}, signal);
      if (answer.status === REFUSED)
        return { refused: reasonIn(answer, 'It is too late for that.') };
      return undefined;
    },
  };
}
