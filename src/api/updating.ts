/** Updates of workflows: sent until they are judged, and what they led to. */
import { setTimeout as delay } from 'node:timers/promises';
import type { UpdateDefinition } from '@temporalio/common';
import type { CallContext } from '../contracts/caller.ts';
import { DEADLINES, type Temporal } from '../temporal/client.ts';
import type { Caller } from '../workflows/shared/caller.ts';
import type { Request } from './documents/service.ts';
import { lostItsTask } from './errors.ts';
import type { Locator } from './locator.ts';

type Asked = Pick<Request, 'context' | 'signal'>;

/** One update, and what the workflow answers. */
export function sendUpdate<Result>(
  temporal: Temporal,
  workflowId: string,
  update: UpdateDefinition<Result, [command: unknown, caller?: Caller]>,
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
export async function outcomeOf<Result>(
  { temporal, locator }: { readonly temporal: Temporal; readonly locator: Locator },
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
