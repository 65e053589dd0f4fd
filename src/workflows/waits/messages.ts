/**
 * What can be sent to the workflow of a wait, besides its events. Senders give one argument; the caller comes from the
 * headers (see shared/interceptors.ts).
 */
import { defineQuery, defineUpdate } from '@temporalio/workflow';
import type { RefusedCommand } from '../../contracts/documents/events.ts';
import type { WaitCommandKind } from '../../contracts/waits/commands.ts';
import type { WaitStatus } from '../../contracts/waits/types.ts';
import type { Caller } from '../shared/caller.ts';
import { WAIT_COMMAND } from './commands.ts';
import type { WaitRecord } from './state.ts';
import type { WaitStanding, WaitSummary } from './view.ts';

/** The update that carries every command: an update, because the caller deserves to know whether it was accepted. */
export const waitUpdate = defineUpdate<WaitResult, [command: unknown, caller?: Caller]>(
  WAIT_COMMAND,
);
/** Where the wait stands, without data; always fresh. */
export const waitStatusQuery = defineQuery<WaitStanding>('status');
/** The whole state, with all data that has come, and what was refused. */
export const waitQuery = defineQuery<WaitKept>('wait');

/** A wait, and what was not carried out of what was sent to it. */
export interface WaitKept {
  readonly record: WaitRecord;
  /** The last ones, oldest first, and how many there were in all. */
  readonly refused: readonly RefusedCommand[];
  readonly refusedCount: number;
}

/** What an accepted command answers; at most 4 KiB, because it stays in the history for ever. */
export interface WaitResult {
  /** False when the command changed nothing, because the same one had come before. */
  readonly changed: boolean;
  readonly state: WaitStatus;
  readonly version: number;
  /** This and `allowed` are left out when they would make the result too large. */
  readonly wait?: WaitSummary;
  /** What this caller can do next. */
  readonly allowed?: readonly WaitCommandKind[];
}
