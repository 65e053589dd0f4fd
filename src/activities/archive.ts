/** Activities that keep in the database what must outlive the workflow. Each may run twice; the keys make it once. */
import type { DocumentEvent, RefusedCommand } from '../contracts/documents/events.ts';
import type { Database } from '../store/database.ts';
import { archiveDocument } from '../store/archive.ts';
import { recordBulkOutcome } from '../store/bulk.ts';
import { recordDocumentEvents } from '../store/events.ts';
import { archiveRecord } from '../workflows/documents/archive-record.ts';
import type { DocumentState } from '../workflows/documents/state.ts';

/** A finished document as its workflow hands it over. */
export interface FinishedDocument {
  readonly workflowId: string;
  readonly state: DocumentState;
  /** The events that are not in the database yet. */
  readonly events: readonly DocumentEvent[];
  readonly refused: readonly RefusedCommand[];
  readonly refusedCount: number;
}

/** A start that was unusable, and why. */
export interface FailedStart {
  readonly workflowId: string;
  readonly id: string;
  /** Empty when not even that could be made out. */
  readonly type: string;
  readonly customStatus: string;
  readonly at: string;
}

const NOTHING = {
  typeVersion: 0,
  title: '',
  state: 'failed',
  version: 0,
  owner: '',
  progress: { done: 0, total: 0, missing: [], percent: 0 },
  waitingFor: [],
};
const EMPTY = {
  state: undefined,
  events: [],
  refused: [],
  refusedCount: 0,
  fields: [],
  words: undefined,
  dueAt: undefined,
};

export function archiveActivities({ database }: { database: Database }) {
  return {
    /** Appends history entries of an open document. */
    async recordEvents(input: { id: string; events: readonly DocumentEvent[] }): Promise<void> {
      await recordDocumentEvents(database, input.id, input.events);
    },

    /** Writes the last history entries and the finished document, both or neither. */
    async archiveDocument(finished: FinishedDocument): Promise<void> {
      await archiveDocument(database, { ...finished, ...archiveRecord(finished.state) });
    },

    /** Writes what is known of a start that was unusable. */
    async archiveFailed(failed: FailedStart): Promise<void> {
      const { workflowId, at, ...known } = failed;
      const summary = { ...NOTHING, ...known, createdAt: at, updatedAt: at, closedAt: at };
      await archiveDocument(database, { ...EMPTY, workflowId, summary });
    },

    /** Counts what became of one document in a bulk action. */
    async recordBulkOutcome(input: {
      job: string;
      documentId: string;
      outcome: string;
    }): Promise<void> {
      await recordBulkOutcome(database, input);
    },
  };
}
