/** From a document's id to its workflow, and what it means when there is none or it does not answer. */
import { WorkflowNotFoundError, type WorkflowExecutionDescription } from '@temporalio/client';
import { workflowIdCandidates } from '../../contracts/ids.ts';
import { DossierKind } from '../../contracts/search-attributes.ts';
import type { Temporal } from '../../temporal/client.ts';
import { mayLackWorker, Problem, problem } from '../errors.ts';

/** Attempts at one workflow task after which only a defect can be the reason. */
const STUCK = 3;

/** True when the workflow task has failed again and again. */
export function isStuck({ raw }: WorkflowExecutionDescription): boolean {
  return (raw.pendingWorkflowTask?.attempt ?? 0) >= STUCK;
}

/** True when the workflow is there no more or never was; Temporal tells the two apart in its message only. */
export function isGone(error: unknown): boolean {
  return error instanceof WorkflowNotFoundError;
}

function neverWas(error: unknown): boolean {
  return isGone(error) && !/already completed/.test((error as Error).message);
}

export class DocumentLocator {
  readonly #temporal: Temporal;

  constructor(temporal: Temporal) {
    this.#temporal = temporal;
  }

  /** Calls `use` with the workflow id that the document has: `document:{id}`, else the verbatim one. */
  async locate<T>(
    id: string,
    signal: AbortSignal,
    use: (workflowId: string) => Promise<T>,
  ): Promise<T> {
    const [own = '', verbatim = ''] = workflowIdCandidates('document', id);
    try {
      return await use(own);
    } catch (error) {
      if (!neverWas(error) || !(await this.#describeDocument(verbatim, signal))) throw error;
      return await use(verbatim);
    }
  }

  /**
   * What Temporal itself knows of the document: one call, which no worker is needed for.
   * @throws Problem `not-found`, also for workflows that are no documents.
   */
  async describe(
    id: string,
    signal: AbortSignal,
    deadlineMs?: number,
  ): Promise<WorkflowExecutionDescription> {
    const description = await this.find(id, signal, deadlineMs);
    if (description) return description;
    throw problem('not-found', `There is no document ${id}.`);
  }

  /** The same, or undefined. */
  async find(
    id: string,
    signal: AbortSignal,
    deadlineMs?: number,
  ): Promise<WorkflowExecutionDescription | undefined> {
    for (const workflowId of workflowIdCandidates('document', id)) {
      const description = await this.#describeDocument(workflowId, signal, deadlineMs);
      if (description) return description;
    }
    return undefined;
  }

  /** What to tell instead of `error`: a missing worker, a workflow that is no document, or a silent server. */
  async explain(id: string, error: unknown, signal: AbortSignal): Promise<unknown> {
    if (!mayLackWorker(error)) return error;
    try {
      if (isStuck(await this.describe(id, signal, 2_000))) {
        return problem('stuck', 'The workflow of this document fails again and again.');
      }
      return problem('no-worker', 'Temporal is there, but no worker took the task in time.');
    } catch (reason) {
      if (reason instanceof Problem) return reason;
      return problem('temporal-unavailable', 'The Temporal server did not answer in time.');
    }
  }

  async #describeDocument(
    workflowId: string,
    signal: AbortSignal,
    deadlineMs?: number,
  ): Promise<WorkflowExecutionDescription | undefined> {
    try {
      const description = await this.#temporal.call(
        { signal, ...(deadlineMs === undefined ? {} : { deadlineMs }) },
        (client) => client.workflow.getHandle(workflowId).describe(),
      );
      return description.typedSearchAttributes.get(DossierKind) === 'document'
        ? description
        : undefined;
    } catch (error) {
      if (isGone(error)) return undefined;
      throw error;
    }
  }
}
