/** The activities of orders as workers run them: what they cost, how they end when cancelled, and how they fail. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { MockActivityEnvironment } from '@temporalio/testing';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import type { KyselyPlugin } from 'kysely';
import { describe, expect, test } from 'vitest';
import { createOrderActivities } from '../../src/activities/orders.ts';
import { orderSettings } from '../../src/order-settings.ts';
import { providersOf, type ProviderSettings } from '../../src/providers/index.ts';
import type { Database } from '../../src/store/database.ts';
import { waitingOrders } from '../../src/store/orders/back-orders.ts';
import { issueCoupon } from '../../src/store/orders/coupons.ts';
import type { Wanted } from '../../src/store/orders/quoting.ts';
import { awaitUntil } from '../support/await-until.ts';
import { piecesOf, stocked, takenFor } from '../support/order-books.ts';
import { onEnd } from '../support/service.ts';
import { DATABASES, databaseFor } from './databases.ts';

const { terms } = orderSettings({});

/** Counts statements; those that begin and end transactions are none. */
function counted(db: Database): { readonly db: Database; readonly count: () => number } {
  let statements = 0;
  const plugin: KyselyPlugin = {
    transformQuery: ({ node }) => {
      statements += 1;
      return node;
    },
    transformResult: async ({ result }) => result,
  };
  return { db: db.withPlugin(plugin), count: () => statements };
}

function activitiesOn(database: Database, settings: Partial<ProviderSettings> = {}) {
  const nobody = (): never => {
    throw new Error('needs no Temporal');
  };
  const providers = providersOf({ payment: undefined, shipping: undefined, ...settings }, database);
  return createOrderActivities({
    database,
    mailer: undefined,
    temporal: { namespace: 'n', taskQueue: 't', startsEagerly: false, call: nobody },
    orders: { terms, providers },
  });
}

/** A service that never answers, and how often it was asked. */
async function silent(): Promise<{ url: string; asked: () => number }> {
  let asked = 0;
  const server: Server = createServer(() => (asked += 1));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onEnd(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, asked: () => asked };
}

