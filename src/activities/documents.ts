/** What documents need from outside before they can begin or go on: their types, and other documents. */
import { Context } from '@temporalio/activity';
import type { EntryRequest, StageEntry } from '../contracts/approvals/entry.ts';
import type { Actor } from '../contracts/caller.ts';
import type { DocumentType } from '../contracts/documents/definition.ts';
import type { CreateRequest } from '../contracts/documents/types.ts';
import { refuse, type Result } from '../contracts/failures.ts';
import { enterStage } from '../people/stage.ts';
import type { Directory } from '../contracts/people.ts';
import type { DocumentTypes } from '../document-types/index.ts';
import { unarchived } from '../store/archive.ts';
import type { Admitted } from '../workflows/documents/create.ts';
import { admission } from '../workflows/documents/admission.ts';
import type { DocumentState } from '../workflows/documents/state.ts';
import { viewOf } from '../workflows/documents/view.ts';
import { askDocument, type DocumentSources } from './read-document.ts';

/** Where the lines go that activities log. */
export interface ActivityLog {
  warn(fields: object, message: string): void;
  info(fields: object, message: string): void;
  debug(fields: object, message: string): void;
}

export interface DocumentActivityDeps extends DocumentSources {
  readonly documentTypes: DocumentTypes;
  readonly directory: Directory;
  readonly log: ActivityLog;
}

export function documentActivities(deps: DocumentActivityDeps) {
  const { database, documentTypes, log } = deps;
  return {
    /**
     * For a document that was not started by the gateway: the newest definition of its type, and what it takes from
     * another one. Refusals are values: `unknown-type`, `already-exists` when a finished document has the id, those of
     * `admission`.
     */
    async admitDocument({
      id,
      actor,
      request,
    }: {
      id: string;
      actor: Actor;
      request: CreateRequest;
    }): Promise<Result<Admitted>> {
      if ((await unarchived(database, [id])).length === 0)
        return refuse('already-exists', `The id ${id} was in use; ids are never used twice.`);
      const definition = documentTypes.find(request.type);
      if (!definition.ok) return definition;
      return admission(definition.value, request, actor, (other) => askDocument(deps, other));
    },

    /** The newest definition of a type, else `unknown-type`. */
    async findDefinition({ type }: { type: string }): Promise<Result<DocumentType>> {
      return documentTypes.find(type);
    },

    /**
     * The document is complete: tells the approver. Today by one log line that names its parts, as the article's
     * activity of this name does; the values, without sensitive ones, only at level debug. Looks up whom the first stage of
     * the approval is for, too. Twice does no harm.
     */
    async SubmitDocument({
      document,
      stage,
    }: {
      document: DocumentState;
      stage?: EntryRequest;
    }): Promise<StageEntry | undefined> {
      const { workflowExecution } = Context.current().info;
      const parts = ['metadata', ...Object.keys(document.sections)];
      const fields = { workflowId: workflowExecution?.workflowId, document: document.id, parts };
      log.info(fields, `Document complete, awaiting submission: ${parts.join(', ')}`);
      const { metadata, sections } = viewOf(document, { data: true });
      log.debug({ ...fields, metadata, sections }, 'The complete document');
      return stage && enterStage(stage, deps.directory);
    },
  };
}
