/** Commands and events to workflows: updates, because the caller deserves an answer, and signals, which are delivered. */
import { setTimeout as delay } from 'node:timers/promises';
import type { UpdateDefinition } from '@temporalio/common';
import type { CallContext } from '../contracts/caller.ts';
import { DEADLINES, type Temporal } from '../temporal/client.ts';
import type { Caller } from '../workflows/shared/caller.ts';
import type { Request } from './documents/service.ts';
import { Turns } from './turns.ts';
import { lostItsTask, type Problem } from './errors.ts';
import type { Idempotency } from './idempotency.ts';
import { isGone, type Locator } from './locator.ts';

type Asked = Pick<Request, 'context' | 'signal'>;

type Update<Result> = UpdateDefinition<Result, [command: unknown, caller?: Caller]>;

/** Whose workflows they are. */
export interface Receivers {
  readonly temporal: Temporal;
  readonly locator: Locator;
  /** Why a command to what is closed, or never was, is refused. */
  closed(id: string, request: Request): Promise<Problem>;
}

/** Sends what moves workflows of one kind on. */
export class Sender {
  readonly #to: Receivers;
  readonly #turns = new Turns();

  constructor(to: Receivers) {
    this.#to = to;
  }

  /** One update, and what the workflow answers; its answer of old, when the same was carried out before it closed. */
  async update<Result>(
    id: string,
    update: Update<Result>,
    command: object,
    request: Request,
    idempotency: Idempotency | undefined,
  ): Promise<Result> {
    const { temporal, locator } = this.#to;
    const context = { ...request.context, ...(idempotency ? { idempotency } : {}) };
    const caller = { ...request, context };
    try {
      return await this.#turns.take(id, () =>
        locator.locate(id, request.signal, (workflowId) =>
          sendUpdate(temporal, workflowId, update, command, caller),
        ),
      );
    } catch (error) {
      if (!isGone(error)) throw await locator.explain(id, error, request.signal);
      const before = await outcomeOf<Result>(this.#to, id, caller);
      if (before) return before;
      throw await this.#to.closed(id, request);
    }
  }

  /** One signal: delivered, not judged. */
  async signal(id: string, name: string, payload: unknown, request: Request): Promise<void> {
    const { temporal, locator } = this.#to;
    try {
      await locator.locate(id, request.signal, (workflowId) =>
        temporal.call({ caller: request.context }, (client) =>
          client.workflow.getHandle(workflowId).signal(name, payload),
        ),
      );
    } catch (error) {
      throw isGone(error) ? await this.#to.closed(id, request) : error;
    }
  }
}

function sendUpdate<Result>(
  temporal: Temporal,
  workflowId: string,
  update: Update<Result>,
  command: object,
  { context, signal }: Asked,
): Promise<Result> {
  const options = { caller: context, signal, deadlineMs: DEADLINES.update };
  const updateId = updateIdOf(context);
  return temporal.call(options, ({ workflow }) =>
    persistently(() =>
      workflow.getHandle(workflowId).executeUpdate(update, {
        args: [command],
        ...(updateId === undefined ? {} : { updateId }),
      }),
    ),
  );
}

/** What the same command, by its idempotency key, led to before the workflow closed, as far as Temporal remembers. */
async function outcomeOf<Result>(
  { temporal, locator }: Receivers,
  id: string,
  { context, signal }: Asked,
): Promise<Result | undefined> {
  const updateId = updateIdOf(context);
  if (updateId === undefined) return undefined;
  const execution = await locator.find(id, signal);
  if (!execution) return undefined;
  try {
    return await temporal.call({ signal }, ({ workflow }) =>
      workflow.getHandle(execution.workflowId).getUpdateHandle<Result>(updateId).result(),
    );
  } catch {
    return undefined;
  }
}

/** The fingerprint is in it, so that the same key with another body reaches the document, which refuses it. */
function updateIdOf({ idempotency }: CallContext): string | undefined {
  return idempotency && `${idempotency.key}-${idempotency.fingerprint}`;
}

/**
 * Tries an update again when the workflow task that carried it failed, as one does that would continue as new or end
 * while more messages come in: Temporal then drops the updates that came with it.
 */
async function persistently<T>(update: () => Promise<T>): Promise<T> {
  const until = Date.now() + DEADLINES.update - 1_000;
  for (let wait = 50; ; wait = Math.min(2 * wait, 500)) {
    try {
      return await update();
    } catch (error) {
      if (Date.now() + wait > until || !lostItsTask(error)) throw error;
      await delay(wait);
    }
  }
}
