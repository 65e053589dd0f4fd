/** What the document routes share: where documents are, who may read them, for whom a request is. */
import type { Actor, CallContext } from '../../contracts/caller.ts';
import type { Result } from '../../contracts/failures.ts';
import type { DocumentTypes } from '../../document-types/index.ts';
import type { Database } from '../../store/database.ts';
import type { Temporal } from '../../temporal/client.ts';
import { documentQuery } from '../../workflows/documents/messages.ts';
import { mayReadState } from '../../workflows/documents/permissions.ts';
import type { DocumentState } from '../../workflows/documents/state.ts';
import { sectionsFromMemo } from '../../workflows/documents/memo.ts';
import {
  sectionsProgress,
  type DocumentSummary,
  type SectionProgress,
} from '../../workflows/documents/view.ts';
import { Problem, problem } from '../errors.ts';
import { DocumentArchive } from './archive.ts';
import { summaryOfExecution } from './executions.ts';
import { isStuck, Locator } from '../locator.ts';
import { mayRead } from '../../workflows/documents/readers.ts';

export interface DocumentDeps {
  readonly temporal: Temporal;
  readonly database: Database;
  readonly documentTypes: DocumentTypes;
  readonly warn: (fields: object, message: string) => void;
}

/** For whom, and until when. */
export interface Request {
  readonly actor: Actor;
  readonly context: CallContext;
  readonly signal: AbortSignal;
}

/** A document that can still be read in full, or what is left of one that failed or was terminated. */
export type Found = { readonly state: DocumentState } | { readonly summary: DocumentSummary };

/** Where a document stands; `sections` is missing for one that never was more than an unusable start. */
export interface DocumentStanding {
  readonly summary: DocumentSummary;
  readonly sections?: Readonly<Record<string, SectionProgress>>;
  readonly stuck: boolean;
}

/** Reads single documents, each with one call to Temporal, or from the archive once it is closed. */
export class DocumentReader {
  readonly temporal: Temporal;
  readonly types: DocumentTypes;
  readonly archive: DocumentArchive;
  readonly locator: Locator;

  constructor({ temporal, database, documentTypes, warn }: DocumentDeps) {
    this.temporal = temporal;
    this.types = documentTypes;
    this.archive = new DocumentArchive(database, warn);
    this.locator = new Locator(temporal, 'document');
  }

  /** The document, open or closed. @throws Problem `not-found`, also for those who may not read it */
  async read(id: string, { actor, signal }: Request): Promise<Found> {
    const found = await this.find(id, signal);
    if (found && this.readable(found, actor)) return found;
    throw notFound(id);
  }

  /** The same for one that can be read in full, else `wrong-state`. */
  async readState(id: string, request: Request): Promise<DocumentState> {
    const found = await this.read(id, request);
    if ('state' in found) return found.state;
    const { state } = found.summary;
    throw problem('wrong-state', `Of the ${state} document nothing but its summary is left.`, {
      state,
      allowed: [],
    });
  }

  /** The document whoever asks; undefined when there is none. */
  async find(id: string, signal: AbortSignal): Promise<Found | undefined> {
    return this.locator.read<Found>(id, signal, {
      archived: () => this.archived(id),
      asked: async (workflowId) => {
        const state = await this.temporal.call({ signal }, (client) =>
          client.workflow.getHandle(workflowId).query(documentQuery),
        );
        return state && { state };
      },
      described: (description) => ({ summary: summaryOfExecution(description) }),
    });
  }

  /** The finished document. @throws Problem `not-found` for one that was deleted */
  async archived(id: string): Promise<Found | undefined> {
    const archived = await this.archive.find(id);
    if (!archived) return undefined;
    if (archived.deletedAt !== undefined) throw notFound(id);
    const { state, summary } = archived;
    return state ? { state } : { summary: summary as unknown as DocumentSummary };
  }

  /** Where it stands: one describe. `stuck`: its workflow task has failed again and again, which only a defect does. */
  async status(id: string, request: Request): Promise<DocumentStanding> {
    const description = await this.locator.find(id, request.signal);
    if (description?.status.name === 'RUNNING') {
      const summary = summaryOfExecution(description);
      if (!(await this.#known(summary, id, request))) throw notFound(id);
      const sections = sectionsFromMemo(description.memo);
      return { summary, stuck: isStuck(description), ...(sections ? { sections } : {}) };
    }
    // Temporal still has the memo of one that was deleted, and none of one that it has forgotten.
    const archived = await this.archive.find(id);
    const summary =
      (archived?.summary as unknown as DocumentSummary | undefined) ??
      (description && summaryOfExecution(description));
    if (!summary || archived?.deletedAt !== undefined) throw notFound(id);
    if (!(await this.#known(summary, id, request))) throw notFound(id);
    const { state } = archived ?? {};
    return { summary, stuck: false, ...(state ? { sections: sectionsProgress(state) } : {}) };
  }

  /** By the summary, else by the document: only that knows who has a section that waits for nobody yet. */
  async #known(summary: DocumentSummary, id: string, { actor, signal }: Request): Promise<boolean> {
    if (this.readable({ summary }, actor)) return true;
    // Without a worker it stays unknown: an error would say that it is there.
    const found = await this.find(id, signal).catch(() => undefined);
    return found !== undefined && this.readable(found, actor);
  }

  /** Whether this actor may know of the document. */
  readable(found: Found, actor: Actor): boolean {
    if ('state' in found) return mayReadState(found.state, actor);
    // Of an unusable start there is nothing but the reason, which its starter must find.
    return found.summary.type === '' || this.mayKnow(found.summary, actor);
  }

  /** The same by what a list shows. */
  mayKnow(
    {
      owner,
      waitingFor,
      type,
    }: Pick<DocumentSummary, 'owner' | 'type'> & { readonly waitingFor: readonly string[] },
    actor: Actor,
  ): boolean {
    const definition = this.types.all.find(({ name }) => name === type);
    return mayRead({ owner, waitingFor, definition }, actor);
  }
}

export function notFound(id: string): Problem {
  return problem('not-found', `There is no document ${id}.`);
}

/** The value, or the refusal as a {@link Problem}. */
export function orThrow<T>(result: Result<T>): T {
  if (result.ok) return result.value;
  throw new Problem(result.refusal);
}
