/** Notifications, and the outcomes of bulk actions. */
import { describe, expect, test } from 'vitest';
import {
  bulkOutcomes,
  createBulkJob,
  findBulkJob,
  recordBulkOutcome,
} from '../../src/store/bulk.ts';
import type { NewNotification } from '../../src/contracts/notifications.ts';
import { findMail, noteMail, planMails } from '../../src/store/mails.ts';
import { findNotification, notificationsFor, notify } from '../../src/store/notifications.ts';
import { DATABASES, databaseFor } from './databases.ts';
import { AWKWARD } from './samples.ts';

const at = '2026-01-01T00:00:00.000Z';
const one = (sequence: number, ...recipients: string[]): NewNotification => ({
  kind: 'document',
  documentId: 'd',
  key: `reminder:${sequence}`,
  occasion: 'reminder',
  recipients,
  title: `t${sequence}`,
  type: 'order',
  at,
});

describe.each(DATABASES)('on %s', (_name, open) => {
  const on = databaseFor(open);
  const titles = async (...given: [string[] | 'all', { limit: number; before?: number }]) => {
    const { notifications, next } = await notificationsFor(on.db, ...given);
    return { titles: notifications.map(({ title }) => title), next };
  };

  test('notifications: kept once, whole', async () => {
    const full: NewNotification = {
      ...one(1, 'user:full', 'role:x'),
      documentId: 'full',
      occasion: 'approval-requested',
      section: 'A',
      stage: 'head',
      by: 'ada',
      reason: 'Because.\nReally.',
      dueAt: at,
      decide: { version: 2, round: 1, stage: 'head' },
    };
    const number = await notify(on.db, full);
    const again = { ...full, title: 'another', recipients: ['user:full', 'user:more'] };
    expect(await notify(on.db, again)).toBe(number);
    const others = [
      { ...full, key: 'overdue' },
      { ...full, kind: 'approval' as const },
    ];
    const second = await notify(on.db, others[0]!);
    const third = await notify(on.db, others[1]!);
    const { notifications, next } = await notificationsFor(on.db, ['user:full'], { limit: 9 });
    expect(next).toBeUndefined();
    expect(notifications).toStrictEqual([
      { ...others[1], number: third },
      { ...others[0], number: second },
      { ...full, number },
    ]);
    expect(await findNotification(on.db, number)).toStrictEqual({ ...full, number });
    expect(await findNotification(on.db, 1_000_000)).toBeUndefined();
    expect((await titles(['user:more'], { limit: 9 })).titles).toEqual([]);
  });

  test('notifications: a key of any length is one', async () => {
    const long = {
      ...one(1, 'user:long'),
      documentId: 'long',
      key: `assigned:${'x'.repeat(5_000)}`,
    };
    const number = await notify(on.db, long);
    expect(await notify(on.db, long)).toBe(number);
    expect(await notify(on.db, { ...long, key: `${long.key}y` })).not.toBe(number);
  });

  test('mails: planned once, and the first that is noted of each stays', async () => {
    expect(await planMails(on.db, 7, ['b', 'a'])).toEqual(['a', 'b']);
    expect(await planMails(on.db, 7, ['c'])).toEqual(['a', 'b', 'c']);
    expect(await planMails(on.db, 7, [])).toEqual(['a', 'b', 'c']);
    expect(await planMails(on.db, 8, [])).toEqual([]);
    const key = { notification: 7, recipient: 'a' };
    expect(await findMail(on.db, key)).toEqual({});
    await noteMail(on.db, key, { sentAt: at });
    await noteMail(on.db, key, { refused: 'late' });
    expect(await findMail(on.db, key)).toEqual({ sentAt: at });
    await noteMail(on.db, { ...key, recipient: 'b' }, { refused: 'no\0' });
    expect(await findMail(on.db, { ...key, recipient: 'b' })).toEqual({ refused: 'no' });
    expect(await findMail(on.db, { ...key, recipient: 'd' })).toBeUndefined();
  });

  test('notifications: for any of the recipients, newest first, by pages', async () => {
    for (let i = 1; i <= 7; i += 1)
      await notify(on.db, one(i, i % 2 ? 'user:odd' : 'role:even', 'anyone'));
    const first = await titles(['user:odd', 'role:even'], { limit: 3 });
    expect(first.titles).toEqual(['t7', 't6', 't5']);
    const second = await titles(['user:odd', 'role:even'], { limit: 3, before: first.next! });
    expect(second.titles).toEqual(['t4', 't3', 't2']);
    const third = await titles(['user:odd', 'role:even'], { limit: 3, before: second.next! });
    expect(third).toEqual({ titles: ['t1'], next: undefined });
    expect(await titles(['user:odd'], { limit: 4 })).toEqual({
      titles: ['t7', 't5', 't3', 't1'],
      next: undefined,
    });
    expect((await titles('all', { limit: 2 })).titles).toEqual(['t7', 't6']);
    expect((await titles([], { limit: 2 })).titles).toEqual([]);
    expect((await titles(['all'], { limit: 2 })).titles).toEqual([]);
  });

  test('notifications: recipients are data', async () => {
    for (const [i, text] of AWKWARD.entries()) {
      await notify(on.db, {
        ...one(i, `user:${text}`),
        documentId: `x${i}`,
        title: text,
        section: text,
      });
      const { notifications } = await notificationsFor(on.db, [`user:${text}`], { limit: 5 });
      expect(notifications.map(({ documentId }) => documentId)).toEqual([`x${i}`]);
    }
  });

  test('bulk actions: the first job and the first outcomes stay', async () => {
    const job = {
      id: "j'1",
      action: 'cancel',
      by: 'ada',
      createdAt: at,
      request: { ids: ['"', '\0'] },
    };
    expect(await createBulkJob(on.db, job)).toBe(true);
    expect(await createBulkJob(on.db, { ...job, by: 'eve' })).toBe(false);
    expect(await findBulkJob(on.db, job.id)).toStrictEqual(job);
    expect(await findBulkJob(on.db, 'none')).toBeUndefined();
    const record = (documentId: string, outcome: string) =>
      recordBulkOutcome(on.db, { job: job.id, documentId, outcome });
    await Promise.all([record('a', 'done'), record('b', 'done'), record('c', 'not-allowed')]);
    await record('a', 'failed');
    expect(await bulkOutcomes(on.db, job.id)).toEqual({ done: 2, 'not-allowed': 1 });
    expect(await bulkOutcomes(on.db, 'none')).toEqual({});
  });
});
