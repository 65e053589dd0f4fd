/** Orders over HTTP: every way that one can go, and every route and status. */
import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { as, problemOf } from '../support/api.ts';
import { awaitUntil } from '../support/await-until.ts';
import { startHarness } from '../support/harness.ts';
import { ADA, CUSTOMER, orderOf, ORDERS, ordersOf, STAFF } from '../support/orders.ts';

const harness = await startHarness({ orders: { ORDER_APPROVAL_ABOVE: '500000' } });
const orders = await ordersOf(harness);
const { send, get, product, place, post, reaches, result, stock, taken } = orders;

describe('an order that goes through', () => {
  test('is answered as it is placed, and ends with the tracking number', async () => {
    const sku = await product(3);
    const placed = await send('POST', ORDERS, orderOf(sku), ADA);
    expect(placed.status, placed.text).toBe(201);
    const { orderId } = placed.body;
    expect(placed.headers['location']).toBe(`${ORDERS}/${orderId}`);
    expect(placed.body).toMatchObject({
      state: 'placed',
      customStatus: 'Placed',
      needsAttention: false,
      owner: 'ada',
      total: { amountMinor: 1_000, currency: 'EUR' },
      customer: CUSTOMER,
      lines: [{ sku, quantity: 1, name: 'Lamp', priceMinor: 1_000 }],
      steps: [],
      _templates: { cancel: { method: 'POST' } },
    });
    expect(placed.text).not.toContain('tok_visa');
    const tracking = (await result(orderId)) as string;
    const done = await reaches(orderId, 'completed');
    expect(done).toMatchObject({
      trackingNumber: tracking,
      customStatus: `Completed: ${tracking}`,
      paid: { discountMinor: 0, creditMinor: 0, cardMinor: 1_000 },
      steps: [
        { name: 'CheckAndReserveInventory', state: 'done', attempts: 1 },
        { name: 'ProcessPayment', state: 'done', attempts: 1 },
        { name: 'ScheduleShipping', state: 'done', attempts: 1 },
        { name: 'EmailCustomer', state: 'done', attempts: 1 },
      ],
      closedAt: expect.any(String),
      _templates: {},
    });
    expect(await stock(sku)).toBe(2);
    expect(await taken(orderId)).toBe(1_000);
  });
});

describe('the same order id', () => {
  test('is one order: the same answer for the same, 422 for another one, 409 for somebody else', async () => {
    const sku = await product(5);
    const body = orderOf(sku, { orderId: `o-${randomUUID()}` });
    const first = await send('POST', ORDERS, body, ADA);
    const again = await send('POST', ORDERS, body, ADA);
    expect([first.status, again.status]).toEqual([201, 200]);
    expect(again.body).toEqual(first.body);
    await reaches(body.orderId, 'completed');
    const late = await send('POST', ORDERS, body, ADA);
    expect(late.status).toBe(200);
    expect(late.body).toEqual(first.body);
    const other = await send(
      'POST',
      ORDERS,
      { ...body, coupon: undefined, lines: [{ sku, quantity: 2 }] },
      ADA,
    );
    expect(problemOf(other)).toEqual([422, 'idempotency-key-reused']);
    const foreign = await send('POST', ORDERS, body, STAFF);
    expect(problemOf(foreign)).toEqual([409, 'already-exists']);
    expect(await stock(sku)).toBe(4);
  });

  test('is never two, whatever the workflows are called', async () => {
    const { client, taskQueue } = harness;
    const sku = await product(0);
    const input = orderOf(sku);
    const verbatim = `v-${randomUUID()}`;
    await client.workflow.start('PlaceOrder', { workflowId: verbatim, taskQueue, args: [input] });
    await reaches(verbatim, 'back-ordered', STAFF);
    const second = await send('POST', ORDERS, { ...input, orderId: verbatim }, ADA);
    expect(problemOf(second)).toEqual([409, 'already-exists']);
    const id = await place(input);
    await reaches(id, 'back-ordered');
    const refused = async (workflowId: string, order: object): Promise<string> => {
      const ran = client.workflow.execute('PlaceOrder', { workflowId, taskQueue, args: [order] });
      return ran.then(
        () => 'accepted',
        (error: Error) => (error.cause as Error).message,
      );
    };
    expect(await refused(id, input)).toBe(`The order id ${id} is or was in use.`);
    expect(await refused(`order:x-${id}`, { ...input, orderId: id })).toContain(
      `This is the order x-${id}, whatever its input says.`,
    );
    expect((await post(id, 'cancel')).status).toBe(200);
    expect((await get(verbatim, STAFF)).body.state).toBe('back-ordered');
    expect((await post(verbatim, 'cancel', {}, STAFF)).status).toBe(200);
  });
});

