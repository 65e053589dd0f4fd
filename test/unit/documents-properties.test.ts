/** The rules of documents against arbitrary commands by arbitrary people, and arbitrary garbage. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Actor } from '../../src/contracts/caller.ts';
import {
  COMMAND_KINDS,
  type Command,
  type DocumentEvent,
  type DocumentType,
  type JsonObject,
  type RefusedCommand,
} from '../../src/contracts/documents/types.ts';
import type { Result } from '../../src/contracts/failures.ts';
import { loadDocumentTypes, parseDocumentType } from '../../src/document-types.ts';
import {
  commandFromEvent,
  eventNames,
  parseCommand,
} from '../../src/workflows/documents/commands.ts';
import { decideCreate, parseCreateRequest } from '../../src/workflows/documents/create.ts';
import { historyOf } from '../../src/workflows/documents/history.ts';
import {
  actionName,
  allowedActions,
  missingSections,
  type Action,
} from '../../src/workflows/documents/permissions.ts';
import {
  decide,
  evolve,
  replay,
  type Call,
  type DocumentState,
} from '../../src/workflows/documents/state.ts';
import { unfitPlaces } from '../../src/workflows/shared/json.ts';
import { Undecodable } from '../../src/workflows/shared/undecodable.ts';

const onboarding = (await loadDocumentTypes('document-types')).all.find(
  ({ name }) => name === 'employee-onboarding',
) as DocumentType;

/** A type, with data that its sections take and data that they do not. */
interface Kind {
  readonly definition: DocumentType;
  readonly good: fc.Arbitrary<JsonObject>;
  readonly bad: fc.Arbitrary<JsonObject>;
}

const onboardingKind: Kind = {
  definition: onboarding,
  good: fc.record({ feedback: fc.constantFrom('good', 'poor'), isPassed: fc.boolean() }),
  bad: fc.constantFrom<JsonObject>({}, { feedback: '' }, { feedback: 'good', isPassed: 'yes' }),
};

const NAMES = ['First', 'Second', 'Third', 'Fourth'] as const;
const who = fc.uniqueArray(fc.constantFrom('anyone', 'owner', 'user:ben', 'role:hr', 'role:head'), {
  minLength: 1,
  maxLength: 3,
});

const generatedKind: fc.Arbitrary<Kind> = fc
  .record({
    sections: fc.dictionary(
      fc.constantFrom(...NAMES),
      fc.record({ required: fc.boolean(), fill: who }),
      { minKeys: 1, noNullPrototype: true },
    ),
    editableInReview: fc.boolean(),
    cancel: who,
    approvers: who,
    ownerMayDecide: fc.boolean(),
  })
  .map(({ sections, editableInReview, cancel, approvers, ownerMayDecide }) => {
    const schema = {
      type: 'object',
      properties: { n: { type: 'integer' } },
      required: ['n'],
      additionalProperties: false,
    };
    const definition = value(
      parseDocumentType({
        name: 'generated',
        version: 1,
        title: 'Generated',
        editableInReview,
        cancel,
        sections: Object.fromEntries(
          Object.entries(sections).map(([name, more]) => [name, { title: name, schema, ...more }]),
        ),
        approval: { stages: [{ name: 'only', approvers, ownerMayDecide }] },
      }),
    );
    return {
      definition,
      good: fc.record({ n: fc.nat(3) }),
      bad: fc.constantFrom<JsonObject>({}, { n: 'one' }, { n: 1, m: 1 }),
    };
  });

const anyKind: fc.Arbitrary<Kind> = fc.oneof(fc.constant(onboardingKind), generatedKind);

const OWNER: Actor = { id: 'anna', roles: ['hr'], operator: false };
const ACTORS: readonly Actor[] = [
  OWNER,
  { id: 'ben', roles: [], operator: false },
  { id: 'cem', roles: ['head'], operator: false },
  { id: 'dev', roles: ['*'], operator: false },
  { id: 'eve', roles: [], operator: false },
  { id: 'operator', roles: [], operator: true },
];
const actor = fc.constantFrom(...ACTORS);

