/** The rules of waits, without Temporal: what ends one, who may do what, and that a reference comes to the same. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { WAIT_STATES, isOpenWait, type WaitRequest } from '../../src/contracts/waits/types.ts';
import type { WaitCommand } from '../../src/contracts/waits/commands.ts';
import { LIMITS } from '../../src/contracts/limits.ts';
import { waitAttributes, waitDetails, waitHeadline } from '../../src/workflows/waits/console.ts';
import { parseWaitCommand, waitCommandOf } from '../../src/workflows/waits/commands.ts';
import { decideWait, hearWait } from '../../src/workflows/waits/decide.ts';
import { articleRequest, parseWaitRequest } from '../../src/workflows/waits/request.ts';
import { allowedToWait, mayReadWait } from '../../src/workflows/waits/rights.ts';
import {
  evolveWait,
  neededOf,
  outstanding,
  type WaitRecord,
} from '../../src/workflows/waits/state.ts';
import { outcomeOf, waitFromMemo, waitMemo, waitSummary } from '../../src/workflows/waits/view.ts';
import { Undecodable } from '../../src/workflows/shared/undecodable.ts';
import {
  callOf,
  finance,
  operator,
  owner,
  person,
  pointersOf,
  refusalOf,
  stranger,
  time,
  value,
} from '../support/rules.ts';
import { KEY, plan, played, reference, waitFor } from '../support/waits.ts';

const outcome = (record: WaitRecord, command: WaitCommand, actor = owner, ms = 0) =>
  decideWait(record, command, callOf(actor, ms));
const after = (record: WaitRecord, command: WaitCommand, actor = owner, ms = 0): WaitRecord =>
  value(outcome(record, command, actor, ms)).reduce(evolveWait, record);
const event = (name: string, data: number | string = 1): WaitCommand => ({
  kind: 'event',
  event: name,
  data,
});
const parse = (request: unknown, key = KEY) => parseWaitRequest(request, key, time());

describe('against the reference', () => {
  test('any, all and so many of them, with and without deadline: the same end', () => {
    fc.assert(
      fc.property(plan, (one) => {
        const { record, ...ending } = played(one);
        expect(ending).toEqual(reference(one));
        // What came first under each name is what is kept.
        for (const { event: name, data } of record.received) {
          const first = one.steps.findIndex((it) => it.kind === 'event' && it.event === name);
          expect(data).toBe(first);
        }
      }),
      { numRuns: 3_000 },
    );
  });

  test('it is open as long as it needs more, and its version counts what happened', () => {
    fc.assert(
      fc.property(plan, (one) => {
        const { record } = played(one);
        expect(record.history.map(({ version }) => version)).toEqual(
          Array.from({ length: record.version }, (_, i) => i + 1),
        );
        const isOpen = isOpenWait(record.state);
        expect(record.closedAt === undefined).toBe(isOpen);
        expect(isOpen && record.received.length >= neededOf(record)).toBe(false);
        expect(outstanding(record).length).toBe(record.events.length - record.received.length);
      }),
    );
  });
});

describe('a request', () => {
  test('is nothing at all, or any of its parts', () => {
    for (const nothing of [undefined, null, {}]) expect(value(parse(nothing))).toEqual({});
    expect(waitFor()).toMatchObject({
      id: `shipment:4711@${time()}`,
      events: ['shipment'],
      mode: 'any',
      data: null,
      senders: [],
      owner: 'olga',
      state: 'waiting',
      version: 1,
    });
    expect(waitFor({ timeout: 'PT1H' }).dueAt).toBe(time(3_600_000));
    expect(waitFor({ deadline: '2026-04-01T00:00:00+02:00' }).dueAt).toBe(
      '2026-03-31T22:00:00.000Z',
    );
    expect(value(parse(articleRequest('aaron')))).toEqual({
      events: ['Workflow'],
      senders: ['anyone'],
      data: 'aaron',
    });
  });

  test('garbage is refused and never thrown', () => {
    fc.assert(fc.property(fc.anything(), (raw) => void parse(raw)));
    const wrong: [WaitRequest | object, string[]][] = [
      [{ events: ['A', 'B', 'a'] }, ['/events/2']],
      [{ mode: 2 }, ['/mode']],
      [{ timeout: 'P1Y' }, ['/timeout']],
      [{ deadline: time(-1) }, ['/deadline']],
      [{ deadline: time(1), timeout: 'P1D' }, ['/timeout']],
    ];
    for (const [request, pointers] of wrong)
      expect(pointersOf(refusalOf(parse(request))), JSON.stringify(request)).toEqual(pointers);
    expect(refusalOf(parse(new Undecodable('no codec'))).code).toBe('malformed-json');
    expect(pointersOf(refusalOf(parse({}, { name: 'durable:x', key: 'k' })))).toEqual(['/events']);
  });
});

describe('commands', () => {
  test('of signals: every name is an event, but the one that carries commands', () => {
    expect(value(waitCommandOf('Shipped', undefined))).toEqual({
      kind: 'event',
      event: 'Shipped',
      data: null,
    });
    expect(value(waitCommandOf('command', { kind: 'stop', data: 2 }))).toMatchObject({ data: 2 });
    expect(value(waitCommandOf('durable:terminate', 'why'))).toEqual({
      kind: 'cancel',
      reason: 'why',
    });
    expect(refusalOf(waitCommandOf('Shipped', new Undecodable('?'))).code).toBe('malformed-json');
    expect(refusalOf(waitCommandOf('Shipped', 'a\0')).code).toBe('malformed-json');
    expect(refusalOf(parseWaitCommand({ kind: 'jump' })).code).toBe('invalid-request');
    expect(pointersOf(refusalOf(parseWaitCommand({ kind: 'event' })))).toEqual(['/event']);
    fc.assert(
      fc.property(fc.string(), fc.anything(), (name, payload) => void waitCommandOf(name, payload)),
    );
  });

  test('the first of the same event counts, in whatever case', () => {
    const record = after(waitFor({ events: ['A', 'B'], mode: 'all' }), event('a', 'first'));
    expect(record.received).toMatchObject([{ event: 'A', data: 'first' }]);
    const again = refusalOf(outcome(record, event('A')));
    expect(again).toMatchObject({ code: 'wrong-state', state: 'waiting' });
    expect(refusalOf(outcome(record, event('C'))).code).toBe('unknown-event');
  });

  test('a deadline is no matter of commands: what is judged before the clock is in time', () => {
    const record = waitFor({ timeout: '10s' });
    expect(after(record, event('shipment'), owner, 11_000).state).toBe('completed');
    const tick = { kind: 'tick' } as const;
    expect(hearWait(record, tick, callOf(operator, 9_999))).toEqual([]);
    const late = hearWait(record, tick, callOf(operator, 10_000)).reduce(evolveWait, record);
    expect(late).toMatchObject({ state: 'expired', timedOut: true, closedAt: time(10_000) });
    expect(refusalOf(outcome(late, event('shipment'))).code).toBe('wrong-state');
    expect(hearWait(late, tick, callOf(operator, 20_000))).toEqual([]);
  });

  test('bound to a version, where one is named', () => {
    const record = waitFor();
    expect(refusalOf(outcome(record, { kind: 'stop', ifVersion: 2 }))).toMatchObject({
      code: 'version-mismatch',
      version: 1,
    });
    expect(after(record, { kind: 'stop', ifVersion: 1 }).state).toBe('stopped');
  });

  test('all data together has a limit, so that the result fits into Temporal', () => {
    const big = 'x'.repeat(LIMITS.waitData / 2);
    const record = after(waitFor({ events: ['A', 'B'], mode: 'all', data: big }), event('A', 1));
    expect(refusalOf(outcome(record, event('B', big)))).toMatchObject({ code: 'too-large' });
    expect(refusalOf(outcome(record, { kind: 'stop', data: big })).code).toBe('too-large');
    expect(after(record, event('B', 'small')).state).toBe('completed');
    expect(refusalOf(parse({ data: big + big })).code).toBe('too-large');
  });
});

describe('who may', () => {
  const record = waitFor({ senders: ['role:finance', 'user:nora'] });
  test('know of it: owner, senders, operators', () => {
    const may = (actor: typeof owner) => mayReadWait(record, actor);
    expect([owner, finance, person('nora'), person('o', 'operator'), operator].map(may)).toEqual([
      true,
      true,
      true,
      true,
      true,
    ]);
    expect(may(stranger)).toBe(false);
    for (const kind of ['stop', 'cancel'] as const)
      expect(refusalOf(outcome(record, { kind }, stranger)).code).toBe('not-found');
    expect(refusalOf(outcome(record, event('shipment'), stranger)).code).toBe('not-found');
  });

  test('cancel it: not its senders', () => {
    expect(allowedToWait(record, finance)).toEqual(['event', 'stop']);
    expect(refusalOf(outcome(record, { kind: 'cancel' }, finance)).code).toBe('forbidden');
    expect(after(record, { kind: 'cancel', reason: 'x' })).toMatchObject({
      state: 'cancelled',
      closedReason: 'x',
    });
    expect(after(record, { kind: 'stop' }, finance).stop).toMatchObject({ by: 'fred' });
    expect(allowedToWait({ ...record, suspended: true }, owner)).toEqual([]);
  });
});

describe('how it shows itself', () => {
  test('the memo gives back what lists show, whatever happened to it', () => {
    fc.assert(
      fc.property(plan, (one) => {
        const { record } = played(one);
        const memo = JSON.parse(JSON.stringify(waitMemo(record))) as Record<string, unknown>;
        expect(waitFromMemo(memo)).toEqual(waitSummary(record));
        expect(JSON.stringify(memo)).not.toContain('"data"');
        expect(waitAttributes(record).every(({ value: one }) => one !== undefined)).toBe(true);
      }),
    );
    for (const memo of [undefined, {}, { wait: 1 }, { wait: {}, now: null }])
      expect(waitFromMemo(memo as never)).toBeUndefined();
  });

  test('says in one line what it waits for', () => {
    const said = (request: WaitRequest) => waitSummary(waitFor(request)).customStatus;
    const events = ['A', 'B', 'C'];
    expect(said({})).toBe('Waiting for shipment');
    expect(said({ events })).toBe('Waiting for A or B or C');
    expect(said({ events, mode: 'all' })).toBe('Waiting for A and B and C');
    expect(said({ events, mode: 2 })).toBe('Waiting for 2 of A, B, C');
    expect(waitHeadline({ name: 'a*b', key: 'k'.repeat(300) }).length).toBeLessThanOrEqual(200);
    const record = after(waitFor({ events, mode: 2 }), event('B', 'secret'));
    const details = waitDetails(record, { count: 0 });
    expect(details).toContain('Waiting for 1 of A, C');
    expect(details).not.toContain('secret');
  });

  test('its result has each event with its data, or that the deadline struck', () => {
    const record = after(waitFor({ events: ['A', 'B'] }), event('B', 'data'));
    expect(outcomeOf(record)).toEqual({
      id: record.id,
      name: 'shipment',
      key: '4711',
      state: 'completed',
      timedOut: false,
      events: [{ event: 'B', data: 'data', at: time(), by: 'olga' }],
      closedAt: time(),
    });
    expect(WAIT_STATES.filter(isOpenWait)).toEqual(['waiting']);
  });
});
