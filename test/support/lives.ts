/** Arbitrary document types, and arbitrary lives of their documents, for fast-check. */
import * as fc from 'fast-check';
import type { Approvers } from '../../src/contracts/approvals/entry.ts';
import type { Actor } from '../../src/contracts/caller.ts';
import type { Command } from '../../src/contracts/documents/commands.ts';
import type { DocumentType } from '../../src/contracts/documents/definition.ts';
import type { DocumentEvent } from '../../src/contracts/documents/events.ts';
import type { JsonObject } from '../../src/contracts/json.ts';
import { OPEN_STATES } from '../../src/contracts/documents/types.ts';
import { parseDuration } from '../../src/contracts/durations.ts';
import type { Result } from '../../src/contracts/failures.ts';
import type { Approver } from '../../src/contracts/people.ts';
import { stageToEnter } from '../../src/workflows/documents/approval.ts';
import { completePolicy } from '../../src/workflows/approvals/policy.ts';
import { decideCreate } from '../../src/workflows/documents/create.ts';
import { decide, type Found } from '../../src/workflows/documents/decide.ts';
import { replay } from '../../src/workflows/documents/birth.ts';
import { evolve, type DocumentState } from '../../src/workflows/documents/state.ts';
import { hear, type Notice } from '../../src/workflows/documents/system.ts';
import { callOf, DAY, HOUR, onboarding, typeOf, value } from './rules.ts';

/** A document type with data that its sections take and data that they do not. */
export interface Kind {
  readonly definition: DocumentType;
  readonly good: fc.Arbitrary<JsonObject>;
  readonly bad: fc.Arbitrary<JsonObject>;
}

export const onboardingKind: Kind = {
  definition: onboarding,
  good: fc.record({ feedback: fc.constantFrom('good', 'poor'), isPassed: fc.boolean() }),
  bad: fc.constantFrom<JsonObject>({}, { feedback: '' }, { feedback: 'good', isPassed: 'yes' }),
};

const NAMES = ['First', 'Second', 'Third', 'Fourth'] as const;
const who = fc.uniqueArray(fc.constantFrom('anyone', 'owner', 'user:ben', 'role:hr', 'role:head'), {
  minLength: 1,
  maxLength: 3,
});
const often = fc.boolean();
const maybe = <T>(of: fc.Arbitrary<T>) => fc.option(of, { nil: undefined });
const duration = fc.constantFrom('PT1H', 'P1D', 'P3D', 'P30D');
const reminders = fc.record({ every: duration, max: fc.integer({ min: 1, max: 4 }) });

/** About metadata and the sections before the one that it is for. */
function condition(index: number): fc.Arbitrary<object> {
  const paths = ['metadata.big', 'metadata.level', ...NAMES.slice(0, index).map((n) => `${n}.n`)];
  const field = fc.constantFrom(...paths);
  const plain = fc.oneof(
    fc.record({ field, equals: fc.constantFrom<unknown>(true, 1, 2) }),
    fc.record({ field, oneOf: fc.constant([1, 3]) }),
    fc.record({ field, above: fc.nat(3) }),
    fc.record({ field, atMost: fc.nat(3) }),
    fc.record({ field, present: fc.boolean() }),
  );
  return fc.oneof(
    { weight: 4, arbitrary: plain },
    fc.record({ all: fc.array(plain, { minLength: 1, maxLength: 2 }) }),
    fc.record({ any: fc.array(plain, { minLength: 1, maxLength: 2 }) }),
    fc.record({ not: plain }),
  );
}

const schema = {
  type: 'object',
  properties: { n: { type: 'integer' } },
  required: ['n'],
  additionalProperties: false,
};

/** Sections depend only on those before them, so never in circles. */
const section = (index: number) =>
  fc.record({
    title: fc.constant(`Section ${index}`),
    schema: fc.constant(schema),
    required: fc.oneof(fc.boolean(), fc.constant(true), condition(index)),
    dependsOn: fc.subarray(NAMES.slice(0, index), { maxLength: Math.min(2, index) }),
    fill: who,
    deadline: maybe(duration),
    reminders: maybe(reminders),
  });

