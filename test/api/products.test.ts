/** Products and their stock over HTTP, and what customers were told. */
import { randomUUID } from 'node:crypto';
import Fastify, { type FastifyBaseLogger } from 'fastify';
import { describe, expect, test } from 'vitest';
import { createCursors } from '../../src/api/cursors.ts';
import { Places } from '../../src/api/documents/resource.ts';
import { identifyCaller } from '../../src/api/plugins/caller.ts';
import { ProductPresenter } from '../../src/api/products/presenter.ts';
import { productRoutes } from '../../src/api/products/routes.ts';
import { SHARED_SHAPES } from '../../src/contracts/documents/schemas.ts';
import { keepCustomerMail, noteCustomerMail } from '../../src/store/orders/mails.ts';
import { as, openApi, problemOf } from '../support/api.ts';
import { keepingLog } from '../support/gateway.ts';
import { onEnd } from '../support/service.ts';
import { startHarness, type Loose } from '../support/harness.ts';

const harness = await startHarness({ worker: false, orders: { ORDER_CURRENCY: 'CHF' } });
const { send } = await openApi(harness);
const keeper = as('kai', 'stock');
const customer = as('cleo', 'customer');

const newSku = () => `Sku.${randomUUID().slice(0, 8)}_X-1`;
const chair = (sku: string, more: object = {}) => ({
  sku,
  name: 'Chair',
  priceMinor: 4_900,
  stock: 3,
  ...more,
});

describe('a product', () => {
  test('is made, read by everybody, and changed under the same sku', async () => {
    const sku = newSku();
    const made = await send('POST', '/api/products', chair(sku), keeper);
    expect(made.status).toBe(201);
    expect(made.headers['location']).toBe(`/api/products/${sku}`);
    expect(made.body).toMatchObject({ ...chair(sku), currency: 'CHF' });
    const read = await send('GET', `/api/products/${sku}`, undefined, customer);
    expect(read.status).toBe(200);
    expect(read.body).toEqual({ ...made.body, _templates: {} });
    const changed = chair(sku, { name: 'Stool', priceMinor: 0, stock: 0 });
    const again = await send('POST', '/api/products', changed, as('olga', 'operator'));
    expect(again.status).toBe(200);
    expect((await send('GET', `/api/products/${sku}`)).body).toMatchObject({
      name: 'Stool',
      priceMinor: 0,
      stock: 0,
    });
  });

  test('offers its forms to whoever may change it', async () => {
    const sku = newSku();
    const { body } = await send('POST', '/api/products', chair(sku), keeper);
    expect(Object.keys(body._templates)).toEqual(['default', 'stock']);
    const { stock } = body._templates;
    const added = await send(stock.method, stock.target, { add: 2 }, keeper);
    expect(added.body.stock).toBe(5);
    const { _links } = (await send('GET', '/api', undefined, keeper)).body;
    expect(_links.product).toEqual({ href: '/api/products/{sku}', templated: true });
  });

  test('is unknown, or has no sku', async () => {
    expect(problemOf(await send('GET', '/api/products/none'))).toEqual([404, 'not-found']);
    for (const sku of ['..', '...', 'a b', 'ä', 'x'.repeat(65), ''])
      expect(problemOf(await send('POST', '/api/products', chair(sku), keeper))).toEqual([
        400,
        'invalid-request',
      ]);
    expect(problemOf(await send('POST', '/api/products/none/stock', { add: 1 }, keeper))).toEqual([
      404,
      'not-found',
    ]);
  });

  test.each([
    { priceMinor: -1 },
    { priceMinor: 1.5 },
    { priceMinor: 1_000_000_001 },
    { stock: -1 },
    { stock: '3' },
    { name: '' },
    { colour: 'red' },
  ])('%j is refused', async (more) => {
    const answer = await send('POST', '/api/products', chair(newSku(), more), keeper);
    expect(problemOf(answer)).toEqual([400, 'invalid-request']);
    expect(answer.body.errors[0].pointer).toMatch(/^\/(priceMinor|stock|name|colour)$/);
  });

  test('is changed by nobody else', async () => {
    const sku = newSku();
    await send('POST', '/api/products', chair(sku), keeper);
    for (const [path, body] of [
      ['/api/products', chair(sku, { stock: 99 })],
      [`/api/products/${sku}/stock`, { add: 99 }],
    ] as const)
      expect(problemOf(await send('POST', path, body, customer))).toEqual([403, 'forbidden']);
    expect((await send('GET', `/api/products/${sku}`)).body.stock).toBe(3);
  });
});

