/** The steps of orders and their undos, in any order, repeated and at once: pieces and money are conserved. */
import * as fc from 'fast-check';
import { ApplicationFailure } from '@temporalio/common';
import { describe, expect, test } from 'vitest';
import { pay, refund } from '../../src/activities/orders/paying.ts';
import { cancelShipment, ship } from '../../src/activities/orders/sending.ts';
import { ORDER_UNDONE, type PayStep } from '../../src/contracts/orders/steps.ts';
import { builtInPayment } from '../../src/providers/built-in/payment.ts';
import { builtInShipping } from '../../src/providers/built-in/shipping.ts';
import type { PaymentProvider } from '../../src/providers/payment.ts';
import type { ShippingProvider } from '../../src/providers/shipping.ts';
import {
  findCoupon,
  giveCredit,
  issueCoupon,
  listCoupons,
} from '../../src/store/orders/coupons.ts';
import { release, reserve } from '../../src/store/orders/stock.ts';
import {
  creditOf,
  isOnItsWay,
  piecesOf,
  remainingOf,
  stocked,
  takenFor,
} from '../support/order-books.ts';
import { DATABASES, databaseFor } from './databases.ts';

const AT = '2026-01-01T00:00:00.000Z';
const { signal } = new AbortController();
const OPS = ['reserve', 'again', 'pay', 'ship', 'release', 'refund', 'cancel'] as const;
type Op = (typeof OPS)[number];

/** One of three orders, and what is done for it. */
type Move = readonly [order: number, op: Op];

const anOrder = fc.record({
  token: fc.constantFrom(
    'tok_visa',
    'tok_declined',
    'tok_flaky',
    'tok_lost',
    'tok_lost_always',
    'tok_refund_fails',
  ),
  address: fc.constantFrom(
    'Main Street',
    'Atlantis',
    'Flakyville',
    'Lostford',
    'Lostend',
    'Stickyham',
  ),
  quantity: fc.integer({ min: 1, max: 6 }),
  coupon: fc.constantFrom('none', 'percent', 'amount'),
});
const aMove: fc.Arbitrary<Move> = fc.tuple(fc.nat({ max: 2 }), fc.constantFrom(...OPS));
/** Those of one batch at once, one batch after the other. */
const aStory = fc.record({
  orders: fc.tuple(anOrder, anOrder, anOrder),
  batches: fc.array(fc.array(aMove, { minLength: 1, maxLength: 5 }), { maxLength: 6 }),
});

