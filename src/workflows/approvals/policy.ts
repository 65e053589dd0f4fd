/** From a policy as people write it to one that says everything. Pure. */
import type {
  ApprovalPolicy,
  ApprovalReminders,
  ApprovalStage,
  CalendarRule,
  EscalationLevel,
  TimeoutOutcome,
  TimeoutRule,
} from '../../contracts/approvals/policy.ts';
import type { Approver } from '../../contracts/people.ts';

type Part<T> = { readonly [K in keyof T]?: T[K] };

/** A policy of the right shape (contracts/approvals/shape.ts), defaults missing. */
export type PolicyDraft = Part<Omit<ApprovalPolicy, 'stages' | 'calendar'>> & {
  readonly stages: readonly StageDraft[];
  readonly calendar?: Part<Omit<CalendarRule, 'hours'>> & {
    readonly hours?: Part<CalendarRule['hours']>;
  };
};
type StageDraft = Part<Omit<ApprovalStage, 'onTimeout' | 'reminders' | 'escalation'>> &
  Pick<ApprovalStage, 'name' | 'approvers'> & {
    readonly onTimeout?: TimeoutOutcome | TimeoutRule;
    readonly reminders?: Part<ApprovalReminders>;
    readonly escalation?: readonly LevelDraft[];
  };
type LevelDraft = Pick<EscalationLevel, 'after'> & {
  readonly to: Approver | readonly Approver[];
  readonly mode?: EscalationLevel['mode'];
};

/** The policy with every default filled in. */
export function completePolicy({ stages, calendar, ...given }: PolicyDraft): ApprovalPolicy {
  return {
    event: 'Approval',
    earlierApprovals: 'reset',
    oncePerPerson: false,
    fallback: ['role:operator'],
    ...given,
    stages: stages.map(completeStage),
    ...(calendar ? { calendar: completeCalendar(calendar) } : {}),
  };
}

function completeStage({ reminders, onTimeout, escalation, ...given }: StageDraft): ApprovalStage {
  return {
    quorum: 1,
    veto: true,
    ownerMayDecide: false,
    excluded: [],
    delegable: true,
    ...given,
    onTimeout: typeof onTimeout === 'object' ? onTimeout : { outcome: onTimeout ?? 'wait' },
    escalation: (escalation ?? []).map(({ to, ...level }) => ({
      mode: 'add',
      ...level,
      to: typeof to === 'string' ? [to] : to,
    })),
    ...(reminders ? { reminders: completeReminders(reminders) } : {}),
  };
}

function completeReminders({ every = 'P1D', ...given }: Part<ApprovalReminders>) {
  return { max: 10, after: every, ...given, every };
}

function completeCalendar({ hours, ...given }: NonNullable<PolicyDraft['calendar']>): CalendarRule {
  return {
    timeZone: 'UTC',
    days: [1, 2, 3, 4, 5],
    holidays: [],
    extraDays: [],
    ...given,
    hours: { from: '09:00', to: '17:00', ...hours },
  };
}
