/** Orders that are sent garbage, suspended, ended behind their back, or asked for by those who may not: none is lost, none wedges. */
import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { codeOf } from '../../src/api/durable/capability.ts';
import { CALL_HEADER, SYSTEM } from '../../src/contracts/caller.ts';
import type { FailureCode } from '../../src/contracts/failures.ts';
import { LIMITS } from '../../src/contracts/limits.ts';
import { findArchived } from '../../src/store/archive.ts';
import type { OrderKept } from '../../src/workflows/orders/messages.ts';
import { as, problemOf } from '../support/api.ts';
import { awaitUntil } from '../support/await-until.ts';
import { startCarrier } from '../support/carrier.ts';
import { dialectOf } from '../support/dialect.ts';
import { runsOf } from '../support/documents.ts';
import { startHarness, type Loose } from '../support/harness.ts';
import { piecesOf } from '../support/order-books.ts';
import { ADA, CUSTOMER, orderOf, ORDERS, ordersOf, STAFF } from '../support/orders.ts';
import { policyFor } from '../support/own-approvals.ts';
import { bytes, encoded, json, nested, rawClient, text, type RawSignal } from '../support/raw.ts';
import { replayFailures } from '../support/replaying.ts';

const carrier = await startCarrier();
const secrets = ['s'.repeat(32)];
const harness = await startHarness({
  orders: { ORDER_APPROVAL_ABOVE: '500000' },
  links: { secrets } as never,
});
const { client, database } = harness;
const orders = await ordersOf(harness);
const { send, get, product, place, post, reaches, result, stock, taken } = orders;
const { signalRaw, startRaw } = rawClient(harness);
const dialect = dialectOf(harness);
const remoteHarness = await startHarness({
  orders: { SHIPPING_URL: carrier.url, PROVIDER_SECRET: secrets[0]! },
});
const remote = await ordersOf(remoteHarness);

const HEAD = as('hedy', 'manager');
const STRANGER = as('eve', 'customer');
const handleOf = (id: string) => client.workflow.getHandle(`order:${id}`);
const keptOf = (id: string): Promise<OrderKept> =>
  client.withDeadline(Date.now() + 8_000, () => handleOf(id).query<OrderKept>('order'));

/** An order that waits for stock. */
async function backOrdered(more: object = {}): Promise<{ id: string; sku: string }> {
  const sku = await product(0);
  const id = await place(orderOf(sku, more));
  await reaches(id, 'back-ordered');
  return { id, sku };
}

/** Rounds of the reconciler until it is so: Temporal's lists lag behind. */
async function reconciled(
  what: string,
  is: () => Promise<unknown>,
  on: Pick<typeof harness, 'taskQueue'> = harness,
): Promise<void> {
  await awaitUntil(
    what,
    async () => {
      await client.workflow.execute('reconcile', {
        taskQueue: on.taskQueue,
        workflowId: `reconcile:${randomUUID()}`,
      });
      return is();
    },
    30_000,
  );
}

