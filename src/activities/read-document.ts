/** Another document as a worker sees it: from the archive, or by asking its workflow. */
import { Context } from '@temporalio/activity';
import {
  QueryNotRegisteredError,
  QueryRejectedError,
  WorkflowNotFoundError,
} from '@temporalio/client';
import { ok, refuse, type Result } from '../contracts/failures.ts';
import { workflowIdCandidates } from '../contracts/ids.ts';
import type { Database } from '../store/database.ts';
import { findArchived } from '../store/archive.ts';
import type { Temporal } from '../temporal/client.ts';
import { documentQuery } from '../workflows/documents/messages.ts';
import type { DocumentState } from '../workflows/documents/state.ts';

export interface DocumentSources {
  readonly database: Database;
  readonly temporal: Temporal;
}

/** Attempts of an activity after which a document that does not answer is one that will not answer soon. */
const PATIENCE = 3;

/** {@link readDocument} for an activity: tries it again, but not for ever, because a whole document waits for it. */
export async function askDocument(
  sources: DocumentSources,
  id: string,
): Promise<Result<DocumentState | undefined>> {
  try {
    return ok(await readDocument(sources, id));
  } catch (error) {
    if (!(error instanceof Silent) || isEarly()) throw error;
    return refuse('no-worker', `Document ${id} does not answer. Try again later.`);
  }
}

function isEarly(): boolean {
  return Context.current().info.attempt < PATIENCE;
}

/** Thrown when a workflow is there and could not be asked. */
class Silent extends Error {}

/**
 * The document, open or closed; undefined when there is none under this very id, or none that could be read in full.
 * @throws Silent when its workflow does not answer
 */
async function readDocument(
  { database, temporal }: DocumentSources,
  id: string,
): Promise<DocumentState | undefined> {
  for (const workflowId of workflowIdCandidates('document', id)) {
    const archived = await findArchived(database, id);
    if (archived) return archived.state;
    try {
      const state = await temporal.call({}, ({ workflow }) =>
        workflow.getHandle(workflowId).query(documentQuery),
      );
      // `document:4711` leads to the document 4711 too, but whoever keeps it by that id would take it for another.
      return state?.id === id ? state : undefined;
    } catch (error) {
      // Closed between the two reads, and in the archive now; or no document; or not under this workflow id.
      if (error instanceof QueryRejectedError) return (await findArchived(database, id))?.state;
      // No document; or one in its very first moment, which the next attempt finds.
      const foreign = error instanceof QueryNotRegisteredError && !isEarly();
      if (foreign) return undefined;
      if (!(error instanceof WorkflowNotFoundError)) throw new Silent(String(error));
    }
  }
  return undefined;
}
