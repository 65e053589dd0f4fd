/** What a shape cannot say about an approval policy: whether its parts fit together, and fit the people there are. */
import type { ApprovalPolicy, ApprovalStage } from '../contracts/approvals/policy.ts';
import { durationProblem, LONGEST_WAIT } from '../contracts/durations.ts';
import type { FieldError } from '../contracts/failures.ts';
import { NO_DIRECTORY, type Approver, type Directory } from '../contracts/people.ts';
import { idOf, isUser, membersOf } from './asking.ts';
import { calendarProblems } from './calendar-check.ts';
import { dayLength, workingLength } from './calendar.ts';

const DAY = 24 * 3600 * 1000;

/**
 * Every place at which a policy of the right shape cannot work, with pointers into the policy; conditions of `when` are
 * checked where the fields are known. Users are looked up only when there is a directory. A policy without problems can
 * get some when people go, so `enterStage` takes it all the same.
 */
export function policyProblems(policy: ApprovalPolicy, directory: Directory): FieldError[] {
  const { stages, fallback, calendar } = policy;
  const calendarErrors = calendar ? below('/calendar', calendarProblems(calendar)) : [];
  const names = stages.map(({ name }) => name);
  return [
    ...stages.flatMap((stage, i) => {
      const errors = [
        ...(names.indexOf(stage.name) < i
          ? [{ pointer: '/name', detail: 'is the name of a stage before; names must differ' }]
          : []),
        ...quorumProblems(stage, directory),
        ...exclusionProblems(stage),
        ...(calendarErrors.length > 0 ? [] : timeProblems(stage, calendar)),
        ...listsOf(stage).flatMap(([place, list]) => unknownUsers(place, list, directory)),
      ];
      return below(`/stages/${i}`, errors);
    }),
    ...unknownUsers('/fallback', fallback, directory),
    ...calendarErrors,
  ];
}

function below(pointer: string, errors: readonly FieldError[]): FieldError[] {
  return errors.map((one) => ({ ...one, pointer: pointer + one.pointer }));
}

/** All lists of people, with their places in the stage. */
function listsOf(stage: ApprovalStage): (readonly [place: string, list: readonly Approver[]])[] {
  return [
    ['/approvers', stage.approvers],
    ['/excluded', stage.excluded],
    ...stage.escalation.map(({ to }, i) => [`/escalation/${i}/to`, to] as const),
  ];
}

function unknownUsers(
  place: string,
  list: readonly Approver[],
  directory: Directory,
): FieldError[] {
  if (directory === NO_DIRECTORY) return [];
  return list.flatMap((who, i) =>
    isUser(who) && !directory.person(idOf(who))
      ? [{ pointer: `${place}/${i}`, detail: `${idOf(who)} is not in the directory` }]
      : [],
  );
}

function quorumProblems(stage: ApprovalStage, directory: Directory): FieldError[] {
  const { approvers, quorum, ownerMayDecide } = stage;
  if (!ownerMayDecide && approvers.every((who) => who === 'owner')) {
    const detail =
      'names nobody but the owner, who may not decide; add others or ownerMayDecide: true';
    return [{ pointer: '/approvers', detail }];
  }
  const wrong = (detail: string): FieldError[] => [{ pointer: '/quorum', detail }];
  const groups = approvers.filter((who) => who === 'anyone' || who.startsWith('role:'));
  if (typeof quorum === 'number') {
    const people = deciders(stage);
    if (groups.length > 0 || quorum <= people) return [];
    return wrong(`is ${quorum}, and of those who are named only ${people} can decide`);
  }
  const unknown = groups.find((who) => !membersOf(who as 'anyone', directory));
  if (unknown === undefined) return [];
  return wrong(
    `${quorum} counts people, and who ${unknown} is, is not known (or too many); name users, or a number`,
  );
}

/** How many people those are at most who are named one by one. */
function deciders({ approvers, excluded, ownerMayDecide }: ApprovalStage): number {
  const out = new Set<Approver>(excluded);
  const named = new Set(approvers.filter((who) => !out.has(who)));
  if (!ownerMayDecide) named.delete('owner');
  return named.size;
}

function exclusionProblems({ excluded }: ApprovalStage): FieldError[] {
  return excluded.flatMap((who, i) =>
    who === 'anyone'
      ? [
          {
            pointer: `/excluded/${i}`,
            detail: 'would leave nobody; name users, roles or the owner',
          },
        ]
      : [],
  );
}

function timeProblems(stage: ApprovalStage, calendar: ApprovalPolicy['calendar']): FieldError[] {
  const { deadline, reminders, escalation } = stage;
  const durations: [pointer: string, text: string | undefined][] = [
    ['/deadline', deadline],
    ['/reminders/after', reminders?.after],
    ['/reminders/every', reminders?.every],
    ...escalation.map(({ after }, i): [string, string] => [`/escalation/${i}/after`, after]),
  ];
  const errors = durations.flatMap(([pointer, text]) => {
    const detail = text === undefined ? undefined : waitProblem(text, calendar);
    return detail === undefined ? [] : [{ pointer, detail }];
  });
  return errors.length > 0 ? errors : orderProblems(stage, calendar);
}

function waitProblem(text: string, calendar: ApprovalPolicy['calendar']): string | undefined {
  const problem = durationProblem(text);
  const length = workingLength(text, calendar);
  if (problem !== undefined || !calendar || length === undefined) return problem;
  const weeks = length / dayLength(calendar) / calendar.days.length;
  if (weeks * 7 * DAY <= LONGEST_WAIT) return undefined;
  return `is ${text}, which in this calendar takes more than 10 years`;
}

/** By working time; so days and hours can be compared, although one day in spring or autumn may prove it wrong. */
function orderProblems(
  { deadline, escalation }: ApprovalStage,
  calendar: ApprovalPolicy['calendar'],
): FieldError[] {
  const lengthOf = (text: string): number => workingLength(text, calendar) ?? 0;
  return escalation.flatMap(({ after }, i) => {
    const before = escalation[i - 1]?.after;
    const wrong = (detail: string) => [{ pointer: `/escalation/${i}/after`, detail }];
    if (before !== undefined && lengthOf(after) <= lengthOf(before))
      return wrong(`is ${after}, and must be longer than that of the level before, ${before}`);
    if (deadline !== undefined && lengthOf(after) >= lengthOf(deadline))
      return wrong(`is ${after}, and must be shorter than the deadline, ${deadline}`);
    return [];
  });
}
