/** Deadlines and reminders: which run, when they strike next, and what that means. Absolute instants; pure. */
import type { Reminders } from '../../contracts/documents/definition.ts';
import type { DocumentEvent, Fact } from '../../contracts/documents/events.ts';
import { parseDuration } from '../../contracts/durations.ts';
import { nextStrike as nextOfApproval } from '../approvals/clocks.ts';
import { approvalStrike } from './approval.ts';
import { canBeFilled, isDraft, isRequired } from './requirements.ts';
import type { DocumentState } from './state.ts';

/** The name of the clock of the whole draft; no section can have it. */
export const DRAFT = '';

export interface Clock {
  /** Since when it is waited for. */
  readonly startedAt: string;
  /** Until when; undefined when there are only reminders. */
  readonly dueAt?: string;
  /** The number of the last reminder, those that were missed included. */
  readonly reminded: number;
  /** True when the deadline has passed and somebody was told. */
  readonly overdue?: true;
}

type Timed = Omit<DocumentState, 'clocks'> & Pick<Partial<DocumentState>, 'clocks'>;

/** The clocks after the event: those go on that still run, others begin now or end. `state` is the one after it. */
export function clocksAfter(state: Timed, event: DocumentEvent): Record<string, Clock> {
  const now: Record<string, Clock> = {};
  for (const name of [DRAFT, ...Object.keys(state.definition.sections)]) {
    const timing = timingOf(state, name);
    if (!timing) continue;
    const before = state.clocks?.[name] ?? begun(timing.deadline, event.at);
    now[name] = struck(name, before, event);
  }
  return now;
}

function begun(deadline: string | undefined, at: string): Clock {
  const ms = deadline === undefined ? undefined : parseDuration(deadline);
  const dueAt = ms === undefined ? {} : { dueAt: new Date(Date.parse(at) + ms).toISOString() };
  return { startedAt: at, reminded: 0, ...dueAt };
}

function struck(name: string, clock: Clock, event: DocumentEvent): Clock {
  if (!('section' in event ? event.section === name : name === DRAFT)) return clock;
  switch (event.kind) {
    case 'reminded':
      return { ...clock, reminded: event.number };
    case 'overdue':
      return { ...clock, overdue: true };
    case 'extended': {
      const { overdue: _over, ...rest } = clock;
      return { ...rest, dueAt: event.until };
    }
    default:
      return clock;
  }
}

interface Timing {
  readonly deadline?: string;
  readonly reminders?: Reminders;
}

/** What runs for the section (or the draft) now; undefined when nobody is waited for there. */
function timingOf(state: Timed, name: string): Timing | undefined {
  if (!isDraft(state)) return undefined;
  if (name === DRAFT) return timed(state.definition);
  const timing = timed(state.definition.sections[name] ?? {});
  // Most sections have none, and conditions are dear.
  if (!timing || state.sections[name]) return undefined;
  return isRequired(state, name) && canBeFilled(state, name) ? timing : undefined;
}

function timed({ deadline, reminders }: Timing): Timing | undefined {
  if (deadline === undefined && reminders === undefined) return undefined;
  return { ...(deadline === undefined ? {} : { deadline }), ...(reminders ? { reminders } : {}) };
}

/** When the next clock strikes, in milliseconds since 1970; undefined when none does. */
export function nextStrike(state: DocumentState): number | undefined {
  if (state.state === 'in-review') return state.approval && nextOfApproval(state.approval);
  const times = Object.entries(state.clocks).flatMap(([name, clock]) => {
    const due = clock.dueAt !== undefined && !clock.overdue ? [Date.parse(clock.dueAt)] : [];
    const reminders = remindersOf(state, name);
    const every = everyOf(reminders);
    const more = reminders && clock.reminded < reminders.max;
    return more ? [...due, Date.parse(clock.startedAt) + (clock.reminded + 1) * every] : due;
  });
  return times.length === 0 ? undefined : Math.min(...times);
}

/**
 * What the clocks bring about at this instant: a draft that is past its deadline expires, a section is overdue, those
 * waited for are reminded. Of reminders that were missed, because no worker ran, only the last is sent.
 */
export function strike(state: DocumentState, at: string): readonly Fact[] {
  if (state.state === 'in-review') return approvalStrike(state, at);
  const now = Date.parse(at);
  const isDue = ({ dueAt, overdue }: Clock): boolean =>
    dueAt !== undefined && !overdue && Date.parse(dueAt) <= now;
  const draft = state.clocks[DRAFT];
  if (draft && isDue(draft)) {
    return [{ kind: 'closed', state: 'expired', reason: `Not submitted by ${draft.dueAt}.` }];
  }
  return Object.entries(state.clocks).flatMap(([name, clock]): Fact[] => {
    const facts: Fact[] = [];
    const number = reminderAt(state, name, clock, now);
    const section = name === DRAFT ? {} : { section: name };
    if (number > clock.reminded) facts.push({ kind: 'reminded', ...section, number });
    if (isDue(clock)) facts.push({ kind: 'overdue', section: name });
    return facts;
  });
}

function reminderAt(state: DocumentState, name: string, clock: Clock, now: number): number {
  const reminders = remindersOf(state, name);
  if (!reminders) return 0;
  const passed = Math.floor((now - Date.parse(clock.startedAt)) / everyOf(reminders));
  return Math.min(passed, reminders.max);
}

function remindersOf({ definition }: DocumentState, name: string): Reminders | undefined {
  return name === DRAFT ? definition.reminders : definition.sections[name]?.reminders;
}

function everyOf(reminders: Reminders | undefined): number {
  return (reminders && parseDuration(reminders.every)) || Number.POSITIVE_INFINITY;
}

/** The next deadline, as lists show it; undefined when there is none. */
export function dueAt({ clocks, state, approval }: DocumentState): string | undefined {
  if (state === 'in-review') return approval?.current?.dueAt;
  return Object.values(clocks)
    .flatMap((clock) => clock.dueAt ?? [])
    .toSorted()[0];
}

/** True when somebody has let a deadline pass. */
export function isOverdue({ clocks, state, approval }: DocumentState): boolean {
  if (state === 'in-review') return approval?.current?.overdue === true;
  return Object.values(clocks).some(({ overdue }) => overdue);
}
