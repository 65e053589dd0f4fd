/** Documents and events that say no more than a test of the store needs. */
import type { DocumentType } from '../../src/contracts/documents/definition.ts';
import type { DocumentEvent, Fact, RefusedCommand } from '../../src/contracts/documents/events.ts';
import { archiveDocument, type FinishedRecord } from '../../src/store/archive.ts';
import type { Database } from '../../src/store/database.ts';
import type { DocumentState } from '../../src/workflows/documents/state.ts';

/** Texts that have broken somebody's SQL, arrays, JSON or patterns. */
export const AWKWARD: readonly string[] = [
  '',
  ' ',
  "'",
  "' or true --",
  '"',
  'a"b\\c',
  '\\',
  "\\'",
  '\\\\',
  '%',
  '_%',
  '{a,b}',
  '{}',
  ',',
  'null',
  'NULL',
  '$1',
  ':x',
  '?',
  'line\nbreak\ttab',
  'Grüße, 東京 👩‍👩‍👧',
  '\u202Eright to left',
  'nul\0nul',
  'lone \ud800',
  'é\udc00',
  'long'.repeat(2_000),
];

export const STAMP = { at: '2026-01-02T03:04:05.678Z', by: 'ada', via: 'http' } as const;

/** An event whose version is half its number, rounded up. */
export function event(sequence: number, fact: Fact): DocumentEvent {
  return { ...STAMP, sequence, version: Math.ceil(sequence / 2), ...fact };
}

export const created: Fact = {
  kind: 'created',
  title: 'Ada',
  owner: 'ada',
  metadata: { a: 1 },
  sections: {},
};

export const filled = (section: string, value: unknown = 1): Fact => ({
  kind: 'section-filled',
  section,
  data: { value: value as number },
});

export const refusal = (reason: string): RefusedCommand => ({
  ...STAMP,
  command: 'fill',
  code: 'not-found',
  reason,
  version: 1,
});

/** The state of a finished document. */
export function state(id: string, given: Partial<DocumentState> = {}): DocumentState {
  return {
    schema: 1,
    id,
    definition: { name: 'order' } as DocumentType,
    title: `Title of ${id}`,
    owner: 'ada',
    metadata: {},
    state: 'approved',
    version: 1,
    sequence: 1,
    sections: {},
    changedIn: {},
    detailsChangedIn: 1,
    assignees: {},
    clocks: {},
    children: {},
    comments: [],
    createdAt: '2026-01-01T00:00:00.000Z',
    updatedAt: '2026-01-02T00:00:00.000Z',
    closedAt: '2026-01-02T00:00:00.000Z',
    ...given,
  };
}

/** A finished document that can be archived. */
export function finished(
  id: string,
  given: Partial<DocumentState> = {},
  more: Partial<FinishedRecord> = {},
): FinishedRecord {
  const it = state(id, given);
  const { title, owner, createdAt } = it;
  return {
    workflowId: `document:${id}`,
    state: it,
    summary: {
      id,
      type: it.definition.name,
      owner,
      title,
      state: it.state,
      createdAt,
      closedAt: it.closedAt ?? '',
      extra: ['opaque'],
    },
    events: [event(1, created)],
    refused: [],
    refusedCount: 0,
    fields: [],
    words: undefined,
    dueAt: undefined,
    ...more,
  };
}

/** Archives one, and returns what was archived. */
export async function put(
  db: Database,
  ...one: Parameters<typeof finished>
): Promise<FinishedRecord> {
  const record = finished(...one);
  await archiveDocument(db, record);
  return record;
}
