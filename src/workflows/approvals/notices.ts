/** Whom an approval tells what. Pure. */
import type { ApprovalFact } from '../../contracts/approvals/events.ts';
import type { NewNotification, NotifiedOutcome, Occasion } from '../../contracts/notifications.ts';
import { isSettled } from './decide.ts';
import { undecidedIn } from './entitlement.ts';
import type { Situation } from './situation.ts';
import { stageOf } from './state.ts';

/** A notification, without what whatever is approved adds of itself. */
export type Telling = Omit<NewNotification, 'kind' | 'documentId' | 'title' | 'type'>;

/** A step of a workflow: tells it. */
export interface NotifyEffect {
  readonly kind: 'notify';
  readonly what: Telling;
  /** How it ended: goes to the database together with what is approved. */
  readonly final?: true;
}

interface Stamped {
  readonly by: string;
  readonly at: string;
  readonly version: number;
  /** Of the event: what it brings about is told under this number, also when a workflow task is lost and done again. */
  readonly sequence: number;
}

/** `situation` is the one after the fact. That it has come to its end is told by what it is about. */
export function approvalNotices(
  situation: Situation,
  fact: ApprovalFact & Stamped,
): readonly Telling[] {
  const { approval, policy, authors, owner } = situation;
  const { by, at, version } = fact;
  const { round, current } = approval;
  const stage = 'stage' in fact && typeof fact.stage === 'string' ? fact.stage : nameOf(situation);
  const asked = { ...due(current), decide: { version, round, stage } };
  const tell = (
    occasion: Occasion,
    key: string | number,
    recipients: readonly string[],
    more: Partial<Telling> = {},
  ): Telling[] => {
    // Nobody in particular is nobody to tell, and nobody is told what they did themselves.
    const to = recipients.filter((who) => who !== 'anyone' && who !== `user:${by}`);
    const what = { occasion, key: `${occasion}:${round}:${stage}:${key}`, at, stage, ...more };
    return to.length === 0 ? [] : [{ ...what, recipients: [...new Set(to)] }];
  };
  const users = (ids: readonly string[]) => ids.map((id) => `user:${id}`);
  switch (fact.kind) {
    case 'stage-entered':
      return tell('approval-requested', '', undecidedIn(approval), asked);
    case 'approvers-reminded': {
      const which =
        fact.number === undefined
          ? { key: `by-hand-${fact.sequence}`, by: { by } }
          : { key: fact.number };
      return tell('approval-reminder', which.key, undecidedIn(approval), { ...asked, ...which.by });
    }
    case 'escalated': {
      // Not whoever has decided before, or has handed it on.
      const open = new Set(undecidedIn(approval));
      const to = fact.to.filter((who) => open.has(who));
      return tell('escalated', fact.level, to, asked);
    }
    case 'delegated': {
      const why = fact.reason === undefined ? {} : { reason: fact.reason };
      // Whoever takes it back knows.
      const to = users(fact.to === by ? [] : [fact.to]);
      return tell('delegated', fact.sequence, to, { ...asked, by, ...why });
    }
    case 'decided': {
      const why = { by, ...(fact.reason === undefined ? {} : { reason: fact.reason }) };
      if (fact.decision === 'changes-requested')
        return tell('changes-requested', '', users(authors), why);
      const ends = fact.next === undefined && isSettled(policy, approval);
      return ends ? [] : tell('decided', by, users([owner]), { ...why, outcome: fact.decision });
    }
    case 'timed-out':
      return fact.outcome === 'wait'
        ? // Extended, it can be overdue a second time.
          tell('overdue', current?.dueAt ?? '', [...undecidedIn(approval), `user:${owner}`], asked)
        : [];
    case 'approval-reset':
      return [];
  }
}

function nameOf({ policy, approval }: Situation): string {
  return stageOf(policy, approval).name;
}

function due(current: { readonly dueAt?: string } | undefined): { readonly dueAt?: string } {
  return current?.dueAt === undefined ? {} : { dueAt: current.dueAt };
}

/** The authors learn how it ended, unless they ended it themselves; undefined when nobody is left to tell. */
export function endNotice(
  authors: readonly string[],
  { by, via, at, reason }: Pick<Stamped, 'by' | 'at'> & { via: string; reason?: string },
  outcome: NotifiedOutcome,
): Telling | undefined {
  const recipients = [...new Set(authors)].filter((user) => user !== by).map((id) => `user:${id}`);
  if (recipients.length === 0) return undefined;
  const why = { ...(via === 'system' ? {} : { by }), ...(reason === undefined ? {} : { reason }) };
  const occasion = outcome === 'expired' ? outcome : 'finished';
  return { occasion, key: occasion, at, recipients, outcome, ...why };
}

/** Takes out of the steps still to be done what is told together with the end. */
export function takeFinal<Effect extends { readonly kind: string }>(ledger: {
  effects: (Effect | NotifyEffect)[];
}): readonly Telling[] {
  const isFinal = (effect: Effect | NotifyEffect): effect is NotifyEffect =>
    effect.kind === 'notify' && 'final' in effect;
  const last = ledger.effects.filter(isFinal);
  ledger.effects = ledger.effects.filter((effect) => !isFinal(effect));
  return last.map(({ what }) => what);
}