describe.each(DATABASES)('steps on %s', (name, open) => {
  const on = databaseFor(open);
  let stories = 0;
  const deps = () => {
    const database = on.db;
    return { database, payment: builtInPayment(database), shipping: builtInShipping(database) };
  };

  test('conserve pieces, money, coupons and credit, whatever comes when and how often', async () => {
    await fc.assert(
      fc.asyncProperty(aStory, async ({ orders, batches }) => {
        const story = `s${(stories += 1)}`;
        const [email, sku] = [`${story}@example.org`, story];
        await stocked(on.db, sku, 8, 700);
        await issueCoupon(on.db, { code: `percent-${story}`, percent: 30, limit: 1 });
        await issueCoupon(on.db, { code: `amount-${story}`, amountMinor: 5_000, limit: 2 });
        await giveCredit(on.db, { email, addMinor: 1_500 }, AT);
        const told = new Map<string, unknown>();
        const undone = new Set<string>();
        const acts = orders.map(({ token, address, quantity, coupon }, i) => {
          const orderId = `${story}-${i}`;
          const lines = [{ sku, quantity }];
          const customer = { name: 'Ada', email, address };
          const payStep: PayStep = {
            orderId,
            email,
            token,
            totalMinor: quantity * 700,
            currency: 'EUR',
            ...(coupon === 'none' ? {} : { coupon: `${coupon}-${story}` }),
          };
          const hold = async (attempt: number) => {
            const step = { orderId, attempt, part: 0, lines };
            return reserve(on.db, step, { workflowId: orderId, at: '2026-01-01T00:00:00.000Z' });
          };
          return {
            orderId,
            payStep,
            reserve: () => hold(1),
            again: () => hold(2),
            pay: () => pay(deps(), payStep, signal),
            ship: () => ship(deps(), { orderId, customer, lines }, signal),
            release: () => release(on.db, orderId),
            refund: () => refund(deps(), { orderId }, signal),
            cancel: () => cancelShipment(deps(), { orderId }, signal),
          };
        });
        /** A failure must be one that says what it is; the answer of a step is the same each time. */
        const move = async ([i, op]: Move): Promise<unknown> => {
          const key = `${i}:${op}`;
          const isUndone = undone.has(key);
          try {
            const answer = await acts[i]![op]();
            const isStep = ['reserve', 'again', 'pay', 'ship'].includes(op) && answer !== 'undone';
            if (!isStep) return answer;
            expect(isUndone).toBe(false);
            if (told.has(key)) expect(answer).toEqual(told.get(key));
            told.set(key, answer);
            return answer;
          } catch (error) {
            if (!(error instanceof ApplicationFailure)) throw error;
            expect([ORDER_UNDONE, 'provider-unavailable', 'carrier-refused']).toContain(error.type);
            return error;
          }
        };
        for (const batch of batches) {
          await Promise.all(batch.map(move));
          for (const [i, op] of batch) for (const one of undoneBy(op)) undone.add(`${i}:${one}`);
          const { stock, held, shipped } = await piecesOf(on.db, sku);
          expect(stock + held + shipped).toBe(8);
          for (const { orderId } of acts) await checkMoney(orderId);
          expect(await creditOf(on.db, email)).toBe(1_500 - (await creditUsed(email)));
        }
        for (const i of acts.keys())
          for (const op of ['cancel', 'refund', 'release'] as const) await untilDone(i, op, move);
        expect(await piecesOf(on.db, sku)).toEqual({ stock: 8, held: 0, shipped: 0 });
        expect(await creditOf(on.db, email)).toBe(1_500);
        expect(await remainingOf(on.db, `percent-${story}`)).toBe(1);
        expect(await remainingOf(on.db, `amount-${story}`)).toBe(2);
        for (const { orderId, ...act } of acts) {
          expect(await takenFor(on.db, orderId)).toBe(0);
          expect(await isOnItsWay(on.db, orderId)).toBe(false);
          // The late second attempts of a worker that was taken for dead.
          expect(await act.reserve()).toBe('undone');
          expect(await act.again()).toBe('undone');
          await expect(act.pay()).rejects.toMatchObject({ type: ORDER_UNDONE, nonRetryable: true });
          await expect(act.ship()).rejects.toMatchObject({
            type: ORDER_UNDONE,
            nonRetryable: true,
          });
          expect(await takenFor(on.db, orderId)).toBe(0);
          expect(await isOnItsWay(on.db, orderId)).toBe(false);
        }
        expect(await piecesOf(on.db, sku)).toEqual({ stock: 8, held: 0, shipped: 0 });
      }),
      { numRuns: name === 'PGlite' ? 40 : 60, endOnFailure: true },
    );
  }, 120_000);

  function undoneBy(op: Op): readonly Op[] {
    if (op === 'release') return ['reserve', 'again'];
    return op === 'refund' ? ['pay'] : op === 'cancel' ? ['ship'] : [];
  }

  async function untilDone(
    i: number,
    op: Op,
    move: (one: Move) => Promise<unknown>,
  ): Promise<void> {
    for (let tries = 0; tries < 5; tries += 1)
      if (!((await move([i, op])) instanceof ApplicationFailure)) return;
    throw new Error(`${op} never works`);
  }

  /** A row that says captured has exactly that much taken; one that says declined or refunded nothing. */
  async function checkMoney(orderId: string): Promise<void> {
    const row = await on.db
      .selectFrom('payments')
      .selectAll()
      .where('order_id', '=', orderId)
      .executeTakeFirst();
    const taken = await takenFor(on.db, orderId);
    if (row?.status === 'captured') expect(taken).toBe(Number(row.card_minor));
    if (!row || row.status === 'declined' || row.status === 'refunded') expect(taken).toBe(0);
  }

  async function creditUsed(email: string): Promise<number> {
    const rows = await on.db
      .selectFrom('credit_uses')
      .select('amount_minor')
      .where('email', '=', email)
      .where('restored', '=', false)
      .execute();
    return rows.reduce((sum, { amount_minor: amount }) => sum + Number(amount), 0);
  }

  const paid = (orderId: string, more: Partial<PayStep> = {}) =>
    pay(
      deps(),
      {
        orderId,
        email: `${orderId}@example.org`,
        totalMinor: 1_000,
        currency: 'EUR',
        token: 'tok_visa',
        ...more,
      },
      signal,
    );

  test('the coupon comes first, then store credit, then the card', async () => {
    await issueCoupon(on.db, { code: 'TEN', percent: 10 });
    await issueCoupon(on.db, { code: 'BIG', amountMinor: 99_999 });
    await giveCredit(on.db, { email: 'Split@Example.org', addMinor: 300 }, AT);
    expect(
      await paid('split', { totalMinor: 1_005, coupon: 'TEN', email: 'split@example.org' }),
    ).toEqual({
      paid: true,
      discountMinor: 100,
      creditMinor: 300,
      cardMinor: 605,
      reference: expect.stringMatching(/^ch_/),
    });
    expect(await takenFor(on.db, 'split')).toBe(605);
    // Nothing left for the card: it is not even looked at.
    expect(await paid('free', { coupon: 'BIG', token: 'tok_declined' })).toEqual({
      paid: true,
      discountMinor: 1_000,
      creditMinor: 0,
      cardMinor: 0,
    });
  });

  test('a coupon for one, wanted by many at once, is used by one', async () => {
    await issueCoupon(on.db, { code: 'ONE', percent: 50, limit: 1 });
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, i) => paid(`one-${i}`, { coupon: 'ONE' })),
    );
    expect(answers.filter((one) => one.paid)).toHaveLength(1);
    const reason = 'The coupon ONE cannot be used any more.';
    expect(answers.filter((one) => !one.paid)).toEqual(
      Array.from({ length: 19 }, () => ({ paid: false, reason })),
    );
    expect(await remainingOf(on.db, 'ONE')).toBe(0);
  });

  test('credit of one customer, wanted by many orders at once, is spent once', async () => {
    await giveCredit(on.db, { email: 'rich@example.org', addMinor: 4_500 }, AT);
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, i) => paid(`rich-${i}`, { email: 'rich@example.org' })),
    );
    const spent = answers.map((one) => (one.paid ? one.creditMinor : Number.NaN));
    expect(spent.toSorted((a, b) => b - a)).toEqual([
      1_000, 1_000, 1_000, 1_000, 500, 0, 0, 0, 0, 0,
    ]);
    expect(await creditOf(on.db, 'rich@example.org')).toBe(0);
  });

  test('credit that is given by many at once under one key is given once', async () => {
    const email = 'Keyed@example.org';
    const give = (addMinor: number, key: string) =>
      giveCredit(on.db, { email, addMinor, once: { key, fingerprint: `${addMinor}` } }, AT);
    const given = await Promise.all(Array.from({ length: 20 }, (_, i) => give(7, `k${i % 2}`)));
    expect(await creditOf(on.db, 'keyed@example.org')).toBe(14);
    expect(given.filter((one) => typeof one === 'string')).toEqual([]);
    expect(await give(8, 'k0')).toBe('reused');
    expect([await give(-15, 'k2'), await give(1, 'k3')]).toEqual([
      'impossible',
      { email: 'keyed@example.org', balanceMinor: 15 },
    ]);
    expect(await give(-15, 'k2')).toEqual({ email: 'keyed@example.org', balanceMinor: 0 });
  });

  test('coupons are listed with how often they are used', async () => {
    await issueCoupon(on.db, { code: 'list-a', percent: 10, limit: 3, validUntil: '2999' });
    await issueCoupon(on.db, { code: 'list-b', amountMinor: 5 });
    await paid('list-1', { coupon: 'list-a' });
    await paid('list-2', { coupon: 'list-a' });
    await refund(deps(), { orderId: 'list-2' }, signal);
    const { coupons, next } = await listCoupons(on.db, { limit: 1, after: 'list-' });
    expect(coupons).toEqual([
      { code: 'list-a', percent: 10, limit: 3, validUntil: '2999', used: 1 },
    ]);
    expect(next).toBe('list-a');
    const rest = await listCoupons(on.db, { limit: 1, after: 'list-a' });
    expect(rest.coupons).toEqual([{ code: 'list-b', amountMinor: 5, used: 0 }]);
    expect(await findCoupon(on.db, 'list-c')).toBeUndefined();
  });

  test('the same payment by many at once is one', async () => {
    await issueCoupon(on.db, { code: 'SAME', percent: 50, limit: 5 });
    const step = () => paid('same-payment', { coupon: 'SAME' });
    const answers = await Promise.all(Array.from({ length: 20 }, step));
    expect(answers).toEqual(answers.map(() => answers[0]));
    expect(await remainingOf(on.db, 'SAME')).toBe(4);
    expect(await takenFor(on.db, 'same-payment')).toBe(500);
  });

  test('a coupon that is over, a used-up one and an unknown one decline', async () => {
    await issueCoupon(on.db, { code: 'OVER', percent: 10, validUntil: '2020-01-01T00:00:00.000Z' });
    for (const coupon of ['OVER', 'NEVER'])
      expect(await paid(`no-${coupon}`, { coupon })).toEqual({
        paid: false,
        reason: `The coupon ${coupon} cannot be used any more.`,
      });
  });

  test('declined: coupon and credit are given back, and it stays declined', async () => {
    await issueCoupon(on.db, { code: 'BACK', percent: 10, limit: 1 });
    await giveCredit(on.db, { email: 'back@example.org', addMinor: 100 }, AT);
    const step = () =>
      paid('declined', {
        coupon: 'BACK',
        email: 'back@example.org',
        token: 'tok_insufficient_funds',
      });
    const reason = 'There is not enough money on the card.';
    expect(await step()).toEqual({ paid: false, reason });
    expect(await remainingOf(on.db, 'BACK')).toBe(1);
    expect(await creditOf(on.db, 'back@example.org')).toBe(100);
    expect(await step()).toEqual({ paid: false, reason });
    await refund(deps(), { orderId: 'declined' }, signal);
    expect(await remainingOf(on.db, 'BACK')).toBe(1);
  });

  test('undone while the charge is under way: whoever comes last gives the money back', async () => {
    for (const when of ['authorise', 'capture'] as const)
      for (const after of [false, true]) {
        const orderId = `race-${when}-${after}`;
        const built = builtInPayment(on.db);
        const undo = () => refund(deps(), { orderId }, signal);
        const payment: PaymentProvider = {
          ...built,
          async [when](charge: never, abort: AbortSignal) {
            if (!after) await undo();
            const answer = await built[when](charge, abort);
            if (after) await undo();
            return answer;
          },
        };
        const step: PayStep = {
          orderId,
          email: 'race@example.org',
          totalMinor: 900,
          currency: 'EUR',
          token: 'tok_visa',
        };
        await expect(pay({ database: on.db, payment }, step, signal)).rejects.toMatchObject({
          type: ORDER_UNDONE,
        });
        expect(await takenFor(on.db, orderId)).toBe(0);
      }
  });

  test('a provider that forgets what was refunded before it was charged: the late charge is given back', async () => {
    const orderId = 'forgetful';
    const charged = new Set<string>();
    let early = true;
    const payment: PaymentProvider = {
      remote: true,
      async authorise({ key }) {
        if (early) {
          early = false;
          await refund({ database: on.db, payment }, { orderId }, signal);
        }
        return { reference: key };
      },
      async capture({ key, reference }) {
        charged.add(key);
        return { reference };
      },
      async refund({ key }) {
        charged.delete(key);
      },
    };
    const step = { orderId, email: 'f@example.org', totalMinor: 1, currency: 'EUR', token: 't' };
    await expect(pay({ database: on.db, payment }, step, signal)).rejects.toMatchObject({
      type: ORDER_UNDONE,
    });
    expect([...charged]).toEqual([]);
  });

  test('undone while the booking is under way: whoever comes last cancels it', async () => {
    for (const after of [false, true]) {
      const orderId = `parcel-${after}`;
      const built = builtInShipping(on.db);
      const undo = () => cancelShipment(deps(), { orderId }, signal);
      const shipping: ShippingProvider = {
        ...built,
        async book(parcel, abort) {
          if (!after) await undo();
          const answer = await built.book(parcel, abort);
          if (after) await undo();
          return answer;
        },
      };
      const customer = { name: 'Ada', email: 'a@example.org', address: 'Main Street' };
      await expect(
        ship({ database: on.db, shipping }, { orderId, customer, lines: [] }, signal),
      ).rejects.toMatchObject({ type: ORDER_UNDONE });
      expect(await isOnItsWay(on.db, orderId)).toBe(false);
    }
  });

  test('a carrier that forgets what was cancelled before it was booked: the late booking is cancelled', async () => {
    const orderId = 'forgetful-carrier';
    const booked = new Set<string>();
    const shipping: ShippingProvider = {
      remote: true,
      async book({ key }) {
        await cancelShipment({ database: on.db, shipping }, { orderId }, signal);
        booked.add(key);
        return { trackingNumber: 'F1', carrier: 'Carts' };
      },
      async cancel({ key }) {
        booked.delete(key);
        return undefined;
      },
    };
    const customer = { name: 'Ada', email: 'a@example.org', address: 'Main Street' };
    const late = ship({ database: on.db, shipping }, { orderId, customer, lines: [] }, signal);
    await expect(late).rejects.toMatchObject({ type: ORDER_UNDONE });
    expect([...booked]).toEqual([]);
  });

  test('a tracking number that another order has fails for good, and can be undone', async () => {
    const shipping: ShippingProvider = {
      remote: true,
      book: async () => ({ trackingNumber: 'T1', carrier: 'Carts' }),
      cancel: async () => undefined,
    };
    const customer = { name: 'Ada', email: 'a@example.org', address: 'Main Street' };
    const send = (orderId: string) =>
      ship({ database: on.db, shipping }, { orderId, customer, lines: [] }, signal);
    expect(await send('first')).toEqual({ trackingNumber: 'T1', carrier: 'Carts' });
    const failure = { type: 'provider-misconfigured', nonRetryable: true };
    await expect(send('second')).rejects.toMatchObject(failure);
    await cancelShipment({ database: on.db, shipping }, { orderId: 'second' }, signal);
    await expect(send('second')).rejects.toMatchObject({ type: ORDER_UNDONE });
    expect(await send('first')).toEqual({ trackingNumber: 'T1', carrier: 'Carts' });
  });

  test('what has left cannot be released; cancelled, it can', async () => {
    await stocked(on.db, 'leaves', 5);
    const orderId = 'leaves';
    const lines = [{ sku: 'leaves', quantity: 2 }];
    const customer = { name: 'Ada', email: 'a@example.org', address: 'Main Street' };
    const waiting = { workflowId: 'w', at: '2026-01-01T00:00:00.000Z' };
    await reserve(on.db, { orderId, attempt: 1, part: 0, lines }, waiting);
    const answer = await ship(deps(), { orderId, customer, lines }, signal);
    expect(answer).toEqual({
      trackingNumber: expect.stringMatching(/^DP[0-9A-F]{16}$/),
      carrier: 'Dossier Parcels',
    });
    expect(await piecesOf(on.db, 'leaves')).toEqual({ stock: 3, held: 0, shipped: 2 });
    expect(await release(on.db, orderId)).toEqual([]);
    await cancelShipment(deps(), { orderId }, signal);
    expect(await piecesOf(on.db, 'leaves')).toEqual({ stock: 3, held: 2, shipped: 0 });
    expect(await release(on.db, orderId)).toEqual(['leaves']);
    await cancelShipment(deps(), { orderId }, signal);
  });
});