/** Where nobody but the owner decides, the owner must be allowed to. */
const stage = (index: number) =>
  fc
    .record({
      name: fc.constant(`stage ${index}`),
      approvers: who,
      ownerMayDecide: often,
      quorum: fc.constantFrom(1, 1, 2, 'all', 'majority'),
      veto: often,
      delegable: often,
      excluded: fc.constantFrom([], [], ['user:eve'], ['role:head']),
      when: maybe(condition(1)),
      deadline: maybe(duration),
      reminders: maybe(reminders),
      onTimeout: fc.constantFrom('wait', 'reject', 'approve', 'expire'),
      escalation: fc.constantFrom(
        [],
        [{ after: 'PT2H', to: 'user:ben', mode: 'reassign' }],
        [
          { after: 'PT2H', to: ['user:eve', 'role:head'] },
          { after: 'P2D', to: 'user:fay', mode: 'reassign' },
        ],
      ),
    })
    .map((one) =>
      one.approvers.some((who) => who !== 'owner') ? one : { ...one, ownerMayDecide: true },
    )
    .map(workable);

/** With what the check of policies would refuse made right: quorums that can be reached, levels before the deadline, no outcome without one. */
function workable<
  Stage extends {
    approvers: readonly string[];
    excluded: readonly string[];
    quorum: unknown;
    deadline: string | undefined;
    onTimeout: string;
    escalation: readonly { after: string }[];
  },
>(one: Stage): Stage {
  const { approvers, excluded, quorum, deadline, onTimeout, escalation } = one;
  const users = approvers.every((who) => who === 'owner' || who.startsWith('user:'));
  const reachable = typeof quorum === 'number' ? quorum === 1 || !users : users;
  const late = escalation.some(({ after }) => hoursOf(after) >= hoursOf(deadline ?? 'P1000D'));
  return {
    ...one,
    quorum: reachable ? quorum : 1,
    excluded: approvers.every((who) => excluded.includes(who)) ? [] : excluded,
    escalation: late ? [] : escalation,
    onTimeout: deadline === undefined ? 'wait' : onTimeout,
  };
}

function hoursOf(text: string): number {
  return (parseDuration(text) ?? 0) / HOUR;
}

const approval = fc
  .record({
    stages: fc.oneof(fc.tuple(stage(0)), fc.tuple(stage(0), stage(1))),
    earlierApprovals: fc.constantFrom('reset', 'keep'),
    oncePerPerson: often,
  })
  // Two stages of users may well be of the same, who cannot decide twice then.
  .map(({ oncePerPerson, ...policy }) => {
    const users = policy.stages.filter(({ approvers }) =>
      approvers.every((who) => who.startsWith('user:')),
    );
    return { ...policy, oncePerPerson: oncePerPerson && users.length < 2 };
  });

const child = fc.record({
  onCancel: fc.constantFrom('cancel', 'keep'),
  finishBeforeSubmit: often,
  max: fc.integer({ min: 1, max: 2 }),
});

const definition: fc.Arbitrary<DocumentType> = fc
  .integer({ min: 1, max: NAMES.length })
  .chain((count) => fc.tuple(...NAMES.slice(0, count).map((_, i) => section(i))))
  .chain((sections) =>
    fc.record({
      name: fc.constant('generated'),
      version: fc.constant(1),
      title: fc.constant('Generated'),
      metadata: fc.constant({
        type: 'object',
        properties: { big: { type: 'boolean' }, level: { type: 'integer' } },
        additionalProperties: false,
      }),
      sections: fc.constant(Object.fromEntries(sections.map((one, i) => [NAMES[i], one]))),
      submit: fc.constantFrom('manual', 'automatic'),
      editableInReview: often,
      requireIfMatch: fc.integer({ max: 4, min: 0 }).map((n) => n === 0),
      deadline: maybe(duration),
      reminders: maybe(reminders),
      permissions: fc.record({ edit: who, submit: who, cancel: who, read: who }),
      children: fc.dictionary(fc.constantFrom('task', 'note'), child, { noNullPrototype: true }),
      approval: maybe(approval),
    }),
  )
  .map((raw) => typeOf(JSON.parse(JSON.stringify(raw)) as object));

const generatedKind: fc.Arbitrary<Kind> = definition.map((definition) => ({
  definition,
  good: fc.record({ n: fc.nat(3) }),
  bad: fc.constantFrom<JsonObject>({}, { n: 'one' }, { n: 1, m: 1 }),
}));