interface Attempt {
  readonly command: Command;
  readonly actor: Actor;
}

function attempt({ definition, good, bad }: Kind): fc.Arbitrary<Attempt> {
  const section = fc.constantFrom(...Object.keys(definition.sections));
  const version = fc.option(fc.integer({ min: 1, max: 6 }), { nil: undefined, freq: 3 });
  const fill = fc
    .record({
      section: fc.oneof({ weight: 9, arbitrary: section }, fc.constantFrom('None', 'constructor')),
      data: fc.oneof({ weight: 4, arbitrary: good }, { weight: 1, arbitrary: bad }),
      ifVersion: version,
    })
    .map(({ ifVersion, ...rest }): Command => ({
      kind: 'fill',
      ...rest,
      ...(ifVersion === undefined ? {} : { ifVersion }),
    }));
  const decision = fc
    .record({ kind: fc.constantFrom('approve' as const, 'reject' as const), version })
    .map(({ kind, version }): Command => ({ kind, ...(version === undefined ? {} : { version }) }));
  const cancel = fc.constant<Command>({ kind: 'cancel', reason: 'No more' });
  const command = fc.oneof(
    { weight: 8, arbitrary: fill },
    { weight: 2, arbitrary: decision },
    { weight: 1, arbitrary: cancel },
  );
  return fc.record({ command, actor });
}

/** One command carried out, with everything before and after. */
interface Step extends Attempt {
  readonly before: DocumentState;
  readonly after: DocumentState;
  readonly result: Result<readonly DocumentEvent[]>;
}

interface Life {
  readonly kind: Kind;
  readonly created: readonly DocumentEvent[];
  readonly steps: readonly Step[];
  readonly events: readonly DocumentEvent[];
  readonly state: DocumentState;
  /** For the report of a failure. */
  readonly [fc.toStringMethod]: () => string;
}

/** A document from its creation, with some sections or none, through up to forty commands. */
const life: fc.Arbitrary<Life> = anyKind.chain((kind) => {
  const names = Object.keys(kind.definition.sections);
  const first = fc.subarray(names).chain((some) => sectionsOf(some, kind));
  return fc
    .tuple(first, fc.array(attempt(kind), { maxLength: 40 }))
    .map(([sections, attempts]) => live(kind, sections, attempts));
});

function sectionsOf(names: string[], { good }: Kind): fc.Arbitrary<Record<string, JsonObject>> {
  return fc
    .tuple(...names.map((name) => good.map((data) => [name, data] as const)))
    .map((entries) => Object.fromEntries(entries));
}

function live(
  kind: Kind,
  sections: Record<string, JsonObject>,
  attempts: readonly Attempt[],
): Life {
  const { definition } = kind;
  const operator = ACTORS.at(-1) as Actor;
  const created = value(
    decideCreate(definition, { type: definition.name, sections }, callOf(operator, 0)),
  ).map((event) => (event.kind === 'created' ? { ...event, owner: OWNER.id } : event));
  const events = [...created];
  let state = frozen(replay('d', definition, created));
  const steps = attempts.map((one, i): Step => {
    const before = state;
    const result = decide(before, one.command, callOf(one.actor, i + 1));
    if (result.ok) {
      events.push(...result.value);
      state = frozen(result.value.reduce(evolve, before));
    }
    return { ...one, before, after: state, result };
  });
  const told = (): string => JSON.stringify({ definition, created, attempts });
  return { kind, created, steps, events, state, [fc.toStringMethod]: told };
}

