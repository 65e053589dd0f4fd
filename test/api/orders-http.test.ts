/** Whole orders on providers behind HTTP that decline, fail, hang, lie and redirect: nothing is charged or booked twice. */
import { describe, expect, test } from 'vitest';
import { awaitUntil } from '../support/await-until.ts';
import { startHarness } from '../support/harness.ts';
import { CUSTOMER, orderOf, ordersOf, STAFF } from '../support/orders.ts';
import {
  away,
  brokenOff,
  NOTHING,
  refusing,
  saying,
  silent,
  startProviders,
  type Faults,
} from '../support/providers.ts';
import { receiver } from '../support/webhooks.ts';

const SECRET = 'the one that both of them know';

/** By the word in the token or in the address; each order has one at most. */
const FAULTS: Record<string, Faults> = {};
const found = (word: string): Faults =>
  Object.entries(FAULTS).find(([one]) => word.includes(one))?.[1] ?? {};
const payment = await startProviders(SECRET, ({ token = '' }) => found(token));
const carrier = await startProviders(SECRET, ({ customer }) => found(customer?.address ?? ''));
const harness = await startHarness({
  orders: {
    PAYMENT_URL: `${payment.url}/`,
    SHIPPING_URL: carrier.url,
    PROVIDER_SECRET: `the next one not known yet,${SECRET}`,
  },
});
const { send, get, product, place, post, reaches, stock } = await ordersOf(harness);
const NEXT = 2_000;

/** An order with one thing that goes wrong on the way. */
async function placed(fault: Faults = {}) {
  const sku = await product(1);
  FAULTS[sku] = fault;
  const customer = { ...CUSTOMER, address: `To ${sku}` };
  const id = await place(orderOf(sku, { customer, payment: { token: `tok ${sku}` } }));
  return { id, sku };
}

const PAID = { held: 0, taken: 1_000, booked: false };
const BOOKED = { held: 0, taken: 0, booked: true };

async function expectSold({ id, sku }: { id: string; sku: string }): Promise<void> {
  expect(payment.booksOf(id), 'paid once').toEqual(PAID);
  expect(carrier.booksOf(id), 'booked').toEqual(BOOKED);
  expect(await stock(sku)).toBe(0);
}

async function expectNothing({ id, sku }: { id: string; sku: string }): Promise<void> {
  expect(payment.booksOf(id), 'nothing is held or taken').toEqual(NOTHING);
  expect(carrier.booksOf(id), 'nothing is booked').toEqual(NOTHING);
  expect(await stock(sku)).toBe(1);
}

/** Neither of them ever got anything but what was signed, and each key stood for one request. */
const expectWellAsked = (): void => expect([...payment.wrong, ...carrier.wrong]).toEqual([]);

test('a straight order: three calls, each signed, each under a key of its own', async () => {
  const order = await placed();
  const done = await reaches(order.id, 'completed');
  expect(done).toMatchObject({
    trackingNumber: `T order:${order.id}`,
    carrier: 'Carts',
    paid: { cardMinor: 1_000, reference: `ref order:${order.id}` },
  });
  expect(payment.askedOf(order.id)).toEqual(['/authorisations', '/captures']);
  expect(carrier.askedOf(order.id)).toEqual(['/shipments']);
  await expectSold(order);
  expectWellAsked();
});

describe('refused', () => {
  test.each([
    ['the card', { '/authorisations': [refusing(402, { reason: 'Too poor.' })] }, 'Too poor.'],
    ['the capture, without a word', { '/captures': [refusing(402, [])] }, 'The card was refused.'],
    [
      'the card, with what no database holds',
      { '/authorisations': [refusing(402, { reason: 'No\u0000\ud800!' })] },
      'No\ufffd!',
    ],
  ] satisfies [string, Faults, string][])(
    '%s: released, with the reason',
    async (_, fault, why) => {
      const order = await placed(fault);
      const failed = await reaches(order.id, 'failed');
      expect(failed['closedReason']).toBe(`Payment refused: ${why}`);
      expect(await stock(order.sku)).toBe(1);
      expect(payment.booksOf(order.id).taken).toBe(0);
      expect(carrier.askedOf(order.id)).toEqual([]);
      expectWellAsked();
    },
  );

  test('the address: the money is given back', async () => {
    const order = await placed({ '/shipments': [refusing(422, { reason: 'Nowhere.' })] });
    expect(await reaches(order.id, 'failed')).toMatchObject({
      closedReason: 'ScheduleShipping failed: Nowhere.',
    });
    expect(payment.askedOf(order.id)).toEqual(['/authorisations', '/captures', '/refunds']);
    await expectNothing(order);
    expectWellAsked();
  });
});

