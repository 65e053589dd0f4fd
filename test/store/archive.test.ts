/** Finished documents: writing, finding, deleting. */
import { describe, expect, test } from 'vitest';
import {
  archiveDocument,
  deleteArchived,
  findArchived,
  unarchived,
} from '../../src/store/archive.ts';
import { listArchived } from '../../src/store/archive-lists.ts';
import { eventsOf, recordRefusedCommand, refusedCommandsOf } from '../../src/store/events.ts';
import { linkDocuments } from '../../src/store/links.ts';
import { childrenOf, parentOf } from '../support/stored.ts';
import { findMail, planMails } from '../../src/store/mails.ts';
import { notificationsFor, notify } from '../../src/store/notifications.ts';
import { DATABASES, databaseFor } from './databases.ts';
import { AWKWARD, created, event, filled, finished, put, refusal, STAMP } from './samples.ts';

const AT = '2026-03-01T00:00:00.000Z';

describe.each(DATABASES)('the archive on %s', (_name, open) => {
  const on = databaseFor(open);

  test('what is written is found, to the letter', async () => {
    const refused = [refusal('no')];
    const given = { title: 'nul \0 and "quotes"', metadata: { z: 1, a: '\u0000' } };
    const one = await put(on.db, 'whole', given, { refused, refusedCount: 7 });
    expect(await findArchived(on.db, 'whole')).toStrictEqual({
      workflowId: one.workflowId,
      state: one.state,
      summary: one.summary,
      refused,
      refusedCount: 7,
    });
    expect(await findArchived(on.db, 'nobody')).toBeUndefined();
  });

  test('the last write counts, and events after the end go', async () => {
    await put(on.db, 'twice', { sequence: 3 }, { events: [1, 2, 3].map((n) => event(n, created)) });
    await put(on.db, 'twice', { state: 'rejected', sequence: 2 }, { events: [] });
    expect(await findArchived(on.db, 'twice')).toMatchObject({ state: { state: 'rejected' } });
    expect((await eventsOf(on.db, 'twice')).map(({ sequence }) => sequence)).toEqual([1, 2]);
  });

  test('another workflow with the id changes nothing, not even events', async () => {
    const first = await put(on.db, 'taken');
    const events = [event(1, filled('A')), event(2, filled('B'))];
    await put(on.db, 'taken', { owner: 'eve', sequence: 2 }, { workflowId: 'other', events });
    expect(await findArchived(on.db, 'taken')).toMatchObject({ state: first.state });
    expect(await eventsOf(on.db, 'taken')).toEqual(first.events);
  });

  test('without a state, what the summary says', async () => {
    const { summary } = finished('unusable');
    const failed = { ...summary, state: 'failed', title: 'x\0y', owner: 'o'.repeat(5_000) };
    await put(on.db, 'unusable', {}, { state: undefined, summary: failed, events: [] });
    expect(await findArchived(on.db, 'unusable')).toStrictEqual({
      workflowId: finished('unusable').workflowId,
      summary: failed,
      refused: [],
      refusedCount: 0,
    });
    const { rows } = await listArchived(on.db, { state: ['failed'] }, { limit: 5 });
    expect(rows).toEqual([{ summary: failed, fields: [] }]);
    const ofOwner = await listArchived(on.db, { owner: failed.owner }, { limit: 5 });
    expect(ofOwner.rows).toHaveLength(1);
  });

  test('events stay when nobody can tell the state', async () => {
    const events = [1, 2].map((n) => event(n, created));
    await put(on.db, 'gone', {}, { state: undefined, closedBy: 'operator', events });
    expect(await eventsOf(on.db, 'gone')).toEqual(events);
  });

  test('who ended it behind our back, until its own workflow says how it ended', async () => {
    await put(on.db, 'ended', { state: 'terminated' }, { closedBy: 'operator' });
    expect(await findArchived(on.db, 'ended')).toMatchObject({ closedBy: 'operator' });
    await put(on.db, 'ended', { state: 'terminated' }, { closedBy: 'somebody' });
    expect(await findArchived(on.db, 'ended')).toMatchObject({ closedBy: 'somebody' });
    await put(on.db, 'ended', { state: 'approved' });
    await put(on.db, 'ended', { state: 'terminated' }, { closedBy: 'operator' });
    const found = await findArchived(on.db, 'ended');
    expect(found).toMatchObject({ state: { state: 'approved' } });
    expect(found).not.toHaveProperty('closedBy');
  });

  test('awkward texts are kept and harm nothing', async () => {
    for (const [i, text] of AWKWARD.entries()) {
      const id = `awkward-${i}`;
      const one = finished(
        id,
        { title: text, owner: text, parent: text },
        { workflowId: `w-${id}${text.slice(0, 20)}`, fields: [text, `f=${text}`], words: text },
      );
      const record = { ...one, summary: { ...one.summary, type: text } };
      await archiveDocument(on.db, record);
      const found = await findArchived(on.db, id);
      expect(found).toMatchObject({ state: one.state, summary: record.summary });
    }
  });

  test('deleting leaves the id and nothing that people wrote', async () => {
    const secret = 'SECRET';
    await put(
      on.db,
      'secret',
      { title: secret, owner: secret, metadata: { secret }, parent: secret },
      {
        events: [event(1, filled(secret, secret))],
        refused: [refusal(secret)],
        refusedCount: 1,
        fields: [`f=${secret}`],
        words: secret,
        dueAt: AT,
        closedBy: secret,
      },
    );
    await recordRefusedCommand(on.db, 'secret', refusal(secret));
    await linkDocuments(on.db, { parent: 'above', child: 'secret' });
    await linkDocuments(on.db, { parent: 'secret', child: 'below' });
    const about = {
      kind: 'document',
      documentId: 'secret',
      key: '1',
      recipients: ['user:s'],
    } as const;
    const told = { ...about, occasion: 'reminder', title: secret, type: 'order', at: AT } as const;
    const number = await notify(on.db, told);
    await planMails(on.db, number, ['s']);

    expect(await deleteArchived(on.db, 'secret', AT)).toBe(true);
    expect(await findArchived(on.db, 'secret')).toStrictEqual({
      summary: { id: 'secret', type: 'order' },
      refused: [],
      refusedCount: 0,
      deletedAt: AT,
    });
    const row = await on.db
      .selectFrom('archive')
      .selectAll()
      .where('id', '=', 'secret')
      .executeTakeFirstOrThrow();
    expect(JSON.stringify(row)).not.toContain(secret);
    expect(await eventsOf(on.db, 'secret')).toEqual([]);
    expect(await refusedCommandsOf(on.db, 'secret')).toEqual([]);
    expect((await notificationsFor(on.db, 'all', { limit: 9 })).notifications).toEqual([]);
    expect(await findMail(on.db, { notification: number, recipient: 's' })).toBeUndefined();
    expect(await parentOf(on.db, 'secret')).toBeUndefined();
    expect(await childrenOf(on.db, 'secret')).toEqual([]);
  });

  test('deleted once and for all', async () => {
    await put(on.db, 'deleted');
    expect(await deleteArchived(on.db, 'deleted', AT)).toBe(true);
    expect(await deleteArchived(on.db, 'deleted', STAMP.at)).toBe(false);
    expect(await deleteArchived(on.db, 'never there', AT)).toBe(false);
    await put(on.db, 'deleted', { title: 'again' });
    expect(await findArchived(on.db, 'deleted')).toMatchObject({ deletedAt: AT });
    expect(await eventsOf(on.db, 'deleted')).toEqual([]);
    expect((await listArchived(on.db, {}, { limit: 100 })).rows).not.toContainEqual(
      expect.objectContaining({ summary: expect.objectContaining({ id: 'deleted' }) }),
    );
  });

  test('deleted while it is being archived again: nothing comes back', async () => {
    for (let round = 0; round < 20; round += 1) {
      const id = `race-${round}`;
      const one = await put(on.db, id);
      const [gone] = await Promise.all([
        deleteArchived(on.db, id, AT),
        archiveDocument(on.db, one),
        archiveDocument(on.db, one),
      ]);
      expect(gone).toBe(true);
      expect(await findArchived(on.db, id)).toMatchObject({ deletedAt: AT });
      expect(await eventsOf(on.db, id)).toEqual([]);
    }
  });

  test('which ids have no row', async () => {
    await put(on.db, 'here');
    await put(on.db, 'was here');
    await deleteArchived(on.db, 'was here', AT);
    const ids = ['b"', 'here', "a'", 'was here', '\\'];
    expect(await unarchived(on.db, ids)).toEqual(['b"', "a'", '\\']);
    expect(await unarchived(on.db, [])).toEqual([]);
  });
});
