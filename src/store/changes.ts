/**
 * Live hints that something has changed, through the database to every process. Hints: some may be lost, come twice or
 * overtake one another; who needs to be sure reads what has changed.
 */
import { sql, type Kysely } from 'kysely';
import type { Change } from '../contracts/changes.ts';
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
 * Tells every process of all of them, in their order. In a transaction, when that is committed. A hint that does not fit
 * even without `waitingFor`, of which one that fits would be untrue, is not sent.
 */
export async function announce(db: Kysely<Schema>, ...changes: readonly Change[]): Promise<void> {
  const told = changes.map(encode).filter((payload) => payload !== undefined);
  if (told.length === 0) return;
  const calls = told.map((payload) => sql`pg_notify(${CHANNEL}, ${payload})`);
  await sql`select ${sql.join(calls)}`.execute(db);
}

/** Most hints of one statement, and most that wait for their turn. */
const BATCH = 100;
const MOST_WAITING = 10_000;

/**
 * A function that tells of changes in the background, one statement after the other: what comes while one is under way
 * goes together with the next. `onLost` is told of those that could not be sent, and why.
 */
export function announcer(
  db: Kysely<Schema>,
  onLost: (lost: readonly Change[], error: unknown) => void,
): (change: Change) => void {
  const waiting: Change[] = [];
  let sending = false;
  const send = async (): Promise<void> => {
    sending = true;
    while (waiting.length > 0) {
      const batch = waiting.splice(0, BATCH);
      await announce(db, ...batch).catch((error: unknown) => onLost(batch, error));
    }
    sending = false;
  };
  return (change) => {
    if (waiting.length >= MOST_WAITING) return onLost([change], 'too many are waiting');
    waiting.push(change);
    if (!sending) void send();
  };
}

function encode(change: Change): string | undefined {
  const { kind, id, type, state, owner, version, revision, parent, waitingFor, partial } = change;
  // Nothing else that somebody may have put there.
  const all = { kind, id, type, state, owner, version, revision, parent };
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
  const { kind, id, type, state, owner, version, revision, parent, waitingFor } = value as Partial<
    Record<keyof Change, unknown>
  >;
  const sound =
    [kind, id, type, state, owner].every((one) => typeof one === 'string') &&
    typeof revision === 'number' &&
    ['number', 'undefined'].includes(typeof version) &&
    ['string', 'undefined'].includes(typeof parent) &&
    Array.isArray(waitingFor) &&
    waitingFor.every((one) => typeof one === 'string');
  return sound ? (value as Change) : undefined;
}
