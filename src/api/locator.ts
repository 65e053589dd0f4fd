/** From an id to the workflow of that kind, and what it means when there is none or it does not answer. */
import {
  QueryRejectedError,
  WorkflowNotFoundError,
  type WorkflowExecutionDescription,
} from '@temporalio/client';
import { workflowIdCandidates, type Kind } from '../contracts/ids.ts';
import { DossierKind } from '../contracts/search-attributes.ts';
import type { Temporal } from '../temporal/client.ts';
import { mayLackWorker, Problem, problem } from './errors.ts';

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

/** True when there never was one, or it was deleted. */
function neverWas(error: unknown): boolean {
  return isGone(error) && !/already completed/.test((error as Error).message);
}

function isNotFound(error: unknown): boolean {
  return error instanceof Problem && error.refusal.code === 'not-found';
}

/** How something is found wherever it is. */
interface Sources<Found> {
  /** In the archive. */
  readonly archived: () => Promise<Found | undefined>;
  /** What the workflow with this id answers. */
  readonly asked: (workflowId: string) => Promise<Found | undefined>;
  /** What Temporal itself knows of it. */
  readonly described: (description: WorkflowExecutionDescription) => Found;
}

export class Locator {
  readonly #temporal: Temporal;
  readonly #kind: Kind;

  constructor(temporal: Temporal, kind: Kind) {
    this.#temporal = temporal;
    this.#kind = kind;
  }

  /** From the archive, else from the workflow, else as far as Temporal knows it; undefined when there is none. */
  async read<Found>(
    id: string,
    signal: AbortSignal,
    { archived, asked, described }: Sources<Found>,
  ): Promise<Found | undefined> {
    const before = await archived();
    if (before) return before;
    try {
      const found = await this.locate(id, signal, asked);
      if (found) return found;
    } catch (error) {
      if (!(error instanceof QueryRejectedError)) {
        const reason = await this.explain(id, error, signal);
        if (isGone(reason) || isNotFound(reason)) return undefined;
        throw reason;
      }
      // Closed between the two reads, or closed without having been archived.
      const late = await archived();
      if (late) return late;
    }
    const description = await this.find(id, signal);
    return description && described(description);
  }

  /** Calls `use` with the workflow id that it has: `{kind}:{id}`, else the verbatim one. */
  async locate<T>(
    id: string,
    signal: AbortSignal,
    use: (workflowId: string) => Promise<T>,
  ): Promise<T> {
    const [own = '', verbatim] = workflowIdCandidates(this.#kind, id);
    try {
      return await use(own);
    } catch (error) {
      if (verbatim === undefined || !neverWas(error)) throw error;
      if (!(await this.#describeKind(verbatim, signal))) throw error;
      return await use(verbatim);
    }
  }

  /**
   * What Temporal itself knows of it: one call, which no worker is needed for.
   * @throws Problem `not-found`, also for workflows of another kind.
   */
  async describe(
    id: string,
    signal: AbortSignal,
    deadlineMs?: number,
  ): Promise<WorkflowExecutionDescription> {
    const description = await this.find(id, signal, deadlineMs);
    if (description) return description;
    throw problem('not-found', `There is no ${this.#kind} ${id}.`);
  }

  /** The same, or undefined. */
  async find(
    id: string,
    signal: AbortSignal,
    deadlineMs?: number,
  ): Promise<WorkflowExecutionDescription | undefined> {
    for (const workflowId of workflowIdCandidates(this.#kind, id)) {
      const description = await this.#describeKind(workflowId, signal, deadlineMs);
      if (description) return description;
    }
    return undefined;
  }

  /** What to tell instead of `error`: a missing worker, a workflow of another kind, or a silent server. */
  async explain(id: string, error: unknown, signal: AbortSignal): Promise<unknown> {
    if (!mayLackWorker(error)) return error;
    try {
      if (isStuck(await this.describe(id, signal, 2_000))) {
        return problem('stuck', `The workflow of this ${this.#kind} fails again and again.`);
      }
      return problem('no-worker', 'Temporal is there, but no worker took the task in time.');
    } catch (reason) {
      if (reason instanceof Problem) return reason;
      return problem('temporal-unavailable', 'The Temporal server did not answer in time.');
    }
  }

  async #describeKind(
    workflowId: string,
    signal: AbortSignal,
    deadlineMs?: number,
  ): Promise<WorkflowExecutionDescription | undefined> {
    try {
      const description = await this.#temporal.call(
        { signal, ...(deadlineMs === undefined ? {} : { deadlineMs }) },
        (client) => client.workflow.getHandle(workflowId).describe(),
      );
      return description.typedSearchAttributes.get(DossierKind) === this.#kind
        ? description
        : undefined;
    } catch (error) {
      if (isGone(error)) return undefined;
      throw error;
    }
  }
}
