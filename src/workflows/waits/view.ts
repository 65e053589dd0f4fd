/** How a wait shows itself: to HTTP clients, in lists, in the memo of its workflow. Pure. */
import { terminated } from '../../contracts/durable.ts';
import { waitId, waitKeyOf } from '../../contracts/ids.ts';
import type { Json } from '../../contracts/json.ts';
import {
  WAIT_STATES,
  type Received,
  type WaitMode,
  type WaitStatus,
} from '../../contracts/waits/types.ts';
import type { RefusedView } from '../shared/reception.ts';
import { isOpenRecord, outstanding, type WaitRecord } from './state.ts';

/** What lists and the status show: everything but data. */
export interface WaitSummary {
  /** Of this one wait, among all that ever had its key. */
  readonly id: string;
  readonly name: string;
  readonly key: string;
  readonly state: WaitStatus;
  /** Where it stands, in one line; of an unusable start the reason. */
  readonly customStatus: string;
  readonly events: readonly string[];
  readonly mode: WaitMode;
  readonly received: readonly Omit<Received, 'data'>[];
  readonly dueAt?: string;
  /** The deadline has ended it. */
  readonly timedOut?: true;
  readonly owner: string;
  readonly senders: readonly string[];
  readonly version: number;
  /** True while its workflow is suspended: nothing can be done with it. */
  readonly suspended?: true;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly closedAt?: string;
  readonly closedReason?: string;
}

/** How a wait has ended: the result of its workflow. */
export interface WaitOutcome {
  readonly id: string;
  readonly name: string;
  readonly key: string;
  readonly state: WaitStatus;
  /** Whether the deadline has ended it. */
  readonly timedOut: boolean;
  /** What came of what was waited for, in that order. */
  readonly events: readonly Received[];
  /** With what somebody has stopped it. */
  readonly stop?: Omit<Received, 'event'>;
  /** Of whoever ended it. */
  readonly reason?: string;
  readonly closedAt?: string;
}

/** What the query `status` answers. */
export interface WaitStanding extends WaitSummary {
  /** Commands and signals that were not carried out: how many, and the last of them. */
  readonly refused: RefusedView;
}

export function waitSummary(record: WaitRecord): WaitSummary {
  const { id, name, key, state, events, mode, owner, senders, version, received } = record;
  const { dueAt, timedOut, createdAt, updatedAt, closedAt, closedReason } = record;
  return {
    id,
    name,
    key,
    state,
    customStatus: customStatusOf(record),
    events,
    mode,
    received: received.map(({ data: _data, ...one }) => one),
    ...(dueAt === undefined ? {} : { dueAt }),
    ...(timedOut ? { timedOut } : {}),
    owner,
    senders,
    version,
    ...(record.suspended && isOpenRecord(record) ? { suspended: true as const } : {}),
    createdAt,
    updatedAt,
    ...(closedAt === undefined ? {} : { closedAt }),
    ...(closedReason === undefined ? {} : { closedReason }),
  };
}

function customStatusOf(record: WaitRecord): string {
  const { state, mode, received } = record;
  if (!isOpenRecord(record)) return `${state[0]?.toUpperCase()}${state.slice(1)}`;
  const left = outstanding(record);
  if (typeof mode !== 'number')
    return `Waiting for ${left.join(mode === 'any' ? ' or ' : ' and ')}`;
  return `Waiting for ${mode - received.length} of ${left.join(', ')}`;
}

/** How it has ended, or that it has not. */
export function outcomeOf(record: WaitRecord): WaitOutcome {
  const { id, name, key, state, timedOut = false, received, stop, closedReason, closedAt } = record;
  return {
    id,
    name,
    key,
    state,
    timedOut,
    events: received,
    ...(stop === undefined ? {} : { stop }),
    ...(closedReason === undefined ? {} : { reason: closedReason }),
    ...(closedAt === undefined ? {} : { closedAt }),
  };
}

/** The same of one of which nothing is left but its summary; what came, came with data that nobody knows any more. */
export function outcomeOfSummary(summary: WaitSummary): WaitOutcome {
  const { id, name, key, state, timedOut = false, received, closedReason, closedAt } = summary;
  return {
    id,
    name,
    key,
    state,
    timedOut,
    events: received.map((one) => ({ ...one, data: null })),
    ...(closedReason === undefined ? {} : { reason: closedReason }),
    ...(closedAt === undefined ? {} : { closedAt }),
  };
}

/** What a list shows of a wait of which nothing is known but its workflow and when it was started. */
export function emptyWait(workflowId: string, type: string, startedAt: string): WaitSummary {
  const wait = waitKeyOf(workflowId, type);
  return {
    id: waitId(wait, startedAt),
    ...wait,
    state: 'waiting',
    customStatus: 'Starting',
    events: [],
    mode: 'any',
    received: [],
    owner: '',
    senders: [],
    version: 0,
    createdAt: startedAt,
    updatedAt: startedAt,
  };
}

/** The data that only the whole wait has. */
export function waitData({ data, stop, received }: WaitRecord): {
  readonly data: Json;
  readonly received: readonly Received[];
  readonly stop?: Omit<Received, 'event'>;
} {
  return { data, received, ...(stop === undefined ? {} : { stop }) };
}

/**
 * The memo: what never changes under `wait`, what does under `now`, and `customStatus` for itself, because that key is where
 * the Durable Functions dialect looks for the custom status of any workflow.
 */
export function waitMemo(record: WaitRecord): Record<string, unknown> {
  const summary = waitSummary(record);
  const { id, name, key, createdAt, events, mode, owner, senders, customStatus, ...now } = summary;
  return {
    wait: { id, name, key, createdAt, events, mode, owner, senders },
    now,
    customStatus,
    // Durable Functions knows no other word for it.
    ...(now.state === 'cancelled' ? { durable: terminated(now.closedReason) } : {}),
  };
}

/** What {@link waitMemo} put there, or undefined when the memo is none of a wait's. */
export function waitFromMemo(memo: Record<string, unknown> | undefined): WaitSummary | undefined {
  const { wait, now, customStatus, suspended } = memo ?? {};
  const is = suspended === true ? { suspended } : {};
  const summary = { ...(wait as object), ...(now as object), customStatus, ...is };
  return isSummary(summary) ? summary : undefined;
}

/** Anybody can start a workflow with any memo; one that only looks like ours must not break a list. */
function isSummary(value: Partial<Record<keyof WaitSummary, unknown>>): value is WaitSummary {
  const { id, name, key, owner, customStatus, createdAt, updatedAt } = value;
  const { events, received, senders, version, mode, state } = value;
  return (
    [id, name, key, owner, customStatus, createdAt, updatedAt].every(
      (one) => typeof one === 'string',
    ) &&
    [events, received, senders].every(Array.isArray) &&
    Number.isInteger(version) &&
    (mode === 'any' || mode === 'all' || Number.isInteger(mode)) &&
    WAIT_STATES.some((one) => one === state)
  );
}
