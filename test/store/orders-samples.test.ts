/** The shop to try. */
import { describe, expect, test } from 'vitest';
import { addStock, listProducts } from '../../src/store/orders/products.ts';
import { openSampleShop } from '../../src/store/orders/samples.ts';
import { remainingOf } from '../support/order-books.ts';
import { DATABASES, databaseFor } from './databases.ts';

describe.each(DATABASES)('the shop to try, on %s', (_name, open) => {
  const on = databaseFor(open);
  const at = '2026-01-01T00:00:00.000Z';
  const stock = async () => {
    const { products } = await listProducts(on.db, { limit: 10 });
    return Object.fromEntries(products.map(({ sku, stock: left }) => [sku, left]));
  };

  test('is filled once, and never again', async () => {
    await openSampleShop(on.db, at);
    expect(await stock()).toEqual({ chair: 100, desk: 20, lamp: 10 });
    expect(await remainingOf(on.db, 'WELCOME')).toBeUndefined();
    await addStock(on.db, { sku: 'lamp', add: -10 }, at);
    await openSampleShop(on.db, at);
    expect(await stock()).toEqual({ chair: 100, desk: 20, lamp: 0 });
    const coupons = await on.db.selectFrom('coupons').select('code').execute();
    expect(coupons).toEqual([{ code: 'WELCOME' }]);
  });
});
