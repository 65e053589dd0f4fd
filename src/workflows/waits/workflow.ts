/** The life of a wait: something that goes on when the world answers, or when the time is up. */
import {
  allHandlersFinished,
  CancellationScope,
  condition,
  log,
  makeContinueAsNewFunc,
  setCurrentDetails,
  workflowInfo,
} from '@temporalio/workflow';
import { waitAddress, waitId, waitKeyOf } from '../../contracts/ids.ts';
import { ok, type Refusal } from '../../contracts/failures.ts';
import { LIMITS } from '../../contracts/limits.ts';
import { durably } from '../shared/activities.ts';
import { actorOf, viaOf, type Caller } from '../shared/caller.ts';
import { isContinuation } from '../shared/continuation.ts';
import { rejectStart } from '../shared/failed-start.ts';
import { guarded, now } from '../shared/guarded.ts';
import { archiveWhole, cancellationOf, liveUntilClosed } from '../shared/life.ts';
import { refusedOf } from '../shared/reception.ts';
import { task } from '../shared/task.ts';
import { upsertStale } from '../shared/upserts.ts';
import { callWebhook } from '../webhooks/call.ts';
import { startKeyIn } from './archive-record.ts';
import { setWaitAttributes, waitAttributes, waitDetails } from './console.ts';
import { hear, serveWait } from './handlers.ts';
import { openWait, type CarriedWait, type WaitLedger } from './ledger.ts';
import { parseWaitRequest, startedWait } from './request.ts';
import { isOpenRecord } from './state.ts';
import { outcomeOf, waitMemo, type WaitOutcome } from './view.ts';

/** What the gateway has decided for a start; see `CallContext.resolved`. */
export interface ResolvedWait {
  /** The instant that the gateway has already told its client as `createdAt`. */
  readonly at: string;
}

/**
 * A wait, from its start to its end.
 *
 * `input` is a `WaitRequest`, from the gateway, from another workflow, or from anybody with the CLI; an unusable one ends the
 * workflow FAILED with the reason. The result says which events came with which data, or that the deadline struck; a cancel
 * request to the workflow ends it CANCELED, after the wait was closed and archived like any other.
 */
export async function wait(input: unknown, caller: Caller): Promise<WaitOutcome> {
  const continued = isContinuation<Continued>(input);
  const ledger = continued
    ? openWait(input.carried.record, input.carried)
    : // One that is cancelled before it has begun begins nevertheless, and ends like any other: archived.
      await CancellationScope.nonCancellable(() => begin(input, caller));
  serveWait(ledger);
  // The texts of the article.
  if (!continued) log.info(`Starting workflow for ${inputOf(ledger)}`);
  const cancelled = await cancellationOf(() => untilClosed(ledger));
  if (cancelled !== undefined)
    hear(ledger, { kind: 'ended', state: 'cancelled', reason: 'Cancelled through Temporal.' });
  log.info(`Workflow for ${inputOf(ledger)} is stopping`);
  await CancellationScope.nonCancellable(() => close(ledger));
  if (cancelled !== undefined && ledger.record.state === 'cancelled') throw cancelled;
  return outcomeOf(ledger.record);
}

/** What the article calls it: its key; of one that has a workflow id of another form, what it was started with. */
function inputOf({ record: { name, key, data } }: WaitLedger): string {
  const { workflowId } = workflowInfo();
  const isVerbatim = workflowId !== `wait:${waitAddress({ name, key })}`;
  return isVerbatim && typeof data === 'string' ? data : key;
}

const NO_CRON: Refusal = {
  code: 'invalid-request',
  detail: 'A wait cannot be started on a cron schedule.',
};

/** The new wait, or an `ApplicationFailure` that says what is wrong with the input. */
async function begin(input: unknown, caller: Caller): Promise<WaitLedger> {
  const { workflowId, workflowType, cronSchedule, startTime } = workflowInfo();
  const found = waitKeyOf(workflowId, workflowType);
  const at = (caller.context?.resolved as ResolvedWait | undefined)?.at ?? now();
  // By Temporal's own instant, which is all that a reconciler has of one that never was a wait.
  const began = startTime.toISOString();
  const start = { kind: 'wait', id: waitId(found, began), type: found.name, at: began } as const;
  if (cronSchedule !== undefined) throw await rejectStart(start, NO_CRON);
  const claimed = (input as { actor?: unknown } | null | undefined)?.actor;
  const actor = actorOf(caller, typeof claimed === 'string' ? claimed : undefined);
  const call = { actor, at, via: viaOf(caller, 'start') };
  const record = guarded(() => {
    const request = parseWaitRequest(input, found, at);
    return request.ok ? ok(startedWait(found, request.value, call)) : request;
  });
  if (!record.ok) throw await rejectStart(start, record.refusal);
  return openWait(record.value);
}

async function untilClosed(ledger: WaitLedger): Promise<void> {
  await liveUntilClosed(ledger, {
    isOpen: () => isOpenRecord(ledger.record),
    prepare: async () => undefined,
    publish: () => publish(ledger),
    carryOut: async () => undefined,
    renewal: {
      isDue: () => ledger.received >= LIMITS.messagesPerRun || task().historyIsLong,
      continueAsNew: () => continueAsNew(ledger),
    },
    nextStrike: () => {
      const { dueAt } = ledger.record;
      return dueAt === undefined ? undefined : Date.parse(dueAt);
    },
    tick: () => hear(ledger, { kind: 'tick' }),
  });
}

/** Keeps memo, search attributes and the Web UI's details in step with the wait. */
function publish(ledger: WaitLedger): void {
  upsertStale(waitMemo(ledger.record), waitAttributes(ledger.record));
  setCurrentDetails(waitDetails(ledger.record, refusedOf(ledger)));
}

/** Tells the subscriber and writes the wait to the archive; only then may the workflow end. */
async function close(ledger: WaitLedger): Promise<void> {
  await condition(allHandlersFinished);
  publish(ledger);
  await tellSubscriber(ledger);
  const { workflowId, memo } = workflowInfo();
  const started = startKeyIn(memo);
  await archiveWhole(
    ledger,
    [],
    async () => undefined,
    async ({ afterCommit }) => {
      const { record, refused, refusedCount } = ledger;
      const finished = { workflowId, record, refused, refusedCount, ...(started && { started }) };
      // When the clock has ended it, an update could still win, were this workflow task lost.
      const when = { afterCommit: afterCommit || record.timedOut === true };
      await durably('archiveWait', 'Archive the wait', finished, when);
    },
  );
}

/** By the first run's id: a key is used for many waits, and each has its own call. */
async function tellSubscriber({ record }: WaitLedger): Promise<void> {
  const { webhook, id, name, key, state, owner, received, timedOut = false, closedAt } = record;
  if (webhook === undefined) return;
  await callWebhook(`wait:${workflowInfo().firstExecutionRunId}`, {
    url: webhook,
    message: {
      occasion: state,
      at: closedAt ?? record.updatedAt,
      wait: { id, name, key, state, owner, timedOut, events: received.map(({ event }) => event) },
    },
  });
}

async function continueAsNew({ record, refused, refusedCount, outcomes }: WaitLedger) {
  // Said anew, because the next run would otherwise have the memo of the first start until its first task is done.
  const next = makeContinueAsNewFunc<(input: Continued) => Promise<WaitOutcome>>({
    memo: { ...workflowInfo().memo, ...waitMemo(record) },
    typedSearchAttributes: setWaitAttributes(record),
  });
  await next({ carried: { record, refused, refusedCount, outcomes } });
}

interface Continued {
  readonly carried: CarriedWait;
}
