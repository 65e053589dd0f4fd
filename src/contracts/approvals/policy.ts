/** What an approval policy says: data, in a document type or in the request that starts an approval. */
import type { Condition } from '../conditions.ts';
import type { Approver, Who } from '../people.ts';
import type { Compensation } from './compensations.ts';

/** How many approvals a stage needs; `all` and `majority` count people, so roles need a directory then. */
export type Quorum = number | 'all' | 'majority';

/** What a stage that nobody has decided by its deadline comes to. `wait`: it stays open, and is overdue. */
export const TIMEOUT_OUTCOMES = ['wait', 'reject', 'approve', 'expire'] as const;
export type TimeoutOutcome = (typeof TIMEOUT_OUTCOMES)[number];

/** When a stage has timed out. */
export interface TimeoutRule {
  readonly outcome: TimeoutOutcome;
  /** An activity that is run then. */
  readonly compensation?: Compensation;
}

/** The first comes `after` the stage began, then one `every` so long, at most `max`. Durations. */
export interface ApprovalReminders {
  /** Default: `every`. */
  readonly after: string;
  /** Default P1D. */
  readonly every: string;
  /** Default 10. */
  readonly max: number;
}

/** Somebody else is asked when nobody has decided so long after the stage began. */
export interface EscalationLevel {
  readonly after: string;
  readonly to: readonly Approver[];
  /**
   * `add`: those who were asked before can still decide. `reassign`: of them only those can who were asked by an earlier
   * level; what they have decided counts on. Default `add`.
   */
  readonly mode: 'add' | 'reassign';
}

/** One step of an approval. */
export interface ApprovalStage {
  readonly name: string;
  /** Whether there is this step, by the content as it is when the step would begin. Default: always. */
  readonly when?: Condition;
  readonly approvers: readonly Approver[];
  /** How many different people must approve. Default 1. */
  readonly quorum: Quorum;
  /** Whether one rejection is enough; otherwise it ends when too few are left to reach the quorum. Default true. */
  readonly veto: boolean;
  /** Whether the owner, whoever submitted it and whoever changed it in review may decide. Default false: four eyes. */
  readonly ownerMayDecide: boolean;
  /** Those may not decide, whatever else they are: separation of duties. Default none. */
  readonly excluded: readonly Who[];
  /** Whether approvers may hand their decision to somebody else. Default true. */
  readonly delegable: boolean;
  /** A duration. Without it, it waits for ever. */
  readonly deadline?: string;
  /** Default `wait`. */
  readonly onTimeout: TimeoutRule;
  readonly reminders?: ApprovalReminders;
  /** In the order of time. Default none. */
  readonly escalation: readonly EscalationLevel[];
}

/**
 * Working time. With a calendar, days in durations of the policy are working days and hours are working hours; minutes
 * and seconds too. Without one, a day is 24 hours.
 */
export interface CalendarRule {
  /** IANA, such as Europe/Zurich. Default UTC. */
  readonly timeZone: string;
  /** ISO weekdays, 1 is Monday. Default 1 to 5. */
  readonly days: readonly number[];
  /** Local times, such as 09:00 and 17:00, which are the defaults. `to` is later than `from`, at most 24:00. */
  readonly hours: { readonly from: string; readonly to: string };
  /** Days off, as 2026-12-24; and those of a country, as CH or CH-ZH (ISO 3166), whose public holidays are days off. */
  readonly holidays: readonly string[];
  readonly country?: string;
  /** Days that are worked although they would be off. */
  readonly extraDays: readonly string[];
}

export interface ApprovalPolicy {
  /** An external event that decides: `true`, `false` or `{approved, reason?}`. Default `Approval`. */
  readonly event: string;
  /** One after the other; those whose `when` does not hold are left out. */
  readonly stages: readonly ApprovalStage[];
  /**
   * What happens to approvals when the content changes or is submitted again: `reset`, all begins anew; `keep`, they
   * count on, and it goes on where it was, then at the first stage that has not approved it. Default `reset`.
   */
  readonly earlierApprovals: 'reset' | 'keep';
  /** Whether somebody who has decided in one stage may not decide in another. Default false. */
  readonly oncePerPerson: boolean;
  /** Who decides where nobody is found: no manager, a circle of managers, an empty role. Default `role:operator`. */
  readonly fallback: readonly Who[];
  readonly calendar?: CalendarRule;
}
