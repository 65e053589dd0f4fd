/**
 * What Temporal limits, against the largest documents there can be: 2 MB for one payload, 4 MB for one answer. And
 * histories of documents that wait for years. No server: the rules, and a clock of the test's own.
 */
import type { Call } from '../../src/contracts/caller.ts';
import { describe, expect, test } from 'vitest';
import type { DocumentType } from '../../src/contracts/documents/definition.ts';
import type { Fact } from '../../src/contracts/documents/events.ts';
import { LIMITS } from '../../src/contracts/limits.ts';
import { parseDocumentType } from '../../src/document-types/index.ts';
import { nextStrike } from '../../src/workflows/documents/clocks.ts';
import { decide } from '../../src/workflows/documents/decide.ts';
import { append, openLedger, type Ledger } from '../../src/workflows/documents/ledger.ts';
import { keepOutcome, recordRefusal } from '../../src/workflows/shared/reception.ts';
import { refusedCommand } from '../../src/workflows/shared/refusals.ts';
import { replay } from '../../src/workflows/documents/birth.ts';
import { documentSize, evolve, stamped } from '../../src/workflows/documents/state.ts';
import { hear } from '../../src/workflows/documents/system.ts';
import { memoOf } from '../../src/workflows/documents/memo.ts';
import { statusOf, viewOf } from '../../src/workflows/documents/view.ts';
import { jsonSize } from '../../src/workflows/shared/json.ts';
import { orThrow } from '../../src/api/documents/service.ts';
import { typeOf } from '../support/workflow-types.ts';

/** Temporal's: what is larger ends the workflow. */
const PAYLOAD = 2 * 1024 * 1024;
/** gRPC's. */
const ANSWER = 4 * 1024 * 1024;
/** The longest that a name may be, and a character that takes six bytes of JSON. */
const NAME = 'N'.repeat(60);
const WIDE = '\u0001';
const USER = 'u'.repeat(128);

const call: Call = {
  actor: { id: USER, roles: ['*'], operator: true },
  at: '2026-01-01T00:00:00.000Z',
  via: 'update',
};

/** As many sections as there may be, and as large a definition. */
function largestType(): DocumentType {
  const names = Array.from({ length: LIMITS.sections }, (_, i) => `${NAME}${i}`);
  const make = (filler: number) => ({
    name: 'largest',
    version: 1,
    title: 'Largest',
    description: 'd'.repeat(1000),
    sections: Object.fromEntries(
      names.map((name) => [
        name,
        {
          title: 'Section',
          required: false,
          deadline: 'P10D',
          schema: { type: 'object', description: 'x'.repeat(filler) },
        },
      ]),
    ),
    children: { task: { max: 1000 }, largest: { max: 1000 } },
    limits: { section: LIMITS.largestDocument, document: LIMITS.largestDocument },
  });
  // The largest that is accepted.
  let filler = 2_000;
  while (!parseDocumentType(make(filler)).ok) filler -= 50;
  return orThrow(parseDocumentType(make(filler)));
}

/** A document with everything at its limit, and all that goes along with it. */
function largest(): Ledger {
  const definition = largestType();
  const names = Object.keys(definition.sections);
  const each = Math.floor(LIMITS.largestDocument / names.length) - 12;
  const sections = Object.fromEntries(names.map((name) => [name, { t: 'x'.repeat(each) }]));
  const created = stamped({ sequence: 0, version: 0 }, call, [
    { kind: 'created', title: WIDE.repeat(200), owner: USER, metadata: {}, sections },
  ]);
  const ledger = openLedger(replay('i'.repeat(128), definition, created), created);
  expect(documentSize(ledger.state)).toBeGreaterThan(0.97 * LIMITS.largestDocument);
  expect(documentSize(ledger.state)).toBeLessThanOrEqual(LIMITS.largestDocument);
  const add = (...facts: Fact[]): void => append(ledger, stamped(ledger.state, call, facts));
  for (const section of names) {
    add({ kind: 'assigned', section, to: USER });
    add({ kind: 'section-filled', section, data: { t: 'y'.repeat(each) } });
  }
  for (let i = 0; i < 40; i += 1)
    add({ kind: 'commented', text: WIDE.repeat(LIMITS.reason), section: names[i] ?? NAME });
  for (let i = 0, room = true; room; i += 1) {
    const child = `${'c'.repeat(120)}${i}`;
    const is = { type: 'task', title: WIDE.repeat(200), state: 'open' } as const;
    const linked = decide(ledger.state, { kind: 'link', child }, call, { child: is });
    if (linked.ok) append(ledger, linked.value);
    room = linked.ok;
  }
  for (let i = 0; i < 300; i += 1) {
    const errors = Array.from({ length: 50 }, () => ({
      pointer: WIDE.repeat(200),
      detail: WIDE.repeat(200),
    }));
    const refusal = { code: 'invalid-data', detail: WIDE.repeat(2000), errors } as const;
    recordRefusal(ledger, refusedCommand(WIDE.repeat(200), 1, call, refusal));
    const hash = 'f'.repeat(64);
    keepOutcome(ledger, { key: hash, fingerprint: hash, changed: true, version: 100_000 });
  }
  return ledger;
}

