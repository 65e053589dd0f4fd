import type { EntryRequest, StageEntry, Approvers } from '../contracts/approvals/entry.ts';
import type { ApprovalPolicy } from '../contracts/approvals/policy.ts';
import type { FieldError } from '../contracts/failures.ts';
import { parseDuration } from '../contracts/durations.ts';
import type { Approver, Directory } from '../contracts/people.ts';

/** TEMPORARY */
export function enterStage(request: EntryRequest, _directory: Directory): StageEntry {
  const stage = request.policy.stages[request.stage]!;
  const approversOf = (who: readonly Approver[]): Approvers => ({
    seats: who
      .filter((one) => one.startsWith('user:') || one === 'owner')
      .map((one) => (one === 'owner' ? request.owner : one.slice(5)))
      .filter((id) => !request.barred.includes(id))
      .map((id) => ({ for: id, holders: [id] })),
    groups: who.filter((one) => one === 'anyone' || one.startsWith('role:')) as Approvers['groups'],
  });
  const after = (text: string, times = 1): string =>
    new Date(Date.parse(request.at) + times * (parseDuration(text) ?? 0)).toISOString();
  const { deadline, reminders, escalation } = stage;
  const remindAt = reminders
    ? Array.from({ length: reminders.max }, (_, i) =>
        new Date(
          Date.parse(after(reminders.after)) + i * (parseDuration(reminders.every) ?? 0),
        ).toISOString(),
      )
    : [];
  return {
    approvers: approversOf(stage.approvers),
    levels: escalation.map((level) => ({
      at: after(level.after),
      approvers: approversOf(level.to),
    })),
    ...(deadline === undefined ? {} : { dueAt: after(deadline) }),
    remindAt,
  };
}

/** TEMPORARY: every place of a policy of the right shape at which it contradicts itself; pointers into the policy. */
export function policyProblems(policy: ApprovalPolicy, _directory: Directory): FieldError[] {
  return policy.stages.flatMap(({ deadline, reminders, escalation }, i) =>
    [
      ['deadline', deadline] as const,
      ['reminders/after', reminders?.after] as const,
      ['reminders/every', reminders?.every] as const,
      ...escalation.map(({ after }, j) => [`escalation/${j}/after`, after] as const),
    ].flatMap(([place, text]) =>
      text === undefined || (parseDuration(text) ?? 0) > 0
        ? []
        : [
            {
              pointer: `/stages/${i}/${place}`,
              detail: 'must be a duration such as P1D, PT8H or 30m',
            },
          ],
    ),
  );
}