describe('garbage signals', () => {
  const system = { [CALL_HEADER]: json(SYSTEM) };
  const MATRIX: readonly (RawSignal & { readonly what: string; readonly code: FailureCode })[] = [
    ...['Proceed', 'command', 'Nobody', 'dossier:decided'].flatMap((name) => [
      { what: 'bad JSON', name, payloads: [text('{bad')], code: 'malformed-json' as const },
      {
        what: 'an unknown encoding',
        name,
        payloads: [encoded('from/mars', 'zz')],
        code: 'malformed-json' as const,
      },
      {
        what: 'no metadata',
        name,
        payloads: [{ data: bytes('x') }],
        code: 'malformed-json' as const,
      },
    ]),
    { what: 'nothing', name: 'command', payloads: [], code: 'malformed-json' },
    { what: 'no input', name: 'command', code: 'malformed-json' },
    { what: 'a text', name: 'command', payloads: [json('cancel')], code: 'invalid-request' },
    { what: 'null', name: 'command', payloads: [json(null)], code: 'invalid-request' },
    {
      what: 'a list',
      name: 'command',
      payloads: [json([{ kind: 'cancel' }])],
      code: 'invalid-request',
    },
    { what: 'no kind', name: 'command', payloads: [json({ kind: {} })], code: 'invalid-request' },
    {
      what: 'another kind',
      name: 'command',
      payloads: [json({ kind: 'close' })],
      code: 'invalid-request',
    },
    {
      what: 'more than it takes',
      name: 'command',
      payloads: [json({ kind: 'cancel', operator: true })],
      code: 'invalid-request',
    },
    {
      what: 'a reason that is none',
      name: 'command',
      payloads: [json({ kind: 'cancel', reason: 7 })],
      code: 'invalid-request',
    },
    {
      what: 'a reason without end',
      name: 'command',
      payloads: [json({ kind: 'cancel', reason: 'x'.repeat(1_900_000) })],
      code: 'too-large',
    },
    {
      what: 'NUL',
      name: 'command',
      payloads: [text('{"kind":"cancel","reason":"\\u0000"}')],
      code: 'malformed-json',
    },
    {
      what: 'a prototype',
      name: 'command',
      payloads: [text('{"kind":"cancel","__proto__":{"reason":"x"}}')],
      code: 'malformed-json',
    },
    {
      what: '10,000 levels',
      name: 'command',
      payloads: [text(nested(10_000))],
      code: 'malformed-json',
    },
    {
      what: 'too early',
      name: 'command',
      payloads: [json({ kind: 'settle', reason: 'x' })],
      code: 'wrong-state',
    },
    { what: 'another name', name: 'Cancel', payloads: [json(true)], code: 'unknown-event' },
    { what: 'a name of everything', name: '__proto__', payloads: [json(1)], code: 'unknown-event' },
    { what: "Temporal's own", name: '__temporal_x', payloads: [json(1)], code: 'unknown-event' },
    { what: 'a long name', name: 'x'.repeat(900), payloads: [json(1)], code: 'unknown-event' },
    // Anybody with the CLI can write these names; only our own workflows are heard.
    { what: 'stock', name: 'dossier:restocked', payloads: [json(1)], code: 'unknown-event' },
    {
      what: 'a decision',
      name: 'dossier:decided',
      payloads: [json({ id: 'x', state: 'approved', version: 1 })],
      code: 'unknown-event',
    },
    // And these by whoever can write headers, too: an exception would wedge it for ever.
    ...[
      undefined,
      null,
      'approved',
      7,
      [],
      {},
      { id: 'x', state: 'fine' },
      { id: 7, state: 'approved' },
    ].map((outcome) => ({
      what: `a decision that is ${JSON.stringify(outcome)}`,
      name: 'dossier:decided',
      payloads: outcome === undefined ? [] : [json(outcome)],
      headers: system,
      code: 'unknown-event' as const,
    })),
    {
      what: 'a caller that cannot be read',
      name: 'command',
      payloads: [json({ kind: 'cancel' })],
      headers: { [CALL_HEADER]: text('{bad') },
      code: 'not-found',
    },
  ];

  test(
    'each is refused with its code, none hurts, all are in the history',
    { timeout: 60_000 },
    async () => {
      const { id, sku } = await backOrdered();
      const before = (await keptOf(id)).order;
      for (const garbage of MATRIX) await signalRaw(`order:${id}`, garbage);
      const kept = await awaitUntil(
        'all are refused',
        async () => {
          const now = await keptOf(id);
          return now.refusedCount >= MATRIX.length && now;
        },
        30_000,
      );
      const codes = MATRIX.map(({ what, code }) => [what, code]);
      expect(kept.refused.map(({ code }, i) => [MATRIX[i]?.what, code])).toEqual(codes);
      expect(kept.order).toEqual(before);
      const history = await send('GET', `${ORDERS}/${id}/history`, undefined, ADA);
      expect(history.body.refusedCount).toBe(MATRIX.length);
      expect(history.text.length).toBeLessThan(100_000);
      const { raw } = await handleOf(id).describe();
      expect(raw.pendingWorkflowTask?.attempt ?? 1).toBe(1);
      await send('POST', `/api/products/${sku}/stock`, { add: 1 }, as('sue', 'stock'));
      await reaches(id, 'completed');
      await result(id);
      expect((await findArchived(database, id, 'order'))?.refusedCount).toBe(MATRIX.length);
      expect(await replayFailures(client, [`order:${id}`])).toEqual([]);
    },
  );

  test(
    'two thousand of them: it continues as new, and keeps everything',
    { timeout: 120_000 },
    async () => {
      const { id, sku } = await backOrdered({ coupon: undefined });
      const key = { ...ADA, 'idempotency-key': randomUUID() };
      const first = await send('POST', `${ORDERS}/${id}/proceed`, {}, key);
      expect(first.status, first.text).toBe(200);
      await awaitUntil('it has tried', async () => (await get(id)).body.steps[0].attempts === 2);
      await reaches(id, 'back-ordered');
      const before = (await keptOf(id)).order;
      const COUNT = 2_000;
      const nonsense = Array.from({ length: COUNT }, (_, i): RawSignal => {
        const { name, payloads = [], headers } = MATRIX[i % 12] as RawSignal;
        return { name, payloads, ...(headers ? { headers } : {}) };
      });
      for (let i = 0; i < COUNT; i += 40)
        await Promise.all(nonsense.slice(i, i + 40).map((one) => signalRaw(`order:${id}`, one)));
      const kept = await awaitUntil(
        'all are refused',
        async () => {
          const now = await keptOf(id);
          return now.refusedCount >= COUNT && now;
        },
        60_000,
      );
      expect(kept.refusedCount).toBe(COUNT);
      expect(kept.refused).toHaveLength(LIMITS.refusals);
      expect(kept.order).toEqual(before);
      const runs = await runsOf(client, `order:${id}`);
      expect(runs.length).toBeGreaterThan(2);
      expect(runs.length).toBeLessThan(8);
      const { memo, typedSearchAttributes } = await handleOf(id).describe();
      expect(memo).toMatchObject({ order: { orderId: id }, now: { state: 'back-ordered' } });
      expect(JSON.stringify(typedSearchAttributes)).toContain('back-ordered');

      // The same command under the same key, in another run: nothing more is tried.
      const again = await send('POST', `${ORDERS}/${id}/proceed`, {}, key);
      expect([again.status, again.body.state]).toEqual([200, 'back-ordered']);
      expect((await keptOf(id)).order).toEqual(before);
      // Without it, it is.
      await post(id, 'proceed');
      await awaitUntil('it has tried', async () => (await get(id)).body.steps[0].attempts === 3);

      await send('POST', `/api/products/${sku}/stock`, { add: 1 }, as('sue', 'stock'));
      const done = await reaches(id, 'completed');
      expect(done).toMatchObject({ createdAt: before.createdAt, owner: 'ada' });
      expect([await stock(sku), await taken(id)]).toEqual([0, 1_000]);
      await result(id);
      expect((await findArchived(database, id, 'order'))?.refusedCount).toBe(COUNT);
      expect(await replayFailures(client, [`order:${id}`])).toEqual([]);
    },
  );
});

