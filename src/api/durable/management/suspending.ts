/** Suspending and resuming: by signals where the worker has our interceptors, else by Temporal's own pause where it has one. */
import { randomUUID } from 'node:crypto';
import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import { DURABLE_SIGNALS, SUSPENDABLE } from '../../../contracts/durable.ts';
import type { Temporal } from '../../../temporal/client.ts';
import { cannot, invalidOperation } from './failures.ts';
import type { Described, Instances } from './instances.ts';
import type { Asked, Steering } from './steering.ts';

type Service = Parameters<Parameters<Temporal['call']>[1]>[0]['workflowService'];

interface Which {
  readonly namespace: string;
  readonly workflowId: string;
  readonly runId: string;
  readonly identity: string;
  readonly requestId: string;
}

/** Where Temporal notes the patches of a workflow. */
const PATCHES = defineSearchAttributeKey('TemporalChangeVersion', SearchAttributeType.KEYWORD_LIST);

/** Who pauses, as Temporal tells it. */
const IDENTITY = 'dossier';

export interface SuspendingDeps {
  readonly temporal: Temporal;
  readonly instances: Instances;
  readonly steering: Steering;
}

export class Suspending {
  readonly #deps: SuspendingDeps;

  constructor(deps: SuspendingDeps) {
    this.#deps = deps;
  }

  /**
   * Suspends it. By signal it is so only when its worker has read it.
   * @throws DurableFailure 404, 410, 500 for one that is suspended, 501 where neither way leads there
   */
  async suspend(id: string, reason: string, asked: Asked): Promise<void> {
    const { steering, instances } = this.#deps;
    const found = await steering.requireOpen(id, asked.signal);
    if (found.status === 'Suspended')
      throw invalidOperation('Cannot suspend an orchestration instance in the Suspended state.');
    if (this.#hears(found)) return steering.send(id, DURABLE_SIGNALS.suspend, reason, asked);
    if (!(await instances.canPause(asked.signal)))
      throw cannot(
        'Its worker has not taken it up yet, or does not list dossier/durable/interceptors, and this Temporal server has no pause.',
      );
    await this.#onServer(found, asked, (service, which) =>
      service.pauseWorkflowExecution({ ...which, reason }),
    );
  }

  /** @throws DurableFailure 404, 410, 500 for one that is not suspended */
  async resume(id: string, reason: string, asked: Asked): Promise<void> {
    const { steering } = this.#deps;
    const found = await steering.requireOpen(id, asked.signal);
    if (found.status !== 'Suspended')
      throw invalidOperation(
        `Cannot resume an orchestration instance in the ${found.status} state.`,
      );
    if (found.description.status.name !== 'PAUSED')
      return steering.send(id, DURABLE_SIGNALS.resume, reason, asked);
    await this.#onServer(found, asked, (service, which) =>
      service.unpauseWorkflowExecution({ ...which, reason }),
    );
  }

  #hears({ description }: Described): boolean {
    if (description.taskQueue === this.#deps.temporal.taskQueue) return true;
    return description.typedSearchAttributes.get(PATCHES)?.includes(SUSPENDABLE) ?? false;
  }

  async #onServer(
    { description: { workflowId, runId } }: Described,
    { signal }: Asked,
    act: (service: Service, which: Which) => Promise<unknown>,
  ): Promise<void> {
    const { namespace, call } = this.#deps.temporal;
    const requestId = randomUUID();
    const which = { namespace, workflowId, runId, identity: IDENTITY, requestId };
    await call({ signal }, ({ workflowService }) => act(workflowService, which));
  }
}
