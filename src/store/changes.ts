/**
 * Live hints that documents have changed, through the database to every process. Hints: some may be lost, come twice or
 * overtake one another; who needs to be sure reads the document.
 */
import { sql, type Kysely } from 'kysely';
import type { Change } from '../contracts/documents/changes.ts';
import type { Schema } from './schema.ts';

/** The channel of the hints. */
export const CHANNEL = 'dossier_changes';

/** PostgreSQL takes fewer than 8,000 bytes. */
const LARGEST = 7_900;

/** The hints as they arrive. */
export interface Changes {
  /**
   * From now on calls `onChange` with each hint, and `onGap` when hints may have been missed: the connection was lost
   * and is there again. Neither may throw; what they throw is dropped. The function that it returns ends that.
   */
  subscribe(onChange: (change: Change) => void, onGap?: () => void): () => void;
  /** Ends it for all subscribers, and the connection. More than once does no harm. */
  close(): Promise<void>;
}

/**
 * Tells every process. In a transaction, when that is committed. A hint that does not fit even without `waitingFor`, of
 * which one that fits would be untrue, is not sent.
 */
export async function announce(db: Kysely<Schema>, change: Change): Promise<void> {
  const payload = encode(change);
  if (payload === undefined) return;
  await sql`select pg_notify(${CHANNEL}, ${payload})`.execute(db);
}

function encode(change: Change): string | undefined {
  const { id, type, state, owner, version, revision, parent, waitingFor, partial } = change;
  const above = parent === undefined ? {} : { parent };
  const all = { id, type, state, owner, version, revision, ...above };
  const whole = JSON.stringify({ ...all, waitingFor, ...(partial ? { partial } : {}) });
  if (Buffer.byteLength(whole) <= LARGEST) return whole;
  let room = LARGEST - Buffer.byteLength(JSON.stringify({ ...all, waitingFor: [], partial: true }));
  if (room < 0) return undefined;
  const some = waitingFor.filter((one) => {
    const size = Buffer.byteLength(JSON.stringify(one)) + 1;
    if (size > room) return false;
    room -= size;
    return true;
  });
  return JSON.stringify({ ...all, waitingFor: some, partial: true });
}

/** The hint in a payload; undefined when it is none, because somebody else used the channel. */
export function decode(payload: string): Change | undefined {
  let value: unknown;
  try {
    value = JSON.parse(payload);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const { id, type, state, owner, version, revision, parent, waitingFor } = value as Partial<
    Record<keyof Change, unknown>
  >;
  const sound =
    [id, type, state, owner].every((one) => typeof one === 'string') &&
    [version, revision].every((one) => typeof one === 'number') &&
    ['string', 'undefined'].includes(typeof parent) &&
    Array.isArray(waitingFor) &&
    waitingFor.every((one) => typeof one === 'string');
  return sound ? (value as Change) : undefined;
}
