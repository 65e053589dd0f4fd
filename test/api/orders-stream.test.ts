/** Live hints about orders over real sockets: every step, how it goes on, and when it ends. */
import { describe, expect, test } from 'vitest';
import { as, problemOf } from '../support/api.ts';
import { awaitUntil } from '../support/await-until.ts';
import { openStream, type Stream } from '../support/event-stream.ts';
import { gatewaysOf } from '../support/gateway.ts';
import { startHarness } from '../support/harness.ts';
import { ADA, orderOf, ORDERS, ordersOf, STAFF } from '../support/orders.ts';

const harness = await startHarness();
const { send, get, product, place, post, reaches } = await ordersOf(harness);
const gatewayWith = gatewaysOf(harness);
const base = await harness.app.listen({ host: '127.0.0.1', port: 0 });

const open = (path: string, headers = ADA): Promise<Stream> =>
  openStream(new URL(path, base), headers);
const watch = (id: string, headers: Record<string, string> = ADA): Promise<Stream> =>
  open(`${ORDERS}/${id}/stream`, headers);
const ended = (stream: Stream): Promise<unknown> =>
  awaitUntil('the stream ends', () => stream.ended());
const addStock = (sku: string) =>
  send('POST', `/api/products/${sku}/stock`, { add: 1 }, as('sue', 'stock'));

/** One that waits for stock. */
async function backOrdered(headers = ADA): Promise<{ id: string; sku: string }> {
  const sku = await product(0);
  const id = await place(orderOf(sku), headers);
  await reaches(id, 'back-ordered', headers);
  return { id, sku };
}

describe('GET /api/orders/{id}/stream', () => {
  test('tells at once how the order stands, then of every step, and ends with it', async () => {
    const { id, sku } = await backOrdered();
    const { href } = (await get(id)).body._links.stream;
    expect(href).toBe(`${ORDERS}/${id}/stream`);
    const stream = await open(href);
    expect(stream.status).toBe(200);
    expect(stream.headers).toMatchObject({
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
    });
    await awaitUntil('the first', () => stream.events().length > 0);
    expect(stream.events()[0]).toEqual({
      event: 'changed',
      id: 'back-ordered',
      data: { id, state: 'back-ordered' },
    });
    // Of another one it tells nothing.
    await backOrdered();
    await addStock(sku);
    await ended(stream);
    const told = stream.events().map(({ data }) => data);
    expect(new Set(told.map((one) => one.id))).toEqual(new Set([id]));
    const states = told.map(({ state }) => state as string);
    expect(states.filter((state, i) => state !== states[i - 1])).toEqual([
      'back-ordered',
      'placed',
      'paid',
      'shipped',
      'completed',
    ]);
    // Each step is an event of its own, the mail too, which changes no state.
    const revisions = told.slice(1).map(({ revision }) => revision as number);
    expect(revisions).toEqual(revisions.toSorted((a, b) => a - b));
    expect(states.filter((state) => state === 'shipped')).toHaveLength(2);
    const { body } = await get(id);
    expect(revisions.at(-1)).toBe(body.revision);
  });

  test('ends in any case, however soon the order does', async () => {
    const sku = await product(100);
    const streams = await Promise.all(
      Array.from({ length: 20 }, async () => watch(await place(orderOf(sku)))),
    );
    for (const stream of streams) {
      await ended(stream);
      expect(stream.events().at(-1)?.data).toMatchObject({ state: 'completed' });
    }
  });

  test('goes on for who comes back; after the end it is 204 for those who know, else the end', async () => {
    const { id } = await backOrdered();
    const back = await watch(id, { ...ADA, 'last-event-id': 'placed' });
    await awaitUntil('told', () => back.events().length > 0);
    expect(back.events()).toMatchObject([{ id: 'back-ordered', data: { id } }]);
    expect((await post(id, 'cancel')).status).toBe(200);
    await ended(back);
    expect(back.events().at(-1)).toMatchObject({ id: 'cancelled', data: { state: 'cancelled' } });
    await harness.client.workflow.getHandle(`order:${id}`).result();
    const knows = await watch(id, { ...ADA, 'last-event-id': 'cancelled' });
    await ended(knows);
    expect([knows.status, knows.text()]).toEqual([204, '']);
    const late = await watch(id, { ...ADA, 'last-event-id': 'back-ordered' });
    await ended(late);
    expect([late.status, late.events().map((event) => event.id)]).toEqual([200, ['cancelled']]);
  });

  test('ends, too, when the hint of the end was missed', async () => {
    const gaps: (() => void)[] = [];
    const subscribe = (_hear: unknown, onGap?: () => void) => {
      if (onGap) gaps.push(onGap);
      return () => {};
    };
    const { app } = await gatewayWith({ changes: { subscribe, close: async () => {} } });
    const deaf = await app.listen({ host: '127.0.0.1', port: 0 });
    // What Temporal knows of it is from before the payment, which takes two seconds.
    const body = orderOf(await product(1), { payment: { token: 'tok_slow' } });
    const early = await openStream(new URL(`${ORDERS}/${await place(body)}/stream`, deaf), ADA);
    await ended(early);
    expect(early.events().map((event) => event.id)).toEqual(['placed', 'completed']);
    const { id } = await backOrdered();
    const stream = await openStream(new URL(`${ORDERS}/${id}/stream`, deaf), ADA);
    await awaitUntil('told', () => stream.events().length > 0);
    expect((await post(id, 'cancel')).status).toBe(200);
    await reaches(id, 'cancelled');
    for (const tell of gaps) tell();
    await ended(stream);
    expect(stream.events().at(-1)?.id).toBe('cancelled');
  });

  test('is for those who may read the order', async () => {
    const { id } = await backOrdered();
    const at = `${ORDERS}/${id}/stream`;
    expect(problemOf(await send('GET', at, undefined, as('eve', 'customer')))).toEqual([
      404,
      'not-found',
    ]);
    expect(problemOf(await send('GET', `${ORDERS}/nobody/stream`, undefined, STAFF))).toEqual([
      404,
      'not-found',
    ]);
    const staff = await watch(`order:${id}`, STAFF);
    await awaitUntil('told', () => staff.events().length > 0);
    expect(staff.events()[0]?.data).toEqual({ id, state: 'back-ordered' });
    staff.close();
  });
});

