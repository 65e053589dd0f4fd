/** Events and refused commands. */
import { sql } from 'kysely';
import { describe, expect, test } from 'vitest';
import type { DocumentEvent, Fact } from '../../src/contracts/documents/events.ts';
import { LIMITS } from '../../src/contracts/limits.ts';
import {
  eventsOf,
  previousFills,
  recordDocumentEvents,
  recordRefusedCommand,
  refusedCommandsOf,
} from '../../src/store/events.ts';
import { lastSequence } from '../support/stored.ts';
import { DATABASES, databaseFor } from './databases.ts';
import { AWKWARD, created, event, filled, refusal } from './samples.ts';

const numbers = (events: readonly DocumentEvent[]): number[] =>
  events.map(({ sequence }) => sequence);

const LIFE: readonly DocumentEvent[] = (
  [
    created,
    filled('A', 1),
    filled('B', 1),
    { kind: 'details-changed', metadata: { a: 2 }, title: 'First' },
    filled('A', 2),
    { kind: 'commented', text: 'hm', section: 'A' },
    { kind: 'section-withdrawn', section: 'B' },
    { kind: 'details-changed', title: 'Second' },
    { kind: 'assigned', section: 'A', to: 'bob' },
    filled('metadata', 1),
    { kind: 'details-changed', metadata: { a: 3 } },
    filled('B', 3),
  ] satisfies Fact[]
).map((fact, i) => event(i + 1, fact));

describe.each(DATABASES)('events on %s', (_name, open) => {
  const on = databaseFor(open);

  test('in order, once, and the last write counts', async () => {
    await recordDocumentEvents(on.db, 'order', []);
    await recordDocumentEvents(on.db, 'order', [event(3, filled('C')), event(2, filled('B'))]);
    await recordDocumentEvents(on.db, 'order', [event(1, created), event(3, filled('Z'))]);
    expect(await eventsOf(on.db, 'order')).toEqual([
      event(1, created),
      event(2, filled('B')),
      event(3, filled('Z')),
    ]);
    // The columns beside the event are those of the last write too.
    expect(await previousFills(on.db, 'order', 9)).toHaveLength(3);
    expect(await eventsOf(on.db, 'nobody')).toEqual([]);
  });

  test('ranges', async () => {
    await recordDocumentEvents(on.db, 'range', LIFE);
    const range = async (...[given]: [Parameters<typeof eventsOf>[2]]) =>
      numbers(await eventsOf(on.db, 'range', given));
    expect(await range({ from: 3, to: 5 })).toEqual([3, 4, 5]);
    expect(await range({ from: 11 })).toEqual([11, 12]);
    expect(await range({ to: 0 })).toEqual([]);
    expect(await range({ upToVersion: 2 })).toEqual([1, 2, 3, 4]);
    expect(await range({ from: 4, to: 9, upToVersion: 3 })).toEqual([4, 5, 6]);
    expect([await lastSequence(on.db, 'range'), await lastSequence(on.db, 'none')]).toEqual([
      12, 0,
    ]);
  });

  test('what a page of history is compared with', async () => {
    await recordDocumentEvents(on.db, 'fills', LIFE);
    const before = async (sequence: number) =>
      numbers(await previousFills(on.db, 'fills', sequence));
    expect(await before(1)).toEqual([]);
    expect(await before(2)).toEqual([1]);
    expect(await before(7)).toEqual([1, 3, 4, 5]);
    // 4: the last metadata; 8: the last title; 7: the withdrawal.
    expect(await before(10)).toEqual([1, 4, 5, 7, 8]);
    expect(await before(100)).toEqual([1, 5, 8, 10, 11, 12]);
  });

  test('rows of the version before are read alike', async () => {
    const old = LIFE.filter(({ kind }) => kind === 'created' || kind === 'section-filled');
    await recordDocumentEvents(on.db, 'old', old);
    const wanted = [
      await eventsOf(on.db, 'old', { upToVersion: 3 }),
      await previousFills(on.db, 'old', 12),
    ];
    await sql`update document_events set version = null, parts = null where document_id = 'old'`.execute(
      on.db,
    );
    expect([
      await eventsOf(on.db, 'old', { upToVersion: 3 }),
      await previousFills(on.db, 'old', 12),
    ]).toEqual(wanted);
    expect(wanted.map(numbers)).toEqual([
      [1, 2, 3, 5],
      [1, 3, 5, 10],
    ]);
  });

  test('awkward texts', async () => {
    const events = AWKWARD.map((text, i) =>
      event(i + 1, { kind: 'section-filled', section: `S${i}`, data: { [text]: text } }),
    );
    await recordDocumentEvents(on.db, "'awkward\\", events);
    expect(await eventsOf(on.db, "'awkward\\")).toEqual(events);
    expect(await previousFills(on.db, "'awkward\\", 100)).toEqual(events);
  });

  test('of refused commands the last are remembered, oldest first', async () => {
    const count = LIMITS.refusals + 5;
    for (let i = 0; i < count; i += 1) await recordRefusedCommand(on.db, 'r', refusal(`${i}`));
    await recordRefusedCommand(on.db, 'other', refusal("it's \0"));
    const reasons = (await refusedCommandsOf(on.db, 'r')).map(({ reason }) => reason);
    expect(reasons).toEqual(Array.from({ length: LIMITS.refusals }, (_, i) => `${i + 5}`));
    expect(await refusedCommandsOf(on.db, 'other')).toEqual([refusal("it's \0")]);
  });
});