export const anyKind: fc.Arbitrary<Kind> = fc.oneof(fc.constant(onboardingKind), {
  weight: 5,
  arbitrary: generatedKind,
});

export const OWNER: Actor = { id: 'anna', roles: ['hr'], operator: false };
export const OPERATOR: Actor = { id: 'operator', roles: [], operator: true };
export const ACTORS: readonly Actor[] = [
  OWNER,
  { id: 'ben', roles: [], operator: false },
  { id: 'cem', roles: ['head'], operator: false },
  { id: 'dev', roles: ['*'], operator: false },
  { id: 'eve', roles: [], operator: false },
  OPERATOR,
];
const SYSTEM: Actor = { id: 'system', roles: [], operator: true };

export interface Attempt {
  readonly actor: Actor;
  /** After the one before. */
  readonly wait: number;
  readonly what: Command | Notice;
  readonly found?: Found;
  /** True when the lookup of a stage that begins with it takes until after the next attempt. */
  readonly slow?: boolean;
}

const NOTICES = new Set(['entered', 'tick', 'child', 'attach', 'detach', 'ended']);

export function isNotice(what: Command | Notice): what is Notice {
  return NOTICES.has(what.kind);
}

/** Without the properties that are undefined, as JSON has it. */
function json<T>(value: unknown): T {
  return JSON.parse(JSON.stringify(value)) as T;
}

export function editOf({ definition, good, bad }: Kind): fc.Arbitrary<Command> {
  const names = Object.keys(definition.sections);
  const section = fc.oneof(
    { weight: 12, arbitrary: fc.constantFrom(...names) },
    fc.constantFrom('None', 'constructor'),
  );
  const data = fc.oneof({ weight: 5, arbitrary: good }, { weight: 1, arbitrary: bad });
  const number = fc.integer({ min: 1, max: 6 });
  const ifVersion = fc.oneof(
    { weight: 4, arbitrary: fc.constant(undefined) },
    { weight: 2, arbitrary: fc.constant('*') },
    number,
  );
  const many = <T>(of: fc.Arbitrary<T>) =>
    fc.dictionary(fc.constantFrom(...names), of, { maxKeys: 3, noNullPrototype: true });
  const metadata = fc.record(
    {
      big: fc.constantFrom<unknown>(true, false, null),
      level: fc.constantFrom<unknown>(1, 3, null, 'x'),
    },
    { requiredKeys: [] },
  );
  const kind = <K extends string>(name: K) => fc.constant(name);
  const operation = fc.oneof(
    fc.record({ op: kind('replace'), path: kind('/n'), value: fc.nat(3) }),
    fc.record({ op: kind('add'), path: fc.constantFrom('/n', '/x', ''), value: fc.nat(3) }),
    fc.record({ op: kind('test'), path: kind('/n'), value: fc.nat(3) }),
  );
  return fc
    .oneof(
      { weight: 6, arbitrary: fc.record({ kind: kind('fill'), section, data, ifVersion }) },
      fc.record({ kind: kind('fill-many'), sections: many(data), ifVersion }),
      fc.record({ kind: kind('merge'), section, patch: data, ifVersion }),
      fc.record({
        kind: kind('patch'),
        section,
        operations: fc.array(operation, { maxLength: 2 }),
        ifVersion,
      }),
      fc.record({
        kind: kind('edit'),
        title: maybe(fc.constantFrom('One', 'Two')),
        metadata: maybe(metadata),
        sections: maybe(many(fc.option(data))),
        ifVersion,
      }),
      { weight: 2, arbitrary: fc.record({ kind: kind('withdraw'), section, ifVersion }) },
    )
    .map((command) => json<Command>(command));
}

