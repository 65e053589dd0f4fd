/** Live hints over real sockets: what is told, when it ends, how it goes on, and what is left when everybody has gone. */
import { request, type IncomingMessage } from 'node:http';
import Fastify from 'fastify';
import { describe, expect, test } from 'vitest';
import { ENDLESS, EventStreams } from '../../src/api/sse.ts';
import { documentTypes, loadDocumentTypes } from '../../src/document-types/index.ts';
import type { Changes } from '../../src/store/changes.ts';
import { as, ONBOARDING, openApi, problemOf, type Made } from '../support/api.ts';
import { awaitUntil } from '../support/await-until.ts';
import { gatewaysOf } from '../support/gateway.ts';
import { openStream, type Stream } from '../support/event-stream.ts';
import { feedback, startHarness, type Loose } from '../support/harness.ts';

const own = await loadDocumentTypes('document-types');
const harness = await startHarness({ documentTypes: documentTypes(own.all) });
const { send, create, closed } = await openApi(harness);
const gatewayWith = gatewaysOf(harness);
const base = await harness.app.listen({ host: '127.0.0.1', port: 0 });

const open = (path: string, headers: Record<string, string> = {}, from = base): Promise<Stream> =>
  openStream(new URL(path, from), headers);
const streamOf = ({ at }: Made, headers = {}) => open(`${at}/stream`, headers);
const count = (stream: Stream, n: number) =>
  awaitUntil(`${n} events`, () => stream.events().length >= n && stream.events());

describe('GET /api/documents/{id}/stream', () => {
  test('tells at once how the document stands, then of every change, comments too', async () => {
    const made = await create();
    const stream = await streamOf(made);
    expect(stream.status).toBe(200);
    expect(stream.headers).toMatchObject({
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
      'x-content-type-options': 'nosniff',
    });
    const [first] = await count(stream, 1);
    expect(stream.text()).toMatch(/^retry: 2000\n\n/);
    expect(first).toEqual({
      event: 'changed',
      id: '1.open',
      data: { id: made.id, version: 1, state: 'open' },
    });
    await send('PUT', `${made.at}/sections/ContractFeedback`, feedback);
    await awaitUntil('the edit', () => stream.events().at(-1)?.data.version === 2);
    await send('POST', `${made.at}/comment`, { text: 'Hm' });
    await awaitUntil('the comment', () => stream.events().at(-1)?.data.revision === 3);
    expect(stream.events().at(-1)).toMatchObject({
      id: '2.open',
      data: { version: 2, state: 'open' },
    });
    await create();
    stream.close();
    expect(new Set(stream.events().map(({ data }) => data.id))).toEqual(new Set([made.id]));
  });

  test('46: who comes back is told once, also when nothing has happened', async () => {
    const made = await create();
    const stream = await streamOf(made, { 'last-event-id': '1.open' });
    expect(await count(stream, 1)).toMatchObject([{ event: 'changed', id: '1.open' }]);
    stream.close();
  });

  test('ends when the document closes; who comes back then gets 204, who is new is told', async () => {
    const made = await create();
    const streams = await Promise.all([streamOf(made), streamOf(made)]);
    await Promise.all(streams.map((stream) => count(stream, 1)));
    await send('POST', `${made.at}/cancel`);
    await awaitUntil('both end', () => streams.every((stream) => stream.ended()));
    for (const stream of streams) expect(stream.events().at(-1)?.data.state).toBe('cancelled');
    await closed(made);
    const again = await streamOf(made, { 'last-event-id': '1.cancelled' });
    await awaitUntil('nothing', () => again.ended());
    expect([again.status, again.text()]).toEqual([204, '']);
    const late = await streamOf(made);
    await awaitUntil('over', () => late.ended());
    expect([late.status, late.events().at(-1)?.data.state]).toEqual([200, 'cancelled']);
  });

  test('404 for none, 400 for what is no id', async () => {
    expect(problemOf(await send('GET', '/api/documents/nobody/stream'))).toEqual([
      404,
      'not-found',
    ]);
    expect(problemOf(await send('GET', '/api/documents/a%00/stream'))).toEqual([
      400,
      'invalid-request',
    ]);
    const long = await send('GET', '/api/documents/a/stream', undefined, {
      'last-event-id': 'x'.repeat(201),
    });
    expect(problemOf(long)).toEqual([400, 'invalid-request']);
  });
});