describe('for every life of a document', () => {
  const holds = (name: string, check: (life: Life) => void): void =>
    test(name, () => fc.assert(fc.property(life, check)));

  holds('nothing is decided before every required section is in', ({ kind, events, created }) => {
    const { sections } = kind.definition;
    const filled = new Set(Object.keys((created[0] as { sections: object }).sections));
    for (const event of events) {
      if (event.kind === 'section-filled') filled.add(event.section);
      const decided = event.kind === 'decided';
      const ended = event.kind === 'closed' && event.state !== 'cancelled';
      if (!decided && !ended) continue;
      const missing = Object.keys(sections).filter((n) => sections[n]?.required && !filled.has(n));
      expect(missing).toEqual([]);
    }
  });

  holds(
    'no accepted data is lost: the last of each section stands',
    ({ created, steps, state }) => {
      const first = (created[0] as { sections: Record<string, JsonObject> }).sections;
      const expected = new Map(Object.entries(first));
      for (const { command, result } of steps)
        if (result.ok && command.kind === 'fill') expected.set(command.section, command.data);
      const kept = Object.entries(state.sections).map(([name, { data }]) => [name, data] as const);
      expect(new Map(kept)).toEqual(expected);
    },
  );

  holds('an end is never left', ({ steps }) => {
    for (const { before, after, result } of steps) {
      if (before.closedAt === undefined) continue;
      expect(result).toMatchObject({ ok: false });
      expect(after).toBe(before);
    }
  });

  holds('it is in review exactly while it is complete and not closed', ({ steps }) => {
    for (const { after } of steps) {
      if (after.closedAt !== undefined) continue;
      expect(after.state).toBe(missingSections(after).length === 0 ? 'in-review' : 'open');
    }
  });

  holds('versions count content only, sequences count everything, without gaps', (one) => {
    let version = 0;
    for (const [i, event] of one.events.entries()) {
      if (event.kind === 'created' || event.kind === 'section-filled') version += 1;
      expect(event).toMatchObject({ sequence: i + 1, version });
    }
    expect(one.state).toMatchObject({ sequence: one.events.length, version });
  });

  holds('the state is the fold of its events', ({ kind, events, state }) => {
    expect(replay('d', kind.definition, events)).toEqual(state);
  });

  holds('what an actor may do is what succeeds with good data, and nothing else does', (one) => {
    for (const { before } of [...one.steps, { before: one.state }]) {
      const [data] = fc.sample(one.kind.good, { numRuns: 1, seed: 1 }) as [JsonObject];
      for (const actor of ACTORS) {
        const listed = allowedActions(before, actor).map(actionName);
        const actions: Action[] = [
          ...Object.keys(one.kind.definition.sections).map((section): Action => ({
            kind: 'fill',
            section,
          })),
          ...(['approve', 'reject', 'cancel'] as const).map((kind): Action => ({ kind })),
        ];
        const possible = actions.filter(({ kind, section = '' }) => {
          const command: Command = kind === 'fill' ? { kind, section, data } : { kind };
          return decide(before, command, callOf(actor, 1)).ok;
        });
        expect(listed).toEqual(possible.map(actionName));
      }
    }
  });

  holds('a 409 lists what this actor can do instead', ({ steps }) => {
    for (const { before, actor, result } of steps) {
      if (result.ok || result.refusal.code !== 'wrong-state') continue;
      const allowed = allowedActions(before, actor).map(actionName);
      expect(result.refusal).toMatchObject({ state: before.state, allowed });
    }
  });

  holds('the history has one entry for each command that changed something', (one) => {
    const entries = historyOf(one.events, []);
    const commands = entries.filter(({ via }) => via !== 'system').map(({ command }) => command);
    const changed = one.steps.filter(({ result }) => result.ok && result.value.length > 0);
    const names = changed.map(({ command }) =>
      command.kind === 'fill' ? `fill ${command.section}` : command.kind,
    );
    expect(commands).toEqual(['create', ...names]);
  });

  holds('the history only ever grows at its end', ({ events }) => {
    const whole = historyOf(events, []);
    for (let n = 1; n <= events.length; n += 1) {
      const part = historyOf(events.slice(0, n), []);
      expect(whole.slice(0, part.length)).toEqual(part);
    }
  });
});

