/** The rules of documents against arbitrary types, commands by arbitrary people, notices, and time that passes. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { EDIT_KINDS, type Command } from '../../src/contracts/documents/commands.ts';
import type { JsonObject } from '../../src/contracts/json.ts';
import { LIMITS } from '../../src/contracts/limits.ts';
import { archiveRecord } from '../../src/workflows/documents/archive-record.ts';
import { isDecision } from '../../src/workflows/approvals/decide.ts';
import { nextStrike } from '../../src/workflows/documents/clocks.ts';
import {
  detailsOf,
  headlineOf,
  searchAttributesOf,
} from '../../src/workflows/documents/console.ts';
import { decide } from '../../src/workflows/documents/decide.ts';
import { effectsOf } from '../../src/workflows/documents/effects.ts';
import { actionName } from '../../src/workflows/documents/actions.ts';
import {
  allowedActions,
  mayReadState,
  waitingFor,
} from '../../src/workflows/documents/permissions.ts';
import {
  canBeFilled,
  isComplete,
  isDraft,
  isOpen,
  missingSections,
} from '../../src/workflows/documents/requirements.ts';
import { replay } from '../../src/workflows/documents/birth.ts';
import { documentSize, evolve, type DocumentState } from '../../src/workflows/documents/state.ts';
import {
  customStatusOf,
  progressOf,
  statusOf,
  summaryOf,
  viewOf,
} from '../../src/workflows/documents/view.ts';
import { jsonSize, mergePatch, sameJson } from '../../src/workflows/shared/json.ts';
import { callOf, heard, T0 } from '../support/rules.ts';
import {
  ACTORS,
  anyKind,
  editOf,
  isNotice,
  life,
  live,
  lookedUp,
  OPERATOR,
  sectionsOf,
  type Life,
  type Step,
} from '../support/lives.ts';
import { memoOf, summaryFromMemo } from '../../src/workflows/documents/memo.ts';

const roundTrip = <T>(item: T): T => JSON.parse(JSON.stringify(item)) as T;
const dataOf = (state: DocumentState, name: string) => state.sections[name]?.data;

/** The command of a step that was accepted. */
function acceptedOf({ what, result }: Step): Command | undefined {
  return result.ok && !isNotice(what) ? what : undefined;
}

