/** What is there, and what of it is held for whom. Nothing here can sell a piece twice. */
import { sql, type Transaction } from 'kysely';
import type { ReserveAnswer, ReserveStep, Shortage } from '../../contracts/orders/steps.ts';
import type { OrderLine } from '../../contracts/orders/types.ts';
import type { Database } from '../database.ts';
import type { Schema } from '../schema.ts';

/** Attempts are numbers below this. */
const ALL_ATTEMPTS = 2_147_483_647;

type Tx = Transaction<Schema>;

/**
 * Takes all of the lines out of the stock, or none. The same step again gets the first answer. Short ones are noted as
 * waiting for what was missing.
 *
 * @returns `undone` when the attempt was released before, and then nothing has changed
 */
export async function reserve(
  db: Database,
  step: ReserveStep,
  waiting: { readonly workflowId: string; readonly at: string },
): Promise<ReserveAnswer | 'undone'> {
  const lines = bySku(step.lines);
  return serially(db, async (tx) => {
    const claimed = await claim(tx, step);
    if (claimed.released_through >= step.attempt) return 'undone';
    if (claimed.reserved !== null)
      return claimed.reserved
        ? { reserved: true }
        : { reserved: false, short: claimed.short ?? [] };
    const stock = await locked(
      tx,
      lines.map(({ sku }) => sku),
    );
    const short = lines.flatMap(({ sku, quantity: wanted }): Shortage[] => {
      const available = stock.get(sku) ?? 0;
      return available >= wanted ? [] : [{ sku, wanted, available }];
    });
    if (short.length > 0) {
      await noteShort(tx, step, lines, short, waiting);
      return { reserved: false, short };
    }
    await take(tx, step, lines);
    return { reserved: true };
  });
}

/**
 * Puts back what the attempts up to `attempt` hold (default: all), and keeps them from reserving any more. Without an
 * attempt the order waits for nothing any more, either. Again, before or without a reservation, it does no harm.
 *
 * @returns of what there is more now
 */
export async function release(
  db: Database,
  orderId: string,
  attempt: number = ALL_ATTEMPTS,
): Promise<readonly string[]> {
  return serially(db, async (tx) => {
    await sql`
      insert into order_stock (order_id, released_through) values (${orderId}, ${attempt})
      on conflict (order_id) do update
      set released_through = greatest(order_stock.released_through, excluded.released_through)`.execute(
      tx,
    );
    if (attempt === ALL_ATTEMPTS)
      await tx.deleteFrom('back_orders').where('order_id', '=', orderId).execute();
    return putBack(tx, orderId, { from: 'held', to: 'released', attempt });
  });
}

/** Goods of the order came back: they can be sold again. Twice does no harm. @returns of what there is more now */
export async function takeBack(db: Database, orderId: string): Promise<readonly string[]> {
  return serially(db, (tx) =>
    putBack(tx, orderId, { from: 'shipped', to: 'returned', attempt: ALL_ATTEMPTS }),
  );
}

/** Read committed, whatever the server's default: what the holder of a lock before us wrote must be seen. */
function serially<T>(db: Database, run: (tx: Tx) => Promise<T>): Promise<T> {
  return db.transaction().setIsolationLevel('read committed').execute(run);
}

/** The order's row first, then products by sku: everybody locks in this order, so nobody waits in a circle. */
async function claim(tx: Tx, { orderId, attempt, part }: ReserveStep) {
  const { rows } = await sql<{
    released_through: number;
    reserved: boolean | null;
    short: readonly Shortage[] | null;
  }>`
    with fence as (
      insert into order_stock (order_id, released_through) values (${orderId}, 0)
      on conflict (order_id) do update set order_id = excluded.order_id
      returning released_through
    ), step as (
      insert into reservation_steps (order_id, attempt, part) values (${orderId}, ${attempt}, ${part})
      on conflict (order_id, attempt, part) do update set part = excluded.part
      returning reserved, short
    )
    select released_through, reserved, short from fence, step`.execute(tx);
  const [row] = rows;
  if (!row) throw new Error(`no row of the order ${orderId} could be locked`);
  return row;
}

