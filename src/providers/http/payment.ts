/**
 * A payment provider behind HTTP: `POST {url}/authorisations`, `/captures` and `/refunds`, each with `id` (the charge's
 * key) and the header `Idempotency-Key`, signed as webhooks are. 2xx: done; an authorisation answers `{"reference"}`.
 * 402: declined, with `{"reason"}`. 5xx, 408, 409, 423, 425, 429 and no answer: it is tried again.
 */
import type { PaymentProvider } from '../payment.ts';
import { callRemote, reasonIn, textIn, type RemoteSettings } from './call.ts';

const DECLINED = 402;

export function httpPayment(settings: RemoteSettings): PaymentProvider {
  const call = (step: string, key: string, body: object, signal: AbortSignal) =>
    callRemote(settings, {
      path: `/${step}s`,
      idempotencyKey: `${key}:${step}`,
      body: { id: key, ...body },
      answers: step === 'refund' ? [] : [DECLINED],
      signal,
    });
  return {
    remote: true,
    async authorise({ key, amountMinor, currency, token }, signal) {
      const asked = { amountMinor, currency, token };
      const answer = await call('authorisation', key, asked, signal);
      if (answer.status === DECLINED)
        return { declined: reasonIn(answer, 'The card was refused.') };
      return { reference: textIn(answer, 'reference', 'PAYMENT_URL') };
    },
    async capture({ key, amountMinor, currency, reference }, signal) {
      const answer = await call('capture', key, { amountMinor, currency, reference }, signal);
      if (answer.status === DECLINED)
        return { declined: reasonIn(answer, 'The card was refused.') };
      return { reference };
    },
    async refund({ key }, signal) {
      await call('refund', key, {}, signal);
    },
  };
}