describe('GET /api/stream', () => {
  test('tells of all, or of those that are asked for; who comes back is to read the list again', async () => {
    const all = await open('/api/stream');
    const some = await open('/api/stream?owner=ann&type=interview');
    const back = await open('/api/stream', { 'last-event-id': '7' });
    expect(await count(back, 1)).toEqual([{ event: 'changed', data: {} }]);
    await awaitUntil('all are open', () => [all, some].every((stream) => stream.text() !== ''));
    expect([all.events(), some.events()]).toEqual([[], []]);
    const parent = await create(ONBOARDING, as('bob', '*'));
    const other = await create({ type: 'interview', metadata: { candidate: 'A' } }, as('bob', '*'));
    const mine = await create({ type: 'interview', metadata: { candidate: 'B' } }, as('ann', '*'));
    await awaitUntil('told', () => some.events().some(({ data }) => data.id === mine.id));
    const below = await open(`/api/stream?parent=${parent.id}`);
    await awaitUntil('open', () => below.text() !== '');
    const child = await create(
      { type: 'interview', metadata: { candidate: 'C' }, parent: parent.id },
      as('bob', '*'),
    );
    await count(below, 1);
    expect(new Set(below.events().map(({ data }) => data.id))).toEqual(new Set([child.id]));
    expect(new Set(some.events().map(({ data }) => data.id))).toEqual(new Set([mine.id]));
    const ids = all.events().map(({ data }) => data.id);
    expect(ids).toEqual(expect.arrayContaining([parent.id, other.id, mine.id]));
    for (const stream of [all, some, back, below]) stream.close();
    for (const query of ['state=open', 'limit=1', 'owner=', 'nope=1', 'type=a%20b'])
      expect(problemOf(await send('GET', `/api/stream?${query}`))).toEqual([
        400,
        'invalid-request',
      ]);
  });
});

/** A gateway of its own, whose subscriptions are counted. */
async function gateway() {
  let subscribed = 0;
  const changes: Changes = {
    subscribe(...listener) {
      subscribed += 1;
      const undo = harness.changes.subscribe(...listener);
      return () => {
        subscribed -= 1;
        undo();
      };
    },
    close: async () => {},
  };
  const { app } = await gatewayWith({ changes });
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  return { app, url, subscribed: () => subscribed };
}