function otherOf({ definition }: Kind): fc.Arbitrary<Command> {
  const section = fc.constantFrom(...Object.keys(definition.sections), 'None');
  const version = fc.option(fc.integer({ min: 1, max: 6 }), { nil: undefined, freq: 2 });
  const user = fc.constantFrom('anna', 'ben', 'eve');
  const kind = <K extends string>(...names: K[]) => fc.constantFrom(...names);
  const until = fc.integer({ min: -2, max: 60 }).map((days) => callOf(OWNER, days * DAY).at);
  return fc
    .oneof(
      {
        weight: 5,
        arbitrary: fc.record({ kind: kind('submit', 'approve', 'approve', 'reject'), version }),
      },
      {
        weight: 2,
        arbitrary: fc.record({
          kind: kind('request-changes'),
          version,
          reason: maybe(user),
          sections: maybe(fc.dictionary(section, user, { maxKeys: 2, noNullPrototype: true })),
        }),
      },
      { weight: 2, arbitrary: fc.record({ kind: kind('delegate'), to: user }) },
      fc.record({ kind: kind('remind') }),
      { weight: 2, arbitrary: fc.record({ kind: kind('reopen', 'migrate') }) },
      fc.record({ kind: kind('cancel', 'archive'), reason: maybe(fc.constant('No more')) }),
      {
        weight: 2,
        arbitrary: fc.record({ kind: kind('comment'), text: user, section: maybe(section) }),
      },
      {
        weight: 2,
        arbitrary: fc.record({ kind: kind('assign'), section, to: maybe(fc.option(user)) }),
      },
      { weight: 2, arbitrary: fc.record({ kind: kind('extend'), until, section: maybe(section) }) },
      fc.record({ kind: kind('transfer'), to: user }),
      {
        weight: 2,
        arbitrary: fc.record({ kind: kind('link', 'unlink'), child: kind('c1', 'c2', 'd') }),
      },
    )
    .map((command) => json<Command>(command));
}

const aChild = fc.record({
  type: fc.constantFrom('task', 'note', 'interview', 'constructor'),
  title: fc.constantFrom('T', 'U'),
  state: fc.constantFrom(...OPEN_STATES, 'approved' as const, 'cancelled' as const),
});

const notice: fc.Arbitrary<Notice> = fc.oneof(
  { weight: 4, arbitrary: fc.constant<Notice>({ kind: 'tick' }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('child' as const),
      child: fc.constantFrom('c1', 'c2', 'c3'),
      is: aChild,
      joining: fc.boolean(),
    }),
  },
  fc.record({
    kind: fc.constantFrom('attach' as const, 'detach' as const),
    parent: fc.constantFrom('p', 'q'),
  }),
);

const ANYBODY = completePolicy({ stages: [{ name: 'other', approvers: ['anyone'], quorum: 2 }] });

export function attempt(kind: Kind): fc.Arbitrary<Attempt> {
  const newer = { ...kind.definition, version: kind.definition.version + 1 };
  const strict = { ...newer, submit: 'automatic', editableInReview: true } as const;
  const { approval: _none, ...free } = newer;
  const otherwise = { ...newer, approval: ANYBODY };
  const found = fc.record({
    child: aChild,
    definition: fc.constantFrom<DocumentType>(newer, strict, free, otherwise),
  });
  return fc.record({
    actor: fc.constantFrom(...ACTORS, OWNER, OWNER, OPERATOR, OPERATOR, OPERATOR),
    wait: fc.constantFrom(0, 1, HOUR, DAY, 5 * DAY),
    what: fc.oneof(
      { weight: 10, arbitrary: editOf(kind) },
      { weight: 5, arbitrary: otherOf(kind) },
      { weight: 3, arbitrary: notice },
    ),
    found: fc.oneof(found, fc.constant({})),
    slow: fc.integer({ min: 0, max: 5 }).map((n) => n === 0),
  });
}

/** One command or notice, with everything before and after. */
export interface Step extends Attempt {
  readonly at: number;
  readonly before: DocumentState;
  readonly after: DocumentState;
  readonly result: Result<readonly DocumentEvent[]>;
}

export interface Life {
  readonly kind: Kind;
  readonly created: readonly DocumentEvent[];
  readonly steps: readonly Step[];
  readonly events: readonly DocumentEvent[];
  readonly state: DocumentState;
  /** For the report of a failure. */
  readonly [fc.toStringMethod]: () => string;
}

/** A document from its creation, with some sections or none, through up to forty attempts. */
export const life: fc.Arbitrary<Life> = anyKind.chain((kind) => {
  const names = Object.keys(kind.definition.sections);
  const first = fc
    .subarray(names)
    .chain((some) => sectionsOf(closure(kind.definition, some), kind));
  return fc
    .tuple(first, fc.array(attempt(kind), { maxLength: 40, size: 'max' }))
    .map(([sections, attempts]) => live(kind, sections, attempts));
});

