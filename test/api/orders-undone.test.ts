/** Orders that are given up, at every point at which somebody can want that, and undos that fail. */
import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { as, problemOf } from '../support/api.ts';
import { awaitUntil } from '../support/await-until.ts';
import { startCarrier } from '../support/carrier.ts';
import { startHarness } from '../support/harness.ts';
import { ADA, CUSTOMER, orderOf, ORDERS, ordersOf, STAFF } from '../support/orders.ts';

const carrier = await startCarrier();
const harness = await startHarness({ orders: { ORDER_APPROVAL_ABOVE: '500000' } });
const orders = await ordersOf(harness);
const { send, get, product, place, post, reaches, result, stock, taken } = orders;
const remote = await ordersOf(
  await startHarness({ orders: { SHIPPING_URL: carrier.url, PROVIDER_SECRET: 's'.repeat(32) } }),
);
const HEAD = as('hedy', 'manager');

describe('cancelling', () => {
  test('while it is back-ordered', async () => {
    const sku = await product(0);
    const id = await place(orderOf(sku));
    await reaches(id, 'back-ordered');
    const cancelled = await post(id, 'cancel', { reason: 'Found another.' });
    expect(cancelled.status, cancelled.text).toBe(200);
    expect(await reaches(id, 'cancelled')).toMatchObject({
      customStatus: 'Cancelled: Found another.',
      closedReason: 'Found another.',
    });
    expect(await result(id)).toBe('');
    const waiting = await harness.database
      .selectFrom('back_orders')
      .selectAll()
      .where('sku', '=', sku)
      .execute();
    expect(waiting).toEqual([]);
  });

  test('while it awaits approval: nobody needs to decide any more', async () => {
    const sku = await product(1, 600_000);
    const id = await place(orderOf(sku));
    const waiting = await reaches(id, 'awaiting-approval');
    expect((await post(id, 'cancel')).status).toBe(200);
    await reaches(id, 'cancelled');
    expect(
      await harness.client.workflow.getHandle(`approval:${waiting['approval']}`).result(),
    ).toMatchObject({
      state: 'withdrawn',
    });
    expect([await stock(sku), await taken(id)]).toEqual([1, 0]);
  });

  test('when it is paid, before the carrier has it: everything is undone', async () => {
    const sku = await remote.product(1);
    const id = await remote.place(orderOf(sku));
    const booking = await carrier.call(id, '/shipments');
    await remote.reaches(id, 'paid');
    expect(await remote.taken(id)).toBe(1_000);
    const cancelled = await remote.post(id, 'cancel');
    expect(cancelled.body).toMatchObject({ state: 'paid', customStatus: 'Cancelling: Cancelled.' });
    booking.answer(200, { trackingNumber: 'T1', carrier: 'Test' });
    (await carrier.call(id, '/cancellations')).answer(200, {});
    await remote.reaches(id, 'cancelled');
    expect([await remote.stock(sku), await remote.taken(id)]).toEqual([1, 0]);
  });

  test('a moment too late: the carrier gives nothing back, so the order goes on', async () => {
    const sku = await remote.product(1);
    const id = await remote.place(orderOf(sku));
    const booking = await carrier.call(id, '/shipments');
    expect((await remote.post(id, 'cancel')).status).toBe(200);
    booking.answer(200, { trackingNumber: 'T2', carrier: 'Test' });
    (await carrier.call(id, '/cancellations')).answer(422, { reason: 'It has left.' });
    expect(await remote.reaches(id, 'completed')).toMatchObject({ trackingNumber: 'T2' });
    expect([await remote.stock(sku), await remote.taken(id)]).toEqual([0, 1_000]);
    const history = await remote.send('GET', `${ORDERS}/${id}/history`, undefined, ADA);
    expect(history.body._embedded.entries).toContainEqual(
      expect.objectContaining({
        command: 'cancel refused',
        reason: expect.stringContaining('It has left.'),
      }),
    );
  });

  test('after it: refused, with the reason', async () => {
    const id = await place(orderOf(await product(1)));
    await reaches(id, 'completed');
    const late = await post(id, 'cancel');
    expect(problemOf(late)).toEqual([409, 'wrong-state']);
    expect(late.body.detail).toBe('The order is completed; nothing in it can change any more.');
  });

  test('by a cancel request to its workflow: undone, and CANCELED', async () => {
    const sku = await product(0);
    const id = await place(orderOf(sku));
    await reaches(id, 'back-ordered');
    const handle = harness.client.workflow.getHandle(`order:${id}`);
    await handle.cancel();
    await reaches(id, 'cancelled');
    await expect(handle.result()).rejects.toThrow('Workflow execution cancelled');
  });

  test('by a termination of Durable Functions', async () => {
    const id = await place(orderOf(await product(0)));
    await reaches(id, 'back-ordered');
    const at = `/runtime/webhooks/durabletask/instances/order:${id}`;
    const sent = await harness.app.inject({ method: 'POST', url: `${at}/terminate?reason=Enough` });
    expect(sent.statusCode).toBe(202);
    await reaches(id, 'cancelled');
    const status = await awaitUntil('it has ended', async () => {
      const answer = await harness.app.inject({ method: 'GET', url: at });
      return answer.statusCode === 200 && JSON.parse(answer.payload);
    });
    expect(status).toMatchObject({ runtimeStatus: 'Terminated', output: 'Enough' });
  });
});

