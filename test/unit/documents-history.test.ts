import { expect, test } from 'vitest';
import type { DocumentEvent, RefusedCommand } from '../../src/contracts/documents/types.ts';
import { LIMITS } from '../../src/contracts/limits.ts';
import { historyOf } from '../../src/workflows/documents/history.ts';
import { refusedCommand } from '../../src/workflows/documents/refusals.ts';
import { unfitPlaces } from '../../src/workflows/shared/json.ts';

const by = { by: 'anna', via: 'http' as const };

const created: DocumentEvent = {
  ...by,
  kind: 'created',
  sequence: 1,
  version: 1,
  at: at(1),
  title: 'T',
  owner: 'anna',
  metadata: { title: 'T' },
  sections: { 'A/B': { 'x~y': 1 } },
};
const filled: DocumentEvent = {
  ...by,
  kind: 'section-filled',
  sequence: 2,
  version: 2,
  at: at(2),
  section: 'A/B',
  data: { 'x~y': 2, z: [1] },
};
const emptied: DocumentEvent = { ...filled, sequence: 3, version: 3, at: at(3), data: { z: [1] } };
const review: DocumentEvent = {
  ...by,
  kind: 'review-requested',
  sequence: 4,
  version: 3,
  at: at(3),
};
const decided: DocumentEvent = {
  ...by,
  kind: 'decided',
  sequence: 5,
  version: 3,
  at: at(5),
  stage: 'one',
  decision: 'rejected',
  reason: 'Too thin',
};
const closed: DocumentEvent = {
  ...by,
  kind: 'closed',
  sequence: 6,
  version: 3,
  at: at(5),
  state: 'rejected',
};

test('each entry tells what changed, by pointers with escaped names', () => {
  const changes = historyOf([created, filled, emptied], []).map((entry) => entry.changes);
  expect(changes).toEqual([
    [
      { pointer: '/metadata/title', to: 'T' },
      { pointer: '/sections/A~1B/x~0y', to: 1 },
    ],
    [
      { pointer: '/sections/A~1B/x~0y', from: 1, to: 2 },
      { pointer: '/sections/A~1B/z', to: [1] },
    ],
    [{ pointer: '/sections/A~1B/x~0y', from: 2 }],
  ]);
});

test('a decision is one entry with its reason; its closing adds none', () => {
  expect(historyOf([created, decided, closed], []).slice(1)).toEqual([
    {
      ...by,
      at: at(5),
      version: 3,
      accepted: true,
      command: 'reject',
      reason: 'Too thin',
    },
  ]);
});

test('a cancellation is an entry with its reason', () => {
  const cancelled = { ...closed, state: 'cancelled', reason: 'No need' } as DocumentEvent;
  expect(historyOf([created, cancelled], []).at(-1)).toMatchObject({
    command: 'cancel',
    reason: 'No need',
  });
});

test('the submission is the system’s', () => {
  expect(historyOf([created, review], []).at(-1)).toMatchObject({
    via: 'system',
    command: 'submit',
  });
});

test('refused commands stand where they happened, after what was accepted at the same time', () => {
  const refused = [refusedAt(2, 'b'), refusedAt(0, 'a'), refusedAt(9, 'c')];
  const commands = historyOf([created, filled, decided], refused).map(({ command }) => command);
  expect(commands).toEqual(['a', 'create', 'fill A/B', 'b', 'reject', 'c']);
});

test('a refused entry tells code, reason and places', () => {
  const errors = [{ pointer: '/x', detail: 'is required' }];
  expect(historyOf([], [{ ...refusedAt(1, 'approve'), errors }])).toEqual([
    {
      at: at(1),
      by: 'sam',
      via: 'signal',
      version: 1,
      command: 'approve',
      accepted: false,
      code: 'wrong-state',
      reason: 'Not yet',
      errors,
    },
  ]);
});

test('is plain JSON, also for names that every object inherits', () => {
  const metadata = { constructor: 'x', toString: 'y', valueOf: 1 } as never;
  const entries = historyOf([{ ...created, metadata }], []);
  expect(JSON.parse(JSON.stringify(entries))).toEqual(entries);
  expect(entries[0]?.changes?.[0]).toEqual({ pointer: '/metadata/constructor', to: 'x' });
});

test('a refusal is kept in few words, all of which can be stored', () => {
  const name = `\0${'\u{1F600}'.repeat(LIMITS.eventName)}`;
  const long = `\0\uD800${'x'.repeat(100_000)}`;
  const refusal = {
    code: 'malformed-json' as const,
    detail: long,
    errors: Array.from({ length: 1_000 }, () => ({ pointer: `/${long}`, detail: long })),
  };
  const actor = { id: 'sam', roles: [], operator: false };
  const kept = refusedCommand(name, 3, { actor, at: at(1), via: 'signal' }, refusal);
  expect(kept).toMatchObject({ version: 3, by: 'sam', via: 'signal', code: 'malformed-json' });
  expect(unfitPlaces(kept)).toEqual([]);
  // A hundred of them go along with every continue-as-new, which may take 2 MB.
  expect(JSON.stringify(kept).length).toBeLessThan(16 * 1024);
});

function refusedAt(second: number, command: string): RefusedCommand {
  return {
    at: at(second),
    by: 'sam',
    via: 'signal',
    version: 1,
    command,
    code: 'wrong-state',
    reason: 'Not yet',
  };
}

function at(second: number): string {
  return new Date(Date.UTC(2026, 0, 1, 12, 0, second)).toISOString();
}