describe('for every life of a document', () => {
  const holds = (name: string, check: (life: Life) => void): void =>
    test(name, () => fc.assert(fc.property(life, check), { numRuns: 40 }));
  const always = (name: string, check: (step: Step) => void): void =>
    holds(name, ({ steps }) => steps.forEach(check));

  holds(
    'versions count changes of content, one for each command; sequences have no gaps',
    (one) => {
      let { version, sequence } = one.created.at(-1)!;
      for (const { before, after, result, what } of one.steps) {
        const events = result.ok ? result.value : [];
        for (const event of events) expect(event.sequence).toBe((sequence += 1));
        const content = !isNotice(what) && (EDIT_KINDS.has(what.kind) || what.kind === 'migrate');
        if (events.length > 0 && content) version += 1;
        for (const event of events) expect(event.version).toBe(version);
        expect(after).toMatchObject({ version, sequence });
        expect(before.version).toBeLessThanOrEqual(version);
      }
    },
  );

  always(
    'what is refused, or changes nothing, leaves all as it was',
    ({ before, after, result }) => {
      if (!result.ok || result.value.length === 0) expect(after).toBe(before);
      if (!result.ok) expect(result.refusal.detail).not.toBe('');
    },
  );

  holds('the state is the fold of its events, clocks and all', ({ kind, events, state }) => {
    expect(replay('d', kind.definition, events)).toEqual(state);
    expect(replay('d', kind.definition, roundTrip(events))).toEqual(state);
  });

  always(
    'kept as JSON it is the same, and decides the same',
    ({ before, what, actor, at, found, result }) => {
      const kept = roundTrip(before);
      expect(kept).toEqual(before);
      if (isNotice(what)) return;
      expect(decide(kept, what, callOf(actor, at), found)).toEqual(result);
    },
  );

  always('an end is never left', ({ before, result, what }) => {
    if (isOpen(before)) return;
    if (isNotice(what)) expect(result).toEqual({ ok: true, value: [] });
    else if (!result.ok)
      expect(['wrong-state', 'not-found', 'unknown-section']).toContain(result.refusal.code);
    else throw new Error('it was accepted');
  });

  always('whoever may not read it learns nothing', ({ before, actor, what, result }) => {
    if (isNotice(what) || mayReadState(before, actor)) return;
    expect(result).toMatchObject({ ok: false, refusal: { code: 'not-found' } });
  });

  always('a filled section has what it depends on, and data that fits', ({ after }) => {
    for (const name of Object.keys(after.sections)) expect(canBeFilled(after, name)).toBe(true);
    expect(documentSize(after)).toBe(
      jsonSize(after.metadata) +
        Object.values(after.sections).reduce((sum, { data }) => sum + jsonSize(data), 0),
    );
  });

  always('what is in review, or was approved, is complete', ({ after }) => {
    if (after.state !== 'in-review' && after.state !== 'approved') return;
    expect(isComplete(after)).toBe(true);
  });

  always(
    'a type that submits by itself does so as soon as nothing is missing, unless it was sent back',
    ({ before, after }) => {
      if (after.definition.submit === 'manual' || !isDraft(after) || isComplete(before)) return;
      if (after.state === 'changes-requested') return;
      expect(isComplete(after)).toBe(false);
    },
  );

  always('somebody is waited for as long as something can be done', ({ after }) => {
    expect(waitingFor(after).length > 0).toBe(
      isOpen(after) && (after.state !== 'in-review' || after.definition.approval !== undefined),
    );
  });

  always('an edit does what it says, and nothing else', (step) => {
    const { before, after } = step;
    const command = acceptedOf(step);
    if (!command || !EDIT_KINDS.has(command.kind)) {
      expect(after.sections).toEqual(before.sections);
      return;
    }
    const wanted: Record<string, JsonObject | undefined> = {};
    if (command.kind === 'fill') wanted[command.section] = command.data;
    if (command.kind === 'fill-many') Object.assign(wanted, command.sections);
    if (command.kind === 'withdraw') wanted[command.section] = undefined;
    const parts: Readonly<Record<string, JsonObject | null>> =
      command.kind === 'merge'
        ? { [command.section]: command.patch }
        : command.kind === 'edit'
          ? (command.sections ?? {})
          : {};
    for (const [name, part] of Object.entries(parts))
      wanted[name] = part ? (mergePatch(dataOf(before, name), part) as JsonObject) : undefined;
    for (const name of Object.keys(before.definition.sections)) {
      if (command.kind === 'patch' && command.section === name) continue;
      const expected = Object.hasOwn(wanted, name) ? wanted[name] : dataOf(before, name);
      expect(sameJson(dataOf(after, name), expected)).toBe(true);
    }
  });

  always('nobody overwrites what was changed after the version they name', (step) => {
    const command = acceptedOf(step);
    if (!command || !('ifVersion' in command) || typeof command.ifVersion !== 'number') return;
    const { before } = step;
    expect(command.ifVersion).toBeLessThanOrEqual(before.version);
    if (!EDIT_KINDS.has(command.kind)) {
      expect(command.ifVersion).toBe(before.version);
      return;
    }
    const { section, sections = {} } = command as { section?: string; sections?: object };
    for (const name of section === undefined ? Object.keys(sections) : [section])
      expect(before.changedIn[name] ?? 1).toBeLessThanOrEqual(command.ifVersion);
  });

  always('clocks run for drafts only, and strike later than now', ({ after, at }) => {
    if (!isDraft(after)) expect(after.clocks).toEqual({});
    for (const name of Object.keys(after.clocks))
      if (name !== '') expect(missingSections(after)).toContain(name);
    const struck = heard(after, { kind: 'tick' }, at);
    const now = struck.reduce(evolve, after);
    const next = nextStrike(now);
    if (next !== undefined) expect(next).toBeGreaterThan(T0 + at);
    expect(heard(now, { kind: 'tick' }, at)).toEqual([]);
  });

  always('a 409 lists what this actor can do instead', ({ before, actor, result }) => {
    if (result.ok || result.refusal.code !== 'wrong-state') return;
    const allowed = allowedActions(before, actor).map(actionName);
    expect(result.refusal).toMatchObject({ state: before.state, allowed });
  });

  holds('what an actor may do is what succeeds with good data, and nothing else does', (one) => {
    for (const before of [one.steps.at(-1)?.before, one.state])
      if (before) exactlyAllowed(one, before);
  });

  always('it can always be shown, in few words', ({ after, result }) => {
    const small = [
      memoOf(after),
      statusOf(after, { count: 0 }),
      progressOf(after),
      archiveRecord(after),
    ];
    for (const shown of [...small, searchAttributesOf(after), headlineOf(after)])
      expect(JSON.stringify(shown).length).toBeLessThan(4_000);
    expect(customStatusOf(after)).toMatch(/^.{1,300}$/);
    expect(detailsOf(after, { count: 0 }).length).toBeLessThan(10_000);
    expect(summaryFromMemo(roundTrip(memoOf(after)))).toEqual(summaryOf(after));
    for (const reader of ACTORS) expect(viewOf(after, { data: true, reader }).id).toBe('d');
    for (const event of result.ok ? result.value : []) effectsOf(after, event);
    expect(after.comments.length).toBeLessThanOrEqual(LIMITS.comments);
  });
});