test(
  'starts at the CLI that are no orders end FAILED with the reason, and can be read',
  { timeout: 60_000 },
  async () => {
    const sku = await product(1);
    const good = orderOf(sku);
    const POISON: readonly (readonly [payload: Parameters<typeof startRaw>[1], reason: RegExp])[] =
      [
        [undefined, /The input is not JSON/],
        [[], /The input is not JSON/],
        [[text('{bad')], /could not be decoded/],
        [[encoded('from/mars', 'x')], /could not be decoded/],
        [[json(null)], /not an order/],
        [[json('an order')], /not an order/],
        [[json([good])], /not an order/],
        [[json({})], /\/customer is required/],
        [[json({ ...good, lines: [] })], /\/lines has too few items/],
        [[json({ ...good, lines: [{ sku, quantity: 0 }] })], /\/lines\/0\/quantity/],
        [[json({ ...good, lines: [{ sku, quantity: '1' }] })], /\/lines\/0\/quantity/],
        [
          [
            json({
              ...good,
              lines: [
                { sku, quantity: 1 },
                { sku, quantity: 1 },
              ],
            }),
          ],
          /\/lines\/1\/sku stands/,
        ],
        [[json({ ...good, lines: [{ sku: '..', quantity: 1 }] })], /\/lines\/0\/sku/],
        [
          [json({ ...good, customer: { ...CUSTOMER, email: 'x\r\nBcc: all' } })],
          /\/customer\/email/,
        ],
        [[json({ ...good, customer: { ...CUSTOMER, name: 'x'.repeat(201) } })], /\/customer\/name/],
        [[json({ ...good, payment: {} })], /\/payment\/token is required/],
        [[json({ ...good, totalMinor: 1 })], /\/totalMinor/],
        [[json({ ...good, coupon: 'NEVER' })], /\/coupon There is no such coupon/],
        [[json(orderOf('no-such-sku'))], /\/lines\/0\/sku There is no product/],
        [[text(`{"customer":{"name":"\\ud800"}}`)], /lone surrogate|cannot be kept/],
        [
          [json({ carried: { order: {}, refused: [], refusedCount: 0, outcomes: [] } })],
          /not an order/,
        ],
        [[json({ ...good, customer: 'x'.repeat(1_900_000) })], /takes \d+ bytes/],
      ];
    const ids = await Promise.all(
      POISON.map(async ([payloads], i) => {
        const id = randomUUID();
        const workflowId = `order:${id}`;
        await startRaw(i % 2 === 0 ? 'order' : 'PlaceOrder', payloads, { workflowId });
        return id;
      }),
    );
    for (const [i, id] of ids.entries()) {
      await expect(result(id), String(i)).rejects.toThrow();
      const { status } = await handleOf(id).describe();
      expect(status.name).toBe('FAILED');
      const read = await get(id, STRANGER);
      expect(read.body, String(i)).toMatchObject({ orderId: id, state: 'failed', owner: '' });
      expect(read.body).not.toHaveProperty('steps');
      expect(read.body.customStatus).toMatch(POISON[i]![1]);
      const history = await send('GET', `${ORDERS}/${id}/history`, undefined, STAFF);
      expect(history.status).toBe(200);
      expect(problemOf(await post(id, 'cancel', {}, STAFF))).toEqual([409, 'wrong-state']);
    }
    await awaitUntil('all are listed', async () => {
      const list = await send('GET', `${ORDERS}?state=failed&limit=200`, undefined, STAFF);
      const listed = new Set(list.body._embedded.orders.map(({ orderId }: Loose) => orderId));
      return ids.every((id) => listed.has(id));
    });
    expect(await piecesOf(database, sku)).toEqual({ stock: 1, held: 0, shipped: 0 });
  },
);

