/** Payment provider and carrier over HTTP, against a real server that answers, refuses, fails, hangs and lies. */
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { beforeEach, describe, expect, test } from 'vitest';
import { httpPayment } from '../../src/providers/http/payment.ts';
import { httpShipping } from '../../src/providers/http/shipping.ts';
import { ProviderMisconfigured, ProviderUnavailable } from '../../src/providers/payment.ts';
import { signature } from '../../src/shared/signing.ts';
import { onEnd } from '../support/service.ts';

interface Got {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly raw: string;
  readonly body: unknown;
}

type Answer = (response: ServerResponse) => void;

const got: Got[] = [];
/** One for each call, in their order. */
const answers: Answer[] = [];
const server = createServer((request, response) => {
  let raw = '';
  request.setEncoding('utf8').on('data', (part: string) => (raw += part));
  request.on('end', () => {
    got.push({ path: request.url ?? '', headers: request.headers, raw, body: JSON.parse(raw) });
    (answers.shift() ?? json(500, {}))(response);
  });
});
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
onEnd(() => {
  server.closeAllConnections();
  server.close();
});
const { port } = server.address() as AddressInfo;
const url = `http://127.0.0.1:${port}/v1`;
const secrets = ['the old secret of the shop', 'the new secret of the shop'];
const payment = httpPayment({ url, secrets, timeoutMs: 400 });
const shipping = httpShipping({ url, secrets, timeoutMs: 400 });
const { signal } = new AbortController();

function json(status: number, body: unknown): Answer {
  return (response) => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  };
}
const charge = { key: 'order:Ä 1', amountMinor: 500, currency: 'EUR', token: 'tok' };
const customer = { name: 'Ada', email: 'ada@example.org', address: 'Main Street' };
const parcel = { key: 'order:1', customer, lines: [{ sku: 'a', quantity: 2 }] };

beforeEach(() => {
  got.length = 0;
  answers.length = 0;
});

/** As whoever provides it would check it: the signature is over what came, and of now. */
function verified({ headers, raw }: Got): boolean {
  const [id, at] = [String(headers['webhook-id']), String(headers['webhook-timestamp'])];
  const given = String(headers['webhook-signature']).split(' ');
  const fresh = Math.abs(Date.now() / 1000 - Number(at)) < 300;
  return fresh && secrets.every((one) => given.includes(signature(one, `${id}.${at}.${raw}`)));
}

