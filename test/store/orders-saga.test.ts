/**
 * Whole orders on a real database: whichever steps and undos fail, whenever somebody cancels, and whatever is lost with a
 * worker, the money that was taken is shipped for or given back, and no piece gets lost. Fault 69: a payment whose reply is
 * lost, a refund that fails ten times, pieces of which only a part was released.
 */
import * as fc from 'fast-check';
import { sql } from 'kysely';
import { describe, expect, test } from 'vitest';
import { LIMITS } from '../../src/contracts/limits.ts';
import { STEPS } from '../../src/contracts/orders/events.ts';
import type { OrderSteps } from '../../src/contracts/orders/steps.ts';
import { addStock } from '../../src/store/orders/products.ts';
import { decidePlace } from '../../src/workflows/orders/request.ts';
import { orderOf, type OrderState } from '../../src/workflows/orders/state.ts';
import { isOnItsWay, piecesOf, stocked, takenFor } from '../support/order-books.ts';
import { live, returning, stepsOn, TERMS, type Fault, type Faults } from '../support/saga.ts';
import { DATABASES, databaseFor } from './databases.ts';

const AT = '2026-01-01T00:00:00.000Z';
const PRICE = 700;
const ACTIVITIES = [...STEPS, 'ReleaseInventory', 'RefundPayment', 'CancelShipping'] as const;
const UNDOS = ['ReleaseInventory', 'RefundPayment', 'CancelShipping'] as const;

interface Sold {
  readonly order: OrderState;
  readonly sku: string;
  readonly stock: number;
}

