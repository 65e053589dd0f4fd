/** What was handed to the carrier: one row for each order, made before anything is booked. */
import { sql } from 'kysely';
import type { ShipAnswer } from '../../contracts/orders/steps.ts';
import type { Database } from '../database.ts';
import { plainText } from '../text.ts';

/** How far a shipment is. `undone`: it may not go on. */
export type ShipmentState = 'pending' | 'undone' | ShipAnswer;

interface Row {
  readonly undone: boolean;
  readonly tracking_number: string | null;
  readonly carrier: string | null;
}

/** Notes that the order is to be shipped. Whatever was noted before stays. */
export async function beginShipment(
  db: Database,
  orderId: string,
  at: string,
): Promise<ShipmentState> {
  const { rows } = await sql<Row>`
    insert into shipments (order_id, status, created_at, updated_at)
    values (${orderId}, 'pending', ${at}, ${at})
    on conflict (order_id) do update set order_id = excluded.order_id
    returning undone, tracking_number, carrier`.execute(db);
  return stateOf(rows[0]);
}

/**
 * Notes the carrier's answer, and that what was held for the order has left.
 * @returns `undone` as when beginning; `taken`, and nothing has changed, when another order has the tracking number
 */
export async function scheduleShipment(
  db: Database,
  orderId: string,
  answer: ShipAnswer,
  at: string,
): Promise<ShipmentState | 'taken'> {
  try {
    return await schedule(db, orderId, answer, at);
  } catch (error) {
    if ((error as { code?: unknown }).code === UNIQUE_VIOLATION) return 'taken';
    throw error;
  }
}

/** As PostgreSQL says it. */
const UNIQUE_VIOLATION = '23505';

async function schedule(
  db: Database,
  orderId: string,
  { trackingNumber, carrier }: ShipAnswer,
  at: string,
): Promise<ShipmentState> {
  const { rows } = await sql<Row>`
    with scheduled as (
      update shipments set status = 'scheduled', updated_at = ${at},
        tracking_number = ${plainText(trackingNumber)}, carrier = ${plainText(carrier)}
      where order_id = ${orderId} and status = 'pending'
      returning undone, tracking_number, carrier
    ), left_the_house as (
      update reservations set status = 'shipped'
      where order_id = ${orderId} and status = 'held' and exists (select from scheduled)
    )
    select * from scheduled`.execute(db);
  return rows[0] ? stateOf(rows[0]) : beginShipment(db, orderId, at);
}

/**
 * Keeps the order from being shipped from now on. Before or without the booking, too.
 * @returns whether the carrier has still to be told, because it was booked or may have been
 */
export async function undoShipment(db: Database, orderId: string, at: string): Promise<boolean> {
  const { rows } = await sql<{ status: string }>`
    insert into shipments (order_id, status, undone, created_at, updated_at)
    values (${orderId}, 'cancelled', true, ${at}, ${at})
    on conflict (order_id) do update set undone = true, updated_at = ${at},
      status = case when shipments.status = 'cancelled' then 'cancelled' else 'cancelling' end
    returning status`.execute(db);
  return rows[0]?.status === 'cancelling';
}

/** Notes that the carrier will not come: what had left for it is held again. */
export async function cancelledShipment(db: Database, orderId: string, at: string): Promise<void> {
  await sql`
    with cancelled as (
      update shipments set status = 'cancelled', updated_at = ${at}
      where order_id = ${orderId} and status = 'cancelling' returning order_id
    )
    update reservations set status = 'held'
    where order_id = (select order_id from cancelled) and status = 'shipped'`.execute(db);
}

/** Notes that the carrier does not give back what it has: it is on its way after all, or can be asked for again. */
export async function keepShipment(db: Database, orderId: string, at: string): Promise<void> {
  await sql`
    update shipments set undone = false, updated_at = ${at},
      status = case when tracking_number is null then 'pending' else 'scheduled' end
    where order_id = ${orderId} and status = 'cancelling'`.execute(db);
}

function stateOf(row: Row | undefined): ShipmentState {
  if (!row || row.undone) return 'undone';
  const { tracking_number: trackingNumber, carrier } = row;
  if (trackingNumber === null) return 'pending';
  return { trackingNumber, carrier: carrier ?? '' };
}

/** What the carrier has of the order, and nobody wants back; undefined when there is nothing of that kind. */
export async function findShipment(db: Database, orderId: string): Promise<ShipAnswer | undefined> {
  const row = await db
    .selectFrom('shipments')
    .select(['undone', 'tracking_number', 'carrier'])
    .where('order_id', '=', orderId)
    .executeTakeFirst();
  const state = stateOf(row);
  return typeof state === 'string' ? undefined : state;
}