describe('the approval of a large order', () => {
  test('lets it go on', async () => {
    const sku = await product(1, 600_000);
    const id = await place(orderOf(sku));
    const waiting = await reaches(id, 'awaiting-approval');
    expect(waiting).toMatchObject({ approval: `order-${id}`, customStatus: 'Awaiting approval' });
    expect(await stock(sku)).toBe(1);
    const own = await post(id, 'approve', {});
    expect(problemOf(own)).toEqual([403, 'forbidden']);
    const decided = await post(id, 'approve', {}, HEAD);
    expect(decided.status, decided.text).toBe(200);
    await reaches(id, 'completed');
  });

  test('ends it when it is turned down', async () => {
    const sku = await product(1, 600_000);
    const id = await place(orderOf(sku));
    await reaches(id, 'awaiting-approval');
    expect((await post(id, 'reject', { reason: 'Too much.' }, HEAD)).status).toBe(200);
    expect(await reaches(id, 'cancelled')).toMatchObject({
      closedReason: 'The approval is rejected. Too much.',
    });
  });

  test('is asked under another id when somebody has taken that one', async () => {
    const id = `o-${randomUUID()}`;
    const stages = [{ name: 'x', approvers: ['role:manager'] }];
    const taken = { id: `order-${id}`, title: 'Mine', policy: { stages } };
    expect((await send('POST', '/api/approvals', taken, ADA)).status).toBe(201);
    await place(orderOf(await product(1, 600_000), { orderId: id }));
    const { approval } = await reaches(id, 'awaiting-approval');
    expect(approval).not.toBe(taken.id);
    expect((await post(id, 'approve', {}, HEAD)).status).toBe(200);
    await reaches(id, 'completed');
  });

  test('is not there for a small one', async () => {
    const id = await place(orderOf(await product(0)));
    await reaches(id, 'back-ordered');
    expect(problemOf(await post(id, 'approve', {}, STAFF))).toEqual([409, 'wrong-state']);
  });
});

describe('an undo that fails', () => {
  const stuck = async (): Promise<{ id: string; sku: string }> => {
    const sku = await product(1);
    const customer = { ...CUSTOMER, address: 'Atlantis' };
    const payment = { token: 'tok_refund_never' };
    const id = await place(orderOf(sku, { customer, payment }));
    await awaitUntil(
      'it needs attention',
      async () => (await get(id)).body.needsAttention === true,
      60_000,
    );
    return { id, sku };
  };

  test(
    'is tried often, then shown, searchable, and settled by hand',
    { timeout: 90_000 },
    async () => {
      const { id, sku } = await stuck();
      const shown = await get(id, STAFF);
      expect(shown.body).toMatchObject({
        state: 'paid',
        needsAttention: true,
        waitingFor: ['role:orders'],
        customStatus: expect.stringContaining('Needs attention: RefundPayment: '),
      });
      expect(Object.keys(shown.body._templates)).toEqual(
        ['proceed', 'settle', 'cancel'].slice(0, 2),
      );
      const found = await awaitUntil('it is found', async () => {
        const list = await send('GET', `${ORDERS}?needsAttention=true`, undefined, STAFF);
        return list.body._embedded.orders.some(
          ({ orderId }: { orderId: string }) => orderId === id,
        );
      });
      expect(found).toBe(true);
      const inbox = await send('GET', '/api/inbox', undefined, STAFF);
      expect(inbox.body._embedded.tasks).toContainEqual(
        expect.objectContaining({ kind: 'order', id, orderId: id, needsAttention: true }),
      );
      expect(problemOf(await post(id, 'settle', { reason: 'x' }))).toEqual([403, 'forbidden']);
      expect((await post(id, 'proceed', {}, STAFF)).status).toBe(200);
      await awaitUntil(
        'it has failed again',
        async () => {
          const { body } = await get(id, STAFF);
          const payment = body.steps.find(
            ({ name }: { name: string }) => name === 'ProcessPayment',
          );
          return payment.undo.failures === 2;
        },
        60_000,
      );
      const settled = await post(id, 'settle', { reason: 'Paid back by bank transfer.' }, STAFF);
      expect(settled.status, settled.text).toBe(200);
      const done = await reaches(id, 'failed');
      expect(done).toMatchObject({ needsAttention: false });
      expect(await stock(sku)).toBe(1);
    },
  );
});
