/** What waits need from outside: a place when they are finished. */
import type { RefusedCommand } from '../contracts/documents/events.ts';
import { archive } from '../store/archive.ts';
import type { Database } from '../store/database.ts';
import { waitRow, type StartKey } from '../workflows/waits/archive-record.ts';
import type { WaitRecord } from '../workflows/waits/state.ts';

/** A finished wait as its workflow hands it over. */
export interface FinishedWait {
  readonly workflowId: string;
  readonly record: WaitRecord;
  readonly refused: readonly RefusedCommand[];
  readonly refusedCount: number;
  readonly started?: StartKey;
}

export function waitActivities({ database }: { readonly database: Database }) {
  return {
    /** Writes the finished wait. */
    async archiveWait(finished: FinishedWait): Promise<void> {
      await archive(database, 'wait', waitRow(finished));
    },
  };
}
