/** What is wrong with the times of an approval policy: lengths, order, and what would never come. */
import type { ApprovalPolicy, ApprovalStage } from '../contracts/approvals/policy.ts';
import { durationProblem, LONGEST_WAIT } from '../contracts/durations.ts';
import type { FieldError } from '../contracts/failures.ts';
import { dayLength, workingLength } from './calendar.ts';

const DAY = 24 * 3600 * 1000;

/** Every place of the stage, with pointers into it. The calendar is one that works. */
export function timeProblems(
  stage: ApprovalStage,
  calendar: ApprovalPolicy['calendar'],
): FieldError[] {
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
  const { outcome } = stage.onTimeout;
  if (deadline === undefined && outcome !== 'wait')
    errors.push({
      pointer: '/onTimeout',
      detail: `is ${outcome}, but there is no deadline; add one, or leave it out`,
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
function isLonger(one: string, other: string, calendar: ApprovalPolicy['calendar']): boolean {
  const lengthOf = (text: string): number => workingLength(text, calendar) ?? 0;
  return lengthOf(one) > lengthOf(other);
}

function orderProblems(
  { deadline, escalation }: ApprovalStage,
  calendar: ApprovalPolicy['calendar'],
): FieldError[] {
  return escalation.flatMap(({ after }, i) => {
    const before = escalation[i - 1]?.after;
    const wrong = (detail: string) => [{ pointer: `/escalation/${i}/after`, detail }];
    if (before !== undefined && !isLonger(after, before, calendar))
      return wrong(`is ${after}, and must be longer than that of the level before, ${before}`);
    if (deadline !== undefined && !isLonger(deadline, after, calendar))
      return wrong(`is ${after}, and must be shorter than the deadline, ${deadline}`);
    return [];
  });
}

/** Reminders of which none comes, unless somebody extends the deadline. No problem: the defaults are for days. */
export function timeWarnings(
  { deadline, reminders }: ApprovalStage,
  calendar: ApprovalPolicy['calendar'],
): FieldError[] {
  if (!reminders || deadline === undefined || isLonger(deadline, reminders.after, calendar))
    return [];
  const detail = `is ${reminders.after}, not shorter than the deadline, ${deadline}, so there will be no reminder`;
  return [{ pointer: '/reminders/after', detail }];
}
