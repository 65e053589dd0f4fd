/** Mails, to a real SMTP server that is away, refuses, or takes a mail of which we then do not know. */
import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { openMailer } from '../../src/activities/mail/mailer.ts';
import { loadConfig } from '../../src/config.ts';
import { createOrderActivities } from '../../src/activities/orders.ts';
import { notificationActivities } from '../../src/activities/notifications.ts';
import type { NewNotification } from '../../src/contracts/notifications.ts';
import type { TellStep } from '../../src/contracts/orders/steps.ts';
import { providersOf } from '../../src/providers/index.ts';
import { readLink, type LinkSettings } from '../../src/shared/decision-links.ts';
import type { Database } from '../../src/store/database.ts';
import { findMail, type MailState } from '../../src/store/mails.ts';
import { notificationsFor } from '../../src/store/notifications.ts';
import { findCustomerMail, listCustomerMails } from '../../src/store/orders/mails.ts';
import { awaitUntil } from '../support/await-until.ts';
import { eventsOf, named } from '../support/documents.ts';
import { startHarness } from '../support/harness.ts';
import { directoryOf } from '../support/people.ts';
import { onEnd } from '../support/service.ts';
import { startSmtp, type Taken } from '../support/smtp.ts';
import { hands, typeOf, typesOf } from '../support/workflow-types.ts';

const smtp = await startSmtp();
// By the settings, as the program does it.
const {
  mail: settings,
  orders: { terms, providers },
} = loadConfig({
  SMTP_URL: smtp.url,
  MAIL_FROM: 'Dossier <dossier@dossier.example>',
});
if (!settings) throw new Error('SMTP_URL was not read');
const mailer = openMailer(settings);
onEnd(() => mailer.close());
const directory = directoryOf(
  { id: 'ann', mail: 'ann@example.org' },
  { id: 'ben', name: 'Ben Example', mail: 'ben@example.org', timeZone: 'Asia/Tokyo' },
  { id: 'cid', mail: 'cid@example.org', roles: ['head'] },
  { id: 'dan', mail: 'dan@example.org', roles: ['head'] },
  { id: 'dan2', mail: 'Dan@example.org', roles: ['head'] },
  { id: 'eve', roles: ['head'] },
  { id: 'mallory', mail: 'x@example.org, y@example.org\r\nBcc: z@example.org', roles: ['head'] },
);
const links: LinkSettings = {
  secrets: ['a secret of the right length'],
  publicUrl: 'https://dossier.example/x',
  apiPrefix: '/api',
  ttlMs: 86_400_000,
};

/** How often the worker cannot note what became of a mail. */
let breaks = 0;
const breaking = (database: Database): Database =>
  new Proxy(database, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (name === 'updateTable' && breaks > 0)
        return () => {
          breaks -= 1;
          throw new Error('the connection broke before the commit');
        };
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });

const harness = await startHarness({
  documentTypes: typesOf(typeOf('order', { permissions: { edit: ['anyone'] } })),
  directory,
  mailer,
  links,
  workerDatabase: breaking,
});
const { client, database } = harness;
const { create, command } = hands(harness);
const activities = notificationActivities({
  database,
  temporal: harness.temporal,
  directory,
  mailer,
  links,
  log: { warn: () => {}, info: () => {}, debug: () => {} },
});

/** Tells of a document of its own, and returns its id. */
async function tell(more: Partial<NewNotification>): Promise<string> {
  const documentId = randomUUID();
  await activities.notify({ ...told(documentId), ...more });
  return documentId;
}

const told = (documentId: string): NewNotification => ({
  kind: 'document',
  documentId,
  key: 'reminder:Note:1',
  occasion: 'reminder',
  recipients: ['user:ben'],
  title: documentId,
  type: 'order',
  at: '2026-01-02T09:00:00.000Z',
});

/** What the server took about the document. */
const about = (id: string): Taken[] => smtp.taken.filter(({ mail }) => mail.text?.includes(id));

async function numberOf(id: string): Promise<number> {
  const { notifications } = await notificationsFor(database, 'all', { limit: 1_000 });
  const found = notifications.filter(({ documentId }) => documentId === id);
  expect(found).toHaveLength(1);
  return found[0]!.number;
}

/** What became of the mails, once there is nothing left to do. */
async function ended(id: string): Promise<unknown> {
  const number = await numberOf(id);
  const handle = client.workflow.getHandle(`mail:document:${id}:${number}`);
  // It is started a moment after its row is there.
  await awaitUntil('the mail', () => handle.describe());
  return handle.result();
}

async function stateOf(id: string, recipient: string): Promise<MailState | undefined> {
  return findMail(database, { notification: await numberOf(id), recipient });
}