describe('out of stock', () => {
  test('waits, and goes on by Proceed once there is some', async () => {
    const sku = await product(0);
    const id = await place(orderOf(sku));
    const waiting = await reaches(id, 'back-ordered');
    expect(waiting).toMatchObject({
      customStatus: `Back-ordered: There is only 0 of 1 ${sku}.`,
      short: [{ sku, wanted: 1, available: 0 }],
      dueAt: expect.any(String),
    });
    expect(Object.keys(waiting['_templates'])).toEqual(['proceed', 'cancel']);
    const early = await post(id, 'proceed');
    expect(early.status, early.text).toBe(200);
    await reaches(id, 'back-ordered');
    await harness.database
      .updateTable('products')
      .set({ stock: 1 })
      .where('sku', '=', sku)
      .execute();
    const sent = await send('POST', `${ORDERS}/${id}/events/Proceed`, null, ADA);
    expect(sent.status).toBe(202);
    await reaches(id, 'completed');
    expect(await stock(sku)).toBe(0);
  });
});

describe('a refused payment', () => {
  test('releases the stock and says why', async () => {
    const sku = await product(1);
    const id = await place(orderOf(sku, { payment: { token: 'tok_declined' } }));
    await expect(result(id)).rejects.toThrow();
    const failed = await reaches(id, 'failed');
    expect(failed).toMatchObject({
      closedReason: 'Payment refused: The card was refused.',
      customStatus: 'Failed: Payment refused: The card was refused.',
    });
    expect(await stock(sku)).toBe(1);
    expect(await taken(id)).toBe(0);
  });
});

describe('a carrier that refuses', () => {
  test('has everything undone, in reverse', async () => {
    const sku = await product(1);
    const customer = { ...CUSTOMER, address: 'Atlantis' };
    const id = await place(orderOf(sku, { customer }));
    const failed = await reaches(id, 'failed');
    expect(failed['steps']).toMatchObject([
      { name: 'CheckAndReserveInventory', state: 'undone' },
      { name: 'ProcessPayment', state: 'undone' },
      { name: 'ScheduleShipping', state: 'undone', reason: 'There is no such place.' },
    ]);
    expect(await stock(sku)).toBe(1);
    expect(await taken(id)).toBe(0);
    const history = await send('GET', `${ORDERS}/${id}/history`, undefined, ADA);
    const commands = history.body._embedded.entries.map(
      ({ command }: { command: string }) => command,
    );
    expect(commands).toEqual([
      'place',
      'CheckAndReserveInventory',
      'ProcessPayment',
      'ScheduleShipping failed',
      'give up',
      'undo ScheduleShipping',
      'undo ProcessPayment',
      'undo CheckAndReserveInventory',
      'failed',
    ]);
  });
});

describe('stock that comes', () => {
  test('wakes those who wait for it', async () => {
    const sku = await product(0);
    const id = await place(orderOf(sku));
    await reaches(id, 'back-ordered');
    const added = await send('POST', `/api/products/${sku}/stock`, { add: 1 }, as('sue', 'stock'));
    expect(added.status, added.text).toBe(200);
    const done = await reaches(id, 'completed');
    expect(done['steps'][0]).toMatchObject({ name: 'CheckAndReserveInventory', attempts: 2 });
  });

  test('comes from orders that are given up, too', async () => {
    const sku = await product(1);
    const first = await place(orderOf(sku, { payment: { token: 'tok_down' } }));
    await awaitUntil('it has the piece', async () => (await stock(sku)) === 0);
    const second = await place(orderOf(sku));
    await reaches(second, 'back-ordered');
    const failed = await reaches(first, 'failed');
    expect(failed['closedReason']).toContain('ProcessPayment failed: ');
    await reaches(second, 'completed');
  });
});

