/** Stock: never sold twice, never lost, and back-orders in the order in which they came. */
import { describe, expect, test } from 'vitest';
import type { OrderLine } from '../../src/contracts/orders/types.ts';
import { restockable, waitingOrders } from '../../src/store/orders/back-orders.ts';
import { addStock, findProduct } from '../../src/store/orders/products.ts';
import { release, reserve, takeBack } from '../../src/store/orders/stock.ts';
import { piecesOf, stocked } from '../support/order-books.ts';
import { DATABASES, databaseFor } from './databases.ts';

describe.each(DATABASES)('stock on %s', (_name, open) => {
  const on = databaseFor(open);
  let clock = 0;
  const at = () => new Date(Date.UTC(2026, 0, 1) + (clock += 1_000)).toISOString();
  const hold = (orderId: string, lines: readonly OrderLine[], { attempt = 1, part = 0 } = {}) =>
    reserve(on.db, { orderId, attempt, part, lines }, { workflowId: `order:${orderId}`, at: at() });

  test('fifty clients order the last ten pieces: exactly ten get one', async () => {
    for (let round = 0; round < 3; round += 1) {
      const sku = `last-${round}`;
      await stocked(on.db, sku, 10);
      const answers = await Promise.all(
        Array.from({ length: 50 }, (_, i) => hold(`${sku}-${i}`, [{ sku, quantity: 1 }])),
      );
      const got = answers.filter((one) => one !== 'undone' && one.reserved);
      expect(got).toHaveLength(10);
      expect(await piecesOf(on.db, sku)).toEqual({ stock: 0, held: 10, shipped: 0 });
      expect(await waitingOrders(on.db, [sku])).toHaveLength(40);
    }
  });

  test('two skus in opposite orders by many at once: no deadlock, nothing lost', async () => {
    await stocked(on.db, 'x', 25);
    await stocked(on.db, 'y', 25);
    const [x, y] = [
      { sku: 'x', quantity: 1 },
      { sku: 'y', quantity: 2 },
    ];
    const answers = await Promise.all(
      Array.from({ length: 40 }, async (_, i) => {
        const answer = await hold(`cross-${i}`, i % 2 === 0 ? [x, y] : [y, x]);
        if (i % 4 === 0) await release(on.db, `cross-${i}`);
        return answer;
      }),
    );
    const held = (await piecesOf(on.db, 'x')).held;
    expect(await piecesOf(on.db, 'x')).toEqual({ stock: 25 - held, held, shipped: 0 });
    expect(await piecesOf(on.db, 'y')).toEqual({
      stock: 25 - 2 * held,
      held: 2 * held,
      shipped: 0,
    });
    expect(answers.filter((one) => one !== 'undone' && one.reserved).length).toBeGreaterThan(10);
  });

  test('all of the lines or none, and which are short', async () => {
    await stocked(on.db, 'a', 5);
    await stocked(on.db, 'b', 1);
    const lines = [
      { sku: 'a', quantity: 2 },
      { sku: 'b', quantity: 2 },
      { sku: 'none', quantity: 1 },
    ];
    const short = [
      { sku: 'b', wanted: 2, available: 1 },
      { sku: 'none', wanted: 1, available: 0 },
    ];
    expect(await hold('whole', lines)).toEqual({ reserved: false, short });
    expect(await piecesOf(on.db, 'a')).toEqual({ stock: 5, held: 0, shipped: 0 });
    await addStock(on.db, { sku: 'b', add: 9 }, at());
    // The first answer, although there would be enough by now: who asked for it may have acted on it.
    expect(await hold('whole', lines)).toEqual({ reserved: false, short });
    expect(await hold('whole', lines.slice(0, 2), { attempt: 2 })).toEqual({ reserved: true });
    expect(await hold('whole', lines.slice(0, 2), { attempt: 2 })).toEqual({ reserved: true });
    expect(await piecesOf(on.db, 'a')).toEqual({ stock: 3, held: 2, shipped: 0 });
  });

  test('the same step by many at once is one', async () => {
    await stocked(on.db, 'same', 100);
    const step = () => hold('same', [{ sku: 'same', quantity: 7 }]);
    const answers = await Promise.all(Array.from({ length: 20 }, step));
    expect(answers).toEqual(answers.map(() => ({ reserved: true })));
    expect(await piecesOf(on.db, 'same')).toEqual({ stock: 93, held: 7, shipped: 0 });
  });

  test('a sku that stands twice counts twice', async () => {
    await stocked(on.db, 'twice', 5);
    const lines = [
      { sku: 'twice', quantity: 3 },
      { sku: 'twice', quantity: 3 },
    ];
    const short = [{ sku: 'twice', wanted: 6, available: 5 }];
    expect(await hold('twice', lines)).toEqual({ reserved: false, short });
  });

  test('released: back, once, and whatever comes later is refused', async () => {
    await stocked(on.db, 'back', 5);
    const lines = [{ sku: 'back', quantity: 5 }];
    await hold('back', lines);
    expect(await release(on.db, 'back')).toEqual(['back']);
    expect(await release(on.db, 'back')).toEqual([]);
    expect(await piecesOf(on.db, 'back')).toEqual({ stock: 5, held: 0, shipped: 0 });
    expect(await hold('back', lines)).toBe('undone');
    expect(await hold('back', lines, { attempt: 2 })).toBe('undone');
    // Before it was ever reserved.
    expect(await release(on.db, 'early')).toEqual([]);
    expect(await hold('early', lines)).toBe('undone');
    expect(await piecesOf(on.db, 'back')).toEqual({ stock: 5, held: 0, shipped: 0 });
  });

  test('the parts of one attempt go back, and the next attempt goes on', async () => {
    await stocked(on.db, 'p0', 5);
    await stocked(on.db, 'p1', 0);
    const parts = [[{ sku: 'p0', quantity: 5 }], [{ sku: 'p1', quantity: 1 }]];
    await Promise.all(parts.map((lines, part) => hold('parts', lines, { part })));
    expect(await release(on.db, 'parts', 1)).toEqual(['p0']);
    expect(await waitingOrders(on.db, ['p0', 'p1'])).toEqual(['order:parts']);
    expect(await hold('parts', parts[0]!, { part: 0 })).toBe('undone');
    await addStock(on.db, { sku: 'p1', add: 1 }, at());
    for (const [part, lines] of parts.entries())
      expect(await hold('parts', lines, { attempt: 2, part })).toEqual({ reserved: true });
    expect(await waitingOrders(on.db, ['p0', 'p1'])).toEqual([]);
    expect(await release(on.db, 'parts')).toEqual(['p0', 'p1']);
  });

  test('who waits longest comes first, also after trying in vain; who is undone waits no more', async () => {
    await stocked(on.db, 'queue', 0);
    const one = [{ sku: 'queue', quantity: 2 }];
    for (const id of ['q1', 'q2', 'q3']) await hold(id, one);
    await hold('q1', one, { attempt: 2 });
    expect(await waitingOrders(on.db, ['queue', 'other'])).toEqual([
      'order:q1',
      'order:q2',
      'order:q3',
    ]);
    expect(await waitingOrders(on.db, ['queue'], 1)).toEqual(['order:q1']);
    expect(await waitingOrders(on.db, [])).toEqual([]);
    await addStock(on.db, { sku: 'queue', add: 1 }, at());
    const mine = async () =>
      (await restockable(on.db, 1_000)).filter((id) => /^order:q\d$/.test(id));
    expect(await mine()).toEqual([]);
    await addStock(on.db, { sku: 'queue', add: 1 }, at());
    expect(await mine()).toEqual(['order:q1', 'order:q2', 'order:q3']);
    await release(on.db, 'q2');
    expect(await mine()).toEqual(['order:q1', 'order:q3']);
    expect(await hold('q1', one, { attempt: 3 })).toEqual({ reserved: true });
    expect(await waitingOrders(on.db, ['queue'])).toEqual(['order:q3']);
  });

  test('only what was shipped can be taken back', async () => {
    await stocked(on.db, 'return', 3);
    await hold('return', [{ sku: 'return', quantity: 3 }]);
    expect(await takeBack(on.db, 'return')).toEqual([]);
    await on.db
      .updateTable('reservations')
      .set({ status: 'shipped' })
      .where('order_id', '=', 'return')
      .execute();
    expect(await release(on.db, 'return')).toEqual([]);
    expect(await takeBack(on.db, 'return')).toEqual(['return']);
    expect(await takeBack(on.db, 'return')).toEqual([]);
    expect((await findProduct(on.db, 'return'))?.stock).toBe(3);
  });
});