describe('a notification of a document', () => {
  test('is mailed to whom it concerns, and costs the document nothing', async () => {
    const id = await create('order');
    expect((await command(id, 'assign', { section: 'Note', to: 'ben' })).status).toBe(200);
    await awaitUntil('the notification', () => numberOf(id));
    expect(await ended(id)).toEqual({ ben: 'sent' });
    const [only, ...more] = about(id);
    expect(more).toEqual([]);
    expect(only?.to).toEqual(['ben@example.org']);
    const { mail } = only!;
    expect(mail.from).toMatchObject({ name: 'Dossier', address: 'dossier@dossier.example' });
    expect(mail.to).toMatchObject([{ name: 'Ben Example', address: 'ben@example.org' }]);
    expect(mail.subject).toBe('Assigned to you: Note of “order”');
    expect(mail.text).toContain(`https://dossier.example/x/api/documents/${id}`);
    expect(mail.text).toMatch(/^At: .*\(Asia\/Tokyo\)$/m);
    expect(mail.messageId).toMatch(/^<[0-9a-f]{40}@dossier\.example>$/);
    const headers = new Map(mail.headers.map(({ key, value }) => [key, value]));
    expect(headers.get('auto-submitted')).toBe('auto-generated');
    expect(headers.has('list-unsubscribe')).toBe(false);
    expect(await stateOf(id, 'ben')).toEqual({ sentAt: expect.stringMatching(/Z$/) });
    const names = (await eventsOf(client, `document:${id}`)).map(named);
    expect(names.filter((name) => name.includes('CHILD'))).toEqual([]);
    expect(names.filter((name) => name === 'ACTIVITY_TASK_SCHEDULED')).toHaveLength(1);
  });

  test('told again it is the same row, the same workflow and no second mail', async () => {
    const id = await tell({});
    expect(await ended(id)).toEqual({ ben: 'sent' });
    const handle = client.workflow.getHandle(`mail:document:${id}:${await numberOf(id)}`);
    const { runId } = await handle.describe();
    await activities.notify(told(id));
    await activities.notify({ ...told(id), title: 'another' });
    expect((await handle.describe()).runId).toBe(runId);
    expect(about(id)).toHaveLength(1);
  });

  test('goes to the members of roles, to each address once; to nobody for anyone', async () => {
    const id = await tell({ recipients: ['role:head', 'user:cid', 'user:nobody', 'anyone'] });
    expect(await ended(id)).toEqual({ cid: 'sent', dan: 'sent' });
    expect(
      about(id)
        .flatMap(({ to }) => to)
        .toSorted(),
    ).toEqual(['cid@example.org', 'dan@example.org']);
    expect(await stateOf(id, 'mallory')).toBeUndefined();
    const nobody = await tell({ recipients: ['anyone', 'user:eve', 'user:mallory'] });
    expect(await ended(nobody)).toEqual({});
  });

  test('that asks for a decision has links for this recipient alone', async () => {
    const dueAt = new Date(Date.now() + 3_600_000).toISOString();
    const id = await tell({
      occasion: 'approval-requested',
      recipients: ['user:ann', 'user:ben'],
      stage: 'head',
      dueAt,
      decide: { version: 3, round: 1, stage: 'head' },
    });
    await ended(id);
    for (const user of ['ann', 'ben']) {
      const mail = about(id).find(({ to }) => to[0] === `${user}@example.org`)?.mail;
      const found = [...(mail?.text ?? '').matchAll(/(?:Approve|Reject): (\S+)/g)].map(
        ([, at]) => at!,
      );
      const start = 'https://dossier.example/x/decisions/';
      expect(found.map((one) => one.startsWith(start))).toEqual([true, true]);
      const said = found.map((one) => readLink(links.secrets, one.slice(start.length)));
      const exp = Math.floor(Date.parse(dueAt) / 1000);
      const common = { kind: 'document', id, user, version: 3, round: 1, stage: 'head', exp };
      expect(said).toEqual([
        { ...common, decision: 'approve' },
        { ...common, decision: 'reject' },
      ]);
      for (const one of found) expect(mail?.html).toContain(`href="${one}"`);
    }
  });
});

describe('nothing is lost', () => {
  test('when the mail server is away and comes back', async () => {
    await smtp.stop();
    const id = await tell({});
    const handle = client.workflow.getHandle(`mail:document:${id}:${await numberOf(id)}`);
    await awaitUntil('it is tried again', async () => {
      const { raw } = await handle.describe();
      return (raw.pendingActivities?.[0]?.attempt ?? 0) >= 2;
    });
    expect(await stateOf(id, 'ben')).toEqual({});
    await smtp.start();
    expect(await ended(id)).toEqual({ ben: 'sent' });
    expect(about(id)).toHaveLength(1);
  });

  test('when it asks to come again later', async () => {
    smtp.refuse.set('ann@example.org', [450, 451]);
    const id = await tell({ recipients: ['user:ann'] });
    expect(await ended(id)).toEqual({ ann: 'sent' });
    expect(about(id)).toHaveLength(1);
    expect(smtp.refuse.get('ann@example.org')).toEqual([]);
  });

  test('when it refuses one of two for good: the other gets theirs, row and log tell why', async () => {
    smtp.refuse.set('ann@example.org', [550]);
    const id = await tell({ recipients: ['user:ann', 'user:ben'] });
    expect(await ended(id)).toEqual({ ann: 'refused', ben: 'sent' });
    expect(about(id).flatMap(({ to }) => to)).toEqual(['ben@example.org']);
    const row = await stateOf(id, 'ann');
    expect(row?.refused).toMatch(/not ann@example\.org/);
    expect(row?.sentAt).toBeUndefined();
    const notification = await numberOf(id);
    expect(harness.logged).toContainEqual(
      expect.objectContaining({ level: 40, notification, recipient: 'ann', reason: row?.refused }),
    );
  });

  test('when we are killed between its 250 and our commit: a second copy, known as one, and one row', async () => {
    breaks = 1;
    const id = await tell({});
    expect(await ended(id)).toEqual({ ben: 'sent' });
    const [first, second, ...more] = about(id);
    expect(more).toEqual([]);
    expect(first?.mail.messageId).toBeDefined();
    expect(second?.mail.messageId).toBe(first?.mail.messageId);
    const rows = await database
      .selectFrom('mails')
      .selectAll()
      .where('notification', '=', await numberOf(id))
      .execute();
    expect(rows).toMatchObject([{ recipient: 'ben', sent_at: expect.any(String), refused: null }]);
  });
});

