/** What mails say, and that what people wrote is never more than text in them: sent by SMTP and parsed again. */
import { describe, expect, test } from 'vitest';
import { letterFor } from '../../src/activities/mail/letter.ts';
import { openMailer } from '../../src/activities/mail/mailer.ts';
import { addressed, mailRecipients } from '../../src/activities/mail/recipients.ts';
import { OCCASIONS, type Notification, type Occasion } from '../../src/contracts/notifications.ts';
import type { Person } from '../../src/contracts/people.ts';
import type { LinkSettings } from '../../src/shared/decision-links.ts';
import { html } from '../../src/shared/html.ts';
import { moneyOf } from '../../src/contracts/money.ts';
import { linesOf, oneLine, timeFor } from '../../src/shared/wording.ts';
import { directoryOf } from '../support/people.ts';
import { onEnd } from '../support/service.ts';
import { startSmtp } from '../support/smtp.ts';

const smtp = await startSmtp();
const mailer = openMailer({
  smtpUrl: smtp.url,
  from: { name: 'Dossier', address: 'dossier@dossier.example' },
});
onEnd(() => mailer.close());
const ben: Person = { id: 'ben', name: 'Ben', mail: 'ben@example.org', roles: [] };
const links: LinkSettings = {
  secrets: ['a secret of the right length'],
  publicUrl: 'https://dossier.example',
  apiPrefix: '/api',
  ttlMs: 86_400_000,
};
const told = (more: Partial<Notification> = {}): Notification => ({
  number: 1,
  kind: 'document',
  documentId: '4711',
  key: 'k',
  occasion: 'reminder',
  recipients: ['user:ben'],
  title: 'Chairs',
  type: 'order',
  at: '2026-01-02T09:00:00.000Z',
  ...more,
});
const settings = { directory: directoryOf(ben), links, domain: 'dossier.example' };
const letter = (more: Partial<Notification> = {}, to: Partial<Person> = {}) =>
  letterFor(told(more), addressed({ ...ben, ...to })!, settings);

/** Sent, taken and parsed. */
async function received(one: ReturnType<typeof letter>) {
  smtp.taken.length = 0;
  await mailer.send(one, new AbortController().signal);
  expect(smtp.taken).toHaveLength(1);
  return smtp.taken[0]!;
}

const HOSTILE = [
  'x\r\nBcc: eve@example.org',
  'x\nBcc: eve@example.org\n\nbody',
  'x\rBcc: eve@example.org',
  'x\u2028Bcc: eve@example.org',
  'x\0y',
  '<img src=x onerror=alert(1)>',
  '</title><script>alert(1)</script>',
  '"><a href="javascript:alert(1)">x</a>',
  "' onmouseover='alert(1)",
  '{{7*7}} ${7*7} <%= 7*7 %> #{7*7}',
  'javascript:alert(1)',
  'eve@example.org, <eve@example.org>',
  '=?utf-8?B?PHNjcmlwdD4=?=',
  '\u202Egnp.exe',
  '\uD800 alone',
  '&lt;b&gt; &amp; ä ß 漢字 🙂',
];

/** The headers that every mail has. */
const FIXED = (await received(letter())).mail.headers.map(({ key }) => key).toSorted();

