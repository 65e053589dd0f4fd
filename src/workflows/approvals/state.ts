/**
 * The state of an approval, and how facts become state. No rules here: decide.ts and clocks.ts have them. It lives inside
 * the state of whatever is to be approved; pure, and knows neither documents nor Temporal.
 */
import type { Approvers, Seat, StageEntry } from '../../contracts/approvals/entry.ts';
import type { ApprovalFact, Decision } from '../../contracts/approvals/events.ts';
import type { Json } from '../../contracts/json.ts';
import { sameJson } from '../shared/json.ts';
import type { ApprovalPolicy, ApprovalStage, Quorum } from '../../contracts/approvals/policy.ts';

/** A decision as it was taken; kept for good. */
export interface DecisionState {
  readonly by: string;
  readonly decision: Decision;
  readonly at: string;
  /** The name of the stage. */
  readonly stage: string;
  /** Of the content. */
  readonly version: number;
  readonly round: number;
  readonly for?: string;
  readonly reason?: string;
}

export interface EscalationState {
  readonly at: string;
  readonly stage: string;
  readonly from: readonly string[];
  readonly to: readonly string[];
}

/** One voice in the current stage; `seat` or, for members of a group, `by` makes it one. */
export interface Vote {
  readonly by: string;
  readonly seat?: string;
  readonly approves: boolean;
}

/** The stage that is being decided, as it is since it was entered. */
export interface CurrentStage {
  readonly enteredAt: string;
  readonly approvers: Approvers;
  /** How many approvals it takes. */
  readonly needed: number;
  /** What is still to come. */
  readonly levels: StageEntry['levels'];
  readonly remindAt: readonly string[];
  readonly dueAt?: string;
  /** How many levels have been asked. */
  readonly escalated: number;
  /** The number of the last reminder, those that were missed included. */
  readonly reminded: number;
  readonly remindedAt?: string;
  /** True when the deadline has passed, and it waits on. */
  readonly overdue?: true;
}

/** All there is to know about an approval. Plain data, carried over continue-as-new. */
export interface ApprovalState {
  /** Which attempt: 1, and one more whenever it was submitted again or began anew. */
  readonly round: number;
  /** The place of the stage in the policy; from 0. */
  readonly stage: number;
  /** Undefined while the stage has not been entered: before that, and while it is the author's turn. */
  readonly current?: CurrentStage;
  /** True while the stage is to be entered. */
  readonly entering: boolean;
  readonly votes: readonly Vote[];
  readonly decisions: readonly DecisionState[];
  readonly escalations: readonly EscalationState[];
}

/** Who did it, when, and on which version. */
export interface ApprovalStamp {
  readonly by: string;
  readonly at: string;
  readonly version: number;
}

/** The approval begins, or begins again at `stage`. `keep`: what was approved before counts on. */
export function requested(
  before: ApprovalState | undefined,
  stage: number,
  keep: boolean,
): ApprovalState {
  const { round = 0, decisions = [], escalations = [] } = before ?? {};
  const votes = keep && before?.stage === stage ? before.votes : [];
  return { round: round + 1, stage, entering: true, votes, decisions, escalations };
}

/** It is the author's turn: nobody is asked any more, until it is {@link requested} again. */
export function paused({ current: _current, ...state }: ApprovalState): ApprovalState {
  return { ...state, entering: false };
}

/** Whether an approval goes on under the other policy as if nothing had happened. */
export function samePolicy(
  one: ApprovalPolicy | undefined,
  other: ApprovalPolicy | undefined,
): boolean {
  return sameJson(one as Json | undefined, other as Json | undefined);
}

/** Under another policy nothing of the current attempt counts. */
export function begunAnew(state: ApprovalState): ApprovalState {
  return { ...paused(state), stage: 0, votes: [] };
}

/** The state after the fact. `stage`: the definition of the current stage. No rules; it cannot fail. */
export function evolveApproval(
  state: ApprovalState,
  fact: ApprovalFact,
  stamp: ApprovalStamp,
  policy: ApprovalPolicy,
): ApprovalState {
  switch (fact.kind) {
    case 'stage-entered': {
      const current = entered(fact.entry, quorumOf(policy, fact.stage), stamp.at);
      return { ...state, stage: fact.stage, entering: false, current };
    }
    case 'decided':
      return afterDecision(state, fact, stamp);
    case 'delegated':
      return changed(state, ({ approvers }) => ({
        approvers: { ...approvers, seats: delegated(approvers.seats, fact.for, fact.to) },
      }));
    case 'approvers-reminded':
      return changed(state, ({ reminded }) => ({
        reminded: fact.number ?? reminded,
        remindedAt: stamp.at,
      }));
    case 'escalated': {
      const { stage, from, to, level } = fact;
      const escalation = { at: stamp.at, stage, from, to };
      const mode = policy.stages[state.stage]?.escalation[level]?.mode ?? 'add';
      const next = { ...state, escalations: [...state.escalations, escalation] };
      return changed(next, (current) => escalatedStage(current, state.votes, level, mode));
    }
    case 'timed-out':
      if (fact.outcome === 'wait') return changed(state, () => ({ overdue: true }));
      return fact.next === undefined ? paused(state) : begun(state, fact.next);
    case 'approval-reset':
      return requested(state, fact.next, false);
  }
}

