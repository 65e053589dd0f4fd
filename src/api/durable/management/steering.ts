/** Starting an instance, sending it events, and waiting for its end. */
import { randomUUID } from 'node:crypto';
import { WorkflowExecutionAlreadyStartedError, type WorkflowHandle } from '@temporalio/client';
import type { Temporal } from '../../../temporal/client.ts';
import type { Request } from '../../documents/service.ts';
import { isGone } from '../../locator.ts';
import {
  badArgument,
  badRequest,
  conflict,
  DurableFailure,
  gone,
  invalidOperation,
} from './failures.ts';
import {
  DURABLE_SIGNALS,
  functionNamed,
  isReservedEvent,
  type DurableFunction,
  type DurableFunctions,
  type DurableOptions,
} from '../../../contracts/durable.ts';
import { DossierKind } from '../../../contracts/search-attributes.ts';
import { isOurs } from '../../../contracts/ids.ts';
import { instanceIdProblem } from '../../../contracts/instance-id.ts';
import type { Described, Instances } from './instances.ts';
import { isFinal } from './status.ts';

/** For whom it is done, and until when. */
export type Asked = Pick<Request, 'context' | 'signal'>;

export interface SteeringDeps {
  readonly temporal: Temporal;
  readonly functions: DurableFunctions;
  readonly instances: Instances;
  readonly options: Pick<DurableOptions, 'duplicate'>;
}

/** Bytes of a signal's name, by Temporal's default. */
const LONGEST_NAME = 1_000;

/** What is to be started. */
export interface Start {
  readonly name: string;
  /** Made up when there is none. */
  readonly id?: string | undefined;
  readonly input: unknown;
  /** Of the orchestrator; the memo keeps it. */
  readonly version?: string | undefined;
}

export class Steering {
  readonly #deps: SteeringDeps;

  constructor(deps: SteeringDeps) {
    this.#deps = deps;
  }

  /**
   * Starts the function. An instance of this id that has ended is replaced, one that has not is not, unless the settings
   * say so. Returns the id.
   * @throws DurableFailure 400 for an unknown function and an id that cannot be, 500 (or 409) while the id is in use
   */
  async start({ name, id, input, version }: Start, asked: Asked): Promise<string> {
    const { functions } = this.#deps;
    const found = functionNamed(functions, name);
    if (!found)
      throw badArgument(
        `The function '${name}' doesn't exist, is disabled, or is not an orchestrator function. Additional info: The following are the known orchestrator functions: '${[...functions.keys()].join("', '")}'.`,
      );
    const problem = id === undefined ? undefined : instanceIdProblem(id);
    if (problem !== undefined) throw badArgument(problem);
    if (id !== undefined && isOurs(id))
      throw badArgument(`Ids such as ${id} are given by the service itself.`);
    return this.#start(found, { id: id ?? newId(), input, version }, asked);
  }

  async #start(
    { workflowType, taskQueue }: DurableFunction,
    { id, input, version }: Omit<Start, 'name'> & { readonly id: string },
    { context, signal }: Asked,
  ): Promise<string> {
    const { temporal, instances, options } = this.#deps;
    const replaces = options.duplicate === 'replace';
    const how = {
      workflowId: id,
      taskQueue,
      args: [input],
      ...(version === undefined ? {} : { memo: { version } }),
      ...(replaces ? { workflowIdConflictPolicy: 'TERMINATE_EXISTING' as const } : {}),
    };
    try {
      await temporal.call({ caller: context, signal }, ({ workflow }) =>
        workflow.start(workflowType, how),
      );
      return id;
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      const { status } = await instances.describe(id, signal);
      const why = `An Orchestration instance with the status ${status} already exists.`;
      throw options.duplicate === 409 ? conflict(why) : invalidOperation(why);
    }
  }

  /** @throws DurableFailure 404 for nobody, 410 for one that has ended */
  async requireOpen(id: string, signal: AbortSignal): Promise<Described> {
    const found = await this.#deps.instances.describe(id, signal);
    if (isFinal(found.status)) throw gone();
    return found;
  }

  /** Sends the event, which a suspended instance and one without a worker keep. {@link requireOpen} has been asked. */
  async raise(id: string, event: string, data: unknown, { context, signal }: Request) {
    if (isReservedEvent(event) || event === '' || Buffer.byteLength(event) > LONGEST_NAME)
      throw badArgument(`No external event may be called '${event}'.`);
    await this.send(id, event, data, { context, signal });
  }

  /**
   * Ends it. What is ours is told to end, so that it puts everything in order and is archived; that takes a worker.
   * @throws DurableFailure 404, 410
   */
  async terminate(id: string, reason: string, asked: Asked) {
    const { description } = await this.requireOpen(id, asked.signal);
    const kind = description.typedSearchAttributes.get(DossierKind);
    if (kind !== undefined) return this.send(id, DURABLE_SIGNALS.terminate, reason, asked);
    await this.#toIt(id, asked, (handle) => handle.terminate(reason));
  }

  /**
   * Starts the same function with the same input, under another id or again under its own. Returns the id.
   * @throws DurableFailure 400 for nobody, 500 for one that has not ended, under its own id
   */
  async restart(id: string, anew: boolean, asked: Asked) {
    const { instances } = this.#deps;
    const found = await instances.origin(id, asked.signal).catch((error: unknown) => {
      if (!(error instanceof DurableFailure) || error.status !== 404) throw error;
      throw badRequest('InstanceId does not match a valid orchestration instance.');
    });
    // Ids of documents and approvals are never used twice.
    if (!anew && isOurs(id)) throw badArgument(`${id} can be started again under a new id only.`);
    return this.#start(found, { ...found, id: anew ? newId() : id }, asked);
  }

  /** @throws DurableFailure 404, 410 */
  async send(id: string, name: string, data: unknown, asked: Asked): Promise<void> {
    await this.#toIt(id, asked, (handle) => handle.signal(name, data));
  }

  /** It may have ended, or been deleted, since it was described. */
  async #toIt(
    id: string,
    { context, signal }: Asked,
    act: (handle: WorkflowHandle) => Promise<unknown>,
  ): Promise<void> {
    try {
      await this.#deps.temporal.call({ caller: context, signal }, ({ workflow }) =>
        act(workflow.getHandle(id)),
      );
    } catch (error) {
      if (!isGone(error)) throw error;
      // Which of the two, a native connection (SDK 1.24) does not say.
      await this.requireOpen(id, signal);
      throw gone();
    }
  }

  /** Waits until it has ended, at most so long. Says whether it has. */
  async wait(id: string, ms: number, signal: AbortSignal): Promise<boolean> {
    const { temporal, instances } = this.#deps;
    try {
      await temporal.call({ signal, deadlineMs: ms }, ({ workflow }) =>
        workflow.getHandle(id).result(),
      );
      return true;
    } catch {
      // It has failed, or the time is up.
      return isFinal((await instances.describe(id, signal)).status);
    }
  }
}

/** As Durable Functions makes them up: 32 hexadecimal digits. */
function newId(): string {
  return randomUUID().replaceAll('-', '');
}