test('accepted entries keep their order, whatever the clocks said and whatever was refused', () => {
  const skew = fc.array(fc.integer({ min: -100, max: 100 }), { minLength: 50, maxLength: 50 });
  fc.assert(
    fc.property(life, skew, fc.array(fc.nat(50)), ({ events }, offsets, times) => {
      const skewed = events.map((event, i) => ({ ...event, at: timeOf(i + (offsets[i] ?? 0)) }));
      const refused = times.map((n): RefusedCommand => ({
        at: timeOf(n),
        by: 'eve',
        via: 'signal',
        version: 1,
        command: 'approve',
        code: 'wrong-state',
        reason: 'No',
      }));
      const alone = historyOf(skewed, []).map(({ command, version }) => ({ command, version }));
      const mixed = historyOf(skewed, refused);
      expect(mixed).toHaveLength(alone.length + refused.length);
      const kept = mixed.filter(({ accepted }) => accepted);
      expect(kept.map(({ command, version }) => ({ command, version }))).toEqual(alone);
      expect(alone).toEqual(
        historyOf(events, []).map(({ command, version }) => ({ command, version })),
      );
    }),
  );
});

test('fills of different sections commute', () => {
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
      const definition = { ...kind.definition, editableInReview: true };
      const operator = ACTORS.at(-1) as Actor;
      const outcome = (order: readonly string[]): unknown => {
        const attempts = order.map((section): Attempt => ({
          command: { kind: 'fill', section, data: data[section] as JsonObject },
          actor: operator,
        }));
        const { state, steps } = live({ ...kind, definition }, {}, attempts);
        expect(steps.every(({ result }) => result.ok)).toBe(true);
        const { version, sequence } = state;
        const kept = Object.keys(data).map((name) => state.sections[name]?.data);
        return { kept, version, sequence, state: state.state };
      };
      expect(outcome(one)).toEqual(outcome(two));
    }),
  );
});