function afterDecision(
  state: ApprovalState,
  fact: Extract<ApprovalFact, { kind: 'decided' }>,
  { by, at, version }: ApprovalStamp,
): ApprovalState {
  const { decision, stage, next } = fact;
  const { round } = state;
  const more = {
    ...(fact.for === undefined ? {} : { for: fact.for }),
    ...(fact.reason === undefined ? {} : { reason: fact.reason }),
  };
  const decisions = [...state.decisions, { by, decision, at, stage, version, round, ...more }];
  if (decision === 'changes-requested') return paused({ ...state, decisions });
  const seat = fact.for ?? seatOf(state.current, by)?.for;
  const vote = { by, approves: decision === 'approved', ...(seat === undefined ? {} : { seat }) };
  const voted = { ...state, decisions, votes: [...state.votes, vote] };
  return next === undefined ? voted : begun(voted, next);
}

/** The next stage of the same round. */
function begun({ current: _current, ...state }: ApprovalState, stage: number): ApprovalState {
  return { ...state, stage, entering: true, votes: [] };
}

function entered(entry: StageEntry, quorum: Quorum, enteredAt: string): CurrentStage {
  const { approvers, levels, remindAt, dueAt } = entry;
  return {
    enteredAt,
    approvers,
    needed: neededOf(quorum, approvers),
    levels,
    remindAt,
    ...(dueAt === undefined ? {} : { dueAt }),
    escalated: 0,
    reminded: 0,
  };
}

/** A group counts as one person here: nobody knows its members. */
function neededOf(quorum: Quorum, { seats, groups }: Approvers): number {
  const people = seats.length + groups.length;
  if (quorum === 'all') return Math.max(1, people);
  if (quorum === 'majority') return Math.floor(people / 2) + 1;
  return quorum;
}

function quorumOf({ stages }: ApprovalPolicy, stage: number): Quorum {
  return stages[stage]?.quorum ?? 1;
}

function escalatedStage(
  current: CurrentStage,
  votes: readonly Vote[],
  level: number,
  mode: 'add' | 'reassign',
): Partial<CurrentStage> {
  const added = current.levels[level]?.approvers ?? { seats: [], groups: [] };
  const { seats, groups } = current.approvers;
  const escalated = level + 1;
  const asked = new Set(added.seats.flatMap(({ holders }) => holders));
  // Whoever has a seat already keeps it as it is: it may have been delegated, or decided.
  const known = new Set(seats.flatMap((seat) => [seat.for, ...seat.holders]));
  const fresh = added.seats.filter(
    (seat) => !known.has(seat.for) && !seat.holders.some((one) => known.has(one)),
  );
  if (mode === 'add') {
    const all = [...new Set([...groups, ...added.groups])];
    return { escalated, approvers: { seats: [...seats, ...fresh], groups: all } };
  }
  const earlier = new Set(
    current.levels.slice(0, level).flatMap(({ approvers }) => holdersOf(approvers)),
  );
  const decided = new Set(votes.map(({ seat }) => seat));
  const kept = seats.filter(
    (seat) =>
      decided.has(seat.for) ||
      asked.has(seat.for) ||
      seat.holders.some((one) => asked.has(one) || earlier.has(one)),
  );
  const earlierGroups = current.levels.slice(0, level).flatMap(({ approvers }) => approvers.groups);
  const approvers = {
    seats: [...kept, ...fresh],
    groups: [...new Set([...earlierGroups, ...added.groups])],
  };
  // Those who are left must be able to decide.
  const approvals = votes.filter(({ approves }) => approves).length;
  const open = approvers.seats.filter((seat) => !decided.has(seat.for)).length;
  const most = approvers.groups.length > 0 ? current.needed : Math.max(1, approvals + open);
  return { escalated, approvers, needed: Math.min(current.needed, most) };
}

function holdersOf({ seats }: Approvers): readonly string[] {
  return seats.flatMap(({ holders }) => holders);
}

function delegated(seats: readonly Seat[], from: string, to: string): readonly Seat[] {
  const others = seats.filter((seat) => seat.for !== from);
  return [...others, { for: from, holders: [to] }];
}

/** The extension of the current stage's deadline. */
export function extended(state: ApprovalState, until: string): ApprovalState {
  return changed(state, ({ overdue: _over, ...rest }) => ({
    ...rest,
    overdue: undefined,
    dueAt: until,
  }));
}

function changed(
  state: ApprovalState,
  change: (current: CurrentStage) => {
    readonly [K in keyof CurrentStage]?: CurrentStage[K] | undefined;
  },
): ApprovalState {
  const { current } = state;
  return current
    ? { ...state, current: { ...current, ...change(current) } as CurrentStage }
    : state;
}

/** The seat that this user decides for. */
export function seatOf(current: CurrentStage | undefined, user: string): Seat | undefined {
  return current?.approvers.seats.find(({ holders }) => holders.includes(user));
}

/** The vote by which this user's voice is given already. */
export function voteOf({ current, votes }: ApprovalState, user: string): Vote | undefined {
  const seat = seatOf(current, user)?.for;
  return votes.find((vote) => vote.by === user || (seat !== undefined && vote.seat === seat));
}

/** The definition of the stage that it is at. */
export function stageOf(policy: ApprovalPolicy, { stage }: ApprovalState): ApprovalStage {
  const found = policy.stages[stage];
  if (!found) throw new Error(`there is no stage ${stage}`);
  return found;
}
