/** People and rules about them, as tests of approvals need them. */
import type {
  ApprovalPolicy,
  ApprovalStage,
  CalendarRule,
} from '../../src/contracts/approvals/policy.ts';
import type { Directory, Person } from '../../src/contracts/people.ts';

/** Monday to Friday, 09:00 to 17:00 in UTC, without holidays; and what the test says. */
export function calendar(rule: Partial<CalendarRule> = {}): CalendarRule {
  return {
    timeZone: 'UTC',
    days: [1, 2, 3, 4, 5],
    hours: { from: '09:00', to: '17:00' },
    holidays: [],
    extraDays: [],
    ...rule,
  };
}

/** One approver of any role, no deadline; and what the test says. */
export function stage(given: Partial<ApprovalStage> = {}): ApprovalStage {
  return {
    name: 'one',
    approvers: ['role:manager'],
    quorum: 1,
    veto: true,
    ownerMayDecide: false,
    excluded: [],
    delegable: true,
    onTimeout: { outcome: 'wait' },
    escalation: [],
    ...given,
  };
}

/** A policy with these stages, all defaults as documented; and what the test says. */
export function policyOf(
  stages: readonly Partial<ApprovalStage>[],
  given: Partial<ApprovalPolicy> = {},
): ApprovalPolicy {
  return {
    event: 'Approval',
    stages: stages.map(stage),
    earlierApprovals: 'reset',
    oncePerPerson: false,
    fallback: ['role:operator'],
    ...given,
  };
}

/** One that knows these people, and who has which role. */
export function directoryOf(...people: readonly (Partial<Person> & { id: string })[]): Directory {
  const all = people.map((one): Person => ({ roles: [], ...one }));
  return {
    person: (id) => all.find((one) => one.id === id),
    membersOf: (role) => all.filter(({ roles }) => roles.includes(role)),
  };
}
