/** Coupons and store credit over HTTP, and orders that are paid with them. */
import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { as, pointersOf, problemOf } from '../support/api.ts';
import { awaitUntil } from '../support/await-until.ts';
import { startHarness, type Loose } from '../support/harness.ts';
import { ADA, CUSTOMER, orderOf, ORDERS, ordersOf, STAFF } from '../support/orders.ts';

const harness = await startHarness({ orders: { ORDER_CURRENCY: 'CHF' } });
const { send, product, place, reaches, result, taken } = await ordersOf(harness);

const COUPONS = '/api/coupons';
const newCode = () => `C.${randomUUID().slice(0, 8)}_x-1`;
const newEmail = () => `Ada.${randomUUID().slice(0, 8)}@Example.org`;
const placeOf = (email: string) => `/api/credit/${encodeURIComponent(email)}`;
const issue = (body: object, headers = STAFF) => send('POST', COUPONS, body, headers);
const give = (email: string, addMinor: number, headers: Record<string, string> = STAFF) =>
  send('POST', placeOf(email), { addMinor }, headers);
const coupon = async (code: string) =>
  (await send('GET', `${COUPONS}/${code}`, undefined, STAFF)).body;
const balance = async (email: string) =>
  (await send('GET', placeOf(email), undefined, STAFF)).body.balanceMinor;

describe('a coupon', () => {
  test('is handed out, read, and stays as it is', async () => {
    const code = newCode();
    const terms = { code, percent: 10, limit: 3, validUntil: '2099-01-31T19:00:00+01:00' };
    const made = await issue(terms);
    expect(made.status, made.text).toBe(201);
    expect(made.headers['location']).toBe(`${COUPONS}/${code}`);
    expect(made.body).toEqual({
      ...terms,
      validUntil: '2099-01-31T18:00:00.000Z',
      currency: 'CHF',
      used: 0,
      _links: {
        self: { href: `${COUPONS}/${code}` },
        collection: { href: COUPONS },
        home: { href: '/api' },
      },
    });
    const again = await issue(terms, as('olga', 'operator'));
    expect([again.status, again.body]).toEqual([200, made.body]);
    for (const other of [
      { percent: 11 },
      { limit: 4 },
      { validUntil: '2099-01-31T19:00:00Z' },
      { percent: undefined, amountMinor: 10 },
    ])
      expect(problemOf(await issue({ ...terms, ...other }))).toEqual([409, 'already-exists']);
    expect(await coupon(code)).toEqual(made.body);
    const none = await send('GET', `${COUPONS}/none`, undefined, STAFF);
    expect(problemOf(none)).toEqual([404, 'not-found']);
  });

  test.each<[string, object, string[]]>([
    ['neither percent nor amount', { percent: undefined }, ['']],
    ['both', { amountMinor: 5 }, ['']],
    ['nothing off', { percent: 0 }, ['/percent']],
    ['more than all', { percent: 101 }, ['/percent']],
    ['a part of a cent', { percent: undefined, amountMinor: 1.5 }, ['/amountMinor']],
    ['for nobody', { limit: 0 }, ['/limit']],
    ['a code with a blank', { code: 'a b' }, ['/code']],
    ['no code', { code: undefined }, ['/code']],
    ['a day without a time', { validUntil: '2027-01-31' }, ['/validUntil']],
    ['no such second', { validUntil: '2016-12-31T23:59:60Z' }, ['/validUntil']],
    ['something else', { colour: 'red' }, ['/colour']],
  ])('is refused with %s', async (_what, more, pointers) => {
    const answer = await issue({ code: newCode(), percent: 10, ...more });
    expect(problemOf(answer)).toEqual([400, 'invalid-request']);
    expect(pointersOf(answer)).toEqual(pointers);
  });

  test('is listed by its code, in pages', async () => {
    const prefix = `zz-${randomUUID().slice(0, 8)}`;
    const codes = ['a', 'B', 'b', '_', '0'].map((one) => `${prefix}${one}`);
    for (const code of codes) await issue({ code, amountMinor: 500 });
    const seen: string[] = [];
    let at: string | undefined = `${COUPONS}?limit=2`;
    while (at !== undefined) {
      const { status, body }: Loose = await send('GET', at, undefined, STAFF);
      expect(status).toBe(200);
      expect(body._templates.default).toMatchObject({ method: 'POST', target: COUPONS });
      seen.push(...body._embedded.coupons.map(({ code }: Loose) => code));
      at = body._links.next?.href;
    }
    expect(seen.filter((code) => code.startsWith(prefix))).toEqual(
      codes.toSorted((a, b) => (a < b ? -1 : 1)),
    );
    const forged = await send('GET', `${COUPONS}?cursor=${'x'.repeat(40)}`, undefined, STAFF);
    expect(problemOf(forged)).toEqual([400, 'invalid-request']);
  });
});

