/**
 * What can be sent to a document's workflow, besides one signal for each section and the approval event. Senders give
 * one argument; the caller comes from the headers (see shared/interceptors.ts).
 */
import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { DocumentType } from '../../contracts/documents/definition.ts';
import type { DocumentEvent, RefusedCommand } from '../../contracts/documents/events.ts';
import type { DocumentStatus } from '../../contracts/documents/types.ts';
import type { Caller } from '../shared/caller.ts';
import { COMMAND } from './commands.ts';
import type { DocumentState } from './state.ts';
import type { DocumentView, StatusView } from './view.ts';
import type { Readable } from './readers.ts';

/** The update that carries every command: an update, because the caller deserves to know whether it was accepted. */
export const commandUpdate = defineUpdate<CommandResult, [command: unknown, caller?: Caller]>(
  COMMAND,
);
/** The same command without an answer, for callers who do not wait; judged when a worker reads it. */
export const commandSignal = defineSignal<[command: unknown, caller?: Caller]>(COMMAND);
/** The signal by which documents tell each other how they stand. No section can have this name. */
export const NOTICE = 'dossier:notice';
/** Where the document stands; small, and always fresh. */
export const statusQuery = defineQuery<StatusView>('status');
/** The whole state; undefined while a document started by the CLI is still loading its type. */
export const documentQuery = defineQuery<DocumentState | undefined>('document');
/** The part of the history that is not in the database yet, and what was refused. */
export const historyQuery = defineQuery<HistoryTail | undefined>('history');

/** What an accepted command answers; at most 4 KiB, because it stays in the history for ever. */
export interface CommandResult {
  /** False when the command changed nothing, because all was so already. */
  readonly changed: boolean;
  readonly state: DocumentStatus;
  readonly version: number;
  /** The document without the sections' data. This and `allowed` are left out when they would make the result too large. */
  readonly document?: DocumentView;
  /** What this caller can do next, as {@link import('./permissions.ts').actionName | action names}. */
  readonly allowed?: readonly string[];
}

export interface HistoryTail extends Readable {
  readonly definition: DocumentType;
  readonly events: readonly DocumentEvent[];
  /** The last refused signals, oldest first, and how many there were in all. */
  readonly refused: readonly RefusedCommand[];
  readonly refusedCount: number;
}

/** What a document's workflow returns. */
export interface DocumentOutcome {
  readonly id: string;
  readonly state: DocumentStatus;
  readonly version: number;
  /** The text that the original system's workflow ended with, for types that have one. */
  readonly output: string;
}