function exactlyAllowed({ kind }: Life, before: DocumentState): void {
  // A decision in a stage that has not been entered is judged afterwards.
  const notice = lookedUp(before, 0);
  const state = notice ? heard(before, notice).reduce(evolve, before) : before;
  const [data] = fc.sample(kind.good, { numRuns: 1, seed: 1 }) as [JsonObject];
  const ifVersion = '*' as const;
  const named = state.definition.approval?.stages[state.approval?.stage ?? 0]?.name;
  const stage = named === undefined ? {} : { stage: named };
  const commands: (readonly [string, Command])[] = [
    ...Object.keys(state.definition.sections).flatMap((section): [string, Command][] => [
      [`fill-${section}`, { kind: 'fill', section, data, ifVersion }],
      [`withdraw-${section}`, { kind: 'withdraw', section, ifVersion }],
    ]),
    ['submit', { kind: 'submit' }],
    // By name: whoever is asked in two stages has to.
    ...(['approve', 'reject', 'request-changes'] as const).map(
      (k) => [k, { kind: k, ...stage }] as const,
    ),
    ['delegate', { kind: 'delegate', to: 'x' }],
    ...(['remind', 'reopen'] as const).map((k) => [k, { kind: k }] as const),
    ['edit', { kind: 'edit', title: 'Other', ifVersion }],
    ['assign', { kind: 'assign', section: 'First', to: 'x' }],
    ['extend', { kind: 'extend', until: callOf(OPERATOR, 1e12).at }],
    ['comment', { kind: 'comment', text: 'x' }],
    ['transfer', { kind: 'transfer', to: 'x' }],
    ['link', { kind: 'link', child: 'x' }],
    ['unlink', { kind: 'unlink', child: 'x' }],
    ...(['migrate', 'archive', 'cancel'] as const).map((k) => [k, { kind: k }] as const),
  ];
  for (const actor of ACTORS) {
    const may = mayReadState(state, actor);
    const listed = may ? allowedActions(state, actor).map(actionName) : [];
    const possible = commands.filter(([name, command]) => {
      const result = decide(state, command, callOf(actor, 1));
      // Decided again, it changes nothing, and is not offered.
      if (result.ok) return !isDecision(command.kind) || result.value.length > 0;
      // These depend on what there is beside state and actor.
      if (['link', 'extend', 'assign'].includes(name))
        return listed.includes(name) && result.refusal.code !== 'forbidden';
      return false;
    });
    expect(listed).toEqual(possible.map(([name]) => name));
  }
}

