/** The built-in carrier, for development: nothing moves, but its book says that it does. */
import { setTimeout as delay } from 'node:timers/promises';
import { sql } from 'kysely';
import type { ShipAnswer } from '../../contracts/orders/steps.ts';
import type { Database } from '../../store/database.ts';
import { plainText } from '../../store/text.ts';
import { ProviderUnavailable } from '../payment.ts';
import type { CarrierRefused, Parcel, ShippingProvider } from '../shipping.ts';
import { behaviourAt } from './behaviour.ts';
import { digest } from './payment.ts';

const CARRIER = 'Dossier Parcels';

/** On a table of the database that is its own; nothing else reads or writes it. */
export function builtInShipping(db: Database): ShippingProvider {
  return {
    remote: false,
    book: (parcel, signal) => book(db, parcel, signal),
    cancel: ({ key }) => cancel(db, key),
  };
}

async function book(
  db: Database,
  { key, customer }: Parcel,
  signal: AbortSignal,
): Promise<ShipAnswer | CarrierRefused> {
  const address = plainText(customer.address);
  const { slowMs = 0, failures = 0, lostReplies = 0, refused } = behaviourAt(address);
  if (slowMs > 0) await delay(slowMs, undefined, { signal });
  const outcome = refused === undefined ? 'booked' : 'refused';
  const { rows } = await sql<{ status: string; bookings: number; tracking_number: string }>`
    insert into dev_parcels as parcel (key, tracking_number, address, bookings, status)
    values (${key}, ${trackingNumber(key)}, ${address}, 1, ${failures > 0 ? 'new' : outcome})
    on conflict (key) do update set bookings = parcel.bookings + 1,
      status = case when parcel.status = 'new' and parcel.bookings >= ${failures}::bigint
        then ${outcome} else parcel.status end
    returning status, bookings, tracking_number`.execute(db);
  const [made] = rows;
  if (!made || made.status === 'new') throw new ProviderUnavailable('The carrier is away.');
  if (made.status === 'refused') return { refused: refused ?? '' };
  if (made.status === 'cancelled') return { refused: 'The parcel was cancelled.' };
  if (made.bookings <= lostReplies) throw new ProviderUnavailable('The carrier did not answer.');
  return { trackingNumber: made.tracking_number, carrier: CARRIER };
}

async function cancel(db: Database, key: string): Promise<CarrierRefused | undefined> {
  const { rows } = await sql<{ address: string; status: string; cancellations: number }>`
    insert into dev_parcels as parcel (key, tracking_number, address, status)
    values (${key}, ${trackingNumber(key)}, '', 'cancelled')
    on conflict (key) do update set cancellations = parcel.cancellations + 1
    returning address, status, cancellations`.execute(db);
  const [known] = rows;
  const { failedCancellations = 0, collected } = behaviourAt(known?.address ?? '');
  const times = known?.cancellations ?? 0;
  if (times > 0 && times <= failedCancellations)
    throw new ProviderUnavailable('The carrier cannot cancel now.');
  if (known?.status === 'booked' && collected !== undefined) return { refused: collected };
  await sql`
    update dev_parcels set status = 'cancelled'
    where key = ${key} and status <> 'refused'`.execute(db);
  return undefined;
}

function trackingNumber(key: string): string {
  return `DP${digest(key).slice(0, 16).toUpperCase()}`;
}
