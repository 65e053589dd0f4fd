/** What an approval policy must look like, in a document type or in a request. What goes beyond a shape is checked in people/. */
import type { JsonSchema } from '../documents/definition.ts';
import { count, duration, flag, name, object, text, told, who } from '../shape-parts.ts';
import { USER_PATTERN } from '../people.ts';
import { COMPENSATIONS } from './compensations.ts';
import { TIMEOUT_OUTCOMES } from './policy.ts';

const APPROVER = {
  type: 'string',
  maxLength: 200,
  pattern: `^(anyone|owner|manager|${USER_PATTERN}|role:.+)$`,
  examples: ['role:manager', 'user:anna', 'manager'],
  'x-expected': 'must be manager, user:<name>, role:<name>, owner or anyone',
};
const approvers = (title: string, description: string): JsonSchema => ({
  ...told([title, description]),
  type: 'array',
  minItems: 1,
  maxItems: 100,
  items: APPROVER,
  'x-expected': 'must be a list of one or more of manager, user:<name>, role:<name>, owner, anyone',
});

const quorum: JsonSchema = {
  ...told(['Quorum', 'How many different people must approve: a number, all or majority.']),
  anyOf: [{ type: 'integer', minimum: 1, maximum: 100 }, { enum: ['all', 'majority'] }],
  default: 1,
  'x-expected': 'must be a whole number from 1 to 100, all or majority',
};

const OUTCOME = {
  ...told(['Outcome', 'wait: it stays open, and is overdue.']),
  enum: [...TIMEOUT_OUTCOMES],
};
const onTimeout: JsonSchema = {
  ...told(['On timeout', 'What it comes to when nobody has decided by the deadline.']),
  anyOf: [
    OUTCOME,
    {
      type: 'object',
      properties: {
        outcome: OUTCOME,
        compensation: {
          ...told(['Compensation', 'The name of an activity that is run then.']),
          enum: [...COMPENSATIONS],
        },
      },
      required: ['outcome'],
      additionalProperties: false,
    },
  ],
  default: 'wait',
  'x-expected': `must be one of ${TIMEOUT_OUTCOMES.join(', ')}, or {outcome, compensation} with compensation one of ${COMPENSATIONS.join(', ')}`,
};

const reminders = object(
  ['Reminders', 'Reminds those who have not decided. {} for one a day, ten times.'],
  {
    after: duration(['After', 'When the first one comes. Default: as every.']),
    every: { ...duration(['Every', 'The time between two.']), default: 'P1D' },
    max: count(['At most', 'So many, then no more.'], 1, 100, { default: 10 }),
  },
);

const escalation: JsonSchema = {
  ...told(['Escalation', 'Whom to ask when nobody has decided; one level after the other.']),
  type: 'array',
  maxItems: 10,
  items: object(
    ['Level', 'Somebody else is asked.'],
    {
      after: duration(['After', 'Since the stage began.']),
      to: {
        ...told(['To', 'One of manager, user:<name>, role:<name>, owner; or a list of them.']),
        anyOf: [APPROVER, approvers('To', 'All of them are asked.')],
        'x-expected':
          'must be manager, user:<name>, role:<name>, owner, anyone, or a list of some of these',
      },
      mode: {
        ...told(['Mode', 'Whether those asked before can still decide: add or reassign.']),
        enum: ['add', 'reassign'],
        default: 'add',
        'x-expected': 'must be add or reassign',
      },
    },
    { required: ['after', 'to'], 'x-expected': 'must be an object with after and to' },
  ),
  default: [],
  'x-expected': 'must be a list of at most 10 levels, each with after and to',
};

const DAY = '^\\d{4}-\\d{2}-\\d{2}$';
const days = (title: string, description: string): JsonSchema => ({
  ...told([title, description]),
  type: 'array',
  maxItems: 1_000,
  items: { type: 'string', pattern: DAY, 'x-expected': 'must be a day such as 2026-12-24' },
  default: [],
  'x-expected': 'must be a list of days such as 2026-12-24',
});
const HOUR = {
  type: 'string',
  pattern: '^([01]\\d|2[0-3]):[0-5]\\d$|^24:00$',
  'x-expected': 'must be a local time such as 09:00',
};
const calendar = object(
  ['Calendar', 'Working time: with it, days are working days and hours are working hours.'],
  {
    timeZone: text(['Time zone', 'IANA, such as Europe/Zurich.'], { default: 'UTC' }),
    days: {
      ...told(['Days', 'Weekdays that are worked; 1 is Monday.']),
      type: 'array',
      minItems: 1,
      maxItems: 7,
      items: { type: 'integer', minimum: 1, maximum: 7 },
      default: [1, 2, 3, 4, 5],
      'x-expected': 'must be a list of weekdays from 1 (Monday) to 7',
    },
    hours: object(['Hours', 'The working day, in local time.'], {
      from: { ...told(['From', 'When it begins.']), ...HOUR, default: '09:00' },
      to: { ...told(['To', 'When it ends; later than from.']), ...HOUR, default: '17:00' },
    }),
    holidays: days('Holidays', 'Days off.'),
    country: text(['Country', 'As CH or CH-ZH (ISO 3166): its public holidays are days off.']),
    extraDays: days('Extra days', 'Worked although they would be off.'),
  },
);

const stage = (condition: JsonSchema): JsonSchema =>
  object(
    ['Stage', 'One step of the approval.'],
    {
      name: text(['Name', 'How the history calls it.']),
      when: {
        ...told(['When', 'A condition without which this step is left out. Default: always.']),
        type: 'object',
        ...condition,
      },
      approvers: approvers('Approvers', 'Who may decide.'),
      quorum,
      veto: flag(['Veto', 'Whether one rejection is enough.'], true),
      ownerMayDecide: flag([
        'Owner may decide',
        'Whether owners, and whoever changed it in review, decide on their own words.',
      ]),
      excluded: {
        ...who(['Excluded', 'They may not decide, whatever else they are.']),
        minItems: 0,
      },
      delegable: flag(['Delegable', 'Whether approvers may hand the decision on.'], true),
      deadline: duration(['Deadline', 'Without it, it waits for ever.']),
      onTimeout,
      reminders,
      escalation,
    },
    { required: ['name', 'approvers'] },
  );

/** The shape of a policy. `condition`: that of a condition, or a reference to it. */
export const approvalShape = (condition: JsonSchema): JsonSchema =>
  object(
    ['Approval', 'Who decides after the submission. Without it, a submitted document is approved.'],
    {
      event: name(
        ['Event', 'An event from outside that decides: true, false or {approved, reason}.'],
        { default: 'Approval' },
      ),
      stages: {
        ...told(['Stages', 'The steps, one after the other.']),
        type: 'array',
        minItems: 1,
        maxItems: 20,
        items: stage(condition),
        'x-expected': 'must be a list of one to 20 stages',
      },
      earlierApprovals: {
        ...told(['Earlier approvals', 'What becomes of them when the content changes.']),
        enum: ['reset', 'keep'],
        default: 'reset',
        'x-expected': 'must be reset or keep',
      },
      oncePerPerson: flag(['Once per person', 'Whether nobody may decide in two stages.']),
      fallback: who(['Fallback', 'Who decides where nobody is found.'], 'role:operator'),
      calendar,
    },
    { required: ['stages'] },
  );
