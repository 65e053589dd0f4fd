/** Arbitrary approvals for fast-check: policies, who is asked, and what people, clocks and authors do; and how it goes. */
import * as fc from 'fast-check';
import type { ApprovalCommand } from '../../src/contracts/approvals/commands.ts';
import type { EntryRequest, Seat, StageEntry } from '../../src/contracts/approvals/entry.ts';
import type { ApprovalFact } from '../../src/contracts/approvals/events.ts';
import type { ApprovalPolicy } from '../../src/contracts/approvals/policy.ts';
import type { Actor } from '../../src/contracts/caller.ts';
import type { Who } from '../../src/contracts/people.ts';
import { nextStrike, strike } from '../../src/workflows/approvals/clocks.ts';
import {
  afterChange,
  decideApproval,
  decideEntry,
  entryRequest,
} from '../../src/workflows/approvals/decide.ts';
import { hasDecided, unentitled } from '../../src/workflows/approvals/entitlement.ts';
import { firstStage, keptOf, type Situation } from '../../src/workflows/approvals/situation.ts';
import { completePolicy, type PolicyDraft } from '../../src/workflows/approvals/policy.ts';
import {
  evolveApproval,
  paused,
  requested,
  type ApprovalState,
} from '../../src/workflows/approvals/state.ts';
import { DAY, HOUR, person, T0, time } from './rules.ts';

export const OWNER = 'olga';
export const SUBMITTER = 'sven';
const PEOPLE = ['a', 'b', 'c', 'd', 'e', 'f', OWNER, SUBMITTER] as const;

export const ACTORS: readonly Actor[] = [
  ...PEOPLE.map((id) => person(id)),
  person('f', 'head', 'finance'),
  person('h1', 'head'),
  person('h2', 'head'),
  person('h3', 'head'),
  person('star', '*'),
  person(OWNER, '*'),
  person('x'),
  { id: 'operator', roles: [], operator: true },
  { id: 'a', roles: [], operator: true },
];

/** Who is meant by a stage or level, before anybody looks who of them may. */
export interface Meant {
  /** User ids, some with a substitute. */
  readonly people: readonly (readonly [user: string, substitute?: string])[];
  readonly groups: readonly ('anyone' | `role:${string}`)[];
}

export interface Plan {
  readonly policy: ApprovalPolicy;
  /** `first`: of which another is true every hour, as in a directory. */
  readonly stages: readonly {
    readonly first: readonly Meant[];
    readonly levels: readonly Meant[];
  }[];
}

export type Step = { readonly wait: number } & (
  | { readonly do: 'command'; readonly actor: Actor; readonly command: ApprovalCommand }
  | { readonly do: 'tick' | 'submit' | 'reopen' }
  /** The content changes; `holds`: which conditions are true from now on. */
  | { readonly do: 'change'; readonly holds: readonly string[] }
);

const user = fc.constantFrom(...PEOPLE);
const meant = (least: number): fc.Arbitrary<Meant> =>
  fc.record({
    people: fc
      .tuple(
        fc.uniqueArray(user, { minLength: least, maxLength: 4 }),
        fc.array(fc.option(user, { nil: undefined, freq: 2 }), { minLength: 4, maxLength: 4 }),
      )
      .map(([users, substitutes]) =>
        users.map((one, i): Meant['people'][number] => {
          const substitute = substitutes[i];
          return substitute === undefined || substitute === one ? [one] : [one, substitute];
        }),
      ),
    groups: fc.oneof(
      { weight: 3, arbitrary: fc.constant([]) },
      fc.constant(['role:head' as const]),
      fc.constant(['anyone' as const]),
    ),
  });

const NAMES = ['one', 'two', 'three'] as const;
const maybe = <T>(of: fc.Arbitrary<T>) => fc.option(of, { nil: undefined });
const rarely = fc.integer({ min: 0, max: 3 }).map((n) => n === 0);

const stage = (i: number) =>
  fc
    .record({
      quorum: fc.constantFrom(1, 2, 2, 3, 'all' as const, 'majority' as const),
      veto: rarely,
      ownerMayDecide: rarely,
      excluded: fc.constantFrom<readonly Who[]>([], [], ['role:finance'], ['user:b'], ['owner']),
      delegable: fc.integer({ max: 3, min: 0 }).map((n) => n > 0),
      deadline: maybe(fc.constantFrom('PT6H', 'P1D', 'P3D')),
      onTimeout: fc.constantFrom('wait' as const, 'reject', 'approve', 'expire'),
      reminders: maybe(fc.constant({ every: 'PT8H', max: 3 })),
      modes: fc.array(fc.constantFrom('add' as const, 'reassign'), { maxLength: 2 }),
      when: maybe(fc.constant({ field: NAMES[i] ?? '', present: true })),
    })
    .map(({ modes, ...rest }) => ({
      name: NAMES[i] ?? '',
      approvers: ['anyone' as const],
      escalation: modes.map((mode, n) => ({ after: `P${n + 1}D`, to: 'anyone' as const, mode })),
      ...rest,
    }));