describe('the customer of an order', () => {
  const order = (more: Partial<TellStep['customer']> = {}): TellStep => {
    const orderId = randomUUID();
    return {
      orderId,
      customer: { name: 'Cleo', email: 'cleo@example.com', address: 'Main St 1\nTown', ...more },
      lines: [{ sku: 'chair', quantity: 2, name: 'Chair', priceMinor: 4_950 }],
      totalMinor: 9_900,
      currency: 'EUR',
      trackingNumber: 'DP0123456789ABCDEF',
    };
  };
  const orders = createOrderActivities({
    database,
    temporal: harness.temporal,
    mailer,
    orders: { terms, providers: providersOf(providers, database) },
  });
  const mailed = async ({ orderId }: TellStep): Promise<unknown> => {
    const { mails } = await listCustomerMails(database, { limit: 100 });
    const [only, ...more] = mails.filter(({ about: { orderId: id } }) => id === orderId);
    expect(more).toEqual([]);
    return client.workflow.getHandle(`mail:customer:${orderId}:${only?.number}`).result();
  };

  test('gets one mail with the order in it, however often it is told; nobody in the directory is needed', async () => {
    const told = order();
    const text = `The customer of order ${told.orderId} was told the tracking number DP0123456789ABCDEF.`;
    for (let i = 0; i < 2; i += 1) expect(await orders.EmailCustomer(told)).toBe(text);
    expect(await mailed(told)).toEqual({ customer: 'sent' });
    await orders.EmailCustomer({ ...told, trackingNumber: 'another' });
    const [only, ...more] = about(told.orderId);
    expect(more).toEqual([]);
    expect(only?.to).toEqual(['cleo@example.com']);
    expect(only?.mail.to).toMatchObject([{ name: 'Cleo', address: 'cleo@example.com' }]);
    expect(only?.mail.subject).toBe(`Your order ${told.orderId} is on its way`);
    for (const part of ['2 × Chair (chair)', 'EUR 99.00', 'DP0123456789ABCDEF', 'Main St 1'])
      for (const page of [only?.mail.text, only?.mail.html]) expect(page).toContain(part);
    expect(await findCustomerMail(database, { order: told.orderId })).toMatchObject({
      sentAt: expect.stringMatching(/Z$/),
      about: told,
    });
  });

  test('with an address that is none, or that the server refuses: the row says why', async () => {
    const none = order({ email: 'a@example.org, b@example.org\r\nBcc: c@example.org' });
    await orders.EmailCustomer(none);
    expect(await mailed(none)).toEqual({ customer: 'refused' });
    expect((await findCustomerMail(database, { order: none.orderId }))?.refused).toMatch(
      /no address/,
    );
    smtp.refuse.set('unknown@example.org', [550]);
    const unknown = order({ email: 'unknown@example.org' });
    await orders.EmailCustomer(unknown);
    expect(await mailed(unknown)).toEqual({ customer: 'refused' });
    expect((await findCustomerMail(database, { order: unknown.orderId }))?.refused).toMatch(
      /unknown@/,
    );
    expect(about(unknown.orderId)).toEqual([]);
  });

  test('hostile words are text in it', async () => {
    const script = '</title><script>alert(1)</script>\r\nBcc: eve@example.org';
    const told = {
      ...order({ name: script, address: script }),
      lines: [{ sku: script, quantity: 1, name: script, priceMinor: 1 }],
      currency: script,
      trackingNumber: script,
    };
    await orders.EmailCustomer(told);
    expect(await mailed(told)).toEqual({ customer: 'sent' });
    const [only] = about(told.orderId);
    expect(only?.to).toEqual(['cleo@example.com']);
    expect(only?.mail.bcc).toBeUndefined();
    expect(only?.mail.html).not.toContain('<script');
    expect(only?.raw).not.toMatch(/^bcc:/im);
  });
});