describe.each(DATABASES)('activities on %s', (_name, open) => {
  const on = databaseFor(open);
  const pay = (orderId: string, token = 'tok_visa') => ({
    orderId,
    email: 'ada@example.org',
    totalMinor: 1_000,
    currency: 'EUR',
    token,
  });
  const customer = { name: 'Ada', email: 'ada@example.org', address: 'Main Street' };
  const lines = [
    { sku: 'cheap', quantity: 1 },
    { sku: 'dear', quantity: 2 },
  ];
  const env = () =>
    new MockActivityEnvironment({ workflowExecution: { workflowId: 'order:w', runId: 'r' } });

  test('a straight order takes eleven statements', async () => {
    for (const { sku } of lines) await stocked(on.db, sku, 10);
    const { db, count } = counted(on.db);
    const act = activitiesOn(db);
    const costs: number[] = [];
    const cost = async (step: () => Promise<unknown>): Promise<unknown> => {
      const before = count();
      const answer = await env().run(step);
      costs.push(count() - before);
      return answer;
    };
    const orderId = 'straight';
    const step = { orderId, attempt: 1, part: 0, lines };
    expect(await cost(() => act.CheckAndReserveInventory(step))).toEqual({ reserved: true });
    expect(await cost(() => act.ProcessPayment(pay(orderId)))).toMatchObject({ cardMinor: 1_000 });
    expect(await cost(() => act.ScheduleShipping({ orderId, customer, lines }))).toMatchObject({
      carrier: 'Dossier Parcels',
    });
    const told = { orderId, customer, lines: [], totalMinor: 1_000, currency: 'EUR' };
    const text = await cost(() => act.EmailCustomer({ ...told, trackingNumber: 'DP1' }));
    expect(text).toBe('The customer of order straight was told the tracking number DP1.');
    expect(costs).toEqual([3, 4, 3, 1]);
  });

  test('who is short waits under the id of the workflow; undone steps fail for good', async () => {
    const act = activitiesOn(on.db);
    const step = { orderId: 'short', attempt: 1, part: 0, lines: [{ sku: 'gone', quantity: 1 }] };
    expect(await env().run(() => act.CheckAndReserveInventory(step))).toEqual({
      reserved: false,
      short: [{ sku: 'gone', wanted: 1, available: 0 }],
    });
    expect(await waitingOrders(on.db, ['gone'])).toEqual(['order:w']);
    expect(await act.ReleaseInventory({ orderId: 'short' })).toEqual([]);
    expect(await waitingOrders(on.db, ['gone'])).toEqual([]);
    await env().run(() => act.RefundPayment({ orderId: 'short' }));
    await env().run(() => act.CancelShipping({ orderId: 'short' }));
    for (const late of [
      () => act.CheckAndReserveInventory(step),
      () => act.ProcessPayment(pay('short')),
      () => act.ScheduleShipping({ orderId: 'short', customer, lines }),
    ])
      await expect(env().run(late)).rejects.toMatchObject({
        type: 'order-undone',
        nonRetryable: true,
      });
  });

  test('goods that came back can be sold again, once', async () => {
    const act = activitiesOn(on.db);
    const orderId = 'returned';
    const one = [{ sku: 'back', quantity: 2 }];
    await stocked(on.db, 'back', 2);
    await env().run(() =>
      act.CheckAndReserveInventory({ orderId, attempt: 1, part: 0, lines: one }),
    );
    await env().run(() => act.ScheduleShipping({ orderId, customer, lines: one }));
    for (let i = 0; i < 2; i += 1)
      expect(await act.ReturnInventory({ orderId })).toEqual(i === 0 ? ['back'] : []);
    expect(await piecesOf(on.db, 'back')).toEqual({ stock: 2, held: 0, shipped: 0 });
  });

  test('failures say whether another try is worth it; an undo is always tried again', async () => {
    const act = activitiesOn(on.db);
    const away = { type: 'provider-unavailable', nonRetryable: false };
    await expect(
      env().run(() => act.ProcessPayment(pay('away', 'tok_down'))),
    ).rejects.toMatchObject(away);
    await env().run(() => act.ProcessPayment(pay('stuck', 'tok_refund_never')));
    await expect(env().run(() => act.RefundPayment({ orderId: 'stuck' }))).rejects.toMatchObject(
      away,
    );
    expect(await takenFor(on.db, 'stuck')).toBe(1_000);
    const nowhere = { ...customer, address: 'Atlantis' };
    await expect(
      env().run(() => act.ScheduleShipping({ orderId: 'nowhere', customer: nowhere, lines })),
    ).rejects.toMatchObject({ type: 'carrier-refused', nonRetryable: true });
    const hasty = { orderId: 'hasty', customer: { ...customer, address: 'Hastings' }, lines };
    await env().run(() => act.ScheduleShipping(hasty));
    await expect(env().run(() => act.CancelShipping({ orderId: 'hasty' }))).rejects.toMatchObject({
      type: 'carrier-refused',
      nonRetryable: true,
    });
  });

  test('a provider that is none fails the step for good, and the undo for now', async () => {
    const wrong = createServer((_request, response) => response.writeHead(404).end());
    await new Promise<void>((resolve) => wrong.listen(0, '127.0.0.1', resolve));
    onEnd(() => wrong.close());
    const { port } = wrong.address() as AddressInfo;
    const remote = { url: `http://127.0.0.1:${port}`, secrets: ['a secret of the right length'] };
    const act = activitiesOn(on.db, { payment: remote, shipping: remote });
    const type = 'provider-misconfigured';
    const orderId = 'wrong';
    for (const step of [
      () => act.ProcessPayment(pay(orderId)),
      () => act.ScheduleShipping({ orderId, customer, lines }),
    ])
      await expect(env().run(step)).rejects.toMatchObject({ type, nonRetryable: true });
    for (const undo of [
      () => act.RefundPayment({ orderId }),
      () => act.CancelShipping({ orderId }),
    ])
      await expect(env().run(undo)).rejects.toMatchObject({ type, nonRetryable: false });
  });

  test('a call that hangs heartbeats, and ends when the activity is cancelled', async () => {
    const { url, asked } = await silent();
    const remote = { url, secrets: ['a secret of the right length'], timeoutMs: 60_000 };
    const act = activitiesOn(on.db, { payment: remote });
    const running = env();
    let beats = 0;
    running.on('heartbeat', () => (beats += 1));
    const step = running.run(() => act.ProcessPayment(pay('hangs')));
    const ended = step.then(
      () => undefined,
      (error: unknown) => error,
    );
    await awaitUntil('it is asked', () => asked() === 1);
    await awaitUntil('a heartbeat', () => beats > 0);
    running.cancel();
    expect(await ended).toBeInstanceOf(CancelledFailure);
  });

  test('a slow built-in one ends when it is cancelled, too', async () => {
    const running = env();
    const step = running.run(() => activitiesOn(on.db).ProcessPayment(pay('slow', 'tok_slow')));
    const ended = step.then(
      () => undefined,
      (error: unknown) => error,
    );
    running.cancel();
    const failure = await ended;
    expect(failure).toBeInstanceOf(CancelledFailure);
    expect(failure).not.toBeInstanceOf(ApplicationFailure);
    expect(await takenFor(on.db, 'slow')).toBe(0);
  });

  test('a quote has names, prices, total and terms, or says what is wrong where', async () => {
    await stocked(on.db, 'q1', 0, 250);
    await stocked(on.db, 'q2', 5, 1_000_000_000);
    await issueCoupon(on.db, { code: 'Q', percent: 10, limit: 1 });
    await issueCoupon(on.db, { code: 'PAST', percent: 10, validUntil: '2020-01-01T00:00:00.000Z' });
    await issueCoupon(on.db, { code: 'EMPTY', amountMinor: 5, limit: 0 });
    const act = activitiesOn(on.db);
    const quoteFor = (wanted: Wanted): ReturnType<typeof act.quoteOrder> =>
      env().run(async () => act.quoteOrder({ orderId: 'Q', ...wanted }));
    expect(await quoteFor({ lines: [{ sku: 'q1', quantity: 3 }], coupon: 'Q' })).toEqual({
      ok: true,
      value: {
        lines: [{ sku: 'q1', quantity: 3, name: 'The q1', priceMinor: 250 }],
        totalMinor: 750,
        terms,
      },
    });
    const errors = async (wanted: Wanted) => {
      const quoted = await quoteFor(wanted);
      if (quoted.ok) throw new Error('it should be refused');
      expect(quoted.refusal.code).toBe('invalid-data');
      return quoted.refusal.errors?.map(({ pointer, detail }) => `${pointer} ${detail}`);
    };
    const unknown = ['none', 'q1', "' or true --", 'nul\0'].map((sku) => ({ sku, quantity: 1 }));
    expect(await errors({ lines: unknown, coupon: 'NEVER' })).toEqual([
      '/lines/0/sku There is no product with this sku.',
      '/lines/2/sku There is no product with this sku.',
      '/lines/3/sku There is no product with this sku.',
      '/coupon There is no such coupon.',
    ]);
    const one = [{ sku: 'q1', quantity: 1 }];
    expect(await errors({ lines: one, coupon: 'PAST' })).toEqual(['/coupon The coupon is over.']);
    expect(await errors({ lines: one, coupon: 'EMPTY' })).toEqual([
      '/coupon The coupon is used up.',
    ]);
    expect(await errors({ lines: [{ sku: 'q2', quantity: 1_000_000 }] })).toEqual([
      '/lines They come to more than one order may cost.',
    ]);
  });
});
