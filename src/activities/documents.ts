/** Activities of documents besides keeping them. */
import { Context } from '@temporalio/activity';
import type { DocumentType } from '../contracts/documents/types.ts';
import { refuse, type Result } from '../contracts/failures.ts';
import type { DocumentTypes } from '../document-types.ts';
import type { Database } from '../store/database.ts';
import { findArchived } from '../store/documents.ts';
import type { DocumentState } from '../workflows/documents/state.ts';

/** Where the lines go that activities log. */
export interface ActivityLog {
  info(fields: object, message: string): void;
  debug(fields: object, message: string): void;
}

export function documentActivities({
  database,
  documentTypes,
  log,
}: {
  database: Database;
  documentTypes: DocumentTypes;
  log: ActivityLog;
}) {
  return {
    /**
     * For a document that was not started by the gateway: the newest definition of its type. A refusal (`unknown-type`,
     * `already-exists` when a finished document has the id) is a value, not an error.
     */
    async admitDocument({ id, type }: { id: string; type: string }): Promise<Result<DocumentType>> {
      const used = await findArchived(database, id);
      if (used)
        return refuse('already-exists', `The id ${id} was in use; ids are never used twice.`);
      return documentTypes.find(type);
    },

    /**
     * The document is complete: tells the approver. Today by one log line that names its parts, as the article's
     * activity of this name does; the values, which may be personal, only at level debug. Logging twice does no harm.
     */
    async SubmitDocument({ document }: { document: DocumentState }): Promise<void> {
      const { workflowExecution } = Context.current().info;
      const parts = ['metadata', ...Object.keys(document.sections)];
      const fields = { workflowId: workflowExecution?.workflowId, document: document.id, parts };
      log.info(fields, `Document complete, awaiting submission: ${parts.join(', ')}`);
      log.debug(
        { ...fields, metadata: document.metadata, sections: document.sections },
        'The complete document',
      );
    },
  };
}