describe('the payment provider', () => {
  test('gets signed calls, each with a key that stays the same when it is repeated', async () => {
    answers.push(
      json(201, { reference: 'r1' }),
      json(503, {}),
      json(200, {}),
      json(204, undefined),
    );
    expect(await payment.authorise(charge, signal)).toEqual({ reference: 'r1' });
    const captured = { ...charge, reference: 'r1' };
    await expect(payment.capture(captured, signal)).rejects.toBeInstanceOf(ProviderUnavailable);
    expect(await payment.capture(captured, signal)).toEqual({ reference: 'r1' });
    await payment.refund(charge, signal);
    expect(got.map(verified)).toEqual([true, true, true, true]);
    expect(got.map(({ path, body }) => [path, body])).toEqual([
      ['/v1/authorisations', { id: charge.key, amountMinor: 500, currency: 'EUR', token: 'tok' }],
      ['/v1/captures', { id: charge.key, amountMinor: 500, currency: 'EUR', reference: 'r1' }],
      ['/v1/captures', { id: charge.key, amountMinor: 500, currency: 'EUR', reference: 'r1' }],
      ['/v1/refunds', { id: charge.key }],
    ]);
    const keys = got.map(({ headers }) => headers['idempotency-key']);
    expect(keys).toEqual([
      'order:%C3%84%201:authorisation',
      'order:%C3%84%201:capture',
      'order:%C3%84%201:capture',
      'order:%C3%84%201:refund',
    ]);
    expect(got.map(({ headers }) => headers['webhook-id'])).toEqual(keys);
  });

  test('declines: with its reason, without one, and with nonsense', async () => {
    answers.push(json(402, { reason: 'Too poor.' }), json(402, []), (response) => {
      response.writeHead(402).end('<html>');
    });
    const ours = { declined: 'The card was refused.' };
    expect(await payment.authorise(charge, signal)).toEqual({ declined: 'Too poor.' });
    expect(await payment.authorise(charge, signal)).toEqual(ours);
    expect(await payment.capture({ ...charge, reference: 'r' }, signal)).toEqual(ours);
  });

  test.each([500, 502, 503, 504, 408, 409, 425, 429])('answers %i: come again', async (status) => {
    answers.push(json(status, { reason: 'x' }));
    await expect(payment.authorise(charge, signal)).rejects.toThrow(
      new ProviderUnavailable(`127.0.0.1:${port} answered ${status}.`),
    );
  });

  test.each([301, 302, 400, 401, 403, 404, 405, 415, 422])(
    'answers %i: a setting is wrong',
    async (status) => {
      answers.push((response) => {
        response.writeHead(status, { location: `${url}/elsewhere` }).end('{}');
      });
      await expect(payment.authorise(charge, signal)).rejects.toThrow(
        new ProviderMisconfigured(`127.0.0.1:${port} answered ${status} to /authorisations.`),
      );
      expect(got).toHaveLength(1);
    },
  );

  test('a refund is never refused for good by the words of a payment', async () => {
    answers.push(json(402, {}));
    await expect(payment.refund(charge, signal)).rejects.toBeInstanceOf(ProviderMisconfigured);
  });

  test.each([
    ['nothing', ''],
    ['no JSON', '<html>'],
    ['no object', '"r1"'],
    ['no reference', '{"ref":"r1"}'],
    ['a number', '{"reference":1}'],
    ['nothing in it', '{"reference":""}'],
    ['too much', JSON.stringify({ reference: 'r'.repeat(201) })],
  ])('answers 200 with %s: it is none', async (_what, text) => {
    answers.push((response) => void response.writeHead(200).end(text));
    await expect(payment.authorise(charge, signal)).rejects.toBeInstanceOf(ProviderMisconfigured);
  });

  test('answers without end: no more than 64 KiB are read', async () => {
    let sent = 0;
    answers.push((response) => {
      response.writeHead(200);
      const more = (): void => {
        while (!response.destroyed && sent < 50_000_000) {
          sent += 65_536;
          if (!response.write('x'.repeat(65_536))) return void response.once('drain', more);
        }
      };
      more();
    });
    await expect(payment.authorise(charge, signal)).rejects.toThrow('more than 65536 bytes');
    expect(sent).toBeLessThan(50_000_000);
  });

  test.each<[string, Answer]>([
    ['hangs', () => {}],
    ['hangs within its answer', (response) => void response.writeHead(200).write('{')],
  ])('%s: at the end of its time', async (_what, answer) => {
    answers.push(answer);
    await expect(payment.authorise(charge, signal)).rejects.toThrow(
      new ProviderUnavailable(`127.0.0.1:${port} did not answer within 0.4 s.`),
    );
  });

  test('breaks off, or is not there', async () => {
    answers.push((response) => void response.destroy());
    const gone = new ProviderUnavailable(`127.0.0.1:${port} cannot be reached.`);
    await expect(payment.authorise(charge, signal)).rejects.toThrow(gone);
    const nobody = httpPayment({ url: 'http://127.0.0.1:1', secrets });
    await expect(nobody.authorise(charge, signal)).rejects.toBeInstanceOf(ProviderUnavailable);
  });

  test('is not waited for any longer when the signal says so', async () => {
    const stop = new AbortController();
    answers.push(() => stop.abort(new Error('cancelled')));
    await expect(payment.authorise(charge, stop.signal)).rejects.toThrow('cancelled');
  });
});

describe('the carrier', () => {
  test('books and cancels, signed, with a key', async () => {
    answers.push(json(200, { trackingNumber: 'T1', carrier: 'Carts' }), json(200, {}));
    expect(await shipping.book(parcel, signal)).toEqual({ trackingNumber: 'T1', carrier: 'Carts' });
    expect(await shipping.cancel(parcel, signal)).toBeUndefined();
    expect(got.map(verified)).toEqual([true, true]);
    expect(got.map(({ path, body }) => [path, body])).toEqual([
      ['/v1/shipments', { id: 'order:1', customer, lines: parcel.lines }],
      ['/v1/cancellations', { id: 'order:1' }],
    ]);
    expect(got.map(({ headers }) => headers['idempotency-key'])).toEqual([
      'order:1:shipment',
      'order:1:cancellation',
    ]);
  });

  test('refuses an address, and a cancellation that comes too late', async () => {
    answers.push(json(422, { reason: 'Nowhere.' }), json(422, {}));
    expect(await shipping.book(parcel, signal)).toEqual({ refused: 'Nowhere.' });
    expect(await shipping.cancel(parcel, signal)).toEqual({ refused: 'It is too late for that.' });
  });

  test('is away, and is something else', async () => {
    answers.push(json(500, {}), json(404, {}), json(200, { trackingNumber: 'T1' }));
    await expect(shipping.book(parcel, signal)).rejects.toBeInstanceOf(ProviderUnavailable);
    await expect(shipping.cancel(parcel, signal)).rejects.toBeInstanceOf(ProviderMisconfigured);
    await expect(shipping.book(parcel, signal)).rejects.toThrow('SHIPPING_URL answered without');
  });
});