test('stock that comes wakes those whom it is enough for, and nobody else', async () => {
  const sku = await product(0);
  const many = await place(orderOf('', { lines: [{ sku, quantity: 5 }] }));
  await reaches(many, 'back-ordered');
  const few = await place(orderOf('', { lines: [{ sku, quantity: 2 }] }));
  await reaches(few, 'back-ordered');
  await send('POST', `/api/products/${sku}/stock`, { add: 3 }, as('sue', 'stock'));
  await reaches(few, 'completed');
  const still = (await get(many)).body;
  expect(still).toMatchObject({ state: 'back-ordered', steps: [{ attempts: 1 }] });
  expect((await keptOf(many)).order.sequence).toBe(still.revision);
  expect(await piecesOf(database, sku)).toEqual({ stock: 1, held: 0, shipped: 2 });
  expect((await post(many, 'cancel')).status).toBe(200);
  await reaches(many, 'cancelled');
});

describe('a suspended order', () => {
  const becomes = (id: string, wanted: string) =>
    awaitUntil(
      `it is ${wanted}`,
      async () => (await dialect.status(`order:${id}`)).runtimeStatus === wanted,
    );
  const suspended = async (id: string): Promise<void> => {
    expect((await dialect.steer(`order:${id}`, 'suspend?reason=audit')).status).toBe(202);
    await becomes(id, 'Suspended');
  };

  test('refuses commands as suspended, keeps what comes, and goes on when it is resumed', async () => {
    const { id, sku } = await backOrdered();
    await suspended(id);
    const shown = await get(id);
    expect(shown.body).toMatchObject({ state: 'back-ordered', suspended: true, _templates: {} });
    for (const [command, body] of [
      ['cancel', { reason: 'x' }],
      ['proceed', {}],
    ] as const)
      expect(problemOf(await post(id, command, body)), command).toEqual([409, 'suspended']);
    expect(problemOf(await post(id, 'settle', { reason: 'x' }, STAFF))).toEqual([409, 'suspended']);
    await send('POST', `/api/products/${sku}/stock`, { add: 1 }, as('sue', 'stock'));
    await send('POST', `${ORDERS}/${id}/events/Nonsense`, 1, ADA);
    // The worker has seen both when it has answered this.
    expect((await get(id)).body).toMatchObject({ state: 'back-ordered', suspended: true });
    expect(await stock(sku)).toBe(1);
    await dialect.steer(`order:${id}`, 'resume');
    const done = await reaches(id, 'completed');
    expect(done).not.toHaveProperty('suspended');
    expect(await stock(sku)).toBe(0);
    expect(await replayFailures(client, [`order:${id}`])).toEqual([]);
  });

  test('terminated by the dialect meanwhile: undone like any other', async () => {
    const { id } = await backOrdered();
    await suspended(id);
    await dialect.steer(`order:${id}`, 'terminate?reason=Enough');
    expect(await reaches(id, 'cancelled')).toMatchObject({ closedReason: 'Enough' });
    expect(await dialect.ended(`order:${id}`)).toMatchObject({
      runtimeStatus: 'Terminated',
      output: 'Enough',
    });
  });
});

