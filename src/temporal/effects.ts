/** Carrying out what a message leads to: a start or a signal, exactly once however often and by how many it is tried. */
import {
  WorkflowExecutionAlreadyStartedError,
  WorkflowNotFoundError,
  type WorkflowExecutionDescription,
} from '@temporalio/client';
import { defaultPayloadConverter, type Payload } from '@temporalio/common';
import { CALL_HEADER, type CallContext } from '../contracts/caller.ts';
import { ok, refuse, type Result } from '../contracts/failures.ts';
import type { Effect } from '../contracts/triggers.ts';
import type { InboxNotes, Message } from '../store/inbox.ts';
import type { CallOptions, Temporal } from './client.ts';
import { grpcCode } from './grpc.ts';

export interface EffectDeps {
  readonly temporal: Temporal;
  readonly notes: InboxNotes;
}

type Open = Pick<Message, 'key' | 'fingerprint' | 'payload' | 'caller' | 'runId'>;
type Start = Extract<Effect, { kind: 'start' }>;
type Signal = Extract<Effect, { kind: 'signal' }>;

/** Runs that one signal may chase: a workflow that continues as new more often meanwhile is tried again later. */
const CHASES = 5;
/** Codes of gRPC. */
const INVALID_ARGUMENT = 3;
const NOT_FOUND = 5;

/**
 * Does what the message leads to, unless it was done, and notes the outcome. `not-found` and `already-exists` when it
 * cannot be done now; nothing was done then.
 * @throws what Temporal or the database throws when nothing is known; the message stays as it is, to be tried again
 */
export async function carryOut(
  deps: EffectDeps,
  message: Open & { readonly effect: Effect },
  signal?: AbortSignal,
): Promise<Result<Effect>> {
  const { effect, key } = message;
  const done = await (
    effect.kind === 'start'
      ? start(deps, effect, message, signal)
      : send(deps, effect, message, signal)
  ).catch((error: unknown) => {
    if (grpcCode(error) !== INVALID_ARGUMENT) throw error;
    return refuse('invalid-data', `Temporal does not take it: ${(error as Error).message}`);
  });
  await deps.notes.settle(key, done.ok ? undefined : done.refusal);
  return done.ok ? ok(effect) : done;
}

/** The server takes a start once by its request id, as long as the run is the latest that the start has made. */
async function start(
  deps: EffectDeps,
  { workflowType, taskQueue, workflowId }: Start,
  message: Open,
  signal?: AbortSignal,
): Promise<Result<true>> {
  const how = {
    workflowId,
    taskQueue,
    args: [message.payload],
    workflowIdReusePolicy: 'REJECT_DUPLICATE',
    workflowIdConflictPolicy: 'FAIL',
  } as const;
  try {
    await deps.temporal.call(signed(message, signal), ({ workflow }) =>
      workflow.start(workflowType, how),
    );
    return ok(true);
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    // It may have continued as new since then.
    if (await isStartedBy(deps, workflowId, message.key, signal)) return ok(true);
    return refuse('already-exists', `There is or was an instance ${workflowId} already.`);
  }
}

/** Who sends it, and the key as Temporal and our workflows know it by: documents remember it in whichever run. */
function signed({ key, fingerprint, caller }: Open, signal: AbortSignal | undefined): CallOptions {
  const context: CallContext = { ...caller, idempotency: { key, fingerprint } };
  return { caller: context, requestId: key, ...(signal ? { signal } : {}) };
}

/**
 * The server takes a signal once by its request id, also when the run that got it has ended; but each run of a workflow
 * has a memory of its own for that. So the run is chosen and noted before anything is sent, and the next one gets the
 * signal only when that one has ended without it.
 */
async function send(
  deps: EffectDeps,
  effect: Signal,
  message: Open,
  signal?: AbortSignal,
): Promise<Result<true>> {
  const { temporal, notes } = deps;
  const { key, payload } = message;
  const { workflowId, name } = effect;
  let chosen = message.runId;
  for (let i = 0; i < CHASES; i += 1) {
    if (chosen === undefined || i > 0) {
      const open = await openRun(deps, effect, signal);
      if (open === undefined)
        return refuse('not-found', `There is no instance ${workflowId} that is open.`);
      chosen = await notes.chooseRun(key, open, chosen);
    }
    const runId = chosen;
    try {
      await temporal.call(signed(message, signal), ({ workflow }) =>
        workflow.getHandle(workflowId, runId).signal(name, payload),
      );
      return ok(true);
    } catch (error) {
      // It has ended without the signal: of one that it got, the server still knows.
      if (!(error instanceof WorkflowNotFoundError)) throw error;
    }
  }
  throw new Error(`${workflowId} continued as new ${CHASES} times while it was signalled`);
}

/** The run that is open now; undefined when there is none, or it is nothing that may be signalled. */
async function openRun(
  { temporal }: EffectDeps,
  { workflowId, taskQueues }: Signal,
  signal?: AbortSignal,
): Promise<string | undefined> {
  let found: WorkflowExecutionDescription;
  try {
    found = await temporal.call(signal ? { signal } : {}, ({ workflow }) =>
      workflow.getHandle(workflowId).describe(),
    );
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined;
    throw error;
  }
  const isOpen = found.closeTime === undefined && taskQueues.includes(found.taskQueue);
  return isOpen ? found.runId : undefined;
}

/** Whether the first run of the workflow was started by this message. */
async function isStartedBy(
  { temporal }: EffectDeps,
  workflowId: string,
  key: string,
  signal?: AbortSignal,
): Promise<boolean> {
  const { namespace } = temporal;
  const options = signal ? { signal } : {};
  try {
    const { raw, runId } = await temporal.call(options, ({ workflow }) =>
      workflow.getHandle(workflowId).describe(),
    );
    const first = raw.workflowExecutionInfo?.firstRunId || runId;
    const { history } = await temporal.call(options, ({ workflowService }) =>
      workflowService.getWorkflowExecutionHistory({
        namespace,
        execution: { workflowId, runId: first },
        maximumPageSize: 1,
      }),
    );
    const started = history?.events?.[0]?.workflowExecutionStartedEventAttributes;
    return isOf(key, started?.header?.fields?.[CALL_HEADER]);
  } catch (error) {
    // Deleted meanwhile.
    if (error instanceof WorkflowNotFoundError || grpcCode(error) === NOT_FOUND) return false;
    throw error;
  }
}

function isOf(key: string, header: Payload | null | undefined): boolean {
  if (!header) return false;
  const { idempotency } = defaultPayloadConverter.fromPayload<Partial<CallContext>>(header);
  return idempotency?.key === key;
}
