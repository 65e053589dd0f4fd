/** What approvals need from outside: the people whom they ask, and a place when they are finished. */
import type { EntryRequest, StageEntry } from '../contracts/approvals/entry.ts';
import type { RefusedCommand } from '../contracts/documents/events.ts';
import { refuse, type Result } from '../contracts/failures.ts';
import type { NewNotification } from '../contracts/notifications.ts';
import type { Directory } from '../contracts/people.ts';
import { admitPolicy, type ApprovalAdmission } from '../people/admission.ts';
import { enterStage } from '../people/stage.ts';
import { archive, unarchived } from '../store/archive.ts';
import { approvalRecordRow } from '../workflows/approvals/record-archive.ts';
import type { ApprovalRecord } from '../workflows/approvals/record.ts';
import { tell, type TellingDeps } from './notifications.ts';

/** A finished approval as its workflow hands it over. */
export interface FinishedApproval {
  readonly workflowId: string;
  readonly record: ApprovalRecord;
  readonly refused: readonly RefusedCommand[];
  readonly refusedCount: number;
  /** How it ended, for those concerned. */
  readonly notifications: readonly NewNotification[];
}

export interface ApprovalActivityDeps extends TellingDeps {
  readonly directory: Directory;
}

export function approvalActivities(deps: ApprovalActivityDeps) {
  const { database, directory } = deps;
  return {
    /** Whom a stage is for, and its instants: a snapshot. */
    async enterStage(request: EntryRequest): Promise<StageEntry> {
      return enterStage(request, directory);
    },

    /**
     * For an approval that was not started by the gateway: checks its policy and looks up its first stage. Refusals are
     * values: `invalid-data`, and `already-exists` when a finished approval has the `id`.
     */
    async admitApproval({
      id,
      ...asked
    }: ApprovalAdmission & { id?: string }): Promise<Result<{ entry?: StageEntry }>> {
      if (id !== undefined && (await unarchived(database, [id], 'approval')).length === 0)
        return refuse('already-exists', `The id ${id} was in use; ids are never used twice.`);
      return admitPolicy(asked, directory);
    },

    /** Writes the finished approval, and tells those concerned how it ended. */
    async archiveApproval({ notifications, ...finished }: FinishedApproval): Promise<void> {
      await archive(database, 'approval', approvalRecordRow(finished));
      for (const one of notifications) await tell(deps, one);
    },
  };
}