describe('ended behind its back', () => {
  const isTerminated = async (id: string, by: typeof orders = orders): Promise<boolean> =>
    (await by.get(id)).body.state === 'terminated';

  test('while it waits for stock: it waits no more, and what comes is for others', async () => {
    const { id, sku } = await backOrdered();
    await handleOf(id).terminate('by hand');
    await reconciled('it is archived', async () => findArchived(database, id, 'order'));
    expect(await isTerminated(id)).toBe(true);
    const waiting = await database
      .selectFrom('back_orders')
      .selectAll()
      .where('order_id', '=', id)
      .execute();
    expect(waiting).toEqual([]);
    const next = await place(orderOf(sku));
    await reaches(next, 'back-ordered');
    const added = await send('POST', `/api/products/${sku}/stock`, { add: 1 }, as('sue', 'stock'));
    expect(added.status).toBe(200);
    await reaches(next, 'completed');
  });

  test('with the money taken, while the carrier is asked: all is given back, once', async () => {
    const sku = await remote.product(1);
    const id = await remote.place(orderOf(sku));
    const booking = await carrier.call(id, '/shipments');
    await remote.reaches(id, 'paid');
    expect(await remote.taken(id)).toBe(1_000);
    await handleOf(id).terminate('by hand');
    const undoing = reconciled(
      'it is archived',
      async () => findArchived(remoteHarness.database, id, 'order'),
      remoteHarness,
    );
    // The first answer that it could not have: it is tried again in the next round.
    (await carrier.call(id, '/cancellations')).answer(500, {});
    (await carrier.call(id, '/cancellations')).answer(200, {});
    await undoing;
    expect(await isTerminated(id, remote)).toBe(true);
    expect([await remote.taken(id), await remote.stock(sku)]).toEqual([0, 1]);
    // What was under way comes to its end after that, and takes back what it has done.
    booking.answer(200, { trackingNumber: `late ${id}`, carrier: 'Test' });
    (await carrier.call(id, '/cancellations')).answer(200, {});
    expect(await piecesOf(remoteHarness.database, sku)).toEqual({ stock: 1, held: 0, shipped: 0 });
    const row = await remoteHarness.database
      .selectFrom('shipments')
      .select(['status', 'tracking_number'])
      .where('order_id', '=', id)
      .executeTakeFirst();
    expect(row).toMatchObject({ status: 'cancelled' });
  });

  test('its approval: the order is told, and ends', async () => {
    const id = await place(orderOf(await product(1, 600_000)));
    const { approval } = await reaches(id, 'awaiting-approval');
    await client.workflow.getHandle(`approval:${approval}`).terminate('by hand');
    await reconciled('the order has ended', async () => (await get(id)).body.state === 'cancelled');
    expect((await get(id)).body).toMatchObject({
      closedReason: 'The approval is terminated.',
      approval,
    });
    expect((await findArchived(database, approval, 'approval'))?.summary).toMatchObject({
      state: 'terminated',
    });
    expect(await taken(id)).toBe(0);
  });

  test('while it awaits an approval: nobody needs to decide any more', async () => {
    const id = await place(orderOf(await product(1, 600_000)));
    const { approval } = await reaches(id, 'awaiting-approval');
    await handleOf(id).terminate('by hand');
    await reconciled('it is archived', async () => findArchived(database, id, 'order'));
    const outcome = await client.workflow.getHandle(`approval:${approval}`).result();
    expect(outcome).toMatchObject({
      state: 'withdrawn',
      reason: 'The order was ended in Temporal.',
    });
    expect(await isTerminated(id)).toBe(true);
  });
});