describe('the last ten pieces', () => {
  test('go to exactly ten of fifty customers at once', async () => {
    const sku = await product(10);
    const ids = await Promise.all(Array.from({ length: 50 }, () => place(orderOf(sku))));
    const states = await awaitUntil(
      'all are decided',
      async () => {
        const all = await Promise.all(ids.map(async (id) => (await get(id)).body.state as string));
        return all.every((state) => state === 'completed' || state === 'back-ordered') && all;
      },
      30_000,
    );
    expect(states.filter((state) => state === 'completed')).toHaveLength(10);
    expect(await stock(sku)).toBe(0);
  });
});

describe('many lines', () => {
  test('are reserved side by side, all or none', async () => {
    const skus = await Promise.all(Array.from({ length: 120 }, () => product(1, 10)));
    const lines = skus.map((sku) => ({ sku, quantity: 1 }));
    const short = skus.at(-1)!;
    await harness.database
      .updateTable('products')
      .set({ stock: 0 })
      .where('sku', '=', short)
      .execute();
    const id = await place(orderOf('', { lines }));
    await reaches(id, 'back-ordered');
    expect(await stock(skus[0]!)).toBe(1);
    await send('POST', `/api/products/${short}/stock`, { add: 1 }, as('sue', 'stock'));
    await reaches(id, 'completed');
    expect(await stock(skus[0]!)).toBe(0);
  });
});

describe('ended in Temporal', () => {
  test('what was done of it is undone by the reconciler', async () => {
    const sku = await product(1);
    const id = await place(orderOf(sku, { payment: { token: 'tok_slow' } }));
    await awaitUntil('it has the piece', async () => (await stock(sku)) === 0);
    await harness.client.workflow.getHandle(`order:${id}`).terminate('by hand');
    await awaitUntil(
      'it is in the archive',
      async () => {
        await harness.client.workflow.execute('reconcile', {
          taskQueue: harness.taskQueue,
          workflowId: `reconcile:${randomUUID()}`,
        });
        return (await get(id)).body.state === 'terminated' && (await stock(sku)) === 1;
      },
      30_000,
    );
    expect(await taken(id)).toBe(0);
    expect(problemOf(await post(id, 'cancel'))).toEqual([409, 'wrong-state']);
  });
});

describe('other ways in', () => {
  test('KickOff and OrderWorkflow answer as Durable Functions do; the output is the tracking number', async () => {
    for (const route of ['KickOff', 'OrderWorkflow']) {
      const body = orderOf(await product(1), { orderId: `k-${randomUUID()}` });
      const started = await send('POST', `/api/${route}`, body, ADA);
      expect(started.status, started.text).toBe(202);
      expect(started.body.id).toBe(`order:${body['orderId']}`);
      const again = await send('POST', `/api/${route}`, body, ADA);
      expect(again.body).toEqual(started.body);
      const done = await awaitUntil('it is done', async () => {
        const at = `/runtime/webhooks/durabletask/instances/${started.body.id}`;
        const status = await harness.app.inject({ method: 'GET', url: at });
        return status.statusCode === 200 && JSON.parse(status.payload);
      });
      const read = await get(body['orderId']);
      expect(done).toMatchObject({
        name: 'PlaceOrder',
        runtimeStatus: 'Completed',
        output: read.body.trackingNumber,
      });
    }
  });

  test('by the function PlaceOrder, under an id of its own', async () => {
    const id = `my-${randomUUID()}`;
    const url = `/runtime/webhooks/durabletask/orchestrators/PlaceOrder/${id}`;
    const payload = orderOf(await product(1));
    const started = await harness.app.inject({ method: 'POST', url, payload });
    expect(started.statusCode, started.payload).toBe(202);
    await reaches(id, 'completed', STAFF);
  });

  test('at the CLI; a bad one ends FAILED with the reason', async () => {
    const { client, taskQueue } = harness;
    const start = (id: string, input: unknown) =>
      client.workflow.start('order', { workflowId: `order:${id}`, taskQueue, args: [input] });
    const good = randomUUID();
    const { orderId: _none, ...input } = orderOf(await product(1), { actor: 'ada' });
    await start(good, input);
    expect(await reaches(good, 'completed')).toMatchObject({ owner: 'ada' });
    const bad = randomUUID();
    const handle = await start(bad, orderOf('no-such-sku'));
    await expect(handle.result()).rejects.toThrow();
    expect(await reaches(bad, 'failed')).toMatchObject({
      customStatus: expect.stringContaining('/lines/0/sku There is no product with this sku'),
    });
  });
});