describe('changes at the same time', () => {
  /** Two changes of different sections, or one of them of the title, both based on the first version. */
  const pair = anyKind.chain((kind) => {
    const names = Object.keys(kind.definition.sections);
    return fc.record({
      kind: fc.constant(kind),
      data: sectionsOf(names, kind),
      fresh: sectionsOf(names, kind),
      two: fc.shuffledSubarray(['', ...names], { minLength: 2, maxLength: 2 }),
    });
  });
  const change = (name: string, data: Record<string, JsonObject>): Command =>
    name === ''
      ? { kind: 'edit', title: 'Renamed', metadata: { big: null }, ifVersion: 1 }
      : { kind: 'fill', section: name, data: data[name]!, ifVersion: 1 };

  test('of different parts all succeed, and come to the same in whatever order', () => {
    fc.assert(
      fc.property(pair, ({ kind, data, fresh, two }) => {
        const definition = {
          ...kind.definition,
          submit: 'manual' as const,
          requireIfMatch: true,
        };
        const run = (order: readonly string[]) => {
          const attempts = order.map((name) => ({
            actor: OPERATOR,
            wait: 0,
            what: change(name, fresh),
          }));
          const { state, steps } = live({ ...kind, definition }, data, attempts);
          expect(steps.every(({ result }) => result.ok)).toBe(true);
          const { title, metadata, version } = state;
          const sections = Object.keys(data).map((name) => [name, dataOf(state, name)]);
          return { title, metadata, version, sections };
        };
        expect(run(two)).toEqual(run(two.toReversed()));
      }),
    );
  });

  test('of the same part: exactly one succeeds, unless both say the same', () => {
    fc.assert(
      fc.property(pair, ({ kind, data, fresh }) => {
        const definition = { ...kind.definition, submit: 'manual' as const };
        const [name = ''] = Object.keys(data);
        const attempts = [fresh, data].map((one) => ({
          actor: OPERATOR,
          wait: 0,
          what: change(name, one),
        }));
        const { steps } = live({ ...kind, definition }, data, attempts);
        const changed = !sameJson(fresh[name], data[name]);
        expect(steps.map(({ result }) => result.ok)).toEqual([true, !changed]);
      }),
    );
  });
});

test('fills of different sections commute, however many', () => {
  const orders = anyKind.chain((kind) => {
    const names = Object.keys(kind.definition.sections);
    const any = fc.shuffledSubarray(names, { minLength: names.length });
    return fc.record({
      kind: fc.constant(kind),
      data: sectionsOf(names, kind),
      one: any,
      two: any,
    });
  });
  fc.assert(
    fc.property(orders, ({ kind, data, one, two }) => {
      const sections = Object.fromEntries(
        Object.entries(kind.definition.sections).map(([name, section]) => [
          name,
          { ...section, dependsOn: [] },
        ]),
      );
      const definition = { ...kind.definition, sections, submit: 'manual' as const };
      const outcome = (order: readonly string[]): unknown => {
        const attempts = order.map((section) => ({
          actor: OPERATOR,
          wait: 0,
          what: { kind: 'fill', section, data: data[section]!, ifVersion: 1 } as const,
        }));
        const { state, steps } = live({ ...kind, definition }, {}, attempts);
        expect(steps.every(({ result }) => result.ok)).toBe(true);
        const { version, sequence } = state;
        return { version, sequence, kept: Object.keys(data).map((name) => dataOf(state, name)) };
      };
      expect(outcome(one)).toEqual(outcome(two));
    }),
  );
});

test('any edit is judged the same whoever else edited other sections meanwhile', () => {
  const both = anyKind.chain((kind) =>
    fc.record({
      kind: fc.constant(kind),
      data: sectionsOf(Object.keys(kind.definition.sections), kind),
      edit: editOf(kind),
    }),
  );
  fc.assert(
    fc.property(both, ({ kind, data, edit }) => {
      const definition = { ...kind.definition, submit: 'manual' as const };
      const names = Object.keys(definition.sections);
      if (!('section' in edit) || edit.kind === 'withdraw' || !names.includes(edit.section)) return;
      const other = names.find((name) => name !== edit.section);
      if (other === undefined) return;
      const begun = live({ ...kind, definition }, data, []).state;
      const meanwhile = live({ ...kind, definition }, data, [
        { actor: OPERATOR, wait: 0, what: { kind: 'fill', section: other, data: data[other]! } },
      ]).state;
      const ok = (state: DocumentState) => decide(state, edit, callOf(OPERATOR)).ok;
      expect(ok(meanwhile)).toBe(ok(begun));
    }),
  );
});