describe('hostile', () => {
  test.each(HOSTILE)('%j is text, as title and as name', async (text) => {
    const more = { title: text, type: text, section: text, stage: text, by: text, reason: text };
    const decide = { version: 1, round: 1, stage: text };
    const at = new Date().toISOString();
    const about = { ...more, decide, at, occasion: 'delegated', documentId: text } as const;
    const { to, mail, raw } = await received(letter(about, { name: text }));
    expect(to).toEqual(['ben@example.org']);
    expect(mail.headers.map(({ key }) => key).toSorted()).toEqual(FIXED);
    expect(mail.to).toMatchObject([{ address: 'ben@example.org' }]);
    expect(mail.bcc).toBeUndefined();
    expect(mail.cc).toBeUndefined();
    expect(mail.subject).toBe(`Delegated to you: “${oneLine(text)}”`);
    expect(raw).not.toMatch(/^bcc:/im);
    // What stands in angle brackets is ours: no element or attribute more than with a harmless text.
    const tags = (page = ''): string[] =>
      (page.match(/<[^>]*>/g) ?? []).map((tag) => tag.replace(/"https:[^"]*"/, '""'));
    const harmless = letter({
      ...about,
      ...Object.fromEntries(Object.keys(more).map((key) => [key, 'x'])),
    });
    const lines = (page: string[]) => page.filter((tag) => !tag.startsWith('<br'));
    expect(lines(tags(mail.html))).toEqual(lines(tags(harmless.html)));
    for (const [, href = ''] of (mail.html ?? '').matchAll(/href="([^"]*)"/g))
      expect(href).toMatch(
        /^https:\/\/dossier\.example\/(api|decisions)\/[A-Za-z0-9._~!'()*%/-]*(&#39;[^"]*)?$/,
      );
    // Seven times seven; times and links have digits of their own.
    expect(mail.subject).not.toContain('49');
    expect(mail.text?.match(/\b49\b/g) ?? []).toEqual(harmless.text.match(/\b49\b/g) ?? []);
  });

  test.each(['a@b\r\nBcc: c@d', 'a@b, c@d', 'a@b> <c@d', '"a"@b', 'a b@c', '@', 'a', 'a@b@c', ''])(
    'the address %j is none',
    (mail) => {
      expect(addressed({ ...ben, mail })).toBeUndefined();
      const directory = directoryOf({ ...ben, mail });
      expect(mailRecipients(['user:ben'], directory)).toEqual([]);
    },
  );
});

describe('every occasion', () => {
  const whole = {
    section: 'Amounts',
    stage: 'head',
    by: 'ann',
    reason: 'First line\nSecond line',
    dueAt: '2026-07-02T09:00:00.000Z',
  };

  test.each(OCCASIONS)('%s has its own words, in text and HTML', (occasion) => {
    const { subject, text, html: page } = letter({ occasion, ...whole });
    expect(subject).toContain('“Chairs”');
    expect(subject).not.toMatch(/undefined|\[object/);
    const [sentence = ''] = text.split('\n');
    expect(sentence).toContain('“Chairs”');
    expect(page).toContain(`<p>${sentence}</p>`);
    for (const one of [
      'Type: order',
      'Section: Amounts',
      'Stage: head',
      'By: ann',
      '> Second line',
    ])
      expect(text).toContain(one);
    expect(`${text}${page}`).not.toMatch(/undefined|\[object/);
    expect(letter({ occasion }).text).not.toMatch(/undefined|\(\)/);
  });

  test('no two have the same sentence', () => {
    const sentences = OCCASIONS.map(
      (occasion: Occasion) => letter({ occasion, ...whole }).text.split('\n')[0],
    );
    expect(new Set(sentences).size).toBe(OCCASIONS.length);
  });
});

describe('times are those of the reader', () => {
  const at = '2026-07-02T22:30:00.000Z';
  test.each([
    [undefined, 'Thursday 2 July 2026, 22:30 (UTC)'],
    ['Europe/Zurich', 'Friday 3 July 2026, 00:30 (Europe/Zurich)'],
    ['America/St_Johns', 'Thursday 2 July 2026, 20:00 (America/St_Johns)'],
    ['Nowhere/At_All', 'Thursday 2 July 2026, 22:30 (UTC)'],
  ])('%s', (timeZone, expected) => {
    expect(timeFor({ ...ben, ...(timeZone === undefined ? {} : { timeZone }) }, at)).toBe(expected);
  });
});

describe('without', () => {
  const decide = { version: 1, round: 1, stage: 'head' };
  const now = new Date().toISOString();
  const of = (more: Partial<LinkSettings>): string =>
    letterFor(told({ decide, at: now }), addressed(ben)!, {
      ...settings,
      links: { ...links, ...more },
    }).text;

  test('an address of ours there are no links', () => {
    expect(of({})).toContain('https://dossier.example/decisions/');
    expect(of({ publicUrl: undefined })).not.toMatch(/https?:/);
  });

  test('a secret there are no decisions by link', () => {
    expect(of({ secrets: [] })).toContain('https://dossier.example/api/documents/4711');
    expect(of({ secrets: [] })).not.toContain('/decisions/');
  });
});

test('a Message-ID is that of the notification and the recipient', () => {
  const ids = [
    letter(),
    letter({ key: 'other' }),
    letter({ documentId: 'other' }),
    letter({ kind: 'approval' }),
    letter({}, { id: 'bea' }),
  ].map(({ messageId }) => messageId);
  expect(new Set(ids).size).toBe(ids.length);
  expect(letter({ title: 'changed' }).messageId).toBe(ids[0]);
});

test('HTML is escaped unless it is ours', () => {
  const inner = html`<b>${'<&>"\''}</b>`;
  expect(html`<i title="${'"'}">${inner}${[inner, inner]}${undefined}${0}</i>`.text).toBe(
    `<i title="&quot;">${inner.text.repeat(3)}0</i>`,
  );
  expect(inner.text).toBe('<b>&lt;&amp;&gt;&quot;&#39;</b>');
});

test('lines', () => {
  expect(oneLine(' a\r\n\tb\u0000\u0085c ')).toBe('a b c');
  expect(oneLine('🙂'.repeat(400)).isWellFormed()).toBe(true);
  expect(oneLine('x'.repeat(400))).toHaveLength(300);
  expect(linesOf('\na\r\nb\rc\u2028d\n')).toEqual(['a', 'b', 'c', 'd']);
});

test.each([
  [0, 'EUR', 'EUR 0.00'],
  [5, 'EUR', 'EUR 0.05'],
  [123_456, 'EUR', 'EUR 1234.56'],
  [1_000_000_000_000, 'CHF', 'CHF 10000000000.00'],
  [1_250, 'JPY', 'JPY 1250'],
  [0, 'JPY', 'JPY 0'],
  [1_250, 'KWD', 'KWD 1.250'],
  [1_250, 'ZZZ', 'ZZZ 12.50'],
  [1_250, 'no money', 'no money 12.50'],
])('%i of %s is %s', (minor, currency, text) => {
  expect(moneyOf(minor, currency)).toBe(text);
});
