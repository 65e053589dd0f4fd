/**
 * A wait: the state, and how events become state. No rules here: decide.ts has them. Neither knows Temporal or HTTP, neither
 * reads a clock.
 */
import type { Call } from '../../contracts/caller.ts';
import type { HistoryEntry } from '../../contracts/documents/events.ts';
import { waitId, type WaitKey } from '../../contracts/ids.ts';
import type { Json } from '../../contracts/json.ts';
import type { Who } from '../../contracts/people.ts';
import type { WaitEvent, WaitFact } from '../../contracts/waits/events.ts';
import {
  isOpenWait,
  type OnTimeout,
  type Received,
  type WaitMode,
  type WaitStatus,
} from '../../contracts/waits/types.ts';
import { reasonOf } from '../shared/reason.ts';

/** All there is to know about a wait. Plain data; carried over continue-as-new and kept in the archive as it is. */
export interface WaitRecord extends WaitKey {
  /** The shape of this record; raised when it changes, and older ones are converted in one place. */
  readonly schema: 1;
  /** See `waitId`. */
  readonly id: string;
  readonly owner: string;
  readonly senders: readonly Who[];
  readonly events: readonly string[];
  readonly mode: WaitMode;
  readonly data: Json;
  readonly onTimeout: OnTimeout;
  readonly dueAt?: string;
  readonly webhook?: string;
  readonly state: WaitStatus;
  /** Number of the last event; counts everything that happened. */
  readonly version: number;
  /** In the order in which they came; of each name the first. */
  readonly received: readonly Received[];
  /** Who has ended it before all was there, and with what. */
  readonly stop?: Omit<Received, 'event'>;
  /** The deadline has ended it. */
  readonly timedOut?: true;
  /** What happened, oldest first; without data. */
  readonly history: readonly HistoryEntry[];
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly closedAt?: string;
  readonly closedReason?: string;
  /** Only in what queries answer: the workflow is suspended, and nothing can be done. */
  readonly suspended?: true;
}

/** Numbers and stamps the facts of one command so that they follow on the wait. */
export function waitEvents(
  { version }: { readonly version: number },
  { at, actor, via }: Call,
  facts: readonly WaitFact[],
): readonly WaitEvent[] {
  return facts.map((fact, i) => ({ ...fact, sequence: version + 1 + i, at, by: actor.id, via }));
}

/** The wait after its first event, which is `started`. */
export function waitOf(wait: WaitKey, events: readonly WaitEvent[]): WaitRecord {
  const [first, ...rest] = events;
  if (first?.kind !== 'started') throw new Error('a wait begins with its start');
  const { kind: _kind, sequence: version, at, by: _by, via: _via, ...begun } = first;
  const record: WaitRecord = {
    schema: 1,
    id: waitId(wait, at),
    name: wait.name,
    key: wait.key,
    ...begun,
    state: 'waiting',
    version,
    received: [],
    history: [lineOf(first)],
    createdAt: at,
    updatedAt: at,
  };
  return rest.reduce(evolveWait, record);
}

/** The wait after the event. No rules here; it cannot fail. */
export function evolveWait(record: WaitRecord, event: WaitEvent): WaitRecord {
  const { sequence: version, at: updatedAt } = event;
  const history = [...record.history, lineOf(event)];
  return { ...record, ...changesOf(record, event), history, version, updatedAt };
}

function changesOf(record: WaitRecord, event: WaitEvent): Partial<WaitRecord> {
  const { at, by } = event;
  switch (event.kind) {
    case 'started':
      return {};
    case 'received': {
      const { event: name, data } = event;
      return { received: [...record.received, { event: name, data, at, by }] };
    }
    case 'stopped':
      return { stop: { data: event.data, at, by } };
    case 'closed': {
      const { state, timedOut, reason } = event;
      return {
        state,
        closedAt: at,
        ...(timedOut ? { timedOut } : {}),
        ...(reason === undefined ? {} : { closedReason: reason }),
      };
    }
  }
}

function lineOf(event: WaitEvent): HistoryEntry {
  const { sequence: version, at, by, via } = event;
  return { version, at, by, via, accepted: true, ...told(event) };
}

function told(event: WaitEvent): Pick<HistoryEntry, 'command' | 'reason'> {
  switch (event.kind) {
    case 'started':
      return { command: 'start' };
    case 'received':
      return { command: `event ${event.event}` };
    case 'stopped':
      return { command: 'stop' };
    case 'closed':
      return { command: ENDINGS[event.state] ?? event.state, ...reasonOf(event) };
  }
}

const ENDINGS: Readonly<Partial<Record<WaitStatus, string>>> = {
  completed: 'complete',
  stopped: 'end',
  expired: 'expire',
  cancelled: 'cancel',
};

/** Whether the wait goes on. */
export function isOpenRecord({ state }: Pick<WaitRecord, 'state'>): boolean {
  return isOpenWait(state);
}

/** How many of the events it takes. */
export function neededOf({ mode, events }: Pick<WaitRecord, 'mode' | 'events'>): number {
  if (mode === 'any') return 1;
  return mode === 'all' ? events.length : mode;
}

/** The events that have not come yet. */
export function outstanding({
  events,
  received,
}: {
  readonly events: readonly string[];
  readonly received: readonly Pick<Received, 'event'>[];
}): string[] {
  return events.filter((name) => received.every(({ event }) => event !== name));
}