describe('GET /api/stream/orders', () => {
  test('tells of all that one may read, or of somebody’s; documents have another one', async () => {
    const home = (await send('GET', '/api', undefined, STAFF)).body._links['order-stream'];
    expect(home).toEqual({ href: '/api/stream/orders{?owner}', templated: true });
    const [all, some, own, back, documents] = await Promise.all([
      open('/api/stream/orders', STAFF),
      open('/api/stream/orders?owner=bob', STAFF),
      open('/api/stream/orders', as('bob', 'customer')),
      open('/api/stream/orders', { ...STAFF, 'last-event-id': 'placed' }),
      open('/api/stream', as('dev', '*')),
    ]);
    const streams = [all, some, own, back, documents];
    await awaitUntil('open', () => streams.every((stream) => stream.text() !== ''));
    expect(back.events()).toEqual([{ event: 'changed', data: {} }]);
    const { id } = await backOrdered();
    const { id: other } = await backOrdered(as('bob', 'customer'));
    const about = (stream: Stream) =>
      new Set(stream.events().flatMap(({ data }) => (data.id === undefined ? [] : [data.id])));
    await awaitUntil('told', () => streams.slice(0, 4).every((stream) => about(stream).has(other)));
    expect([about(all), about(some), about(own)]).toEqual([
      new Set([id, other]),
      new Set([other]),
      new Set([other]),
    ]);
    const made = await send('POST', '/api/documents', { type: 'employee-onboarding' });
    await awaitUntil('of documents', () => documents.events().length > 0);
    expect(about(documents)).toEqual(new Set([made.body.id]));
    expect(about(all)).toEqual(new Set([id, other]));
    for (const stream of streams) stream.close();
    expect(problemOf(await send('GET', '/api/stream/orders?state=paid'))).toEqual([
      400,
      'invalid-request',
    ]);
  });
});
