/** Activities of documents that touch no database. */
import { Context } from '@temporalio/activity';
import type { DocumentType } from '../contracts/documents/types.ts';
import type { Result } from '../contracts/failures.ts';
import type { DocumentTypes } from '../document-types.ts';
import type { DocumentState } from '../workflows/documents/state.ts';

/** Where the lines go that activities log. */
export interface ActivityLog {
  info(fields: object, message: string): void;
  debug(fields: object, message: string): void;
}

export function documentActivities({
  documentTypes,
  log,
}: {
  documentTypes: DocumentTypes;
  log: ActivityLog;
}) {
  return {
    /** The newest definition of a type by its name; a refusal (`unknown-type`) is a value, not an error. */
    async loadDocumentType({ name }: { name: string }): Promise<Result<DocumentType>> {
      return documentTypes.find(name);
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