describe('an approval that cannot even be asked for', () => {
  test(
    'fails the orders that wait for it, instead of letting them wait for ever',
    { timeout: 60_000 },
    async () => {
      const strict = await startHarness({
        orders: { ORDER_APPROVAL_ABOVE: '0', ORDER_APPROVERS: 'user:ghost' },
        directory: { person: () => undefined, membersOf: () => [] },
      });
      const hands = await ordersOf(strict);
      const skus = await Promise.all(Array.from({ length: 20 }, () => hands.product(1)));
      const ids = await Promise.all(skus.map((sku) => hands.place(orderOf(sku))));
      for (const id of ids) {
        const failed = await hands.reaches(id, 'failed');
        expect(failed).toMatchObject({ approval: `order-${id}` });
        expect(failed['closedReason']).toMatch(
          /^The approval has failed\. .*ghost is not in the directory/,
        );
      }
      for (const sku of skus) expect(await hands.stock(sku)).toBe(1);
    },
  );
});

describe('who has no business with it', () => {
  test('learns by no route whether it is there', async () => {
    const { id } = await backOrdered();
    const large = await place(orderOf(await product(1, 600_000)));
    await reaches(large, 'awaiting-approval');
    const closed = await place(orderOf(await product(1)));
    await reaches(closed, 'completed');
    const nobody = randomUUID();
    const ROUTES: [method: 'GET' | 'POST', path: string, body?: object][] = [
      ['GET', ''],
      ['GET', '/status'],
      ['GET', '/history'],
      ['POST', '/cancel', {}],
      ['POST', '/proceed', {}],
      ['POST', '/settle', { reason: 'x' }],
      ['POST', '/approve', {}],
      ['POST', '/reject', { reason: 'x' }],
      ['POST', '/events/Proceed', {}],
    ];
    for (const [method, path, body] of ROUTES)
      for (const one of [nobody, id, large, closed]) {
        const answer = await send(method, `${ORDERS}/${one}${path}`, body, STRANGER);
        expect(problemOf(answer), `${method} ${path}`).toEqual([404, 'not-found']);
        expect(answer.body.detail).toBe(`There is no order ${one}.`);
      }
    const list = await send('GET', `${ORDERS}?limit=200`, undefined, STRANGER);
    const listed = list.body._embedded.orders.map(({ orderId }: Loose) => orderId);
    for (const one of [id, large, closed]) expect(listed).not.toContain(one);
    // Whoever is asked decides, also without being able to read the whole of it.
    expect((await post(large, 'approve', {}, HEAD)).status).toBe(200);
    await reaches(large, 'completed');
    await post(id, 'cancel');
    await reaches(id, 'cancelled');
  });
});