const who = fc.record({
  first: fc.array(fc.oneof({ weight: 5, arbitrary: meant(1) }, meant(0)), {
    minLength: 1,
    maxLength: 2,
  }),
  levels: fc.array(meant(0), { minLength: 2, maxLength: 2 }),
});

export const plan: fc.Arbitrary<Plan> = fc
  .integer({ min: 1, max: 3 })
  .chain((count) => {
    const drafts = Array.from({ length: count }, (_, i) => stage(i));
    return fc.record({
      stages: fc.tuple(...drafts),
      earlierApprovals: fc.constantFrom('reset', 'keep'),
      oncePerPerson: rarely,
      people: fc.array(who, { minLength: count, maxLength: count }),
    });
  })
  .map(({ people, ...draft }) => ({
    policy: completePolicy(JSON.parse(JSON.stringify(draft)) as PolicyDraft),
    stages: people,
  }));

const command: fc.Arbitrary<ApprovalCommand> = fc
  .oneof(
    { weight: 10, arbitrary: about('approve') },
    { weight: 4, arbitrary: about('reject') },
    about('request-changes'),
    {
      weight: 3,
      arbitrary: fc.record({
        kind: fc.constant('delegate' as const),
        to: fc.constantFrom(...PEOPLE, 'h1', 'x'),
      }),
    },
    fc.constant({ kind: 'remind' as const }),
  )
  .map((one) => JSON.parse(JSON.stringify(one)) as ApprovalCommand);

function about<K extends 'approve' | 'reject' | 'request-changes'>(kind: K) {
  return fc.record({
    kind: fc.constant(kind),
    round: seldom(fc.integer({ min: 1, max: 2 })),
    stage: seldom(fc.constantFrom(...NAMES)),
  });
}

function seldom<T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> {
  return fc.oneof({ weight: 8, arbitrary: fc.constant(undefined) }, arbitrary);
}

const holds = fc.subarray([...NAMES], { minLength: 1 });
const step: fc.Arbitrary<Step> = fc
  .record({
    wait: fc.oneof(
      { weight: 6, arbitrary: fc.constant(0) },
      fc.constantFrom(1, HOUR, 8 * HOUR, DAY, 4 * DAY),
    ),
    what: fc.oneof(
      {
        weight: 18,
        arbitrary: fc.record({
          do: fc.constant('command' as const),
          actor: fc.constantFrom(...ACTORS),
          command,
        }),
      },
      { weight: 2, arbitrary: fc.record({ do: fc.constant('tick' as const) }) },
      { weight: 4, arbitrary: fc.record({ do: fc.constant('submit' as const) }) },
      fc.record({ do: fc.constant('reopen' as const) }),
      fc.record({ do: fc.constant('change' as const), holds }),
    ),
  })
  .map(({ wait, what }) => ({ wait, ...what }));

export const steps = fc.array(step, { maxLength: 40, size: 'max' });

/** Everything there is to know of it at some moment. */
export interface Trial {
  readonly plan: Plan;
  readonly status: 'draft' | 'in-review' | 'approved' | 'rejected' | 'expired';
  readonly approval?: ApprovalState;
  readonly holds: readonly string[];
  readonly version: number;
  readonly at: number;
}

export interface Played {
  /** After the clocks that struck in time. */
  readonly before: Trial;
  readonly after: Trial;
  readonly step: Step;
  /** Why it was refused; nothing speaks against what changes nothing. */
  readonly refused?: string;
  readonly facts: readonly ApprovalFact[];
  /** What the clocks brought about before, in time. */
  readonly struck: readonly ApprovalFact[];
}

export function begin(plan: Plan): Trial {
  return { plan, status: 'draft', holds: [...NAMES], version: 1, at: 0 };
}

export function situationOf({ plan: { policy }, approval, holds }: Trial): Situation {
  if (!approval) throw new Error('it was never submitted');
  const applies: Situation['applies'] = (condition) =>
    'field' in condition && holds.includes(condition.field);
  return { policy, approval, owner: OWNER, authors: [OWNER, SUBMITTER], applies };
}

/** One step, with the lookup that follows. `prompt`: the clocks strike in time before it, else only when it is a tick. */
export function play(trial: Trial, step: Step, prompt = false): Played {
  const at = trial.at + step.wait;
  const struck: ApprovalFact[] = [];
  let before = trial;
  const nextOf = (now: Trial) => (prompt ? strikeBy(now, at) : undefined);
  for (let next = nextOf(before); next !== undefined; next = nextOf(before))
    before = ticked({ ...before, at: next }, struck);
  before = { ...before, at };
  const facts: ApprovalFact[] = [];
  const done = carriedOut(before, step, facts);
  const refused = typeof done === 'string' ? { refused: done } : {};
  const after = typeof done === 'string' ? before : done;
  return { before, after, step, facts, struck, ...refused };
}

/** When the next clock strikes, if by then. */
function strikeBy(trial: Trial, at: number): number | undefined {
  if (trial.status !== 'in-review') return undefined;
  const next = nextStrike(situationOf(trial).approval);
  return next === undefined || next > T0 + at ? undefined : next - T0;
}

