import { expect, test } from 'vitest';
import type { DocumentEvent, RefusedCommand } from '../../src/contracts/documents/events.ts';
import { LIMITS } from '../../src/contracts/limits.ts';
import { historyOf as historyOfType } from '../../src/workflows/documents/history.ts';
import { refusedCommand } from '../../src/workflows/shared/refusals.ts';
import { unfitPlaces } from '../../src/workflows/shared/json.ts';
import { anySection, typeOf } from '../support/rules.ts';

const by = { by: 'anna', via: 'http' as const };
const plain = typeOf({ sections: { A: anySection() } });
// A name that no file may have, because pointers must hold whatever stands there.
const type = { ...plain, sections: { 'A/B': plain.sections['A']! } };

function historyOf(
  events: readonly DocumentEvent[],
  refused: readonly RefusedCommand[],
  before: readonly DocumentEvent[] = [],
) {
  return historyOfType(type, events, refused, before);
}

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
  automatic: true,
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

test('a submission is told of whoever did it, or of the system', () => {
  expect(historyOf([created, review], []).at(-1)).toMatchObject({
    via: 'system',
    command: 'submit',
    reason: 'Every required section is filled.',
  });
  const manual = { ...review, automatic: false, reason: 'Done' };
  expect(historyOf([created, manual], []).at(-1)).toMatchObject({
    via: 'http',
    command: 'submit',
    reason: 'Done',
  });
});

test('a document that was put aside is told apart from one past its deadline', () => {
  const expired: DocumentEvent = { ...closed, state: 'expired' };
  const told = (event: DocumentEvent) => historyOf([created, event], []).at(-1)?.command;
  expect(told(expired)).toBe('archive');
  expect(told({ ...expired, via: 'system' })).toBe('expire');
});

test('a section taken out loses its fields, a change of the title tells the new one', () => {
  const withdrawn: DocumentEvent = {
    ...by,
    kind: 'section-withdrawn',
    sequence: 3,
    version: 3,
    at: at(3),
    section: 'A/B',
    reason: 'Wrong',
  };
  const renamed: DocumentEvent = {
    ...by,
    kind: 'details-changed',
    sequence: 4,
    version: 4,
    at: at(4),
    title: 'U',
    metadata: { title: 'T', n: 1 },
  };
  expect(historyOf([created, filled, withdrawn, renamed], []).slice(2)).toMatchObject([
    {
      command: 'withdraw A/B',
      reason: 'Wrong',
      changes: [
        { pointer: '/sections/A~1B/x~0y', from: 2 },
        { pointer: '/sections/A~1B/z', from: [1] },
      ],
    },
    {
      command: 'edit',
      changes: [
        { pointer: '/title', to: 'U' },
        { pointer: '/metadata/n', to: 1 },
      ],
    },
  ]);
});

type Loose = { readonly kind: DocumentEvent['kind'] } & Readonly<Record<string, unknown>>;
const is = { type: 'task', title: 'T', state: 'open' };

test.each<[Loose, string, string | undefined]>([
  [{ kind: 'commented', text: 'Why?' }, 'comment', 'Why?'],
  [{ kind: 'commented', text: 'Why?', section: 'A' }, 'comment A', 'Why?'],
  [{ kind: 'assigned', section: 'A', to: 'ben' }, 'assign A', 'To ben.'],
  [{ kind: 'assigned', section: 'A' }, 'assign A', 'To nobody in particular.'],
  [{ kind: 'extended', until: at(1) }, 'extend', `Until ${at(1)}.`],
  [{ kind: 'extended', section: 'A', until: at(1) }, 'extend A', `Until ${at(1)}.`],
  [{ kind: 'transferred', to: 'ben' }, 'transfer', 'To ben.'],
  [{ kind: 'child-linked', child: 'c', is }, 'link c', 'task, open.'],
  [{ kind: 'child-changed', child: 'c', is }, 'child c', 'Now open.'],
  [{ kind: 'child-unlinked', child: 'c' }, 'unlink c', undefined],
  [{ kind: 'attached', parent: 'p' }, 'attach', 'Below p.'],
  [{ kind: 'detached', parent: 'p' }, 'detach', 'From p.'],
  [{ kind: 'reminded', number: 3 }, 'remind', 'Reminder 3.'],
  [{ kind: 'reminded', section: 'A', number: 3 }, 'remind A', 'Reminder 3.'],
  [{ kind: 'overdue', section: 'A' }, 'overdue A', undefined],
  [{ kind: 'reopened', automatic: false, reason: 'Oh' }, 'reopen', 'Oh'],
])('%j is told as %s', (event, command, reason) => {
  const whole = { ...by, sequence: 2, version: 1, at: at(2), ...event } as unknown as DocumentEvent;
  const entry = historyOf([created, whole], []).at(-1);
  expect(entry).toEqual({
    ...by,
    at: at(2),
    version: 1,
    accepted: true,
    command,
    ...(reason === undefined ? {} : { reason }),
  });
});

test('a migration tells both versions', () => {
  const migrated: DocumentEvent = {
    ...by,
    kind: 'migrated',
    sequence: 2,
    version: 2,
    at: at(2),
    definition: { ...type, version: 2 },
    before: type,
  };
  expect(historyOf([created, migrated], []).at(-1)).toMatchObject({
    command: 'migrate',
    changes: [{ pointer: '/typeVersion', from: 1, to: 2 }],
  });
});

test('a page tells the same as the whole, when it knows what was last before', () => {
  const all = [created, filled, emptied, review, decided, closed];
  const whole = historyOf(all, []);
  expect(historyOf(all.slice(2), [], [created, filled])).toEqual(whole.slice(2));
  expect(historyOf(all.slice(1), [], [created])).toEqual(whole.slice(1));
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
