/** Orders under other settings than the usual ones: shipping as a workflow of its own, and no long waits for stock. */
import { describe, expect, test } from 'vitest';
import { as, problemOf } from '../support/api.ts';
import { awaitUntil } from '../support/await-until.ts';
import { startCarrier } from '../support/carrier.ts';
import { eventsOf, named } from '../support/documents.ts';
import { startHarness, type Loose } from '../support/harness.ts';
import { isOnItsWay, piecesOf, takenFor } from '../support/order-books.ts';
import { ADA, CUSTOMER, orderOf, ORDERS, ordersOf } from '../support/orders.ts';
import { replayFailures } from '../support/replaying.ts';

const carrier = await startCarrier();
const orders = { ORDER_SHIPPING: 'workflow', ORDER_BACK_ORDER: 'PT2S' };
const harness = await startHarness({ orders });
const { client, database } = harness;
const { send, get, product, place, post, reaches, result, stock } = await ordersOf(harness);
const remote = await ordersOf(
  await startHarness({
    orders: { ...orders, SHIPPING_URL: carrier.url, PROVIDER_SECRET: 's'.repeat(32) },
  }),
);

const shippingOf = (id: string) => client.workflow.getHandle(`order:${id}:shipping`);
const to = (address: string) => ({ customer: { ...CUSTOMER, address } });

/** Once its shipping runs. */
async function shipping(id: string): Promise<void> {
  await awaitUntil('shipping runs', async () => {
    const { status } = await shippingOf(id).describe();
    return status.name === 'RUNNING';
  });
}

/** Of an order of one piece: nothing was taken, nothing is held, nothing is on its way. */
async function expectUndone(id: string, sku: string, pieces = 1): Promise<void> {
  expect(await piecesOf(database, sku)).toEqual({ stock: pieces, held: 0, shipped: 0 });
  expect(await takenFor(database, id)).toBe(0);
  expect(await isOnItsWay(database, id)).toBe(false);
}

const commandsOf = async ({ send: ask }: typeof remote, id: string): Promise<string[]> => {
  const { body } = await ask('GET', `${ORDERS}/${id}/history`, undefined, ADA);
  return body._embedded.entries.map(({ command }: Loose) => command);
};