function carriedOut(trial: Trial, step: Step, facts: ApprovalFact[]): Trial | string {
  const { status, approval, plan } = trial;
  switch (step.do) {
    case 'submit': {
      if (status !== 'draft') return 'wrong-state';
      const { policy } = plan;
      const { applies } = situationOf({ ...trial, approval: approval ?? ({} as ApprovalState) });
      const around = { policy, authors: [OWNER, SUBMITTER] };
      const next = firstStage(around, applies, approval);
      if (next === undefined) return { ...trial, status: 'approved' };
      return entered(
        {
          ...trial,
          status: 'in-review',
          approval: requested(approval, next, keptOf(around, approval)),
        },
        facts,
      );
    }
    case 'reopen':
      if (status !== 'in-review' || !approval) return 'wrong-state';
      return { ...trial, status: 'draft', approval: paused(approval) };
    case 'change': {
      const { holds, version } = { ...step, version: trial.version + 1 };
      if (status !== 'in-review') return { ...trial, holds, version };
      const changed = { ...trial, holds, version };
      return taken(changed, afterChange(situationOf(changed)), 'system', facts);
    }
    case 'tick':
      return ticked(trial, facts);
    case 'command': {
      if (status !== 'in-review') return 'wrong-state';
      const { actor, command } = step;
      const situation = situationOf(trial);
      const open = command.kind === 'remind' || hasDecided(situation, actor, command);
      if (!open && unentitled(situation, actor, command.kind) !== undefined) return 'forbidden';
      const decided = decideApproval(situation, command, { actor, at: time(trial.at) });
      if (!decided.ok) return decided.refusal.code;
      return taken(trial, decided.value, actor.id, facts);
    }
  }
}

function ticked(trial: Trial, facts: ApprovalFact[]): Trial {
  if (trial.status !== 'in-review') return trial;
  return taken(trial, strike(situationOf(trial), time(trial.at)), 'system', facts);
}

type Outcome = 'approved' | 'rejected' | 'changes-requested' | 'expired';

function taken(
  trial: Trial,
  { facts, outcome }: { readonly facts: readonly ApprovalFact[]; readonly outcome?: Outcome },
  by: string,
  all: ApprovalFact[],
): Trial {
  all.push(...facts);
  const { policy } = trial.plan;
  const stamp = { by, at: time(trial.at), version: trial.version };
  const approval = facts.reduce(
    (state, fact) => evolveApproval(state, fact, stamp, { policy, authors: [OWNER, SUBMITTER] }),
    situationOf(trial).approval,
  );
  const status = outcome === 'changes-requested' ? 'draft' : (outcome ?? trial.status);
  return entered({ ...trial, approval, status }, all);
}

/** The lookup of a stage, as often as one is to be entered. */
function entered(trial: Trial, facts: ApprovalFact[]): Trial {
  if (trial.status !== 'in-review') return trial;
  const request = entryRequest(situationOf(trial), time(trial.at));
  if (!request) return trial;
  const entry = lookedUp(trial.plan, request);
  return taken(trial, decideEntry(situationOf(trial), entry, request.at), 'system', facts);
}

/** Who is asked. Nobody is in two seats; where too few are found, the operators are asked. */
export function lookedUp({ stages, policy }: Plan, request: EntryRequest): StageEntry {
  const { first, levels } = stages[request.stage]!;
  const { quorum, deadline, reminders, escalation } = policy.stages[request.stage]!;
  const barred = new Set(request.barred);
  const known = new Map<string, Seat>();
  const hour = Math.floor((Date.parse(request.at) - T0) / HOUR);
  const asked = ({ people, groups }: Meant, least: number, again: boolean) => {
    const here = people.filter(([one]) => !barred.has(one));
    const fresh = here.filter(([one]) => !known.has(one));
    const before = here.flatMap(([one]) => (again ? (known.get(one) ?? []) : []));
    for (const [one] of fresh) known.set(one, { for: one, holders: [one] });
    const added = fresh.map(([one, substitute]): Seat => {
      const shares = substitute !== undefined && !barred.has(substitute) && !known.has(substitute);
      const seat = { for: one, holders: shares ? [one, substitute] : [one] };
      for (const holder of seat.holders) known.set(holder, seat);
      return seat;
    });
    const seats = [...new Set([...before, ...added])];
    const few = here.length < least && groups.length === 0;
    return { seats, groups: few ? (['role:operator'] as const) : groups };
  };
  const after = (hours: number) => new Date(Date.parse(request.at) + hours * HOUR).toISOString();
  const hours = { PT6H: 6, P1D: 24, P3D: 72 }[deadline ?? ''];
  return {
    approvers: asked(first[hour % first.length]!, typeof quorum === 'number' ? quorum : 1, false),
    levels: escalation.map(({ mode }, i) => ({
      at: after(24 * (i + 1)),
      approvers: asked(levels[i]!, 1, mode === 'reassign'),
    })),
    ...(hours === undefined ? {} : { dueAt: after(hours) }),
    remindAt: reminders ? [8, 16, 24].map(after) : [],
  };
}
