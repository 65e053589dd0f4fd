/** The built-in payment provider, for development: it takes no money, but keeps books as if it did. */
import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { sql } from 'kysely';
import type { Database } from '../../store/database.ts';
import { plainText } from '../../store/text.ts';
import {
  ProviderUnavailable,
  type Authorised,
  type Charge,
  type Declined,
  type PaymentProvider,
} from '../payment.ts';
import { TOKENS, type TokenBehaviour } from './behaviour.ts';

const VOIDED = 'The charge was cancelled.';

/** On the tables of the database that are its own; nothing else reads or writes them. */
export function builtInPayment(db: Database): PaymentProvider {
  return {
    remote: false,
    authorise: (charge, signal) => authorise(db, charge, signal),
    capture: (charge) => capture(db, charge),
    refund: ({ key }) => refund(db, key),
  };
}

async function authorise(
  db: Database,
  charge: Charge,
  signal: AbortSignal,
): Promise<Authorised | Declined> {
  const { key, amountMinor, currency } = charge;
  const token = plainText(charge.token);
  const { slowMs = 0, failures = 0, declined } = behaviourOf(token);
  if (slowMs > 0) await delay(slowMs, undefined, { signal });
  const outcome = declined === undefined ? 'authorised' : 'declined';
  const reference = `ch_${digest(key)}`;
  const { rows } = await sql<{ status: string; reference: string }>`
    insert into dev_charges as charge
      (key, token, currency, amount_minor, reference, authorisations, status)
    values (${key}, ${token}, ${currency}, ${amountMinor}, ${reference}, 1,
      ${failures > 0 ? 'new' : outcome})
    on conflict (key) do update set authorisations = charge.authorisations + 1,
      status = case when charge.status = 'new' and charge.authorisations >= ${failures}::bigint
        then ${outcome} else charge.status end
    returning status, reference`.execute(db);
  const [made] = rows;
  if (made?.status === 'new') throw new ProviderUnavailable('The payment provider is away.');
  if (made?.status === 'declined') return { declined: declined ?? '' };
  if (made?.status === 'voided' || made?.status === 'refunded') return { declined: VOIDED };
  return { reference };
}

async function capture(
  db: Database,
  { key, token, reference }: Charge & Authorised,
): Promise<Authorised | Declined> {
  const { lostReplies = 0 } = behaviourOf(plainText(token));
  const { rows } = await sql<{ captures: number }>`
    update dev_charges set status = 'captured', captured_minor = amount_minor, captures = captures + 1
    where key = ${key} and status in ('authorised', 'captured') returning captures`.execute(db);
  if (!rows[0]) return { declined: VOIDED };
  if (rows[0].captures > lostReplies) return { reference };
  throw new ProviderUnavailable('The payment provider did not answer.');
}

async function refund(db: Database, key: string): Promise<void> {
  const known = await sql<{ token: string; refunds: number }>`
    insert into dev_charges as charge (key, token, currency, amount_minor, reference, status)
    values (${key}, '', '', 0, ${`ch_${digest(key)}`}, 'voided')
    on conflict (key) do update set refunds = charge.refunds + 1
    returning token, refunds`.execute(db);
  const [{ token, refunds } = { token: '', refunds: 0 }] = known.rows;
  if (refunds > 0 && refunds <= (behaviourOf(token).failedRefunds ?? 0))
    throw new ProviderUnavailable('The payment provider cannot refund now.');
  await sql`
    update dev_charges set refunded_minor = captured_minor,
      status = case when captured_minor > 0 then 'refunded' else 'voided' end
    where key = ${key} and status <> 'declined'`.execute(db);
}

function behaviourOf(token: string): TokenBehaviour {
  if (Object.hasOwn(TOKENS, token)) return TOKENS[token] ?? { what: '' };
  return { what: 'is unknown', declined: 'The card is unknown.' };
}

/** Twenty letters and digits that are the same for the same key. */
export function digest(key: string): string {
  return createHash('sha256').update(key).digest('hex').slice(0, 20);
}
