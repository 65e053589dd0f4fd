/** The check of a policy that came with a request. No rule of its own; gateway and worker both run it. */
import type { EntryRequest, StageEntry } from '../contracts/approvals/entry.ts';
import type { ApprovalPolicy } from '../contracts/approvals/policy.ts';
import { ok, refuse, type Result } from '../contracts/failures.ts';
import type { Directory } from '../contracts/people.ts';
import { policyProblems } from './policy-check.ts';
import { enterStage } from './stage.ts';

/** What is to be checked, and the stage to look up; without one there is nothing to decide. */
export interface ApprovalAdmission {
  readonly policy: ApprovalPolicy;
  readonly stage?: EntryRequest;
}

/** The first stage of a policy that is sound, else `invalid-data` with every wrong place. */
export function admitPolicy(
  { policy, stage }: ApprovalAdmission,
  directory: Directory,
): Result<{ readonly entry?: StageEntry }> {
  const problems = policyProblems(policy, directory);
  if (problems.length > 0) {
    const errors = problems.map(({ pointer, detail }) => ({
      pointer: `/policy${pointer}`,
      detail,
    }));
    return refuse('invalid-data', 'The policy contradicts itself.', { errors });
  }
  return ok(stage ? { entry: enterStage(stage, directory) } : {});
}
