/**
 * The state of an approval, and how facts become state. No rules here: decide.ts and clocks.ts have them. It lives inside
 * the state of whatever is to be approved; pure, and knows neither documents nor Temporal.
 */
import type { Approvers, Seat, StageEntry } from '../../contracts/approvals/entry.ts';
import type { ApprovalFact, Decision } from '../../contracts/approvals/events.ts';
import type { Json } from '../../contracts/json.ts';
import type { ApprovalPolicy, ApprovalStage } from '../../contracts/approvals/policy.ts';
import { LIMITS } from '../../contracts/limits.ts';
import { lastOf, sameJson } from '../shared/json.ts';
import { enteredStage } from './entering.ts';
import { keptOf, type Kept, type Surroundings } from './situation.ts';
import { escalatedStage } from './escalation.ts';
import { voiceOf } from './votes.ts';

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
  /** The first round whose approvals count; an earlier one than `round` only when the policy keeps them. */
  readonly since: number;
  /** The place of the stage in the policy; from 0. */
  readonly stage: number;
  /** The stages that are behind it, whose approvals count; places in the policy. */
  readonly passed: readonly number[];
  /** Undefined while the stage has not been entered: before that, and while it is the author's turn. */
  readonly current?: CurrentStage;
  /** True while the stage is to be entered. */
  readonly entering: boolean;
  readonly votes: readonly Vote[];
  readonly decisions: readonly DecisionState[];
  readonly escalations: readonly EscalationState[];
  /** User ids of all who were ever asked, or of the last {@link LIMITS}.asked; substitutes and delegates too. */
  readonly asked: readonly string[];
}

/** Who did it, when, and on which version. */
export interface ApprovalStamp {
  readonly by: string;
  readonly at: string;
  readonly version: number;
}

/**
 * The approval begins, or begins again at `stage`. `kept`: what was approved before and counts on; whoever rejected before
 * is asked again.
 */
export function requested(
  before: ApprovalState | undefined,
  stage: number,
  kept: Kept | undefined,
): ApprovalState {
  const { decisions = [], escalations = [], asked = [] } = before ?? {};
  const round = (before?.round ?? 0) + 1;
  const since = kept ? (before?.since ?? round) : round;
  const votes = before?.stage === stage ? (kept?.votes ?? []) : [];
  const passed = kept?.passed ?? [];
  return { round, since, stage, passed, entering: true, votes, decisions, escalations, asked };
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
  return { ...paused(state), since: state.round + 1, stage: 0, passed: [], votes: [] };
}

/** The state after the fact, which is stamped with who, when and on which version. No rules; it cannot fail. */
export function evolveApproval(
  state: ApprovalState,
  fact: ApprovalFact,
  stamp: ApprovalStamp,
  { policy, authors }: Surroundings,
): ApprovalState {
  switch (fact.kind) {
    case 'stage-entered': {
      const entered = noted({ ...state, ...enteredStage(state, fact, stamp.at, policy) });
      return fact.next === undefined ? entered : begun(entered, fact.next);
    }
    case 'decided':
      return afterDecision(state, fact, stamp);
    case 'delegated':
      return noted(
        changed(state, ({ approvers }) => ({
          approvers: { ...approvers, seats: delegated(approvers.seats, fact, stamp.by) },
        })),
      );
    case 'approvers-reminded':
      return changed(state, ({ reminded }) => ({
        reminded: fact.number ?? reminded,
        remindedAt: stamp.at,
      }));
    case 'escalated':
      return noted(afterEscalation(state, fact, stamp.at, policy));
    case 'timed-out':
      if (fact.outcome === 'wait') return changed(state, () => ({ overdue: true }));
      return fact.next === undefined ? paused(state) : begun(state, fact.next);
    case 'approval-reset':
      return requested(state, fact.next, keptOf({ policy, authors }, state));
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
  const taken = { by, decision, at, stage, version, round, ...more };
  const decisions = lastOf([...state.decisions, taken], LIMITS.decisions, LIMITS.decisionBytes);
  if (decision === 'changes-requested') return paused({ ...state, decisions });
  const seat = fact.for ?? voiceOf(state.current, by)?.for;
  const vote = { by, approves: decision === 'approved', ...(seat === undefined ? {} : { seat }) };
  const voted = { ...state, decisions, votes: [...state.votes, vote] };
  return next === undefined ? voted : begun(voted, next);
}

/** The next stage of the same round. */
function begun({ current: _current, ...state }: ApprovalState, stage: number): ApprovalState {
  const passed = [...new Set([...state.passed, state.stage])];
  return { ...state, stage, passed, entering: true, votes: [] };
}

function afterEscalation(
  state: ApprovalState,
  { stage, from, to, level }: Extract<ApprovalFact, { kind: 'escalated' }>,
  at: string,
  { stages }: ApprovalPolicy,
): ApprovalState {
  const { quorum = 1, escalation = [] } = stages[state.stage] ?? {};
  const { mode = 'add' } = escalation[level] ?? {};
  const all = [...state.escalations, { at, stage, from, to }];
  const escalations = lastOf(all, LIMITS.escalations, LIMITS.escalationBytes);
  const next = { ...state, escalations };
  return changed(next, (current) => escalatedStage(current, state.votes, level, { mode, quorum }));
}

/** With those who are asked now among those who ever were. */
function noted(state: ApprovalState): ApprovalState {
  const { seats = [] } = state.current?.approvers ?? {};
  const now = seats.flatMap((seat) => [seat.for, ...seat.holders]);
  const asked = [...new Set([...state.asked, ...now])];
  return { ...state, asked: lastOf(asked, LIMITS.asked, LIMITS.askedBytes) };
}

/** Whoever decides instead of another hands on their own place only. */
function delegated(
  seats: readonly Seat[],
  { for: seat, to }: Extract<ApprovalFact, { kind: 'delegated' }>,
  by: string,
): readonly Seat[] {
  const before = seats.find((one) => one.for === seat)?.holders ?? [];
  const instead = by !== seat && before.includes(by);
  const holders = instead ? [...before.filter((one) => one !== by && one !== to), to] : [to];
  return [...seats.filter((one) => one.for !== seat), { for: seat, holders }];
}

/** The deadline is another one now. Reminders that would have come since the old one do not come any more. */
export function extended(
  state: ApprovalState,
  { until, at }: { readonly until: string; readonly at: string },
): ApprovalState {
  return changed(state, ({ overdue: _over, remindAt, reminded, ...rest }) => ({
    ...rest,
    overdue: undefined,
    dueAt: until,
    reminded: Math.max(
      reminded,
      remindAt.filter((one) => Date.parse(one) <= Date.parse(at)).length,
    ),
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

/** The definition of the stage that it is at. */
export function stageOf(policy: ApprovalPolicy, { stage }: ApprovalState): ApprovalStage {
  const found = policy.stages[stage];
  if (!found) throw new Error(`there is no stage ${stage}`);
  return found;
}