async function locked(tx: Tx, skus: readonly string[]): Promise<ReadonlyMap<string, number>> {
  const rows = await tx
    .selectFrom('products')
    .select(['sku', 'stock'])
    .where('sku', 'in', skus)
    .orderBy('sku')
    .forUpdate()
    .execute();
  return new Map(rows.map(({ sku, stock }) => [sku, stock]));
}

async function take(tx: Tx, step: ReserveStep, lines: readonly OrderLine[]): Promise<void> {
  const { orderId, attempt, part } = step;
  const skus = lines.map(({ sku }) => sku);
  await sql`
    with line as (
      select * from unnest(${skus}::text[], ${lines.map(({ quantity }) => quantity)}::integer[])
        as line (sku, quantity)
    ), taken as (
      update products set stock = products.stock - line.quantity
      from line where products.sku = line.sku
    ), held as (
      insert into reservations (order_id, attempt, part, sku, quantity, status)
      select ${orderId}, ${attempt}, ${part}, sku, quantity, 'held' from line
    ), served as (
      delete from back_orders where order_id = ${orderId} and sku = any(${skus}::text[])
    )
    update reservation_steps set reserved = true
    where order_id = ${orderId} and attempt = ${attempt} and part = ${part}`.execute(tx);
}

/** Whoever waits for the same thing still keeps the place in the queue. */
async function noteShort(
  tx: Tx,
  step: ReserveStep,
  lines: readonly OrderLine[],
  short: readonly Shortage[],
  { workflowId, at }: { readonly workflowId: string; readonly at: string },
): Promise<void> {
  const { orderId, attempt, part } = step;
  const missing = new Set(short.map(({ sku }) => sku));
  const there = lines.flatMap(({ sku }) => (missing.has(sku) ? [] : [sku]));
  await sql`
    with waiting as (
      insert into back_orders (order_id, sku, wanted, workflow_id, since)
      select ${orderId}, sku, wanted, ${workflowId}, ${at}
      from unnest(${short.map(({ sku }) => sku)}::text[], ${short.map(({ wanted }) => wanted)}::integer[])
        as missing (sku, wanted)
      on conflict (order_id, sku) do update
      set wanted = excluded.wanted, workflow_id = excluded.workflow_id
    ), served as (
      delete from back_orders where order_id = ${orderId} and sku = any(${there}::text[])
    )
    update reservation_steps set reserved = false, short = ${JSON.stringify(short)}::json
    where order_id = ${orderId} and attempt = ${attempt} and part = ${part}`.execute(tx);
}

async function putBack(
  tx: Tx,
  orderId: string,
  { from, to, attempt }: { from: string; to: string; attempt: number },
): Promise<readonly string[]> {
  const held = sql`
    select sku from reservations
    where order_id = ${orderId} and status = ${from} and attempt <= ${attempt}`;
  const { rows } = await sql<{ sku: string }>`
    select sku from products where sku in (${held}) order by sku for update`.execute(tx);
  if (rows.length === 0) return [];
  await sql`
    with freed as (
      update reservations set status = ${to}
      where order_id = ${orderId} and status = ${from} and attempt <= ${attempt}
      returning sku, quantity
    )
    update products set stock = products.stock + more.quantity
    from (select sku, sum(quantity) as quantity from freed group by sku) more
    where products.sku = more.sku`.execute(tx);
  return rows.map(({ sku }) => sku);
}

/** One line for each sku, in their order. */
function bySku(lines: readonly OrderLine[]): OrderLine[] {
  const quantities = new Map<string, number>();
  for (const { sku, quantity } of lines) quantities.set(sku, (quantities.get(sku) ?? 0) + quantity);
  return [...quantities].map(([sku, quantity]) => ({ sku, quantity }));
}
