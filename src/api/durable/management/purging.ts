/** Making instances as if they had never been: at once for clients, in its own time in Temporal. */
import type { Database } from '../../../store/database.ts';
import { notePurged } from '../../../store/purged.ts';
import type { Temporal } from '../../../temporal/client.ts';
import { grpcCode } from '../../../temporal/grpc.ts';
import { and, equals, listPage } from '../../../temporal/visibility.ts';
import { mapSome } from '../../map-some.ts';
import { answered } from '../../errors.ts';
import { DurableFailure, preconditionFailed } from './failures.ts';
import { startOf, type Instances } from './instances.ts';
import type { InstanceFilter, InstanceLists } from './listing.ts';
import { isFinal, RUNTIME_STATUSES } from './status.ts';

const PAGE = 1_000;
const AT_ONCE = 10;
/** A gRPC code: deleted already. */
const NOT_FOUND = 5;

export interface PurgingDeps {
  readonly temporal: Temporal;
  readonly database: Database;
  readonly instances: Instances;
  readonly lists: InstanceLists;
}

export class Purging {
  readonly #deps: PurgingDeps;

  constructor(deps: PurgingDeps) {
    this.#deps = deps;
  }

  /**
   * Purges all runs of the id. What Dossier itself keeps of it, such as a document in the archive, stays.
   * @throws DurableFailure 404 for nobody, 412 for one that has not ended
   */
  async one(id: string, signal: AbortSignal): Promise<void> {
    const { temporal, database, instances } = this.#deps;
    const { description, status } = await instances.describe(id, signal);
    if (!isFinal(status))
      throw preconditionFailed(`The instance is ${status}; only one that has ended can be purged.`);
    const query = and(equals('WorkflowId', id));
    const { rows } = await temporal.call({ signal }, (client) =>
      listPage(client, temporal.namespace, { query, pageSize: PAGE }),
    );
    // Visibility may not know the last one yet.
    const runIds = [...new Set([description.runId, ...rows.map(({ runId }) => runId)])];
    await mapSome(runIds, AT_ONCE, (runId) => this.#delete(id, runId, signal));
    // After it: a purge that has failed halfway can be repeated.
    await answered(notePurged(database, startOf(description), new Date()));
  }

  /** Purges every instance of the filter that has ended. Returns how many. */
  async many(filter: InstanceFilter, signal: AbortSignal): Promise<number> {
    const ended = RUNTIME_STATUSES.filter(
      (status) => isFinal(status) && (!filter.statuses || filter.statuses.has(status)),
    );
    if (ended.length === 0) return 0;
    const wanted = { ...filter, statuses: new Set(ended) };
    const found = new Set<string>();
    for (let token: string | undefined; token !== '';) {
      const page = await this.#deps.lists.page(
        wanted,
        { top: PAGE, showInput: false, token },
        signal,
      );
      for (const { instanceId } of page.instances) found.add(instanceId);
      token = page.next;
    }
    const purged = await mapSome([...found], AT_ONCE, (id) =>
      this.one(id, signal).then(() => 1, isElsewhere),
    );
    return purged.reduce((sum, one) => sum + one, 0);
  }

  async #delete(workflowId: string, runId: string, signal: AbortSignal): Promise<void> {
    const { temporal } = this.#deps;
    try {
      await temporal.call({ signal }, ({ workflowService }) =>
        workflowService.deleteWorkflowExecution({
          namespace: temporal.namespace,
          workflowExecution: { workflowId, runId },
        }),
      );
    } catch (error) {
      if (grpcCode(error) !== NOT_FOUND) throw error;
    }
  }
}

/** Purged by somebody else, or started anew, since it was listed. */
function isElsewhere(error: unknown): 0 {
  if (error instanceof DurableFailure && [404, 412].includes(error.status)) return 0;
  throw error;
}