/** Those of them that can be filled without the others. */
function closure({ sections }: DocumentType, names: string[]): string[] {
  const kept = names.filter((name) =>
    sections[name]?.dependsOn.every((one) => names.includes(one)),
  );
  return kept.length === names.length ? names : closure({ sections } as DocumentType, kept);
}

export function sectionsOf(
  names: string[],
  { good }: Kind,
): fc.Arbitrary<Record<string, JsonObject>> {
  return fc
    .tuple(...names.map((name) => good.map((data) => [name, data] as const)))
    .map((entries) => Object.fromEntries(entries));
}

export function live(
  kind: Kind,
  sections: Record<string, JsonObject>,
  attempts: readonly Attempt[],
): Life {
  const { definition } = kind;
  const created = value(
    decideCreate(definition, { type: definition.name, sections }, callOf(OPERATOR)),
  ).map((event) => (event.kind === 'created' ? { ...event, owner: OWNER.id } : event));
  const events = [...created];
  let state = frozen(replay('d', definition, created));
  let at = 0;
  const take = (one: Attempt): Step => {
    const before = state;
    at += one.wait;
    const { what, actor, found = {} } = one;
    const result = isNotice(what)
      ? { ok: true as const, value: hear(before, what, { ...callOf(SYSTEM, at), via: 'system' }) }
      : decide(before, what, callOf(actor, at), found);
    if (result.ok) {
      events.push(...result.value);
      state = frozen(result.value.reduce(evolve, before));
    }
    return { ...one, at, before, after: state, result };
  };
  const enter = (): Step[] => {
    const what = lookedUp(state, at);
    return what ? [take({ actor: SYSTEM, wait: 0, what }), ...enter()] : [];
  };
  const steps = [
    ...enter(),
    ...attempts.flatMap((one) => [take(one), ...(one.slow ? [] : enter())]),
  ];
  const told = (): string => JSON.stringify({ definition, created, attempts });
  return { kind, created, steps, events, state, [fc.toStringMethod]: told };
}

/** The lookup of the stage that is to be entered: users have seats, roles are groups; where too few are found, operators. */
export function lookedUp(state: DocumentState, ms: number): Notice | undefined {
  const request = stageToEnter(state, callOf(SYSTEM, ms).at);
  if (!request || !state.approval) return undefined;
  const { barred, owner, policy, stage, at } = request;
  const { approvers, quorum, deadline, reminders, escalation } = policy.stages[stage]!;
  const asked = (who: readonly Approver[], least: number): Approvers => {
    const users = who.flatMap((one) =>
      one === 'owner' ? owner : one.startsWith('user:') ? one.slice('user:'.length) : [],
    );
    const seats = [...new Set(users)]
      .filter((user) => !barred.includes(user))
      .map((user) => ({ for: user, holders: [user] }));
    const groups = who.filter((one) => one === 'anyone' || one.startsWith('role:'));
    const few = seats.length < least && groups.length === 0;
    return { seats, groups: (few ? ['role:operator'] : groups) as Approvers['groups'] };
  };
  const after = (length: string, times = 1): string =>
    new Date(Date.parse(at) + times * (parseDuration(length) ?? 0)).toISOString();
  const entry = {
    approvers: asked(approvers, typeof quorum === 'number' ? quorum : 1),
    levels: escalation.map(({ after: length, to }) => ({
      at: after(length),
      approvers: asked(to, 1),
    })),
    ...(deadline === undefined ? {} : { dueAt: after(deadline) }),
    remindAt: Array.from({ length: reminders?.max ?? 0 }, (_, i) =>
      after(reminders?.every ?? 'P1D', i + 1),
    ),
  };
  return { kind: 'entered', stage, round: state.approval.round, entry };
}

/** So that a rule which changes its input fails. The validator leaves hidden marks in schemas, so not the definition. */
export function frozen<T>(item: T): T {
  if (typeof item !== 'object' || item === null || Object.isFrozen(item)) return item;
  Object.freeze(item);
  for (const [name, part] of Object.entries(item)) if (name !== 'definition') frozen(part);
  return item;
}
