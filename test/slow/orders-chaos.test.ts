/**
 * The worker killed after each statement that matters, amid two hundred orders: none is charged twice, none keeps money or
 * pieces that it gives nothing for, every one ends, and each customer is told once. Fault 3 (a kill before and after the side
 * effect of each activity) and fault 4 (during compensation, each step of which is carried out exactly once).
 */
import { resolve } from 'node:path';
import { sql } from 'kysely';
import { expect, inject, test } from 'vitest';
import { openPostgres } from '../../src/store/database.ts';
import { awaitUntil } from '../support/await-until.ts';
import type { OrderState } from '../../src/workflows/orders/state.ts';
import { newPostgres } from '../store/databases.ts';
import { kill, onEnd, send, startService, type Service } from '../support/service.ts';
import { startSmtp } from '../support/smtp.ts';

/** What has just been written when the worker dies: each pattern is of that statement alone. */
const POINTS: Readonly<Record<string, string>> = {
  'the reservation': 'insert into reservations ',
  'its commit': '^commit',
  'the payment begins': 'with coupon as',
  'the charge is authorised': 'insert into dev_charges[^]*authorisations',
  'the money is taken': 'update dev_charges set status',
  'the payment is noted': "set status = 'captured', reference",
  'the shipment begins': "insert into shipments[^]*'pending'",
  'the parcel is booked': 'insert into dev_parcels[^]*bookings',
  'the shipment is noted': 'with scheduled as',
  'the customer is told': 'insert into "customer_mails"',
  'the mail is noted': 'update "customer_mails"',
  'the shipment is undone': "'cancelled', true",
  'the parcel is cancelled': "update dev_parcels set status = 'cancelled'",
  'its cancellation is noted': 'with cancelled as',
  'the payment is undone': "'refunded', true",
  'the money is given back': 'set refunded_minor',
  'the refund is noted': 'update "payments"',
  'the release begins': 'greatest\\(order_stock',
  'the pieces are back': 'with freed as',
  'the order is archived': 'into "archive"',
};

/** In which steps are undone. */
const ORDER = ['ScheduleShipping', 'ProcessPayment', 'CheckAndReserveInventory'];
const ORDERS = 200;
const PRICE = 1_000;

test('two hundred orders for each', { timeout: 1_500_000 }, async () => {
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
  const smtp = await startSmtp();
  const gateway = await startService('api', { ...env, PORT: '0' });
  const worker = (dieAfter = ''): Promise<Service> =>
    startService('worker', {
      ...env,
      SMTP_URL: smtp.url,
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
          email: `${mark}${k}@example.org`,
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
    await checkUndos(mark, point);
    await checkMails(mark, point);
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

  /** Of those that failed after something was done: each step was undone, once. */
  async function checkUndos(mark: string, point: string): Promise<void> {
    const { rows } = await sql<{ id: string; state: OrderState }>`
      select id, body as state from archive
      where kind = 'order' and state = 'failed' and id like ${`${mark}%`}`.execute(db);
    expect(rows, point).toHaveLength((ORDERS / 5) * 2);
    for (const { id, state } of rows) {
      const undone = state.history.flatMap(({ command }) => /^undo (.*)/.exec(command)?.[1] ?? []);
      expect(undone, `${id} after ${point}`).toEqual(
        [...new Set(undone)].toSorted((a, b) => ORDER.indexOf(a) - ORDER.indexOf(b)),
      );
      expect(undone).toContain('CheckAndReserveInventory');
      const left = state.steps.filter(
        (step) => step.state !== 'undone' && step.state !== 'refused',
      );
      expect(left, `${id} after ${point}`).toEqual([]);
    }
  }

  /** Who was sold something got one mail; a copy, where the kill came between sending and noting, is known as one. */
  async function checkMails(mark: string, point: string): Promise<void> {
    const { rows } = await awaitUntil(
      `all mails are sent after ${point}`,
      async () => {
        const all = await sql<{ id: string; state: string; mails: number; sent: number }>`
          select a.id, a.state, count(m.number)::integer as mails,
            count(m.sent_at)::integer as sent
          from archive a left join customer_mails m on m.order_id = a.id
          where a.kind = 'order' and a.id like ${`${mark}%`} group by a.id, a.state`.execute(db);
        return all.rows.every(({ mails, sent }) => mails === sent) && all;
      },
      60_000,
    );
    for (const { id, state, mails } of rows) {
      const isSold = state === 'completed';
      expect(mails, `${id} after ${point}`).toBe(isSold ? 1 : 0);
      const taken = smtp.taken.filter(({ to }) => to.includes(`${id}@example.org`));
      const ids = new Set(taken.map(({ mail }) => mail.messageId));
      expect(ids.size, `${id} after ${point}`).toBe(isSold ? 1 : 0);
    }
  }
});