describe('the stock', () => {
  test('grows and shrinks, never below nothing', async () => {
    const sku = newSku();
    await send('POST', '/api/products', chair(sku), keeper);
    const add = (n: number) => send('POST', `/api/products/${sku}/stock`, { add: n }, keeper);
    expect((await add(7)).body.stock).toBe(10);
    expect((await add(-10)).body.stock).toBe(0);
    for (const n of [-1, 1_000_000_000]) {
      const refused = await add(n);
      if (n > 0) expect(refused.body.stock).toBe(n);
      else {
        expect(problemOf(refused)).toEqual([422, 'invalid-data']);
        expect(refused.body.errors[0].pointer).toBe('/add');
      }
    }
    expect(problemOf(await add(1))).toEqual([422, 'invalid-data']);
  });

  test('grows once for each Idempotency-Key', async () => {
    const sku = newSku();
    await send('POST', '/api/products', chair(sku, { stock: 0 }), keeper);
    const add = (n: number, key: string) =>
      send('POST', `/api/products/${sku}/stock`, { add: n }, { ...keeper, 'idempotency-key': key });
    const many = await Promise.all(Array.from({ length: 10 }, () => add(5, 'a')));
    expect(many.map(({ status }) => status)).toEqual(many.map(() => 200));
    expect((await add(5, 'b')).body.stock).toBe(10);
    expect(problemOf(await add(6, 'b'))).toEqual([422, 'idempotency-key-reused']);
    // What was refused was not carried out, so it may be tried again.
    expect(problemOf(await add(-11, 'c'))).toEqual([422, 'invalid-data']);
    await add(1, 'd');
    expect((await add(-11, 'c')).body.stock).toBe(0);
  });

  test('tells those who wait of what there is more of; their trouble is not the caller’s', async () => {
    const told: (readonly string[])[] = [];
    const { log, logged } = keepingLog();
    const loggerInstance: FastifyBaseLogger = log;
    const app = Fastify({
      loggerInstance,
      ajv: { customOptions: { strict: false } },
    });
    onEnd(() => app.close());
    identifyCaller(app);
    for (const shape of SHARED_SHAPES) app.addSchema(shape);
    productRoutes(app, {
      database: harness.database,
      cursors: createCursors([]),
      present: new ProductPresenter(new Places(''), 'EUR'),
      onRestock: async (skus) => {
        told.push(skus);
        if (told.length === 3) throw new Error('nobody there');
      },
    });
    const post = async (url: string, payload: object) => {
      const { statusCode } = await app.inject({ method: 'POST', url, payload });
      return statusCode;
    };
    const sku = newSku();
    expect(await post('/products', chair(sku, { stock: 0 }))).toBe(201);
    expect(told).toEqual([]);
    expect(await post('/products', chair(sku))).toBe(200);
    expect(await post(`/products/${sku}/stock`, { add: -1 })).toBe(200);
    expect(await post(`/products/${sku}/stock`, { add: 1 })).toBe(200);
    expect(told).toEqual([[sku], [sku]]);
    expect(await post(`/products/${sku}/stock`, { add: 1 })).toBe(200);
    expect(logged).toContainEqual(expect.objectContaining({ level: 40, sku }));
  });
});

test('the list is by sku, in pages, each cursor of this list only', async () => {
  const prefix = `zz-${randomUUID().slice(0, 8)}`;
  const skus = ['a', 'B', 'b', '_', '0'].map((one) => `${prefix}${one}`);
  for (const sku of skus) await send('POST', '/api/products', chair(sku), keeper);
  const seen: string[] = [];
  let at: string | undefined = '/api/products?limit=2';
  while (at !== undefined) {
    const { status, body }: Loose = await send('GET', at, undefined, customer);
    expect(status).toBe(200);
    const page = body._embedded.products.map(({ sku }: Loose) => sku);
    expect(page.length).toBeLessThanOrEqual(2);
    seen.push(...page);
    at = body._links.next?.href;
  }
  expect(seen.filter((sku) => sku.startsWith(prefix))).toEqual(
    skus.toSorted((a, b) => (a < b ? -1 : 1)),
  );
  expect(seen).toEqual([...new Set(seen)]);
  const forged = await send('GET', `/api/products?cursor=${'x'.repeat(40)}`);
  expect(problemOf(forged)).toEqual([400, 'invalid-request']);
});

describe('what customers were told', () => {
  const about = (orderId: string) => ({
    orderId,
    workflowId: `order:${orderId}`,
    customer: { name: 'Ada', email: 'ada@example.org', address: '1 Main St' },
    lines: [{ sku: 's', quantity: 2, name: 'Chair', priceMinor: 4_950 }],
    totalMinor: 9_900,
    currency: 'CHF',
    trackingNumber: 'DP1',
  });

  test('is for the roles orders and operator, newest first, in pages', async () => {
    for (const id of ['m1', 'm2', 'm3']) {
      await keepCustomerMail(harness.database, about(id), '2026-01-01T00:00:00.000Z');
      await keepCustomerMail(harness.database, about(id), '2026-01-02T00:00:00.000Z');
    }
    await noteCustomerMail(
      harness.database,
      { order: 'm1' },
      { sentAt: '2026-01-03T00:00:00.000Z' },
    );
    await noteCustomerMail(harness.database, { order: 'm1' }, { refused: 'late' });
    await noteCustomerMail(harness.database, { order: 'm2' }, { refused: 'No such mailbox.' });
    const first = await send('GET', '/api/customer-mails?limit=2', undefined, as('olga', 'orders'));
    expect(first.status).toBe(200);
    expect(first.body._embedded.mails).toMatchObject([
      {
        order: 'm3',
        to: { name: 'Ada', email: 'ada@example.org' },
        subject: 'Your order m3 is on its way',
        text: expect.stringContaining('2 × Chair (s): CHF 99.00'),
        at: '2026-01-01T00:00:00.000Z',
        _links: { order: { href: '/api/orders/m3' } },
      },
      { order: 'm2', refused: 'No such mailbox.' },
    ]);
    const rest = await send('GET', first.body._links.next.href, undefined, as('olga', 'operator'));
    expect(rest.body._embedded.mails).toMatchObject([
      { order: 'm1', sentAt: '2026-01-03T00:00:00.000Z' },
    ]);
    expect(rest.body._embedded.mails[0].refused).toBeUndefined();
    expect(rest.body._links.next).toBeUndefined();
    for (const who of [customer, keeper])
      expect(problemOf(await send('GET', '/api/customer-mails', undefined, who))).toEqual([
        403,
        'forbidden',
      ]);
  });
});