describe('for a while', () => {
  test('away at every call, with and without having done it: once in the end', async () => {
    const order = await placed({
      '/authorisations': [away(), away(503)],
      '/captures': [brokenOff, away(429)],
      '/shipments': [away(502), brokenOff],
    });
    await reaches(order.id, 'completed');
    expect(payment.askedOf(order.id).filter((path) => path === '/captures')).toHaveLength(3);
    expect(carrier.askedOf(order.id)).toHaveLength(3);
    await expectSold(order);
    expectWellAsked();
  });

  test('away when all is undone: undone once in the end', async () => {
    const order = await placed({
      '/shipments': [refusing(422, {})],
      '/cancellations': [away(), brokenOff],
      '/refunds': [brokenOff, away(409)],
    });
    expect(await reaches(order.id, 'failed')).toMatchObject({ needsAttention: false });
    expect(payment.askedOf(order.id).filter((path) => path === '/refunds')).toHaveLength(3);
    await expectNothing(order);
    expectWellAsked();
  });

  // On the real clock: each call has ten seconds.
  test(
    'silent, after having done it: the same again, and nothing twice',
    { timeout: 60_000 },
    async () => {
      const orders = await Promise.all([
        placed({ '/authorisations': [silent] }),
        placed({ '/captures': [silent] }),
        placed({ '/shipments': [silent] }),
      ]);
      for (const order of orders) {
        await awaitUntil(
          `order ${order.id} is completed`,
          async () => (await get(order.id)).body.state === 'completed',
          40_000,
        );
        await expectSold(order);
      }
      const [authorised, captured, shipped] = orders;
      expect(payment.askedOf(authorised.id)).toEqual([
        '/authorisations',
        '/authorisations',
        '/captures',
      ]);
      expect(payment.askedOf(captured.id)).toEqual([
        '/authorisations',
        '/captures',
        '/authorisations',
        '/captures',
      ]);
      expect(carrier.askedOf(shipped.id)).toEqual(['/shipments', '/shipments']);
      expectWellAsked();
    },
  );

  test(
    'cancelled while the payment is silent: answered at once, and undone',
    { timeout: 60_000 },
    async () => {
      const order = await placed({ '/captures': [silent] });
      await awaitUntil('it is captured', () => payment.booksOf(order.id).taken === 1_000);
      const asked = Date.now();
      const cancelled = await post(order.id, 'cancel');
      expect(Date.now() - asked).toBeLessThan(NEXT);
      expect(cancelled.body).toMatchObject({ customStatus: 'Cancelling: Cancelled.' });
      await awaitUntil(
        'it is cancelled',
        async () => (await get(order.id)).body.state === 'cancelled',
        40_000,
      );
      await expectNothing(order);
      expectWellAsked();
    },
  );
});

describe('nonsense', () => {
  test.each([
    ['no JSON', saying(200, '<html>')],
    ['nothing', saying(204, '')],
    ['a reference that is none', saying(200, '{"reference":{}}')],
    ['more than anybody reads', saying(200, `{"reference":"${'r'.repeat(70_000)}"}`)],
    ['what is meant for others', saying(404, '{}')],
  ])(
    '%s from the payment provider: not tried again, given back, and told',
    async (_what, fault) => {
      const order = await placed({ '/authorisations': [fault] });
      const failed = await reaches(order.id, 'failed');
      expect(failed['closedReason']).toMatch(
        /^ProcessPayment failed: .*(PAYMENT_URL|127\.0\.0\.1)/,
      );
      expect(payment.askedOf(order.id)).toEqual(['/authorisations', '/refunds']);
      await expectNothing(order);
      expectWellAsked();
    },
  );

  test.each([
    ['no JSON', saying(200, 'T1')],
    ['no number', saying(200, '{"carrier":"Carts"}')],
  ])('%s from the carrier: cancelled there, and the money given back', async (_what, fault) => {
    const order = await placed({ '/shipments': [fault] });
    const failed = await reaches(order.id, 'failed');
    expect(failed['closedReason']).toMatch(
      /^ScheduleShipping failed: SHIPPING_URL answered without/,
    );
    expect(carrier.askedOf(order.id)).toEqual(['/shipments', '/cancellations']);
    await expectNothing(order);
    expectWellAsked();
  });

  test('a tracking number that another order has: not taken for this one’s', async () => {
    const one = await placed();
    const { trackingNumber } = await reaches(one.id, 'completed');
    const body = JSON.stringify({ trackingNumber, carrier: 'Carts' });
    const other = await placed({ '/shipments': [saying(201, body)] });
    const failed = await reaches(other.id, 'failed');
    expect(failed['closedReason']).toContain('a tracking number that another order has');
    await expectNothing(other);
    await expectSold(one);
  });

  test('what no database holds is left out of what it keeps', async () => {
    const order = await placed({
      '/shipments': [saying(201, '{"trackingNumber":"T\\u0000\\ud800","carrier":"C\\u0000"}')],
    });
    expect(await reaches(order.id, 'completed')).toMatchObject({
      trackingNumber: 'T\ufffd',
      carrier: 'C',
    });
  });

  test.each([302, 307, 308])(
    'a redirect (%i) is not followed, wherever it leads',
    async (status) => {
      const victim = await receiver();
      const location = `http://127.0.0.1:${victim.port}/latest/meta-data/`;
      const order = await placed({ '/authorisations': [saying(status, '', { location })] });
      const failed = await reaches(order.id, 'failed');
      expect(failed['closedReason']).toContain(`answered ${status} to /authorisations`);
      expect(victim.connections()).toBe(0);
      await expectNothing(order);
    },
  );
});

test('neither signature nor secret, token or address are in anything that one can read', async () => {
  const order = await placed({ '/shipments': [refusing(422, { reason: 'Nowhere.' })] });
  await reaches(order.id, 'failed');
  for (const path of ['', '/status', '/history']) {
    const read = await send('GET', `/api/orders/${order.id}${path}`, undefined, STAFF);
    expect(read.text).not.toContain(`tok ${order.sku}`);
    expect(read.text).not.toContain(SECRET);
  }
  const lines = JSON.stringify(harness.logged);
  for (const secret of [SECRET, `tok ${order.sku}`, `To ${order.sku}`])
    expect(lines).not.toContain(secret);
});
