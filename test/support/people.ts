/** People and rules about them, as tests of approvals need them. */
import type { CalendarRule } from '../../src/contracts/approvals/policy.ts';

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