describe('shipping as a workflow', () => {
  test('a straight order: a child books, and its answer is the order’s', async () => {
    const sku = await product(2);
    const id = await place(orderOf(sku));
    const tracking = await result(id);
    expect(await reaches(id, 'completed')).toMatchObject({
      trackingNumber: tracking,
      steps: [{ state: 'done' }, { state: 'done' }, { state: 'done', attempts: 1 }, {}],
    });
    const child = shippingOf(id);
    expect(await child.result()).toEqual({ trackingNumber: tracking, carrier: 'Dossier Parcels' });
    expect((await child.describe()).type).toBe('ScheduleShipping');
    const events = (await eventsOf(client, `order:${id}`)).map(named);
    expect(events).toContain('CHILD_WORKFLOW_EXECUTION_COMPLETED');
    expect([await stock(sku), await takenFor(database, id)]).toEqual([1, 1_000]);
    expect(await isOnItsWay(database, id)).toBe(true);
    expect(await replayFailures(client, [`order:${id}`, `order:${id}:shipping`])).toEqual([]);
  });

  test('cancelled while the child runs: answered at once, then all is undone', async () => {
    const sku = await product(1);
    const id = await place(orderOf(sku, to('Slowtown')));
    await shipping(id);
    const cancelled = await post(id, 'cancel', { reason: 'Too slow.' });
    expect(cancelled.body).toMatchObject({
      state: 'paid',
      customStatus: 'Cancelling: Too slow.',
      _templates: { cancel: {} },
    });
    expect(await reaches(id, 'cancelled')).toMatchObject({
      closedReason: 'Too slow.',
      needsAttention: false,
      steps: [{ state: 'undone' }, { state: 'undone' }, { state: 'undone' }],
    });
    await expectUndone(id, sku);
    expect(await replayFailures(client, [`order:${id}`])).toEqual([]);
  });

  test('a child that fails: money back, pieces back, and why', async () => {
    const sku = await product(1);
    const id = await place(orderOf(sku, to('Atlantis')));
    expect(await reaches(id, 'failed')).toMatchObject({
      closedReason: 'ScheduleShipping failed: There is no such place.',
      steps: [
        { name: 'CheckAndReserveInventory', state: 'undone' },
        { name: 'ProcessPayment', state: 'undone' },
        { name: 'ScheduleShipping', state: 'undone', reason: 'There is no such place.' },
      ],
    });
    await expectUndone(id, sku);
    expect((await shippingOf(id).describe()).status.name).toBe('FAILED');
  });

  test.each(['terminate', 'cancel'] as const)(
    'a child that somebody ends from outside (%s): undone, also what it books too late',
    async (end) => {
      const sku = await remote.product(1);
      const id = await remote.place(orderOf(sku));
      const booking = await carrier.call(id, '/shipments');
      await remote.reaches(id, 'paid');
      await shippingOf(id)[end]();
      const cancelling = await carrier.call(id, '/cancellations');
      // Whoever ended the child has not ended what it had under way.
      booking.answer(200, { trackingNumber: `late-${end}`, carrier: 'Test' });
      cancelling.answer(200, {});
      const failed = await remote.reaches(id, 'failed');
      expect(failed['closedReason']).toMatch(/^ScheduleShipping failed: \S/);
      expect(await commandsOf(remote, id)).toEqual([
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
      expect([await remote.stock(sku), await remote.taken(id)]).toEqual([1, 0]);
    },
  );

  test('an id that somebody else’s workflow has: the order fails, and nothing is lost', async () => {
    const sku = await product(1);
    const orderId = `taken-${sku}`;
    await client.workflow.start('Workflow', {
      workflowId: `order:${orderId}:shipping`,
      taskQueue: harness.taskQueue,
      args: ['x'],
    });
    await place(orderOf(sku, { orderId }));
    const failed = await reaches(orderId, 'failed');
    expect(failed['closedReason']).toMatch(/^ScheduleShipping failed: .*already/);
    await expectUndone(orderId, sku);
    await shippingOf(orderId).terminate();
  });

  test.each([
    ['nothing', [], 'malformed-json'],
    ['a text', ['x'], 'invalid-request'],
    ['no customer', [{ orderId: 'x', lines: [{ sku: 'x', quantity: 1 }] }], 'invalid-request'],
    ['no pieces', [{ orderId: 'x', customer: CUSTOMER, lines: [] }], 'invalid-request'],
  ])('started at the CLI with %s: fails at once, and books nothing', async (_what, args, type) => {
    const handle = await client.workflow.start('ScheduleShipping', {
      workflowId: `shipping:${crypto.randomUUID()}`,
      taskQueue: harness.taskQueue,
      args,
    });
    await expect(handle.result()).rejects.toMatchObject({ cause: { type } });
    expect(await isOnItsWay(database, 'x')).toBe(false);
  });
});

describe('time that is up for an order without stock', () => {
  const waits = async (id: string): Promise<boolean> => {
    const rows = await database
      .selectFrom('back_orders')
      .select('sku')
      .where('order_id', '=', id)
      .execute();
    return rows.length > 0;
  };

  test('it is tried one last time, then failed, with nothing held and nothing paid', async () => {
    const [sku, other] = [await product(0), await product(5)];
    const lines = [
      { sku, quantity: 2 },
      { sku: other, quantity: 3 },
    ];
    const id = await place(orderOf('', { lines }));
    const waiting = await reaches(id, 'back-ordered');
    const left = Date.parse(waiting['dueAt']) - Date.parse(waiting['createdAt']);
    expect(left).toBeGreaterThanOrEqual(2_000);
    expect(left).toBeLessThan(10_000);
    expect(await waits(id)).toBe(true);
    const failed = await reaches(id, 'failed');
    const reason = `There is only 0 of 2 ${sku}.`;
    expect(failed).toMatchObject({
      closedReason: reason,
      customStatus: `Failed: ${reason}`,
      needsAttention: false,
      steps: [
        { name: 'CheckAndReserveInventory', state: 'undone', attempts: 2, reason },
        // As far as anybody knows it was never begun; it cannot be any more.
        { name: 'ProcessPayment', state: 'undone', attempts: 0 },
      ],
    });
    expect(failed).not.toHaveProperty('paid');
    expect(failed).not.toHaveProperty('dueAt');
    const { body } = await send('GET', `${ORDERS}/${id}/history`, undefined, ADA);
    expect(body._embedded.entries).toContainEqual(
      expect.objectContaining({ command: 'proceed', reason: 'For the last time.', via: 'system' }),
    );
    await expectUndone(id, other, 5);
    expect(await waits(id)).toBe(false);
    await expect(result(id)).rejects.toThrow();
    expect(problemOf(await post(id, 'proceed'))).toEqual([409, 'wrong-state']);
    // Stock that comes after that is for others.
    await send('POST', `/api/products/${sku}/stock`, { add: 5 }, as('sue', 'stock'));
    expect(await piecesOf(database, sku)).toEqual({ stock: 5, held: 0, shipped: 0 });
    expect((await get(id)).body.state).toBe('failed');
    expect(await replayFailures(client, [`order:${id}`])).toEqual([]);
  });

  test('the last try gets what has come unnoticed; asking in between puts nothing off', async () => {
    const sku = await product(0);
    const id = await place(orderOf(sku));
    const { dueAt } = await reaches(id, 'back-ordered');
    expect((await post(id, 'proceed')).status).toBe(200);
    const still = await awaitUntil('it has tried', async () => {
      const { body } = await get(id);
      return body.state === 'back-ordered' && body.steps[0].attempts === 2 && body;
    });
    expect(still.dueAt).toBe(dueAt);
    await database.updateTable('products').set({ stock: 1 }).where('sku', '=', sku).execute();
    expect((await reaches(id, 'completed'))['steps'][0]).toMatchObject({ attempts: 3 });
    expect(await waits(id)).toBe(false);
  });
});
