/** Listening to the hints of changes.ts, through connections that break and come back. */
import { Socket } from 'node:net';
import type { PGlite } from '@electric-sql/pglite';
import { Client } from 'pg';
import { CHANNEL, decode, type Changes } from './changes.ts';
import type { Change } from '../contracts/changes.ts';

/** Milliseconds until a lost connection is tried again: the first time, doubled each time, and at most. */
const FIRST_WAIT = 100;
const LONGEST_WAIT = 10_000;
/** Milliseconds that saying goodbye may take. */
const FAREWELL = 1_000;

/**
 * Begins to listen: `message` gets every payload, `lost` is called when nothing will come any more (more than once does
 * no harm). Resolves when it listens, to a function that ends it; rejects when it cannot.
 */
export type ChangeSource = (on: {
  readonly message: (payload: string) => void;
  readonly lost: () => void;
}) => Promise<() => Promise<void>>;

interface Subscriber {
  readonly onChange: (change: Change) => void;
  readonly onGap: (() => void) | undefined;
}

/**
 * Listens, and begins again whenever the source loses its connection. Resolves after the first attempt, whatever became
 * of it: a database that is not there yet is waited for as one that has gone.
 */
export async function openChanges(source: ChangeSource): Promise<Changes> {
  const listener = new Listener(source);
  await listener.connect();
  return listener;
}

class Listener implements Changes {
  readonly #source: ChangeSource;
  readonly #subscribers = new Set<Subscriber>();
  #attempt: Promise<void> = Promise.resolve();
  #stop: (() => Promise<void>) | undefined;
  #timer: NodeJS.Timeout | undefined;
  #wait = FIRST_WAIT;
  #missed = false;
  #closed = false;

  constructor(source: ChangeSource) {
    this.#source = source;
  }

  subscribe(onChange: (change: Change) => void, onGap?: () => void): () => void {
    const subscriber = { onChange, onGap };
    this.#subscribers.add(subscriber);
    return () => void this.#subscribers.delete(subscriber);
  }

  connect(): Promise<void> {
    this.#attempt = this.#listen();
    return this.#attempt;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#subscribers.clear();
    clearTimeout(this.#timer);
    await this.#attempt;
    const stop = this.#stop;
    this.#stop = undefined;
    await stop?.();
  }

  async #listen(): Promise<void> {
    let over = false;
    const lost = (): void => {
      if (over) return;
      over = true;
      this.#stop = undefined;
      this.#again();
    };
    try {
      const stop = await this.#source({ message: (payload) => this.#tell(payload), lost });
      if (over) return;
      this.#stop = stop;
    } catch {
      lost();
      return;
    }
    this.#wait = FIRST_WAIT;
    if (this.#missed) this.#each(({ onGap }) => onGap?.());
    this.#missed = false;
  }

  #again(): void {
    if (this.#closed) return;
    this.#missed = true;
    this.#timer = setTimeout(() => void this.connect(), this.#wait).unref();
    this.#wait = Math.min(this.#wait * 2, LONGEST_WAIT);
  }

  #tell(payload: string): void {
    const change = decode(payload);
    if (change) this.#each(({ onChange }) => onChange(change));
  }

  /** One that throws must not keep the others from knowing. */
  #each(tell: (subscriber: Subscriber) => void): void {
    for (const subscriber of this.#subscribers) {
      try {
        tell(subscriber);
      } catch {
        // As `subscribe` says.
      }
    }
  }
}

/**
 * A connection of its own to a PostgreSQL server. Every `pingMs` milliseconds (default 30 s) it asks whether the server
 * is still there: who only listens does not notice a connection that leads nowhere. An answer may take `answerMs`.
 */
export function postgresSource(
  url: string,
  { pingMs = 30_000, answerMs = 10_000 }: { pingMs?: number; answerMs?: number } = {},
): ChangeSource {
  return async ({ message, lost }) => {
    const socket = new Socket();
    const client = new Client({
      connectionString: url,
      application_name: 'dossier changes',
      connectionTimeoutMillis: 3_000,
      query_timeout: answerMs,
      stream: () => socket,
    });
    let timer: NodeJS.Timeout | undefined;
    let ending = false;
    const stop = async (): Promise<void> => {
      clearTimeout(timer);
      ending = true;
      await farewell(client);
      socket.destroy();
    };
    const end = (): void => {
      lost();
      void stop();
    };
    const ping = (): void => {
      if (!ending)
        timer = setTimeout(() => void client.query('select 1').then(ping, end), pingMs).unref();
    };
    client.on('notification', ({ payload }) => message(payload ?? ''));
    client.once('end', end).on('error', end);
    try {
      await client.connect();
      await client.query(`listen ${CHANNEL}`);
    } catch (error) {
      socket.destroy();
      throw error;
    }
    ping();
    return stop;
  };
}

/** Ends the connection in good order, unless the other side does not answer. */
async function farewell(client: Client): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, FAREWELL)));
  await Promise.race([client.end().catch(() => {}), late]);
  clearTimeout(timer);
}

/**
 * The database in this process. `inTurn` runs something while nobody else has the one connection: within somebody's
 * transaction, to listen would end with its rollback.
 */
export function embeddedSource(
  lite: PGlite,
  inTurn: <T>(run: () => Promise<T>) => Promise<T>,
): ChangeSource {
  return async ({ message }) => {
    const unlisten = await inTurn(() => lite.listen(CHANNEL, message));
    return () => inTurn(() => unlisten());
  };
}
