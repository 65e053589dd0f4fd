/** A carrier behind HTTP, as SHIPPING_URL names one: it answers when it is told to. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterAll } from 'vitest';
import { awaitUntil } from './await-until.ts';

interface Asked {
  readonly path: string;
  /** The key of the parcel. */
  readonly id: string;
  readonly answer: (status: number, body: object) => void;
}

export async function startCarrier() {
  const asked: Asked[] = [];
  const server = createServer((request, response) => void hear(request, response));
  const hear = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { id } = JSON.parse(await text(request)) as { id: string };
    const answer = (status: number, body: object): void =>
      void response
        .writeHead(status, { 'content-type': 'application/json' })
        .end(JSON.stringify(body));
    asked.push({ path: request.url ?? '', id, answer });
  };
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  afterAll(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });
  return {
    url: `http://127.0.0.1:${port}`,
    asked,
    /** The next call about this order, not answered yet. */
    call: (orderId: string, path: string): Promise<Asked> =>
      awaitUntil(`the carrier is asked for ${path}`, () => {
        const i = asked.findIndex((one) => one.id === `order:${orderId}` && one.path === path);
        return i >= 0 && asked.splice(i, 1)[0];
      }),
  };
}
