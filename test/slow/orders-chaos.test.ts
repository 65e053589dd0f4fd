/**
 * The worker killed after each statement that matters, amid two hundred orders: none is charged twice, none keeps money or
 * pieces that it gives nothing for, and every one ends.
 */
import { resolve } from 'node:path';
import { sql } from 'kysely';
import { expect, inject, test } from 'vitest';
import { openPostgres } from '../../src/store/database.ts';
import { awaitUntil } from '../support/await-until.ts';
import { newPostgres } from '../store/databases.ts';
import { kill, onEnd, send, startService, type Service } from '../support/service.ts';

/** What has just been written when the worker dies. */
const POINTS: Readonly<Record<string, string>> = {
  'the reservation': 'insert into reservations ',
  'its commit': '^commit',
  'the payment begins': 'insert into payments',
  'the charge is authorised': 'insert into dev_charges',
  'the money is taken': 'update dev_charges.*captured',
  'the payment is noted': "'captured'",
  'the shipment begins': 'insert into shipments',
  'the parcel is booked': 'insert into dev_parcels',
  'the shipment is noted': 'with scheduled as',
  'the customer is told': 'customer_mails',
  'the refund is begun': 'undone',
  'the stock is released': 'released_through, ',
  'the order is archived': 'into "archive"',
};

const ORDERS = 200;
const PRICE = 1_000;

test('two hundred orders for each', { timeout: 900_000 }, async () => {
  const url = await newPostgres();
  const opened = openPostgres(url);
  onEnd(() => opened.close());
  const { db } = opened;
  const env = {
    DATABASE_URL: url,
    TEMPORAL_ADDRESS: inject('temporalAddress'),
    TEMPORAL_TASK_QUEUE: `chaos-${process.pid}`,
    LINK_SECRET: 'chaos-chaos-chaos',
  };
  const gateway = await startService('api', { ...env, PORT: '0' });
  const worker = (dieAfter = ''): Promise<Service> =>
    startService('worker', {
      ...env,
      DIE_AFTER: dieAfter,
      NODE_OPTIONS: `--require ${resolve('test/support/dying.cjs')}`,
    });

  for (const [i, [point, pattern]] of Object.entries(POINTS).entries()) {
    const dying = await worker(`${pattern}#${10 + i}`);
    const mark = `p${i}-`;
    const sku = `chaos-${i}`;
    const product = { sku, name: 'Lamp', priceMinor: PRICE, stock: ORDERS };
    expect((await send('POST', `${gateway.url}/api/products`, product)).status).toBe(201);
    const place = async (k: number): Promise<void> => {
      const { status, body } = await send('POST', `${gateway.url}/api/orders`, {
        orderId: `${mark}${k}`,
        customer: {
          name: 'Ada',
          email: 'ada@example.org',
          address: k % 5 === 1 ? 'Atlantis' : 'Main Street',
        },
        lines: [{ sku, quantity: 1 }],
        payment: { token: ['tok_visa', 'tok_visa', 'tok_lost', 'tok_declined', 'tok_visa'][k % 5] },
      });
      expect(status, JSON.stringify(body)).toBe(201);
    };
    const all = Array.from({ length: ORDERS }, (_, k) => k);
    await Promise.all(
      Array.from({ length: 10 }, async () => {
        for (let k = all.shift(); k !== undefined; k = all.shift()) await place(k);
      }),
    );
    const end = await awaitUntil(
      `the worker dies after ${point}`,
      () => dying.ended.then(() => true),
      240_000,
    );
    expect(end).toBe(true);
    const next = await worker();
    await awaitUntil(
      `all orders end after ${point}`,
      async () => {
        const { rows } = await sql<{ n: number }>`
          select count(*)::integer as n from archive where kind = 'order' and id like ${`${mark}%`}`.execute(
          db,
        );
        return rows[0]?.n === ORDERS;
      },
      240_000,
    );
    await checkBooks(mark, sku, point);
    for (const pid of next.tree().toReversed()) kill(pid, 'SIGTERM');
    await next.ended;
  }

  async function checkBooks(mark: string, sku: string, point: string): Promise<void> {
    const { rows } = await sql<{
      id: string;
      state: string;
      taken: number;
      charged: number;
      booked: boolean;
    }>`
      select a.id, a.state, coalesce(c.captured_minor - c.refunded_minor, 0)::integer as taken,
        coalesce(c.captured_minor, 0)::integer as charged, coalesce(p.status = 'booked', false) as booked
      from archive a
        left join dev_charges c on c.key = 'order:' || a.id
        left join dev_parcels p on p.key = 'order:' || a.id
      where a.kind = 'order' and a.id like ${`${mark}%`}`.execute(db);
    for (const { id, state, taken, charged, booked } of rows) {
      const isSold = state === 'completed';
      expect({ taken, booked }, `${id} after ${point}`).toEqual({
        taken: isSold ? PRICE : 0,
        booked: isSold,
      });
      expect(charged, id).toBeLessThanOrEqual(PRICE);
    }
    const sold = rows.filter(({ state }) => state === 'completed').length;
    expect(sold, point).toBe((ORDERS / 5) * 3);
    const { rows: left } = await sql<{ stock: number; held: number }>`
      select stock::integer, (select count(*)::integer from reservations
        where sku = ${sku} and status = 'held') as held
      from products where sku = ${sku}`.execute(db);
    expect(left, point).toEqual([{ stock: ORDERS - sold, held: 0 }]);
  }
});
