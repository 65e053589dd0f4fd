/**
 * A payment provider and a carrier behind HTTP, as somebody else would write them: they check signature and keys, keep books
 * of their own, do each thing once for each idempotency key, and misbehave when a token or an address says so.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll } from 'vitest';
import { signature } from '../../src/shared/signing.ts';

/** How a call is answered; its effect has been had by then, unless `without` is true. */
interface Fault {
  readonly without?: true;
  readonly answer: (response: ServerResponse) => void;
}

export interface Asked {
  readonly path: string;
  readonly key: string;
  readonly raw: string;
}

/** What was done for one order. */
export interface Books {
  readonly held: number;
  readonly taken: number;
  readonly booked: boolean;
}

const json = (status: number, body: unknown) => (response: ServerResponse) =>
  void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));

/** Of the first calls of one order to one path, in their order; those after them are answered as they should be. */
export type Faults = Readonly<Record<string, readonly Fault[]>>;

export const away = (status = 500): Fault => ({ without: true, answer: json(status, {}) });
/** It is done, and nobody hears of it. */
export const silent: Fault = { answer: () => undefined };
export const brokenOff: Fault = { answer: (response) => void response.destroy() };
export const saying = (
  status: number,
  body: string,
  headers: Record<string, string> = {},
): Fault => ({
  answer: (response) => void response.writeHead(status, headers).end(body),
});
export const refusing = (status: number, body: unknown): Fault => ({
  without: true,
  answer: json(status, body),
});

/** `secret`: the one that they know. `faultsOf`: by the body of the first call about an order. */
export async function startProviders(secret: string, faultsOf: (body: Book) => Faults) {
  const asked: Asked[] = [];
  const wrong: string[] = [];
  const books = new Map<
    string,
    { held: number; taken: number; booked: boolean; closed: Set<string> }
  >();
  const left = new Map<string, Record<string, Fault[]>>();
  const done = new Set<string>();

  const hear = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const raw = await text(request);
    const path = request.url ?? '';
    const header = (name: string): string => String(request.headers[name]);
    const key = header('idempotency-key');
    const [id, at] = [header('webhook-id'), header('webhook-timestamp')];
    const isSigned = header('webhook-signature')
      .split(' ')
      .includes(signature(secret, `${id}.${at}.${raw}`));
    const isFresh = Math.abs(Date.now() / 1000 - Number(at)) < 300;
    if (!isSigned || !isFresh || id !== key) wrong.push(`${path} ${key} is not signed`);
    const before = asked.find((one) => one.key === key);
    if (before && (before.raw !== raw || before.path !== path))
      wrong.push(`${key} came again as another request: ${before.raw} and ${raw}`);
    asked.push({ path, key, raw });
    const body = JSON.parse(raw) as Book;
    const faults = left.get(body.id) ?? structuredCopy(faultsOf(body));
    left.set(body.id, faults);
    const fault = faults[path]?.shift();
    const usual = fault?.without ? undefined : perform(path, key, body);
    if (fault) fault.answer(response);
    else usual?.(response);
  };

  /** Once for each key; answers alike each time. */
  const perform = (path: string, key: string, body: Book) => {
    const { id, amountMinor = 0, reference } = body;
    const book = books.get(id) ?? { held: 0, taken: 0, booked: false, closed: new Set() };
    books.set(id, book);
    const isNew = !done.has(key);
    done.add(key);
    switch (path) {
      case '/authorisations':
        if (book.closed.has('payment')) return json(402, { reason: 'It was given back.' });
        if (isNew) book.held += amountMinor;
        return json(201, { reference: `ref ${id}` });
      case '/captures':
        if (book.closed.has('payment')) return json(402, { reason: 'It was given back.' });
        if (reference !== `ref ${id}`) return json(400, {});
        if (isNew) {
          book.held -= amountMinor;
          book.taken += amountMinor;
        }
        return json(200, {});
      case '/refunds':
        book.closed.add('payment');
        book.held = 0;
        book.taken = 0;
        return json(200, {});
      case '/shipments':
        if (book.closed.has('parcel')) return json(422, { reason: 'It was cancelled.' });
        book.booked = true;
        return json(201, { trackingNumber: `T ${id}`, carrier: 'Carts' });
      case '/cancellations':
        book.closed.add('parcel');
        book.booked = false;
        return json(200, {});
      default:
        return json(404, {});
    }
  };

  const server = createServer((request, response) => void hear(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  afterAll(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    /** What was wrong with any call; empty when all is well. */
    wrong,
    /** Everything that was asked about the order, such as `/captures`, in its order. */
    askedOf: (orderId: string): string[] =>
      asked.filter(({ key }) => key.startsWith(`order:${orderId}:`)).map(({ path }) => path),
    booksOf: (orderId: string): Books => {
      const { held, taken, booked } = books.get(`order:${orderId}`) ?? NOTHING;
      return { held, taken, booked };
    },
  };
}

export const NOTHING: Books = { held: 0, taken: 0, booked: false };

/** What is sent to either of them. */
export interface Book {
  readonly id: string;
  readonly amountMinor?: number;
  readonly token?: string;
  readonly reference?: string;
  readonly customer?: { readonly address: string };
}

function structuredCopy(faults: Faults): Record<string, Fault[]> {
  return Object.fromEntries(Object.entries(faults).map(([path, all]) => [path, [...all]]));
}
