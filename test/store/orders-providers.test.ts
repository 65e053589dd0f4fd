/** The built-in payment provider and carrier: what each token and each word in an address leads to. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { ADDRESSES, TOKENS } from '../../src/providers/built-in/behaviour.ts';
import { builtInPayment } from '../../src/providers/built-in/payment.ts';
import { builtInShipping } from '../../src/providers/built-in/shipping.ts';
import { ProviderUnavailable, type Charge } from '../../src/providers/payment.ts';
import { isOnItsWay, takenFor } from '../support/order-books.ts';
import { DATABASES, databaseFor } from './databases.ts';

const { signal } = new AbortController();

describe.each(DATABASES)('built in, on %s', (_name, open) => {
  const on = databaseFor(open);
  const charge = (token: string, id = token): Charge => ({
    key: `order:${id.replace('\0', '')}`,
    amountMinor: 500,
    currency: 'EUR',
    token,
  });
  const reference = expect.stringMatching(/^ch_[0-9a-f]{20}$/) as string;
  const authorise = (token: string) => builtInPayment(on.db).authorise(charge(token), signal);
  const capture = (token: string) =>
    builtInPayment(on.db).capture({ ...charge(token), reference: 'r' }, signal);
  const refund = (token: string) => builtInPayment(on.db).refund(charge(token), signal);
  const away = expect.any(ProviderUnavailable) as ProviderUnavailable;

  test('tok_visa: set aside, taken, given back, each once', async () => {
    for (let i = 0; i < 2; i += 1) expect(await authorise('tok_visa')).toEqual({ reference });
    expect(await takenFor(on.db, 'tok_visa')).toBe(0);
    for (let i = 0; i < 2; i += 1) await capture('tok_visa');
    expect(await takenFor(on.db, 'tok_visa')).toBe(500);
    for (let i = 0; i < 2; i += 1) await refund('tok_visa');
    expect(await takenFor(on.db, 'tok_visa')).toBe(0);
    expect(await capture('tok_visa')).toEqual({ declined: 'The charge was cancelled.' });
    expect(await authorise('tok_visa')).toEqual({ declined: 'The charge was cancelled.' });
    expect(await takenFor(on.db, 'tok_visa')).toBe(0);
  });

  test('tok_declined, tok_insufficient_funds and unknown ones are declined, again and again', async () => {
    for (const token of ['tok_declined', 'tok_insufficient_funds', 'constructor', 'nul\0'])
      for (let i = 0; i < 2; i += 1) {
        const declined = TOKENS[token]?.declined ?? 'The card is unknown.';
        expect(await authorise(token)).toEqual({ declined });
      }
    expect(await capture('tok_declined')).toEqual({ declined: 'The charge was cancelled.' });
    await refund('tok_declined');
    expect(await takenFor(on.db, 'tok_declined')).toBe(0);
  });

  test('tok_slow takes two seconds, or ends with the signal', async () => {
    const began = performance.now();
    expect(await authorise('tok_slow')).toEqual({ reference });
    expect(performance.now() - began).toBeGreaterThan(1_900);
    const late = AbortSignal.timeout(50);
    await expect(builtInPayment(on.db).authorise(charge('tok_slow', 'x'), late)).rejects.toThrow();
  });

  test('tok_flaky fails twice without effect; tok_down always', async () => {
    for (let i = 0; i < 2; i += 1) await expect(authorise('tok_flaky')).rejects.toEqual(away);
    expect(await capture('tok_flaky')).toEqual({ declined: 'The charge was cancelled.' });
    expect(await authorise('tok_flaky')).toEqual({ reference });
    for (let i = 0; i < 4; i += 1) await expect(authorise('tok_down')).rejects.toEqual(away);
    await refund('tok_down');
    expect(await authorise('tok_down')).toEqual({ declined: 'The charge was cancelled.' });
  });

  test('tok_lost: money is taken although nobody hears of it', async () => {
    await authorise('tok_lost');
    await expect(capture('tok_lost')).rejects.toEqual(away);
    expect(await takenFor(on.db, 'tok_lost')).toBe(500);
    expect(await capture('tok_lost')).toEqual({ reference: 'r' });
    expect(await takenFor(on.db, 'tok_lost')).toBe(500);
    await authorise('tok_lost_always');
    for (let i = 0; i < 4; i += 1) await expect(capture('tok_lost_always')).rejects.toEqual(away);
    expect(await takenFor(on.db, 'tok_lost_always')).toBe(500);
    await refund('tok_lost_always');
    expect(await takenFor(on.db, 'tok_lost_always')).toBe(0);
  });

  test('tok_refund_fails: the third refund works; tok_refund_never: none', async () => {
    for (const token of ['tok_refund_fails', 'tok_refund_never']) {
      await authorise(token);
      await capture(token);
      for (let i = 0; i < 2; i += 1) await expect(refund(token)).rejects.toEqual(away);
      expect(await takenFor(on.db, token)).toBe(500);
    }
    await refund('tok_refund_fails');
    expect(await takenFor(on.db, 'tok_refund_fails')).toBe(0);
    await expect(refund('tok_refund_never')).rejects.toEqual(away);
  });

  test('refunded before it was ever charged: never charged', async () => {
    await refund('early');
    expect(
      await builtInPayment(on.db).authorise({ ...charge('tok_visa', 'early') }, signal),
    ).toEqual({
      declined: 'The charge was cancelled.',
    });
  });

  const parcel = (word: string) => ({
    key: `order:${word}`,
    customer: {
      name: 'Ada',
      email: 'ada@example.org',
      address: `1 Main St, ${word.toLowerCase()}`,
    },
    lines: [],
  });
  const book = (word: string) => builtInShipping(on.db).book(parcel(word), signal);
  const cancel = (word: string) => builtInShipping(on.db).cancel(parcel(word), signal);
  const booked = {
    trackingNumber: expect.stringMatching(/^DP[0-9A-F]{16}$/) as string,
    carrier: 'Dossier Parcels',
  };

  test('any address: booked and cancelled, each once, and nothing after that', async () => {
    const [first, second] = [await book('Anywhere'), await book('Anywhere')];
    expect(first).toEqual(booked);
    expect(second).toEqual(first);
    expect(await book('Elsewhere')).not.toEqual(first);
    for (let i = 0; i < 2; i += 1) expect(await cancel('Anywhere')).toBeUndefined();
    expect(await book('Anywhere')).toEqual({ refused: 'The parcel was cancelled.' });
    expect(await cancel('Never')).toBeUndefined();
    expect(await book('Never')).toEqual({ refused: 'The parcel was cancelled.' });
  });

  test('words in the address, in whatever letters', async () => {
    for (let i = 0; i < 2; i += 1)
      expect(await book('Atlantis')).toEqual({ refused: 'There is no such place.' });
    for (let i = 0; i < 2; i += 1) await expect(book('Flakyville')).rejects.toEqual(away);
    expect(await book('Flakyville')).toEqual(booked);
    for (let i = 0; i < 3; i += 1) await expect(book('Downtown')).rejects.toEqual(away);
    expect(await isOnItsWay(on.db, 'Downtown')).toBe(false);
    await expect(book('Lostford')).rejects.toEqual(away);
    expect(await isOnItsWay(on.db, 'Lostford')).toBe(true);
    expect(await book('Lostford')).toEqual(booked);
    for (let i = 0; i < 3; i += 1) await expect(book('Lostend')).rejects.toEqual(away);
    expect(await cancel('Lostend')).toBeUndefined();
    expect(await isOnItsWay(on.db, 'Lostend')).toBe(false);
    const began = performance.now();
    expect(await book('Slowtown')).toEqual(booked);
    expect(performance.now() - began).toBeGreaterThan(1_900);
  });

  test('cancellations that fail, and one that comes too late', async () => {
    for (const word of ['Stickyham', 'Stuckham', 'Hastings'])
      expect(await book(word)).toEqual(booked);
    for (const word of ['Stickyham', 'Stuckham'])
      for (let i = 0; i < 2; i += 1) await expect(cancel(word)).rejects.toEqual(away);
    expect(await cancel('Stickyham')).toBeUndefined();
    await expect(cancel('Stuckham')).rejects.toEqual(away);
    expect(await cancel('Hastings')).toEqual({ refused: 'The parcel was collected already.' });
    expect(await isOnItsWay(on.db, 'Hastings')).toBe(true);
  });
});

test('docs/operations.md tells of each of them, in the same words', () => {
  const rows = [
    ...readFileSync('docs/operations.md', 'utf8').matchAll(/^\| `(\w+)` +\| ([^|]*?) *\|$/gm),
  ];
  const told = new Map(rows.map(([, name, what]) => [name, what]));
  for (const [name, { what }] of Object.entries({ ...TOKENS, ...ADDRESSES }))
    expect([name, told.get(name)]).toEqual([name, what]);
});
