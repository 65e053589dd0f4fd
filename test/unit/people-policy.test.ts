/** What is told of approval policies that cannot work. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type {
  ApprovalPolicy,
  ApprovalStage,
  CalendarRule,
  EscalationLevel,
} from '../../src/contracts/approvals/policy.ts';
import { NO_DIRECTORY } from '../../src/contracts/people.ts';
import { addWorking, directoryOf, policyProblems, policyWarnings } from '../../src/people/index.ts';
import { calendar, policyOf, stage } from '../support/people.ts';

const directory = directoryOf([
  { id: 'anna', roles: ['manager'] },
  { id: 'ben', roles: ['manager', 'finance'] },
]);

const told = (policy: ApprovalPolicy, where = directory): string[] =>
  policyProblems(policy, where).map(({ pointer, detail }) => `${pointer} ${detail}`);
const ofStage = (one: Partial<ApprovalStage>, where = directory): string[] =>
  told(policyOf([one]), where);
const ofCalendar = (rule: Partial<CalendarRule>, one: Partial<ApprovalStage> = {}): string[] =>
  told(policyOf([one], { calendar: calendar(rule) }));
const level = (after: string, ...to: EscalationLevel['to']): EscalationLevel => ({
  after,
  to: to.length > 0 ? to : ['role:head'],
  mode: 'add',
});

test('nothing, of a policy that says everything there is to say', () => {
  const full = policyOf(
    [
      {
        name: 'manager',
        approvers: ['manager'],
        deadline: 'P5D',
        reminders: { after: 'P1D', every: 'PT4H', max: 3 },
        escalation: [level('PT12H', 'manager'), level('P2D', 'user:ben')],
      },
      { name: 'two', approvers: ['role:manager', 'user:anna'], quorum: 'all', excluded: ['owner'] },
      { name: 'three', approvers: ['user:anna', 'user:ben', 'owner'], quorum: 2 },
      { name: 'four', approvers: ['owner'], ownerMayDecide: true },
    ],
    {
      calendar: calendar({ country: 'CH-ZH', timeZone: 'Europe/Zurich', holidays: ['2026-12-24'] }),
    },
  );
  expect(told(full)).toEqual([]);
});

test('an outcome that would never come, and an event that is ours', () => {
  const reject = { onTimeout: { outcome: 'reject' } } as const;
  expect(ofStage(reject)).toEqual([
    '/stages/0/onTimeout is reject, but there is no deadline; add one, or leave it out',
  ]);
  expect(ofStage({ ...reject, deadline: 'P1D' })).toEqual([]);
  for (const event of ['command', 'constructor'])
    expect(told(policyOf([{}], { event }))).toEqual([
      `/event no event may be named "${event}"; choose another`,
    ]);
});

test('with oncePerPerson, a second stage for people who have decided in the first', () => {
  const both = (one: Partial<ApprovalStage>, two: Partial<ApprovalStage>, oncePerPerson = true) =>
    told(
      policyOf(
        [
          { ...one, name: 'one' },
          { ...two, name: 'two' },
        ],
        { oncePerPerson },
      ),
    );
  const anna: Partial<ApprovalStage> = { approvers: ['user:anna'] };
  const either: Partial<ApprovalStage> = { approvers: ['user:anna', 'user:ben'] };
  const again = [
    '/stages/1/approvers are people who must decide in an earlier stage, and with oncePerPerson may not again; name others',
  ];
  expect(both(anna, anna)).toEqual(again);
  expect(both({ ...either, quorum: 'all' }, anna)).toEqual(again);
  expect(both(anna, { ...either, quorum: 2 })).toEqual(again);
  expect(both(anna, anna, false)).toEqual([]);
  expect(both(anna, either)).toEqual([]);
  expect(both(either, anna)).toEqual([]);
  expect(both({ ...anna, when: { field: 'x', equals: 1 } }, anna)).toEqual([]);
  expect(both(anna, { approvers: ['role:manager'] })).toEqual([]);
});

test('a role that nobody has is worth a word, and no more', () => {
  const policy = policyOf([
    { approvers: ['role:managre'], escalation: [level('P1D', 'role:nobody')] },
  ]);
  expect(told(policy)).toEqual([]);
  expect(policyWarnings(policy, directory).map(({ pointer }) => pointer)).toEqual([
    '/stages/0/approvers/0',
    '/stages/0/escalation/0/to/0',
  ]);
  expect(policyWarnings(policy, NO_DIRECTORY)).toEqual([]);
  expect(policyWarnings(policyOf([{}]), directory)).toEqual([]);
});

test('so is a quorum that those with a role are too few for', () => {
  const warned = (quorum: number, where = directory) =>
    policyWarnings(policyOf([{ approvers: ['role:manager', 'user:anna'], quorum }]), where);
  expect(warned(3)).toEqual([
    {
      pointer: '/stages/0/quorum',
      detail: 'is 3, and there are only 2 people who could approve; the fallback joins them',
    },
  ]);
  expect(warned(2)).toEqual([]);
  expect(warned(3, NO_DIRECTORY)).toEqual([]);
});

test('so are reminders of which none comes', () => {
  const reminders = { after: 'P2D', every: 'PT1H', max: 3 };
  const warned = (deadline: string) =>
    policyWarnings(policyOf([{ reminders, deadline }]), directory);
  expect(warned('P2D')).toEqual([
    {
      pointer: '/stages/0/reminders/after',
      detail: 'is P2D, not shorter than the deadline, P2D, so there will be no reminder',
    },
  ]);
  expect(warned('P3D')).toEqual([]);
});

test.each<[string, Partial<ApprovalStage>, string]>([
  ['everybody of anyone', { approvers: ['anyone'], quorum: 'all' }, '/quorum all counts people'],
  [
    'a quorum that is never reached',
    { approvers: ['user:anna'], quorum: 2 },
    '/quorum is 2, and of',
  ],
  ['the same user twice', { approvers: ['user:anna', 'user:anna'], quorum: 2 }, '/quorum is 2'],
  ['the owner counted', { approvers: ['user:anna', 'owner'], quorum: 2 }, '/quorum is 2, and of'],
  ['the excluded counted', { approvers: ['user:anna'], excluded: ['user:anna'] }, '/quorum is 1'],
  ['one manager as two', { approvers: ['manager'], quorum: 2 }, '/quorum is 2'],
  ['nobody but the owner', { approvers: ['owner'] }, '/approvers names nobody but the owner'],
  ['all excluded', { excluded: ['anyone'] }, '/excluded/0 would leave nobody'],
  ['an unknown approver', { approvers: ['user:anna', 'user:x'] }, '/approvers/1 x is not in the'],
  ['an unknown one excluded', { excluded: ['user:x'] }, '/excluded/0 x is not in the directory'],
  ['an unknown level', { escalation: [level('P1D', 'user:x')] }, '/escalation/0/to/0 x is not in'],
  ['no duration', { deadline: 'soon' }, '/deadline "soon" must be a duration such as P1D'],
  ['no time at all', { deadline: 'PT0S' }, '/deadline is PT0S; it must be from 1 s to 10 years'],
  ['too long', { deadline: 'P3651D' }, '/deadline is P3651D; it must be from 1 s to 10 years'],
  [
    'reminders without a pause',
    { reminders: { after: '999ms', every: 'PT0S', max: 3 } },
    '/reminders/after is 999ms',
  ],
  ['a level at once', { escalation: [level('PT0S')] }, '/escalation/0/after is PT0S; it must be'],
  [
    'levels in the wrong order',
    { escalation: [level('P2D'), level('PT47H')] },
    '/escalation/1/after is PT47H, and must be longer than that of the level before, P2D',
  ],
  [
    'two levels at once',
    { escalation: [level('P1D'), level('24h')] },
    '/escalation/1/after is 24h, and must be longer than that of the level before, P1D',
  ],
  [
    'a level at the deadline',
    { deadline: 'P2D', escalation: [level('48h')] },
    '/escalation/0/after is 48h, and must be shorter than the deadline, P2D',
  ],
])('%s', (_what, one, said) => {
  expect(ofStage(one).join('\n')).toContain(`/stages/0${said}`);
});

test('the name of a stage before', () => {
  expect(told(policyOf([{}, { name: 'two' }, {}]))).toEqual([
    '/stages/2/name is the name of a stage before; names must differ',
  ]);
});

test('everybody of a role, when nobody knows who that is, or too many are', () => {
  const all = { approvers: ['role:manager'], quorum: 'majority' } as const;
  expect(ofStage(all)).toEqual([]);
  expect(ofStage(all, NO_DIRECTORY).join()).toContain('/stages/0/quorum majority counts people');
  const crowd = Array.from({ length: 101 }, (_, i) => ({ id: `c${i}`, roles: ['manager'] }));
  expect(ofStage(all, directoryOf(crowd)).join()).toContain('/stages/0/quorum');
  expect(ofStage({ approvers: ['role:manager'], quorum: 9 }, NO_DIRECTORY)).toEqual([]);
});

test('users are looked up only when there is a directory, those of the fallback, too', () => {
  const one = policyOf([{ approvers: ['user:x'] }], { fallback: ['role:head', 'user:y'] });
  expect(told(one, NO_DIRECTORY)).toEqual([]);
  expect(told(one)).toEqual([
    '/stages/0/approvers/0 x is not in the directory',
    '/fallback/1 y is not in the directory',
  ]);
});

describe('calendars', () => {
  test.each<[string, Partial<CalendarRule>, string]>([
    ['no zone', { timeZone: 'Mars/Olympus' }, '/timeZone "Mars/Olympus" is no IANA time zone'],
    ['the zone of the machine', { timeZone: 'local' }, '/timeZone'],
    ['an offset', { timeZone: 'UTC+1' }, '/timeZone'],
    ['no days', { days: [] }, '/days must be one or more different weekdays'],
    ['a day 0', { days: [0, 1] }, '/days'],
    ['a day 8', { days: [8] }, '/days'],
    ['half a day', { days: [1.5] }, '/days'],
    ['a day twice', { days: [1, 1] }, '/days'],
    ['no hour', { hours: { from: '9', to: '17:00' } }, '/hours/from must be a time such as 09:00'],
    ['60 minutes', { hours: { from: '09:00', to: '17:60' } }, '/hours/to must be a time'],
    ['after midnight', { hours: { from: '09:00', to: '24:01' } }, '/hours/to must be a time'],
    ['no time', { hours: { from: '09:00', to: '09:00' } }, '/hours/to must be later than 09:00'],
    ['over midnight', { hours: { from: '22:00', to: '06:00' } }, '/hours/to must be later than'],
    ['no date', { holidays: ['2026-12-24', '24.12.2026'] }, '/holidays/1 must be a date such as'],
    ['29 February', { extraDays: ['2026-02-29'] }, '/extraDays/0 must be a date'],
    [
      'too many',
      { holidays: Array.from({ length: 1001 }, () => '2026-12-24') },
      '/holidays must be',
    ],
    ['no country', { country: 'XX' }, '/country "XX" is no country such as CH'],
    ['no part of it', { country: 'CH-XX' }, '/country "CH-XX" is no country such as CH'],
  ])('%s', (_what, rule, said) => {
    const problems = ofCalendar(rule);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(`/calendar${said}`);
  });

  test('24:00 and 00:00 are hours', () => {
    expect(ofCalendar({ hours: { from: '00:00', to: '24:00' } })).toEqual([]);
  });

  test('levels are compared in working time', () => {
    const eight = { deadline: 'P2D', escalation: [level('PT15H')] };
    expect(ofCalendar({}, eight)).toEqual([]);
    const late = { deadline: 'P2D', escalation: [level('PT16H')] };
    expect(ofCalendar({}, late).join()).toContain('/stages/0/escalation/0/after is PT16H');
    const week = { deadline: 'P1W', escalation: [level('P5D')] };
    expect(ofCalendar({}, week).join()).toContain('/stages/0/escalation/0/after is P5D');
    expect(told(policyOf([week]))).toEqual([]);
  });

  test('what takes longer than ten years in them', () => {
    expect(ofCalendar({}, { deadline: 'P2600D' })).toEqual([]);
    expect(ofCalendar({}, { deadline: 'P2700D' })).toEqual([
      '/stages/0/deadline is P2700D, which in this calendar takes more than 10 years',
    ]);
    expect(ofCalendar({ days: [3] }, { deadline: 'P600D' })).toHaveLength(1);
    expect(
      ofCalendar({ hours: { from: '09:00', to: '09:01' } }, { deadline: 'P1DT44H' }),
    ).toHaveLength(1);
  });
});

describe('whatever is in it,', () => {
  const durations = fc.constantFrom(
    'soon',
    'PT0S',
    'PT1S',
    'PT8H',
    'P1D',
    '1.5w',
    'P3650D',
    'P9999D',
  );
  const dates = fc.constantFrom('2026-12-24', '2026-02-30', 'x', '2026-01-05', '2026-01-06');
  const calendars = fc.record({
    timeZone: fc.constantFrom('UTC', 'Europe/Zurich', 'Pacific/Apia', 'Nowhere'),
    days: fc.array(fc.integer({ min: 0, max: 8 }), { maxLength: 3 }),
    hours: fc.record({
      from: fc.constantFrom('00:00', '02:30', '09:00', 'x'),
      to: fc.constantFrom('00:00', '03:00', '17:00', '24:00'),
    }),
    holidays: fc.array(dates, { maxLength: 3 }),
    extraDays: fc.array(dates, { maxLength: 3 }),
  });

  test('a policy without problems has an end for each of its durations', () => {
    fc.assert(
      fc.property(
        durations,
        calendars,
        fc.constantFrom('2026-03-28', '2011-12-29'),
        (one, rule, day) => {
          const policy = policyOf([stage({ deadline: one })], { calendar: rule });
          if (policyProblems(policy, NO_DIRECTORY).length > 0) return;
          const at = `${day}T10:00:00.000Z`;
          expect(addWorking(at, one, rule) > at).toBe(true);
        },
      ),
      { numRuns: 2_000 },
    );
  });
});
