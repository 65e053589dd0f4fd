/** A stage of an approval begins: who is asked, and until when. Pure, given the directory. */
import type { EntryRequest, StageEntry } from '../contracts/approvals/entry.ts';
import type { ApprovalStage } from '../contracts/approvals/policy.ts';
import { LONGEST_WAIT } from '../contracts/durations.ts';
import type { Directory } from '../contracts/people.ts';
import { Asking, type Answer } from './asking.ts';
import { addWorking } from './calendar.ts';

/**
 * Looks up everything that the stage needs to know, once.
 *
 * Seats. One for each user who is named, for the owner, for each member of a role that the directory knows (at most 100,
 * otherwise it is a group), and for the manager: of the owner, or, at a level, of each who was meant by the list before. A
 * manager who may not decide, or is asked in this stage anyway, is passed over for the next one above. Nobody is in two
 * seats of the stage and its levels. Who is barred or excluded is in none; who is excluded by a role, as far as the
 * directory knows who has it.
 *
 * Substitutes. Whoever is away at the stage's instant (at the level's, at a level) shares the seat with the substitute,
 * who passes it on when away as well. Where anybody on this way may not decide or has a seat, there is none.
 *
 * Fallback. It joins where no manager is found, where nobody is left, and where there are fewer people than a quorum in
 * numbers and no groups; by the same rules. When that is not enough either, the group `role:operator` joins, so there is
 * always somebody. That is how a stage with the quorum `all` or `majority` can come to have a group after all.
 *
 * Levels. With `add`, those who have a seat already are left out, so a level may list nobody; with `reassign` they are
 * listed with that seat, because they go on being asked. Each level is there, also one that would come only after the
 * deadline, which `policyProblems` refuses; none is before the one before it.
 *
 * Instants are by {@link addWorking} with the policy's calendar, a reminder counted from the one before, also those after
 * the deadline, which can be extended; but none after ten years.
 * @throws RangeError when the policy has no such stage, or a duration or a calendar of it is none; see `policyProblems`.
 */
export function enterStage(request: EntryRequest, directory: Directory): StageEntry {
  const { policy, at } = request;
  const stage = policy.stages[request.stage];
  if (!stage) throw new RangeError(`the policy has no stage ${request.stage}`);
  const later = (from: string, duration: string): string =>
    addWorking(from, duration, policy.calendar);
  const dueAt = stage.deadline === undefined ? undefined : later(at, stage.deadline);
  return {
    ...asked(request, stage, directory, later),
    ...(dueAt === undefined ? {} : { dueAt }),
    remindAt: reminders(stage, at, later),
  };
}

type Later = (from: string, duration: string) => string;

function asked(
  request: EntryRequest,
  { approvers, quorum, excluded, escalation }: ApprovalStage,
  directory: Directory,
  later: Later,
): Pick<StageEntry, 'approvers' | 'levels'> {
  const { at, owner } = request;
  const asking = new Asking(request, excluded, directory);
  const atLeast = typeof quorum === 'number' ? quorum : 1;
  const first = asking.ask({ to: approvers, below: [owner], at, atLeast, again: false });
  let before: Answer & { readonly at: string } = { ...first, at: new Date(at).toISOString() };
  const levels = escalation.map(({ after, to, mode }) => {
    const own = later(at, after);
    // Days and hours can change their order on a day whose clocks are changed.
    const instant = own < before.at ? before.at : own;
    const again = mode === 'reassign';
    const answer = asking.ask({ to, below: before.meant, at: instant, atLeast: 1, again });
    before = { ...answer, at: instant };
    return { at: instant, approvers: answer.approvers };
  });
  return { approvers: first.approvers, levels };
}

function reminders({ reminders: rule }: ApprovalStage, at: string, later: Later): string[] {
  if (!rule) return [];
  const instants: string[] = [];
  const last = Date.parse(at) + LONGEST_WAIT;
  let next = later(at, rule.after);
  while (instants.length < rule.max && Date.parse(next) <= last) {
    instants.push(next);
    next = later(next, rule.every);
  }
  return instants;
}