describe('store credit', () => {
  test('is given to an address, however it is written, and taken away', async () => {
    const email = newEmail();
    expect(await balance(email)).toBe(0);
    const given = await give(email, 1_500);
    expect(given.status, given.text).toBe(200);
    expect(given.body).toMatchObject({
      email: email.toLowerCase(),
      balanceMinor: 1_500,
      currency: 'CHF',
      _links: { self: { href: placeOf(email.toLowerCase()) } },
    });
    const { method, target } = given.body._templates.default;
    const more = await send(method, target, { addMinor: -500 }, STAFF);
    expect(more.body.balanceMinor).toBe(1_000);
    for (const addMinor of [-1_001, -1_000_000_000]) {
      const refused = await give(email, addMinor);
      expect(problemOf(refused)).toEqual([422, 'invalid-data']);
      expect(pointersOf(refused)).toEqual(['/addMinor']);
    }
    expect(problemOf(await give(newEmail(), -1))).toEqual([422, 'invalid-data']);
    expect(await balance(email.toUpperCase())).toBe(1_000);
  });

  test('is given once for each Idempotency-Key, and each time without one', async () => {
    const email = newEmail();
    const once = (n: number, key: string) => give(email, n, { ...STAFF, 'idempotency-key': key });
    const many = await Promise.all(Array.from({ length: 10 }, () => once(5, 'a')));
    expect(many.map(({ status }) => status)).toEqual(many.map(() => 200));
    expect((await once(5, 'b')).body.balanceMinor).toBe(10);
    expect(problemOf(await once(6, 'b'))).toEqual([422, 'idempotency-key-reused']);
    // What was refused was not carried out, so it may be tried again.
    expect(problemOf(await once(-11, 'c'))).toEqual([422, 'invalid-data']);
    await give(email, 1);
    expect((await once(-11, 'c')).body.balanceMinor).toBe(0);
  });

  test('is of a mail address, of which no log has a word', async () => {
    for (const email of ['ada', 'a b@example.org', `${'x'.repeat(250)}@a.org`])
      expect(problemOf(await give(email, 1))).toEqual([400, 'invalid-request']);
    for (const body of [{}, { addMinor: 1.5 }, { addMinor: 1_000_000_001 }, { add: 1 }])
      expect(problemOf(await send('POST', placeOf('ada@a.org'), body, STAFF))).toEqual([
        400,
        'invalid-request',
      ]);
    const email = newEmail();
    await give(email, 1);
    await balance(email);
    const urls = harness.logged.map(({ url }) => String(url));
    expect(urls).toContain('/api/credit/[email]');
    expect(JSON.stringify(harness.logged)).not.toContain(email.slice(0, 12));
  });
});

test('both are for the roles orders and operator only', async () => {
  const code = newCode();
  const { _links } = (await send('GET', '/api')).body;
  expect(_links.coupon).toEqual({ href: `${COUPONS}/{code}`, templated: true });
  expect(_links.credit).toEqual({ href: '/api/credit/{email}', templated: true });
  for (const who of [ADA, as('kai', 'stock'), as('eve')])
    for (const answer of [
      await issue({ code, percent: 10 }, who),
      await send('GET', COUPONS, undefined, who),
      await send('GET', `${COUPONS}/${code}`, undefined, who),
      await send('GET', placeOf('ada@example.org'), undefined, who),
      await give('ada@example.org', 1, who),
    ])
      expect(problemOf(answer)).toEqual([403, 'forbidden']);
  expect((await send('GET', `${COUPONS}/${code}`, undefined, STAFF)).status).toBe(404);
});