describe('garbage', () => {
  /** What a Temporal payload can decode to: JSON with every oddity, bytes, nothing, and what cannot be decoded. */
  const leaf = fc.oneof(
    fc.jsonValue() as fc.Arbitrary<unknown>,
    fc.string({ unit: 'binary' }),
    fc.constantFrom(undefined, Number.NaN, Infinity, -0, '\0', '\uD800', '\uDC00x', ''),
    fc.uint8Array({ maxLength: 8 }),
    fc.constant(new Undecodable('no such encoding')),
    fc.anything(),
  );
  const key = fc.oneof(
    fc.constantFrom('__proto__', 'constructor', 'kind', 'data', 'section', 'type', 'sections'),
    fc.constantFrom('approved', 'reason', 'metadata', 'title', 'actor', 'toString', '\uD800', '\0'),
    fc.string(),
  );
  const tree = fc.letrec<{ node: unknown }>((tie) => ({
    node: fc.oneof(
      { maxDepth: 4 },
      leaf,
      fc.array(tie('node'), { maxLength: 3 }),
      fc.array(fc.tuple(key, tie('node')), { maxLength: 4 }).map(objectOf),
    ),
  })).node;
  const deep = fc.integer({ min: 50, max: 5_000 }).map((levels) => {
    let nested: unknown = 1;
    for (let i = 0; i < levels; i += 1) nested = i % 2 ? [nested] : { data: nested };
    return nested;
  });
  /** Nearly right: a command or a request with some members replaced. */
  const nearly = (right: fc.Arbitrary<object>): fc.Arbitrary<unknown> =>
    fc
      .tuple(right, fc.array(fc.tuple(key, fc.oneof(tree, deep)), { maxLength: 2 }))
      .map(([base, members]) => objectOf([...Object.entries(base), ...members]));
  const command = nearly(attempt(onboardingKind).map(({ command }) => command));
  const request = nearly(
    fc.constant({ type: 'employee-onboarding', metadata: { title: 'Anna' }, sections: {} }),
  );
  const anything = fc.oneof(tree, deep, command, request);

  test('as a command is refused or is one, and the rules can judge it', () => {
    const state = replay('d', onboarding, live(onboardingKind, {}, []).events);
    fc.assert(
      fc.property(fc.oneof(command, anything), (raw) => {
        const result = parseCommand(raw);
        if (!result.ok) {
          expect(result.refusal.detail).not.toBe('');
          return;
        }
        expect(COMMAND_KINDS).toContain(result.value.kind);
        expect(unfitPlaces(result.value)).toEqual([]);
        decide(state, result.value, callOf(OWNER, 1));
      }),
      { numRuns: 1_000 },
    );
  });

  test('as an event is refused or is a command', () => {
    const name = fc.oneof(fc.constantFrom(...eventNames(onboarding)), key);
    fc.assert(
      fc.property(name, anything, (event, payload) => {
        const result = commandFromEvent(onboarding, event, payload);
        if (!result.ok) {
          expect(result.refusal.detail).not.toBe('');
          return;
        }
        expect(eventNames(onboarding)).toContain(event);
        expect(parseCommand(result.value)).toEqual(result);
      }),
      { numRuns: 1_000 },
    );
  });

  test('as the input of a start is refused or is a request, and the rules can judge it', () => {
    fc.assert(
      fc.property(fc.oneof(request, anything), (raw) => {
        const result = parseCreateRequest(raw);
        if (!result.ok) {
          expect(result.refusal.detail).not.toBe('');
          return;
        }
        expect(unfitPlaces(result.value)).toEqual([]);
        expect(typeof result.value.type).toBe('string');
        decideCreate(onboarding, result.value, callOf(OWNER, 1));
      }),
      { numRuns: 1_000 },
    );
  });

  const many = 150_000;
  test.each<[string, unknown]>([
    ['unfit values', Array.from({ length: many }, () => '\0')],
    ['unknown names', objectOf(Array.from({ length: many }, (_, i) => [`n${i}`, 0]))],
    ['unfit names', objectOf(Array.from({ length: many / 10 }, (_, i) => [`\0${i}`, 0]))],
    ['a huge name', { ['n'.repeat(1_000_000)]: 0 }],
  ])('with %s is refused in few words: refusals travel and stay in histories', (_what, data) => {
    const fill = (section: string) => parseCommand({ kind: 'fill', section, data: { data } });
    const state = replay('d', onboarding, live(onboardingKind, {}, []).events);
    const results = [
      parseCommand(data),
      parseCommand({ ...(data as object), kind: 'cancel' }),
      commandFromEvent(onboarding, 'InterviewFeedback', data),
      commandFromEvent(onboarding, 'SubmissionApproval', { approved: true, ...(data as object) }),
      fill('n'.repeat(1_000_000)),
      parseCreateRequest({ type: 'employee-onboarding', ...(data as object) }),
    ].map((parsed): Result<unknown> =>
      parsed.ok && 'kind' in parsed.value ? decide(state, parsed.value, callOf(OWNER, 1)) : parsed,
    );
    for (const result of results)
      expect(JSON.stringify(result.ok ? {} : result.refusal).length).toBeLessThan(64 * 1024);
  });
});

function value<T>(result: Result<T>): T {
  if (result.ok) return result.value;
  throw new Error(JSON.stringify(result.refusal));
}

function timeOf(n: number): string {
  return new Date(Date.UTC(2026, 0, 1) + n).toISOString();
}

function callOf(actor: Actor, n: number): Call {
  return { actor, at: timeOf(n), via: 'http' };
}

/** As `JSON.parse` makes objects: `__proto__` is a property like any other. */
function objectOf(entries: readonly (readonly [string, unknown])[]): Record<string, unknown> {
  const object: Record<string, unknown> = {};
  for (const [name, item] of entries)
    Object.defineProperty(object, name, {
      value: item,
      enumerable: true,
      configurable: true,
      writable: true,
    });
  return object;
}

/** So that a rule which changes its input fails. The validator leaves hidden marks in schemas, so not the definition. */
function frozen<T>(item: T): T {
  if (typeof item !== 'object' || item === null || Object.isFrozen(item)) return item;
  Object.freeze(item);
  for (const [name, part] of Object.entries(item)) if (name !== 'definition') frozen(part);
  return item;
}
