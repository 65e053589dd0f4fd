/** Waits in plain types: something that goes on when the world answers, found by its name and its key. */
import type { Json } from '../json.ts';

/**
 * States of a wait; only the first is open. `stopped`: somebody has ended it before all was there; `expired`: its deadline
 * has. The last two only the engine brings about: its start was unusable, or it was terminated in Temporal.
 */
export const WAIT_STATES = [
  'waiting',
  'completed',
  'stopped',
  'expired',
  'cancelled',
  'failed',
  'terminated',
] as const;
export type WaitStatus = (typeof WAIT_STATES)[number];

/** Whether the wait goes on. */
export function isOpenWait(state: string): boolean {
  return state === 'waiting';
}

/** How many of the events it takes: the first one, all of them, or so many. Each counts once. */
export type WaitMode = 'any' | 'all' | number;

/** What the deadline makes of it: `expired`, or as complete as it is by then. */
export type OnTimeout = 'expire' | 'complete';

/** What begins a wait, by HTTP or as the input of a workflow started with the CLI; everything has a default. */
export interface WaitRequest {
  /** Names of signals. Default: the name of the wait. */
  readonly events?: readonly string[];
  /** Default `any`. */
  readonly mode?: WaitMode;
  /** An instant in ISO 8601; or `timeout`, a duration from the start on. Default: it waits for ever. */
  readonly deadline?: string;
  readonly timeout?: string;
  /** Default `expire`. */
  readonly onTimeout?: OnTimeout;
  /** What it is about: any JSON. Default null. */
  readonly data?: Json;
  /** Besides the owner: who may read it, send it events and stop it. Default: nobody. */
  readonly senders?: readonly string[];
  /** Is told, by a signed POST, when it ends. Its host must be in WEBHOOK_ALLOW. */
  readonly webhook?: string;
  /** Counts only when the start came through Temporal itself: who the owner is. */
  readonly actor?: string;
}

/** An event that has come. */
export interface Received {
  readonly event: string;
  readonly data: Json;
  /** ISO 8601. */
  readonly at: string;
  readonly by: string;
}