describe('whoever has the code of an instance terminates it, whosever it is:', () => {
  const EVE = as('eve', '');
  const MADE: Record<string, () => Promise<{ workflowId: string; state: () => Promise<string> }>> =
    {
      'an order': async () => {
        const { id } = await backOrdered();
        return { workflowId: `order:${id}`, state: async () => (await get(id)).body.state };
      },
      'an approval': async () => {
        const body = { title: 'Budget', policy: policyFor(['user:anna']) };
        const made = await send('POST', '/api/approvals', body, ADA);
        const { id } = made.body;
        const read = () => send('GET', `/api/approvals/${id}`, undefined, ADA);
        return { workflowId: `approval:${id}`, state: async () => (await read()).body.state };
      },
      'a document': async () => {
        const made = await send('POST', '/api/documents', { type: 'employee-onboarding' }, ADA);
        const { id } = made.body;
        const read = () => send('GET', `/api/documents/${id}`, undefined, ADA);
        return { workflowId: `document:${id}`, state: async () => (await read()).body.state };
      },
      'a wait': async () => {
        const key = randomUUID();
        const at = `/api/waits/shipment/${key}`;
        await send('POST', at, {}, ADA);
        const read = () => send('GET', at, undefined, ADA);
        return { workflowId: `wait:shipment:${key}`, state: async () => (await read()).body.state };
      },
    };
  const ENDS = ['cancelled', 'withdrawn'];

  test.each(Object.keys(MADE))('%s', async (kind) => {
    const { workflowId, state } = await MADE[kind]!();
    await awaitUntil('it has begun', async () => {
      const { runtimeStatus } = await dialect.status(workflowId);
      return runtimeStatus === 'Running';
    });
    const at = `instances/${workflowId}/terminate?reason=Enough`;
    expect((await dialect.send('POST', at, undefined, EVE)).status).toBe(401);
    const wrong = codeOf(secrets, 'order:another');
    expect((await dialect.send('POST', `${at}&code=${wrong}`, undefined, EVE)).status).toBe(401);
    expect(ENDS).not.toContain(await state());
    const code = codeOf(secrets, workflowId);
    const sent = await dialect.send('POST', `${at}&code=${code}`, undefined, EVE);
    expect(sent.status, sent.text).toBe(202);
    await awaitUntil('it has ended', async () => ENDS.includes(await state()));
    expect(await dialect.ended(workflowId)).toMatchObject({
      runtimeStatus: 'Terminated',
      output: 'Enough',
    });
  });

  test('and nobody else, by whatever route', async () => {
    const { id } = await backOrdered();
    for (const name of ['durable:terminate', 'dossier:decided', 'dossier:restocked']) {
      const sent = await send('POST', `${ORDERS}/${id}/events/${name}`, 'x', ADA);
      expect(problemOf(sent), name).toEqual([400, 'invalid-request']);
    }
    // Raised by its code it is an event like any other, of somebody without rights.
    const code = codeOf(secrets, `order:${id}`);
    const raise = (event: string, body: string) =>
      dialect.send('POST', `instances/order:${id}/raiseEvent/${event}?code=${code}`, body, EVE);
    expect((await raise('durable:terminate', '"x"')).status).toBe(400);
    expect((await raise('command', '{"kind":"cancel"}')).status).toBe(202);
    const { refused, order } = await awaitUntil('it is refused', async () => {
      const now = await keptOf(id);
      return now.refusedCount === 1 && now;
    });
    expect(refused).toMatchObject([{ by: 'eve', code: 'not-found' }]);
    expect(order.state).toBe('back-ordered');
  });
});
