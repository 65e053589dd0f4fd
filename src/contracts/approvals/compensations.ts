/**
 * What a policy can have done when a stage times out: the closed list of names. Each is an activity in
 * activities/compensations.ts.
 */
export const COMPENSATIONS = ['Escalation'] as const;
export type Compensation = (typeof COMPENSATIONS)[number];
