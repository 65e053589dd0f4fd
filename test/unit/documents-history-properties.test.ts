/** What histories tell of arbitrary lives of documents. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { DocumentEvent, RefusedCommand } from '../../src/contracts/documents/events.ts';
import { historyOf } from '../../src/workflows/documents/history.ts';
import { time } from '../support/rules.ts';
import { isNotice, life, type Life } from '../support/lives.ts';

const SECOND = 1000;

/** Of the events before a page those that it must know: as the database finds them. */
function neededBefore(events: readonly DocumentEvent[]): DocumentEvent[] {
  const last = new Map<string, DocumentEvent>();
  for (const event of events) {
    if (event.kind === 'created') last.set('created', event);
    if (event.kind === 'section-filled' || event.kind === 'section-withdrawn')
      last.set(`section ${event.section}`, event);
    if (event.kind === 'details-changed' && event.metadata) last.set('metadata', event);
  }
  return [...new Set(last.values())].toSorted((a, b) => a.sequence - b.sequence);
}

function refusedAt(ms: number): RefusedCommand {
  return {
    at: time(ms),
    by: 'eve',
    via: 'signal',
    version: 1,
    command: 'approve',
    code: 'wrong-state',
    reason: 'No',
  };
}

describe('for every life of a document', () => {
  const holds = (name: string, check: (life: Life) => void): void =>
    test(name, () => fc.assert(fc.property(life, check), { numRuns: 40 }));

  holds('read page by page the history is the same', ({ kind, events }) => {
    const whole = historyOf(kind.definition, events, []);
    for (const size of [1, 3, 7]) {
      const pages = [];
      for (let from = 0; from < events.length; from += size) {
        const page = events.slice(from, from + size);
        pages.push(...historyOf(kind.definition, page, [], neededBefore(events.slice(0, from))));
      }
      expect(pages).toEqual(whole);
    }
  });

  holds('every event is told, but the end that follows a decision or submission', (one) => {
    const entries = historyOf(one.kind.definition, one.events, []);
    const told = one.events.filter(
      (event) =>
        event.kind !== 'closed' ||
        !['approved', 'rejected'].includes(event.state) ||
        event.via === 'system' ||
        event.automatic,
    );
    expect(entries.map(({ at, version }) => [at, version])).toEqual(
      told.map(({ at, version }) => [at, version]),
    );
    for (const entry of entries) expect(entry.command).toMatch(/^[a-z]+(-[a-z]+)?( [\w ]+)?$/);
  });

  holds('a command is told by its name, by whom, and as no work of the system', (one) => {
    for (const { what, result, actor } of one.steps) {
      if (isNotice(what) || !result.ok || result.value.length === 0) continue;
      const entries = historyOf(one.kind.definition, result.value, []);
      const own = entries.filter(({ via }) => via !== 'system');
      for (const { by, command } of own) {
        expect(by).toBe(actor.id);
        const names: readonly string[] = ['fill-many', 'merge', 'patch', 'edit'].includes(what.kind)
          ? ['fill', 'withdraw', 'edit']
          : what.kind === 'request-changes'
            ? [what.kind, 'comment']
            : [what.kind];
        expect(names).toContain(command.split(' ')[0]);
      }
    }
  });

  holds('it only ever grows at its end', ({ kind, events }) => {
    const whole = historyOf(kind.definition, events, []);
    for (let n = 1; n <= events.length; n += 1) {
      const part = historyOf(kind.definition, events.slice(0, n), []);
      expect(whole.slice(0, part.length)).toEqual(part);
    }
  });

  holds('changes lead from one entry to the next', ({ kind, events }) => {
    const now = new Map<string, unknown>();
    for (const { changes = [] } of historyOf(kind.definition, events, [])) {
      for (const { pointer, from, to } of changes) {
        if (pointer === '/typeVersion' || pointer === '/title') continue;
        expect(from).toEqual(now.get(pointer));
        now.set(pointer, to);
      }
    }
  });
});

test('accepted entries keep their order, whatever the clocks said and whatever was refused', () => {
  const skew = fc.array(fc.integer({ min: -100, max: 100 }), { minLength: 50, maxLength: 50 });
  fc.assert(
    fc.property(life, skew, fc.array(fc.nat(50)), ({ kind, events }, offsets, times) => {
      const skewed = events.map((event, i) => ({
        ...event,
        at: time((i + (offsets[i] ?? 0)) * SECOND),
      }));
      const refused = times.map((n) => refusedAt(n * SECOND));
      const short = (history: ReturnType<typeof historyOf>) =>
        history.map(({ command, version }) => ({ command, version }));
      const alone = short(historyOf(kind.definition, skewed, []));
      const mixed = historyOf(kind.definition, skewed, refused);
      expect(mixed).toHaveLength(alone.length + refused.length);
      expect(short(mixed.filter(({ accepted }) => accepted))).toEqual(alone);
      expect(alone).toEqual(short(historyOf(kind.definition, events, [])));
    }),
    { numRuns: 40 },
  );
});
