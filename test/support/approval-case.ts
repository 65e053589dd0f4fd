/** One approval that tests lead through its life, step by step. */
import type { ApprovalCommand } from '../../src/contracts/approvals/commands.ts';
import type { Approvers } from '../../src/contracts/approvals/entry.ts';
import type { ApprovalFact } from '../../src/contracts/approvals/events.ts';
import type { Actor } from '../../src/contracts/caller.ts';
import { strike } from '../../src/workflows/approvals/clocks.ts';
import { decideApproval, decideEntry } from '../../src/workflows/approvals/decide.ts';
import { hasDecided, undecidedIn, unentitled } from '../../src/workflows/approvals/entitlement.ts';
import type { Situation } from '../../src/workflows/approvals/situation.ts';
import { completePolicy, type PolicyDraft } from '../../src/workflows/approvals/policy.ts';
import {
  evolveApproval,
  requested,
  type ApprovalState,
} from '../../src/workflows/approvals/state.ts';
import { DAY, HOUR, person, time } from './rules.ts';

type StageDraft = PolicyDraft['stages'][number];

/** `a`, `b(x)` with a substitute, `role:y`. */
function approvers(...who: readonly string[]): Approvers {
  const seats = who
    .filter((one) => !one.startsWith('role:'))
    .map((one) => {
      const [user = '', substitute] = one.split(/[()]/);
      return { for: user, holders: substitute ? [user, substitute] : [user] };
    });
  return { seats, groups: who.filter((one) => one.startsWith('role:')) as Approvers['groups'] };
}

interface Level {
  readonly to: readonly string[];
  readonly mode?: 'add' | 'reassign';
}

/** An approval that is written down as it goes on. */
export class Case {
  situation: Situation;
  outcome: string | undefined;
  facts: ApprovalFact[] = [];
  readonly levels: readonly Level[];

  constructor(
    asked: readonly string[],
    stage: Partial<StageDraft> = {},
    { levels = [], more = {} }: { levels?: readonly Level[]; more?: Partial<PolicyDraft> } = {},
  ) {
    this.levels = levels;
    const escalation = levels.map(({ mode = 'add' }, i) => ({
      after: `P${i + 1}D`,
      to: 'anyone' as const,
      mode,
    }));
    const one: StageDraft = { name: 'one', approvers: ['anyone'], escalation, ...stage };
    const policy = completePolicy({ stages: [one], ...more });
    this.situation = {
      policy,
      approval: requested(undefined, 0, undefined),
      owner: 'olga',
      authors: ['olga'],
      applies: () => true,
    };
    this.enter(...asked);
  }

  get state(): ApprovalState {
    return this.situation.approval;
  }

  set state(approval: ApprovalState) {
    this.situation = { ...this.situation, approval };
  }

  enter(...asked: readonly string[]): this {
    const levels = this.levels.map(({ to }, i) => ({
      at: time((i + 1) * DAY),
      approvers: approvers(...to),
    }));
    const due = { dueAt: time(2 * DAY + HOUR), remindAt: [time(DAY / 2), time(1.5 * DAY)] };
    const entry = { approvers: approvers(...asked), levels, ...due };
    return this.#take(decideEntry(this.situation, entry, time()), 'system');
  }

  #take(
    { facts, outcome }: { facts: readonly ApprovalFact[]; outcome?: string },
    by: string,
    ms = 0,
  ): this {
    for (const fact of facts)
      this.state = evolveApproval(
        this.state,
        fact,
        { by, at: time(ms), version: 1 },
        this.situation,
      );
    this.facts = [...facts];
    this.outcome ??= outcome;
    return this;
  }

  /** Why it is refused, or nothing. */
  refusal(who: string | Actor, command: ApprovalCommand): string | undefined {
    const actor = typeof who === 'string' ? person(who) : who;
    const open = command.kind === 'remind' || hasDecided(this.situation, actor, command);
    const told = open ? undefined : unentitled(this.situation, actor, command.kind);
    if (told !== undefined) return told;
    const decided = decideApproval(this.situation, command, { actor, at: time() });
    return decided.ok ? undefined : `${decided.refusal.code}: ${decided.refusal.detail}`;
  }

  do(who: string | Actor, command: ApprovalCommand | ApprovalCommand['kind']): this {
    const actor = typeof who === 'string' ? person(who) : who;
    const whole = (typeof command === 'string' ? { kind: command } : command) as ApprovalCommand;
    const refusal = this.refusal(actor, whole);
    if (refusal !== undefined) throw new Error(refusal);
    const decided = decideApproval(this.situation, whole, { actor, at: time() });
    if (!decided.ok) throw new Error(decided.refusal.detail);
    return this.#take(decided.value, actor.id);
  }

  tick(ms: number): this {
    return this.#take(strike(this.situation, time(ms)), 'system', ms);
  }

  get waitingFor(): string[] {
    return undecidedIn(this.state);
  }
}