describe('an order', () => {
  const customerOf = (email: string, more: object = {}) => ({ ...CUSTOMER, email, ...more });

  test('is paid by the coupon first, then by credit, then by card', async () => {
    const [code, email] = [newCode(), newEmail()];
    expect((await issue({ code, percent: 10, limit: 2 })).status).toBe(201);
    expect((await give(email, 300)).status).toBe(200);
    const sku = await product(2, 1_005);
    const id = await place(orderOf(sku, { customer: customerOf(email), coupon: code }));
    const done = await reaches(id, 'completed');
    expect(done).toMatchObject({
      coupon: code,
      total: { amountMinor: 1_005, currency: 'CHF' },
      paid: { discountMinor: 100, creditMinor: 300, cardMinor: 605 },
    });
    expect(await taken(id)).toBe(605);
    expect([await coupon(code), await balance(email)]).toMatchObject([{ limit: 2, used: 1 }, 0]);
    // The second one has no credit any more.
    const next = await place(orderOf(sku, { customer: customerOf(email), coupon: code }));
    expect(await reaches(next, 'completed')).toMatchObject({
      paid: { discountMinor: 100, creditMinor: 0, cardMinor: 905 },
    });
    const third = orderOf(sku, { customer: customerOf(email), coupon: code });
    const refused = await send('POST', ORDERS, third, ADA);
    expect(problemOf(refused)).toEqual([422, 'invalid-data']);
    expect(refused.body.errors).toEqual([{ pointer: '/coupon', detail: 'The coupon is used up.' }]);
  });

  test('needs no card when coupon and credit cover it', async () => {
    const [code, email] = [newCode(), newEmail()];
    await issue({ code, amountMinor: 400 });
    await give(email, 10_000);
    const id = await place(
      orderOf(await product(1), {
        customer: customerOf(email),
        coupon: code,
        payment: { token: 'tok_declined' },
      }),
    );
    expect((await reaches(id, 'completed'))['paid']).toEqual({
      discountMinor: 400,
      creditMinor: 600,
      cardMinor: 0,
    });
    expect(await balance(email)).toBe(9_400);
  });

  test('is not taken with a coupon that there is not, or that is over', async () => {
    const code = newCode();
    await issue({ code, percent: 10, validUntil: '2020-01-01T00:00:00Z' });
    const sku = await product(1);
    for (const [name, detail] of [
      [newCode(), 'There is no such coupon.'],
      [code, 'The coupon is over.'],
      [code.toLowerCase(), 'There is no such coupon.'],
    ]) {
      const refused = await send('POST', ORDERS, orderOf(sku, { coupon: name }), ADA);
      expect(problemOf(refused)).toEqual([422, 'invalid-data']);
      expect(refused.body.errors).toEqual([{ pointer: '/coupon', detail }]);
    }
  });

  test('fails when others have used the coupon up before it is paid for', async () => {
    const code = newCode();
    await issue({ code, percent: 10, limit: 1 });
    const sku = await product(0);
    const ids = [
      await place(orderOf(sku, { coupon: code })),
      await place(orderOf(sku, { coupon: code })),
    ];
    for (const id of ids) await reaches(id, 'back-ordered');
    await send('POST', `/api/products/${sku}/stock`, { add: 2 }, as('sue', 'stock'));
    const ends = await awaitUntil(
      'both are decided',
      async () => {
        const all = await Promise.all(
          ids.map(async (id) => (await send('GET', `${ORDERS}/${id}`, undefined, ADA)).body),
        );
        return all.every(({ closedAt }) => closedAt !== undefined) && all;
      },
      20_000,
    );
    expect(ends.map(({ state }) => state).toSorted()).toEqual(['completed', 'failed']);
    expect(ends.find(({ state }) => state === 'failed').closedReason).toBe(
      `Payment refused: The coupon ${code} cannot be used any more.`,
    );
    expect((await coupon(code)).used).toBe(1);
  });

  test('that is undone gives both back', async () => {
    const [code, email] = [newCode(), newEmail()];
    await issue({ code, percent: 50, limit: 1 });
    await give(email, 200);
    const customer = customerOf(email, { address: 'Atlantis' });
    const id = await place(orderOf(await product(1), { customer, coupon: code }));
    await expect(result(id)).rejects.toThrow();
    expect((await reaches(id, 'failed'))['paid']).toMatchObject({ creditMinor: 200 });
    expect([await coupon(code), await balance(email)]).toMatchObject([{ limit: 1, used: 0 }, 200]);
  });
});
