/** Tokens of decision links. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createCursors } from '../../src/api/cursors.ts';
import type { Notification } from '../../src/contracts/notifications.ts';
import {
  createLink,
  decisionTokens,
  isExpired,
  readLink,
  type DecisionLink,
} from '../../src/shared/decision-links.ts';

const SECRETS = ['a secret of the right length'];
const link: DecisionLink = {
  kind: 'document',
  id: '4711',
  user: 'ben',
  decision: 'approve',
  version: 3,
  round: 1,
  stage: 'head',
  exp: 2_000_000_000,
};
const token = createLink(SECRETS, link);

test('a token says what it was made of, and goes into a URL as it is', () => {
  const any = fc.record({
    kind: fc.constantFrom('document' as const, 'approval' as const),
    id: fc.string(),
    user: fc.string({ unit: 'grapheme' }),
    decision: fc.constantFrom('approve' as const, 'reject' as const),
    version: fc.nat(),
    round: fc.nat(),
    stage: fc.string({ unit: 'grapheme' }),
    exp: fc.nat(),
  });
  fc.assert(
    fc.property(any, (one) => {
      const made = createLink(SECRETS, one);
      expect(made).toMatch(/^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]{43}$/);
      expect(readLink(SECRETS, made)).toEqual({ ...one });
    }),
  );
});

test('the first secret signs, all verify', () => {
  const rotated = ['another secret of some length', ...SECRETS];
  expect(readLink(rotated, token)).toEqual(link);
  expect(readLink(SECRETS, createLink(rotated, link))).toBeUndefined();
  expect(readLink([], token)).toBeUndefined();
  expect(() => createLink([], link)).toThrow('secret');
});

describe('not ours is', () => {
  test('a token with any character changed, left out or added', () => {
    for (let i = 0; i < token.length; i += 1) {
      const other = token[i] === 'A' ? 'B' : 'A';
      expect(readLink(SECRETS, token.slice(0, i) + other + token.slice(i + 1))).toBeUndefined();
      expect(readLink(SECRETS, token.slice(0, i) + token.slice(i + 1))).toBeUndefined();
      expect(readLink(SECRETS, token.slice(0, i))).toBeUndefined();
    }
    for (const more of ['A', '=', '.', '.A', ' ', '%00'])
      expect(readLink(SECRETS, token + more)).toBeUndefined();
  });

  test('a page cursor, and a link is none', () => {
    const cursors = createCursors(SECRETS);
    const [payload = '', signature = ''] = token.split('.');
    const sealed = cursors.seal('', Buffer.from(payload));
    expect(readLink(SECRETS, sealed)).toBeUndefined();
    expect(readLink(SECRETS, `${payload}.${sealed}`)).toBeUndefined();
    for (const one of [token, payload, signature, signature + payload])
      expect(() => cursors.open('', one)).toThrow();
  });

  test('any text', () => {
    fc.assert(fc.property(fc.string(), (any) => readLink(SECRETS, any) === undefined));
    for (const any of ['', '.', '..', 'null', '__proto__.constructor', 'A'.repeat(100_000)])
      expect(readLink(SECRETS, any)).toBeUndefined();
  });
});

describe('the links of a notification', () => {
  const at = new Date(Date.now() - 3_600_000).toISOString();
  const asked: Notification = {
    number: 1,
    kind: 'document',
    documentId: '4711',
    key: 'k',
    occasion: 'approval-requested',
    recipients: ['user:ben'],
    title: 't',
    type: 'order',
    at,
    decide: { version: 3, round: 2, stage: 'head' },
  };
  const settings = { secrets: SECRETS, ttlMs: 7_200_000 };
  const expiry = (one: Notification): number | undefined => {
    const tokens = decisionTokens(one, 'ben', settings);
    return tokens && (readLink(SECRETS, tokens.approve)?.exp ?? 0) * 1000 - Date.parse(at);
  };
  const after = (ms: number): string => new Date(Date.parse(at) + ms).toISOString();
  const near = (ms: number) => [Math.floor((Date.parse(at) + ms) / 1000) * 1000 - Date.parse(at)];

  test('are for both decisions, the same each time', () => {
    const tokens = decisionTokens(asked, 'ben', settings);
    expect(tokens).toEqual(decisionTokens(asked, 'ben', settings));
    const said = (one: string | undefined) => readLink(SECRETS, one ?? '');
    const about = { id: '4711', user: 'ben', version: 3, round: 2, stage: 'head' };
    expect(said(tokens?.approve)).toMatchObject({ ...about, decision: 'approve' });
    expect(said(tokens?.reject)).toMatchObject({ ...about, decision: 'reject' });
  });

  test('are valid until the stage is due, else for the time of the settings', () => {
    expect(near(7_200_000)).toContain(expiry(asked));
    expect(near(5_400_000)).toContain(expiry({ ...asked, dueAt: after(5_400_000) }));
    expect(near(7_200_000), 'due before').toContain(expiry({ ...asked, dueAt: after(-1) }));
  });

  test('are none when it is too late, when nothing is asked, and without a secret', () => {
    expect(expiry({ ...asked, dueAt: after(1_000) })).toBeUndefined();
    const { decide: _decide, ...nothing } = asked;
    expect(expiry(nothing)).toBeUndefined();
    expect(decisionTokens(asked, 'ben', { ...settings, secrets: [] })).toBeUndefined();
    expect(expiry({ ...asked, documentId: 'x'.repeat(3_000) })).toBeUndefined();
  });
});

test('a link expires at its second', () => {
  expect(isExpired(link, link.exp * 1000 - 1)).toBe(false);
  expect(isExpired(link, link.exp * 1000)).toBe(true);
});
