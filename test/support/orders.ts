/** Orders in tests. */
import { randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import { putProduct } from '../../src/store/orders/products.ts';
import { as, openApi } from './api.ts';
import { awaitUntil } from './await-until.ts';
import type { Harness, Loose } from './harness.ts';

export const ORDERS = '/api/orders';
export const ADA = as('ada', 'customer');
export const STAFF = as('sam', 'orders');

export const CUSTOMER = {
  name: 'Ada Lovelace',
  email: 'ada@example.org',
  address: '12 St James Sq',
};

/** An order of one piece, with what is to be different about it. */
export function orderOf(sku: string, more: object = {}): Loose {
  const lines = [{ sku, quantity: 1 }];
  return { customer: CUSTOMER, lines, payment: { token: 'tok_visa' }, ...more };
}

export async function ordersOf(harness: Harness) {
  const { send } = await openApi(harness);
  const { client, database } = harness;
  const get = (id: string, headers = ADA) => send('GET', `${ORDERS}/${id}`, undefined, headers);
  return {
    send,
    get,
    /** A product of its own. */
    product: async (stock: number, priceMinor = 1_000): Promise<string> => {
      const sku = `sku-${randomUUID()}`;
      await putProduct(
        database,
        { sku, name: 'Lamp', priceMinor, stock },
        new Date().toISOString(),
      );
      return sku;
    },
    /** The id of a new order. */
    place: async (body: object, headers = ADA): Promise<string> => {
      const placed = await send('POST', ORDERS, body, headers);
      expect(placed.status, placed.text).toBe(201);
      return placed.body.orderId;
    },
    post: (id: string, what: string, body: object = {}, headers = ADA) =>
      send('POST', `${ORDERS}/${id}/${what}`, body, headers),
    /** The order, once it is in that state. */
    reaches: (id: string, state: string, headers = ADA): Promise<Loose> =>
      awaitUntil(
        `order ${id} is ${state}`,
        async () => {
          const { body } = await get(id, headers);
          return body.state === state && body;
        },
        20_000,
      ),
    result: (id: string): Promise<unknown> => client.workflow.getHandle(`order:${id}`).result(),
    stock: async (sku: string): Promise<number> => {
      const row = await database
        .selectFrom('products')
        .select('stock')
        .where('sku', '=', sku)
        .executeTakeFirstOrThrow();
      return row.stock;
    },
    /** What the built-in payment provider has taken for the order, and not given back. */
    taken: async (id: string): Promise<number> => {
      const row = await database
        .selectFrom('dev_charges')
        .selectAll()
        .where('key', '=', `order:${id}`)
        .executeTakeFirst();
      return row ? Number(row.captured_minor) - Number(row.refunded_minor) : 0;
    },
  };
}