describe('the largest document', () => {
  const ledger = largest();
  const { state, refused, refusedCount, outcomes } = ledger;

  test('fits into what goes from run to run, to the archive, and into the answers', () => {
    const events = [{ filler: 'x'.repeat(LIMITS.lastTailBytes) }];
    const sizes = {
      definition: jsonSize(state.definition),
      document: documentSize(state),
      comments: jsonSize(state.comments),
      children: jsonSize(state.children),
      refused: jsonSize(refused),
      outcomes: jsonSize(outcomes),
      state: jsonSize(state),
      'continue-as-new input': jsonSize({ carried: { state, refused, refusedCount, outcomes } }),
      'archive input': jsonSize({ workflowId: 'x', state, events, refused, refusedCount }),
      'query document': jsonSize(state),
      'query status': jsonSize(statusOf(state, { count: 1, last: refused.at(-1)! })),
      view: jsonSize(viewOf(state, { data: true, reader: call.actor })),
      memo: jsonSize(memoOf(state)),
    };
    expect(sizes['continue-as-new input']).toBeLessThan(PAYLOAD);
    expect(sizes['archive input']).toBeLessThan(PAYLOAD);
    expect(sizes['query document']).toBeLessThan(ANSWER);
    // It is written anew with each section that is filled.
    expect(sizes.memo).toBeLessThan(80 * 1024);
    const written = { events: 2 * LIMITS.tailBytes, one: LIMITS.body };
    expect(Math.max(written.events, written.one) + 1_000).toBeLessThan(PAYLOAD);
    // The tail, one large event more, the definition and the refusals.
    const history = LIMITS.tailBytes + LIMITS.body + sizes.definition + sizes.refused;
    expect(history).toBeLessThan(ANSWER);
  });
});

describe('a document that waits for years', () => {
  const waiting = typeOf('waiting', {
    reminders: { every: 'P35D', max: 100 },
    sections: {
      Note: {
        title: 'Note',
        schema: { type: 'object' },
        deadline: 'P30D',
        reminders: { every: 'P30D', max: 100 },
      },
    },
  });

  test('reminds as often as it should and never stops before, and each reminder is one short run', () => {
    const start = Date.parse(call.at);
    const at = (ms: number): Call => ({ ...call, at: new Date(ms).toISOString(), via: 'system' });
    const created = stamped({ sequence: 0, version: 0 }, call, [
      { kind: 'created', title: 'Waiting', owner: 'ann', metadata: {}, sections: {} },
    ]);
    let state = replay('d1', waiting, created);
    let strikes = 0;
    const reminded = { draft: 0, Note: 0 };
    let overdue = 0;
    for (let next = nextStrike(state); next !== undefined; next = nextStrike(state)) {
      expect(next, 'time goes on').toBeGreaterThanOrEqual(start + strikes);
      const events = hear(state, { kind: 'tick' }, at(next));
      expect(events, 'a clock that strikes brings something about').not.toHaveLength(0);
      for (const event of events) {
        if (event.kind === 'reminded') reminded[event.section === 'Note' ? 'Note' : 'draft'] += 1;
        if (event.kind === 'overdue') overdue += 1;
      }
      state = events.reduce(evolve, state);
      strikes += 1;
      expect(strikes).toBeLessThan(2_000);
    }
    expect(reminded).toEqual({ draft: 100, Note: 100 });
    expect(overdue).toBe(1);
    // Nine and a half years. A strike is eleven events, and after 500 of them there is a new run.
    const days = (Date.parse(state.updatedAt) - start) / 86_400_000;
    expect(days).toBe(3_500);
    expect(LIMITS.editsPerRun * 11).toBeLessThan(10_240);
  });
});
