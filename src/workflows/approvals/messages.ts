/**
 * What can be sent to the workflow of an approval, besides the policy's event. Senders give one argument; the caller comes
 * from the headers (see shared/interceptors.ts).
 */
import { defineQuery, defineUpdate } from '@temporalio/workflow';
import type { RecordCommandKind } from '../../contracts/approvals/record-commands.ts';
import type { ApprovalStatus } from '../../contracts/approvals/types.ts';
import type { RefusedCommand } from '../../contracts/documents/events.ts';
import type { Caller } from '../shared/caller.ts';
import { RECORD_COMMAND } from './record-messages.ts';
import type { ApprovalStanding, RecordView } from './record-view.ts';
import type { ApprovalRecord } from './record.ts';

/** The update that carries every command: an update, because the caller deserves to know whether it was accepted. */
export const approvalUpdate = defineUpdate<RecordResult, [command: unknown, caller?: Caller]>(
  RECORD_COMMAND,
);
/** Where the approval stands; small, and always fresh. */
export const approvalStatusQuery = defineQuery<ApprovalStanding>('status');
/** The whole state with its history, and what was refused; undefined while one started by the CLI is still being checked. */
export const approvalQuery = defineQuery<ApprovalKept | undefined>('approval');

/** The memo of an approval that is to tell the workflow that has started it how it has ended. */
export const TELL_PARENT = { tellParent: true } as const;
/** The signal by which it tells; its payload is an {@link ApprovalOutcome}. */
export const APPROVAL_DECIDED = 'dossier:decided';

/** An approval, and what was not carried out of what was sent to it. */
export interface ApprovalKept {
  readonly record: ApprovalRecord;
  /** The last ones, oldest first, and how many there were in all. */
  readonly refused: readonly RefusedCommand[];
  readonly refusedCount: number;
}

/** What an accepted command answers; at most 4 KiB, because it stays in the history for ever. */
export interface RecordResult {
  /** False when the command changed nothing, because all was so already. */
  readonly changed: boolean;
  readonly state: ApprovalStatus;
  readonly version: number;
  /** This and `allowed` are left out when they would make the result too large. */
  readonly approval?: RecordView;
  /** What this caller can do next. */
  readonly allowed?: readonly RecordCommandKind[];
}

/** What the workflow of an approval returns, and `awaitApproval`. */
export interface ApprovalOutcome {
  readonly id: string;
  readonly state: ApprovalStatus;
  readonly version: number;
  /** Of whoever ended it. */
  readonly reason?: string;
}
