/** Activities that keep in the database what must outlive the workflow. Each may run twice; the keys make it once. */
import type { DocumentEvent, RefusedCommand } from '../contracts/documents/types.ts';
import type { Database } from '../store/database.ts';
import { archiveDocument, recordDocumentEvents } from '../store/documents.ts';
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

export function archiveActivities({ database }: { database: Database }) {
  return {
    /** Appends history entries of an open document. */
    async recordEvents(input: { id: string; events: readonly DocumentEvent[] }): Promise<void> {
      await recordDocumentEvents(database, input.id, input.events);
    },

    /** Writes the last history entries and the finished document, both or neither. */
    async archiveDocument(finished: FinishedDocument): Promise<void> {
      await archiveDocument(database, finished);
    },
  };
}
