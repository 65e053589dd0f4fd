/** Starting an instance, sending it events, and waiting for its end. */
import { randomUUID } from 'node:crypto';
import { WorkflowExecutionAlreadyStartedError, WorkflowNotFoundError } from '@temporalio/client';
import type { Temporal } from '../../../temporal/client.ts';
import type { Request } from '../../documents/service.ts';
import { badArgument, gone, invalidOperation, notFound } from './failures.ts';
import { functionNamed, type DurableFunctions } from '../../../contracts/durable.ts';
import { instanceIdProblem } from './instance-id.ts';
import type { Instances } from './instances.ts';
import { isFinal } from './status.ts';

export interface SteeringDeps {
  readonly temporal: Temporal;
  readonly functions: DurableFunctions;
  readonly instances: Instances;
}

export class Steering {
  readonly #deps: SteeringDeps;

  constructor(deps: SteeringDeps) {
    this.#deps = deps;
  }

  /**
   * Starts the function; `id` is made up when there is none. An instance of this id that has ended is replaced, one that
   * has not is not. Returns the id.
   * @throws DurableFailure 400 for an unknown function and an id that cannot be, 500 while the id is in use
   */
  async start(
    name: string,
    id: string | undefined,
    input: unknown,
    { context, signal }: Request,
  ): Promise<string> {
    const { functions, temporal, instances } = this.#deps;
    const found = functionNamed(functions, name);
    if (!found)
      throw badArgument(
        `The function '${name}' doesn't exist, is disabled, or is not an orchestrator function. Additional info: The following are the known orchestrator functions: '${[...functions.keys()].join("', '")}'.`,
      );
    const problem = id === undefined ? undefined : instanceIdProblem(id);
    if (problem !== undefined) throw badArgument(problem);
    const workflowId = id ?? randomUUID().replaceAll('-', '');
    const { workflowType, taskQueue } = found;
    try {
      await temporal.call({ caller: context, signal }, ({ workflow }) =>
        workflow.start(workflowType, { workflowId, taskQueue, args: [input] }),
      );
      return workflowId;
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      const { status } = await instances.describe(workflowId, signal);
      throw invalidOperation(`An Orchestration instance with the status ${status} already exists.`);
    }
  }

  /** @throws DurableFailure 404 for nobody, 410 for one that has ended */
  async requireOpen(id: string, signal: AbortSignal): Promise<void> {
    const { status } = await this.#deps.instances.describe(id, signal);
    if (isFinal(status)) throw gone();
  }

  /** Sends the event, which a suspended instance and one without a worker keep. {@link requireOpen} has been asked. */
  async raise(id: string, event: string, data: unknown, { context, signal }: Request) {
    if (event.startsWith('__temporal_') || event.startsWith('durable:') || event === '')
      throw badArgument(`No external event may be called '${event}'.`);
    try {
      await this.#deps.temporal.call({ caller: context, signal }, ({ workflow }) =>
        workflow.getHandle(id).signal(event, data),
      );
    } catch (error) {
      if (!(error instanceof WorkflowNotFoundError)) throw error;
      // It has ended, or was deleted, since it was asked.
      throw /already completed/.test(error.message) ? gone() : notFound();
    }
  }

  /** Waits until it has ended, at most so long. Says whether it has. */
  async wait(id: string, ms: number, signal: AbortSignal): Promise<boolean> {
    const late = new Promise<false>((resolve) => setTimeout(resolve, ms, false).unref());
    const ended = this.#deps.temporal
      .call({ signal, deadlineMs: ms }, ({ workflow }) => workflow.getHandle(id).result())
      .then(
        () => true,
        async () => isFinal((await this.#deps.instances.describe(id, signal)).status),
      );
    return Promise.race([ended, late]);
  }
}