describe('what is left of streams', () => {
  test('46: a client that has gone leaves no subscription, nor does one that only asked for the head', async () => {
    const { app, url, subscribed } = await gateway();
    const made = await create();
    const streams = await Promise.all(
      Array.from({ length: 5 }, (_, i) =>
        open(i % 2 ? '/api/stream' : `${made.at}/stream`, {}, url),
      ),
    );
    await awaitUntil('subscribed', () => subscribed() === 5);
    for (const stream of streams) stream.close();
    await awaitUntil('released', () => subscribed() === 0);
    const head = await fetch(`${url}${made.at}/stream`, { method: 'HEAD' });
    expect(head.status).toBe(200);
    await app.close();
    expect(subscribed()).toBe(0);
  });

  test('the app closes promptly with open streams, and ends them', async () => {
    const { app, url, subscribed } = await gateway();
    const streams = await Promise.all(
      Array.from({ length: 3 }, () => open('/api/stream', {}, url)),
    );
    await awaitUntil('subscribed', () => subscribed() === 3);
    const began = Date.now();
    await app.close();
    expect(Date.now() - began).toBeLessThan(2_000);
    await awaitUntil('ended', () => streams.every((stream) => stream.ended()));
    expect(subscribed()).toBe(0);
  });

  test('45: more than 500 are 503 busy, the rest is served, and there is room again', async () => {
    const { app, url, subscribed } = await gateway();
    const streams = await Promise.all(
      Array.from({ length: 500 }, (_, i) => open('/api/stream', { 'x-user': `u${i % 20}` }, url)),
    );
    await awaitUntil('subscribed', () => subscribed() === 500);
    const refused = await fetch(`${url}/api/stream`);
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '5']);
    expect(((await refused.json()) as Loose).code).toBe('busy');
    expect((await fetch(`${url}/api/inbox`)).status).toBe(200);
    streams[0]?.close();
    await awaitUntil('one has gone', () => subscribed() === 499);
    const again = await open('/api/stream', {}, url);
    expect(again.status).toBe(200);
    for (const stream of [...streams, again]) stream.close();
    await awaitUntil('released', () => subscribed() === 0);
    await app.close();
  });

  test('more than 50 of one user are 503 busy, for that user', async () => {
    const { app, url, subscribed } = await gateway();
    const streams = await Promise.all(
      Array.from({ length: 50 }, () => open('/api/stream', { 'x-user': 'eve' }, url)),
    );
    await awaitUntil('subscribed', () => subscribed() === 50);
    const refused = await fetch(`${url}/api/stream`, { headers: { 'x-user': 'eve' } });
    expect(refused.status).toBe(503);
    const other = await open('/api/stream', { 'x-user': 'ann' }, url);
    expect(other.status).toBe(200);
    for (const stream of [...streams, other]) stream.close();
    await app.close();
  });

  test('a silent stream has heartbeats; an ended one takes nothing more', async () => {
    const app = Fastify();
    app.decorateRequest('actor');
    app.addHook(
      'onRequest',
      async (asked) => void (asked.actor = { id: 'x', roles: [], operator: false }),
    );
    const streams = new EventStreams(app, { heartbeatMs: 10 });
    let late: () => void = () => {};
    app.get('/', ENDLESS, (asked, reply) =>
      streams.answer(
        asked,
        reply,
        (sender) => {
          late = () => {
            sender.end();
            sender.end();
            sender.send({ event: 'late', data: 1 });
          };
          return () => {};
        },
        () => {},
      ),
    );
    const stream = await open('/', {}, await app.listen({ host: '127.0.0.1', port: 0 }));
    await awaitUntil('three heartbeats', () => stream.text().split(':\n\n').length > 3);
    late();
    await awaitUntil('ended', () => stream.ended());
    expect(stream.events()).toEqual([]);
    await app.close();
  });

  test('a client that does not read is left out until it has caught up', async () => {
    const app = Fastify();
    app.decorateRequest('actor');
    app.addHook(
      'onRequest',
      async (asked) => void (asked.actor = { id: 'x', roles: [], operator: false }),
    );
    const streams = new EventStreams(app);
    let sender: Loose;
    let lagged = 0;
    app.get('/', ENDLESS, (asked, reply) =>
      streams.answer(
        asked,
        reply,
        (one) => {
          sender = one;
          return () => {};
        },
        (one) => {
          lagged += 1;
          one.send({ event: 'again', data: {} });
        },
      ),
    );
    const url = new URL(await app.listen({ host: '127.0.0.1', port: 0 }));
    const answer = await new Promise<IncomingMessage>((resolve) =>
      request(url, { agent: false }, resolve).end(),
    );
    // Nobody reads: the sockets fill up, then what is kept here, and that is all.
    const big = 'x'.repeat(32 * 1024);
    for (let i = 0; i < 500; i += 1) {
      sender.send({ event: 'big', data: big });
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(lagged).toBe(0);
    let bytes = 0;
    let tail = '';
    answer.setEncoding('utf8').on('data', (chunk: string) => {
      bytes += chunk.length;
      tail = (tail + chunk).slice(-200);
    });
    await awaitUntil('told again', () => tail.includes('event: again'));
    expect(bytes, 'some were left out').toBeLessThan(500 * big.length);
    answer.destroy();
    await app.close();
  });
});
