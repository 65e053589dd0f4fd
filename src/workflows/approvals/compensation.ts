/** What a policy has done when nobody has decided in time. Pure. */
import type { Compensation } from '../../contracts/approvals/compensations.ts';
import type { ApprovalFact } from '../../contracts/approvals/events.ts';
import type { ApprovalPolicy } from '../../contracts/approvals/policy.ts';

/** To be carried out after the commit: see compensate.ts. */
export interface CompensationEffect {
  readonly kind: 'compensate';
  readonly name: Compensation;
  /** Whom the stage was for, as people are called: without `user:` or `role:`. */
  readonly whom: string;
}

/** What the fact brings about. */
export function compensationOf(
  { stages }: ApprovalPolicy,
  fact: ApprovalFact,
): CompensationEffect | undefined {
  if (fact.kind !== 'timed-out') return undefined;
  const stage = stages.find(({ name }) => name === fact.stage);
  const { compensation } = stage?.onTimeout ?? {};
  const names = (stage?.approvers ?? []).map((who) => who.replace(/^(user|role):/, ''));
  return compensation && { kind: 'compensate', name: compensation, whom: names.join(', ') };
}
