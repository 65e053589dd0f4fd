/** What a shape cannot say about an approval policy: whether its parts fit together, and fit the people there are. */
import type { ApprovalPolicy, ApprovalStage } from '../contracts/approvals/policy.ts';
import type { FieldError } from '../contracts/failures.ts';
import { NO_DIRECTORY, type Approver, type Directory } from '../contracts/people.ts';
import { idOf, isUser, membersOf } from './asking.ts';
import { calendarProblems } from './calendar-check.ts';
import { timeProblems, timeWarnings } from './policy-times.ts';

/**
 * Every place at which a policy of the right shape cannot work, with pointers into the policy; conditions of `when` are
 * checked where the fields are known. Users are looked up only when there is a directory. A policy without problems can
 * get some when people go, so `enterStage` takes it all the same.
 */
export function policyProblems(policy: ApprovalPolicy, directory: Directory): FieldError[] {
  const { stages, fallback, calendar, event } = policy;
  const calendarErrors = calendar ? below('/calendar', calendarProblems(calendar)) : [];
  const names = stages.map(({ name }) => name);
  const reserved = {
    pointer: '/event',
    detail: `no event may be named "${event}"; choose another`,
  };
  return [
    ...(event === 'command' || event in Object.prototype ? [reserved] : []),
    ...stages.flatMap((stage, i) => {
      const errors = [
        ...(names.indexOf(stage.name) < i
          ? [{ pointer: '/name', detail: 'is the name of a stage before; names must differ' }]
          : []),
        ...quorumProblems(stage, directory),
        ...exclusionProblems(stage),
        ...repetitionProblems(policy, i),
        ...(calendarErrors.length > 0 ? [] : timeProblems(stage, calendar)),
        ...listsOf(stage).flatMap(([place, list]) => unknownUsers(place, list, directory)),
      ];
      return below(`/stages/${i}`, errors);
    }),
    ...unknownUsers('/fallback', fallback, directory),
    ...calendarErrors,
  ];
}

/** What works, and is hardly meant: roles that nobody has, as people come and go, and reminders that do not come. */
export function policyWarnings(
  { stages, calendar }: ApprovalPolicy,
  directory: Directory,
): FieldError[] {
  return stages.flatMap((stage, i) => {
    const empty = listsOf(stage).flatMap(([place, list]) => emptyRoles(place, list, directory));
    const few = tooFew(stage, directory);
    return below(`/stages/${i}`, [...empty, ...few, ...timeWarnings(stage, calendar)]);
  });
}

/** A number that all who are known together cannot reach. */
function tooFew({ approvers, quorum }: ApprovalStage, directory: Directory): FieldError[] {
  const groups = approvers.filter((who) => who === 'anyone' || who.startsWith('role:'));
  if (typeof quorum !== 'number' || groups.length === 0) return [];
  const known = groups.map((who) => membersOf(who as 'anyone', directory));
  if (known.includes(undefined)) return [];
  const users = approvers.filter((who) => !groups.includes(who));
  const people = new Set([
    ...users,
    ...known.flatMap((all = []) => all.map(({ id }) => `user:${id}`)),
  ]);
  // Of nobody at all the empty role tells.
  if (people.size === 0 || quorum <= people.size) return [];
  const detail = `is ${quorum}, and there are only ${people.size} people who could approve; the fallback joins them`;
  return [{ pointer: '/quorum', detail }];
}

function emptyRoles(place: string, list: readonly Approver[], directory: Directory): FieldError[] {
  return list.flatMap((who, i) =>
    who.startsWith('role:') && membersOf(who as `role:${string}`, directory)?.length === 0
      ? [
          {
            pointer: `${place}/${i}`,
            detail: `nobody in the directory has ${who}; unless somebody gets it, the fallback decides`,
          },
        ]
      : [],
  );
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

/** Where nobody may decide twice: a stage that waits for those who must have decided before. */
function repetitionProblems({ stages, oncePerPerson }: ApprovalPolicy, i: number): FieldError[] {
  const stage = stages[i];
  if (!oncePerPerson || !stage || !isOfUsers(stage)) return [];
  const before = stages.slice(0, i).filter((one) => !one.when && isOfUsers(one) && takesAll(one));
  const used = new Set(before.flatMap(({ approvers }) => approvers));
  const free = { ...stage, approvers: stage.approvers.filter((who) => !used.has(who)) };
  const needed = stage.quorum === 'all' ? deciders(stage) : Number(stage.quorum) || 1;
  if (deciders(free) >= needed) return [];
  const detail =
    'are people who must decide in an earlier stage, and with oncePerPerson may not again; name others';
  return [{ pointer: '/approvers', detail }];
}

function isOfUsers({ approvers }: ApprovalStage): boolean {
  return approvers.every(isUser);
}

/** Whether everybody who is named has to approve. */
function takesAll(stage: ApprovalStage): boolean {
  return stage.quorum === 'all' || stage.quorum === deciders(stage);
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
