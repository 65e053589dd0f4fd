/** KickOff answers soon, whatever does not answer it, and may be repeated: it is one order. */
import { randomUUID } from 'node:crypto';
import { Connection } from '@temporalio/client';
import { describe, expect, inject, test } from 'vitest';
import type { Database } from '../../src/store/database.ts';
import { issueCoupon } from '../../src/store/orders/coupons.ts';
import { createTemporal } from '../../src/temporal/client.ts';
import { problemOf } from '../support/api.ts';
import { freezable } from '../support/freezable.ts';
import { gatewaysOf } from '../support/gateway.ts';
import { call, startHarness } from '../support/harness.ts';
import { ADA, orderOf, ordersOf } from '../support/orders.ts';
import { onEnd } from '../support/service.ts';

const harness = await startHarness({ worker: false });
const { send, product, stock, taken, result, get } = await ordersOf(harness);
const gatewayWith = gatewaysOf(harness);

type Gateway = Parameters<typeof call>[0];
const kickOff = (body: object, headers: object = {}, at: Gateway = harness) =>
  call(at, 'POST', '/api/KickOff', body, { ...ADA, ...headers });

/** What the article promises, in milliseconds. */
const SOON = 30_000;

/** A gateway, and its way to Temporal. */
async function overFreezable() {
  const [host = '', port] = inject('temporalAddress').split(':');
  const way = await freezable(Number(port), host);
  const connection = await Connection.connect({ address: `127.0.0.1:${way.port}` });
  onEnd(() => connection.close());
  const { taskQueue } = harness;
  const temporal = createTemporal({ connection, namespace: 'default', taskQueue });
  return { way, ...(await gatewayWith({ temporal })) };
}

/** Everything asked of it is never answered. */
function silent(): Database {
  const chain: unknown = new Proxy(() => {}, {
    apply: () => chain,
    get: (_target, name) => (/^execute/.test(String(name)) ? () => new Promise(() => {}) : chain),
  });
  return chain as Database;
}

const oneOrder = async (id: string, sku: string): Promise<void> => {
  await harness.startWorker();
  const tracking = await result(id);
  const read = await get(id);
  expect(read.body).toMatchObject({ state: 'completed', trackingNumber: tracking });
  expect([await stock(sku), await taken(id)]).toEqual([4, 1_000]);
  await harness.stopWorker();
};

describe('KickOff', () => {
  test('needs no worker; repeated, by orderId or by Idempotency-Key, it is the same order', async () => {
    const ways = [
      { more: { orderId: `k-${randomUUID()}` }, headers: {} },
      { more: {}, headers: { 'idempotency-key': randomUUID() } },
    ];
    for (const { more, headers } of ways) {
      const sku = await product(5);
      const body = orderOf(sku, more);
      const answers = await Promise.all(Array.from({ length: 5 }, () => kickOff(body, headers)));
      expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 202));
      const [first] = answers;
      expect(answers.map((answer) => answer.body)).toEqual(answers.map(() => first?.body));
      const { pathname, search } = new URL(first?.body.statusQueryGetUri);
      const pending = await call(harness, 'GET', `${pathname}${search}`);
      expect(pending.body).toMatchObject({ name: 'PlaceOrder', runtimeStatus: 'Pending' });
      const other = await kickOff({ ...body, lines: [{ sku, quantity: 2 }] }, headers);
      expect(problemOf(other)).toEqual([422, 'idempotency-key-reused']);
      await oneOrder(first?.body.id.replace(/^order:/, ''), sku);
      expect((await kickOff(body, headers)).body).toEqual(first?.body);
      expect([await stock(sku)]).toEqual([4]);
    }
  });

  test('is 503 when nobody answers it; whether it has had its effect or not, there is one order', async () => {
    const cases = await Promise.all(
      (['answers', undefined] as const).map(async (frozen) => {
        const [gateway, sku] = [await overFreezable(), await product(5)];
        return { frozen, ...gateway, sku, id: `k-${randomUUID()}` };
      }),
    );
    // The first calls make the connections.
    for (const { app } of cases) expect((await app.inject('/api/orders')).statusCode).toBe(200);
    const kicked = cases.map(async ({ frozen, way, app, sku, id }) => {
      const body = orderOf(sku, { orderId: id });
      way.freeze(frozen);
      const began = Date.now();
      const refused = await kickOff(body, {}, { app });
      expect(problemOf(refused)).toEqual([503, 'temporal-unavailable']);
      expect(refused.headers['retry-after']).toMatch(/^\d+$/);
      expect(Date.now() - began).toBeLessThan(SOON);
      const { status } = await call(harness, 'GET', `/api/orders/${id}/status`, undefined, ADA);
      expect(status, 'whether it has had its effect').toBe(frozen === 'answers' ? 200 : 404);
      // Meanwhile, by another gateway.
      const elsewhere = await kickOff(body);
      expect(elsewhere.status, elsewhere.text).toBe(202);
      way.thaw();
      const again = await kickOff(body, {}, { app });
      expect([again.status, again.body.id]).toEqual([202, `order:${id}`]);
    });
    await Promise.all(kicked);
    for (const { id, sku } of cases) await oneOrder(id, sku);
  });

  test('is 503 when the database does not answer, and no order', async () => {
    const { app } = await gatewayWith({ database: silent() });
    const body = orderOf(await product(1), { orderId: `k-${randomUUID()}` });
    const began = Date.now();
    const refused = await kickOff(body, {}, { app });
    expect(refused.status).toBe(503);
    expect(refused.headers['retry-after']).toMatch(/^\d+$/);
    expect(Date.now() - began).toBeLessThan(SOON);
    expect((await get(body['orderId'])).status).toBe(404);
  });

  test('repeated, is the same order also when what it was priced with is used up', async () => {
    const code = `C-${randomUUID()}`;
    const { database } = harness;
    await issueCoupon(database, { code, percent: 10, limit: 1 });
    const sku = await product(1);
    const body = orderOf(sku, { orderId: `k-${randomUUID()}`, coupon: code });
    const first = await kickOff(body);
    expect(first.status, first.text).toBe(202);
    await database.updateTable('coupons').set({ remaining: 0 }).where('code', '=', code).execute();
    expect((await kickOff(body)).body).toEqual(first.body);
    const placed = await send('POST', '/api/orders', body, ADA);
    expect([placed.status, placed.body.orderId]).toEqual([200, body['orderId']]);
    const other = await kickOff({ ...body, lines: [{ sku, quantity: 2 }] });
    expect(problemOf(other)).toEqual([422, 'idempotency-key-reused']);
    const next = await kickOff({ ...body, orderId: `k-${randomUUID()}` });
    expect(problemOf(next)).toEqual([422, 'invalid-data']);
  });
});