describe.each(DATABASES)('orders on %s', (name, open) => {
  const on = databaseFor(open);
  let count = 0;

  const orderFor = (
    orderId: string,
    pieces: readonly { readonly sku: string; readonly quantity: number }[],
    { token = 'tok_visa', address = 'Main Street' }: { token?: string; address?: string } = {},
  ): OrderState => {
    const customer = { name: 'Ada', email: 'ada@example.org', address };
    const lines = pieces.map((one) => ({ ...one, name: 'x', priceMinor: PRICE }));
    const totalMinor = lines.reduce((sum, { quantity }) => sum + quantity * PRICE, 0);
    const quote = { lines, totalMinor, terms: TERMS };
    const request = { customer, lines, payment: { token } };
    const call = { actor: { id: 'ada', roles: [], operator: false }, at: AT, via: 'http' } as const;
    return orderOf(orderId, decidePlace(request, { quote }, call));
  };

  /** An order of two pieces of a product of its own. */
  const placed = async (
    stock: number,
    more: { token?: string; address?: string } = {},
  ): Promise<Sold> => {
    const orderId = `saga-${(count += 1)}`;
    await stocked(on.db, orderId, stock, PRICE);
    const order = orderFor(orderId, [{ sku: orderId, quantity: 2 }], more);
    return { order, sku: orderId, stock };
  };

  /** What must hold of every order that has ended, whatever has happened to it. */
  const checkBooks = async ({ sku, stock }: Sold, ended: OrderState): Promise<void> => {
    const taken = await takenFor(on.db, sku);
    const shipped = await isOnItsWay(on.db, sku);
    const pieces = await piecesOf(on.db, sku);
    const isSold = ended.state === 'completed';
    expect({ taken, shipped }).toEqual({ taken: isSold ? 2 * PRICE : 0, shipped: isSold });
    expect(pieces.stock + (isSold ? 2 : 0)).toBe(stock);
    if (!isSold) expect(pieces).toMatchObject({ held: 0, shipped: 0 });
  };

  const never = async (): Promise<boolean> => false;
  const awful: Fault = { before: 3, after: 0 };
  const lossy: Fault = { before: 0, after: 3 };

  test(
    'every subset of failing steps and undos, cancelled at every point',
    { timeout: 240_000 },
    async () => {
      const moves = name === 'PostgreSQL' ? [undefined, 1, 3] : [undefined, 0, 1, 2, 3, 4];
      for (let subset = 0; subset < 2 ** ACTIVITIES.length; subset += 1) {
        const failing = ACTIVITIES.filter((_, i) => subset & (1 << i));
        for (const cancelAt of moves) {
          const fault = (subset + (cancelAt ?? 0)) % 2 === 0 ? awful : lossy;
          const faults: Faults = Object.fromEntries(failing.map((one) => [one, fault]));
          const sold = await placed(3);
          const story = { cancelAt, lostAt: [], restock: never };
          const ended = await live(sold.order, stepsOn(on.db, faults), story);
          await checkBooks(sold, ended);
        }
      }
    },
  );

  const aFault = fc.record({ before: fc.nat({ max: 7 }), after: fc.nat({ max: 7 }) });
  const aStory = fc.record({
    faults: fc.dictionary(fc.constantFrom(...ACTIVITIES), aFault, { maxKeys: 5 }),
    token: fc.constantFrom('tok_visa', 'tok_declined', 'tok_flaky', 'tok_lost', 'tok_refund_fails'),
    address: fc.constantFrom('Main Street', 'Atlantis', 'Flakyville', 'Lostford', 'Stickyham'),
    stock: fc.constantFrom(0, 1, 2, 5),
    restockAfter: fc.constantFrom(0, 1, 2, 99),
    cancelAt: fc.option(fc.nat({ max: 8 }), { nil: undefined }),
    lostAt: fc.uniqueArray(fc.nat({ max: 10 }), { maxLength: 3 }),
  });

  test('whatever happens', { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(
        aStory,
        async ({ faults, token, address, stock, restockAfter, ...story }) => {
          const sold = await placed(stock, { token, address });
          let waits = 0;
          let added = 0;
          const restock = async (): Promise<boolean> => {
            waits += 1;
            if (waits <= restockAfter) return false;
            added += 5;
            await addStock(on.db, { sku: sold.sku, add: 5 }, AT);
            return true;
          };
          const steps: OrderSteps = stepsOn(on.db, faults);
          const ended = await live(sold.order, steps, { ...story, restock });
          await checkBooks({ ...sold, stock: stock + added }, ended);
        },
      ),
      { numRuns: name === 'PostgreSQL' ? 60 : 200 },
    );
  });

  test(
    'large orders of which parts were reserved, released, or lost on the way',
    { timeout: 120_000 },
    async () => {
      const skus = Array.from({ length: 2 * LIMITS.orderPart + 10 }, (_, i) => `part-${i}`);
      const at = { created_at: AT, updated_at: AT };
      const rows = skus.map((sku) => ({ sku, name: sku, price_minor: PRICE, stock: 1_000, ...at }));
      await on.db.insertInto('products').values(rows).execute();
      /** Of the order, by what became of them. */
      const piecesFor = async (orderId: string) => {
        const { rows: found } = await sql<{ held: number; shipped: number }>`
        select count(*) filter (where status = 'held')::integer as held,
          count(*) filter (where status = 'shipped')::integer as shipped
        from reservations where order_id = ${orderId}`.execute(on.db);
        return found[0];
      };
      await fc.assert(
        fc.asyncProperty(
          fc.record({
            faults: fc.dictionary(
              fc.constantFrom('CheckAndReserveInventory', 'ReleaseInventory', 'ScheduleShipping'),
              aFault,
              { maxKeys: 3 },
            ),
            // In which part something is missing, and whether it ever comes.
            short: fc.option(fc.constantFrom(0, 60, skus.length - 1), { nil: undefined }),
            comes: fc.boolean(),
            cancelAt: fc.option(fc.nat({ max: 4 }), { nil: undefined }),
            lostAt: fc.uniqueArray(fc.nat({ max: 6 }), { maxLength: 3 }),
          }),
          async ({ faults, short, comes, ...story }) => {
            const orderId = `parts-${(count += 1)}`;
            const pieces = skus.map((sku) => ({ sku, quantity: 1 }));
            const missing = `missing-${orderId}`;
            if (short !== undefined) {
              await stocked(on.db, missing, 0, PRICE);
              pieces[short] = { sku: missing, quantity: 1 };
            }
            const restock = async (): Promise<boolean> => {
              if (comes) await addStock(on.db, { sku: missing, add: 1 }, AT);
              return comes;
            };
            const order = orderFor(orderId, pieces);
            const ended = await live(order, stepsOn(on.db, faults), { ...story, restock });
            const isSold = ended.state === 'completed';
            expect(await takenFor(on.db, orderId)).toBe(isSold ? order.totalMinor : 0);
            expect(await isOnItsWay(on.db, orderId)).toBe(isSold);
            const shipped = isSold ? pieces.length : 0;
            expect(await piecesFor(orderId)).toEqual({ held: 0, shipped });
          },
        ),
        { numRuns: name === 'PostgreSQL' ? 15 : 40 },
      );
      // Over all of them, of each product: what is not there was sold.
      const { rows: lost } = await sql`
      select sku from products left join reservations using (sku) where sku like 'part-%'
      group by sku, stock
      having stock + coalesce(sum(quantity) filter (where status = 'shipped'), 0) <> 1000`.execute(
        on.db,
      );
      expect(lost).toEqual([]);
    },
  );

  test('an undo that fails ten times', async () => {
    for (const undo of UNDOS) {
      const sold = await placed(2, { address: 'Atlantis' });
      const faults = { [undo]: { before: 10, after: 0 } };
      const story = { lostAt: [], restock: never };
      const ended = await live(sold.order, stepsOn(on.db, faults), story);
      const undone = ended.steps.filter(({ undo: how }) => (how?.failures ?? 0) === 3);
      expect([ended.state, undone.length]).toEqual(['failed', 1]);
      await checkBooks(sold, ended);
    }
  });

  test(
    'a return, whatever fails of it and is lost with a worker',
    { timeout: 60_000 },
    async () => {
      const faults = fc.record({ RefundPayment: aFault, ReturnInventory: aFault });
      const lost = fc.uniqueArray(fc.nat({ max: 4 }), { maxLength: 2 });
      await fc.assert(
        fc.asyncProperty(faults, lost, async (failing, lostAt) => {
          const sold = await placed(3);
          const steps = stepsOn(on.db, failing);
          const shipped = await live(sold.order, steps, { lostAt: [], restock: never });
          const back = await live(returning(shipped), steps, { lostAt, restock: never });
          expect([shipped.state, back.state]).toEqual(['completed', 'returned']);
          expect(await takenFor(on.db, sold.sku)).toBe(0);
          expect(await piecesOf(on.db, sold.sku)).toEqual({ stock: 3, held: 0, shipped: 0 });
        }),
        { numRuns: name === 'PostgreSQL' ? 20 : 60 },
      );
    },
  );
});
