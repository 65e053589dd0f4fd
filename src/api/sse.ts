/** Server-sent events (WHATWG HTML, section 9.2) of one process: how many there may be, and how each is written. */
import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { problem } from './errors.ts';

/** Streams that one process keeps open, for all and for one user; each is a socket and a timer. */
const MOST = 500;
const MOST_EACH = 50;
/** Bytes that a client may lag behind before events are left out for it. */
const LAG = 64 * 1024;
/** Proxies close what is silent for a minute. */
const HEARTBEAT_MS = 15_000;

/** For routes that answer for hours: Fastify’s `handlerTimeout` has no other way to say never. */
export const ENDLESS = { handlerTimeout: 2 ** 31 - 1 };

/** One event. `id` comes back as `Last-Event-ID` when the client connects again. */
export interface StreamEvent {
  readonly event: string;
  readonly id?: string;
  readonly data: unknown;
}

/** The writing end of one stream. */
export interface Sender {
  /** Sends it, or leaves it out when the client lags too far behind; then `onLag` is called once it has caught up. */
  send(event: StreamEvent): void;
  /** Ends the stream. */
  end(): void;
}

export class EventStreams {
  /** Each with its user. */
  readonly #open = new Map<Sender, string>();

  readonly #most: number;
  readonly #heartbeatMs: number;

  /** Ends all streams when the app closes, which would wait for them otherwise. */
  constructor(app: FastifyInstance, { most = MOST, heartbeatMs = HEARTBEAT_MS } = {}) {
    this.#most = most;
    this.#heartbeatMs = heartbeatMs;
    app.addHook('preClose', async () => {
      for (const sender of this.#open.keys()) sender.end();
    });
  }

  /**
   * Answers the request with a stream. `start` gets the sender and returns what to undo when the client goes away;
   * `onLag` is called when events were left out and there is room again.
   * @throws Problem `busy` when there are too many streams
   */
  answer(
    request: FastifyRequest,
    reply: FastifyReply,
    start: (sender: Sender) => () => void,
    onLag: (sender: Sender) => void,
  ): FastifyReply {
    if (this.#open.size >= this.#most) {
      throw problem('busy', `There are ${this.#most} streams open already.`);
    }
    const user = request.actor.id;
    if ([...this.#open.values()].filter((one) => one === user).length >= MOST_EACH) {
      throw problem('busy', `${user} has ${MOST_EACH} streams open already.`);
    }
    let lagging = false;
    let ended = false;
    const stream = new Readable({
      read() {
        if (!lagging) return;
        lagging = false;
        onLag(sender);
      },
    });
    const write = (text: string): void => {
      if (ended || stream.destroyed) return;
      if (stream.readableLength > LAG) lagging = true;
      else stream.push(text);
    };
    const sender: Sender = {
      send: ({ event, id, data }) =>
        write(
          `event: ${event}\n${id === undefined ? '' : `id: ${id}\n`}data: ${JSON.stringify(data)}\n\n`,
        ),
      end: () => {
        if (!ended) stream.push(null);
        ended = true;
      },
    };
    // Tells the browser how long to wait before it connects again, and gets the headers out.
    write('retry: 2000\n\n');
    const beat = setInterval(() => write(':\n\n'), this.#heartbeatMs);
    const undo = start(sender);
    this.#open.set(sender, user);
    stream.once('close', () => {
      clearInterval(beat);
      undo();
      this.#open.delete(sender);
    });
    request.raw.once('close', () => stream.destroy());
    return reply
      .headers({ 'cache-control': 'no-store', 'x-accel-buffering': 'no' })
      .type('text/event-stream')
      .send(stream);
  }
}
