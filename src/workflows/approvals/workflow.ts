/** The life of an approval of its own: something that needs a decision and is no document. */
import {
  allHandlersFinished,
  CancellationScope,
  condition,
  getExternalWorkflowHandle,
  makeContinueAsNewFunc,
  setCurrentDetails,
  workflowInfo,
} from '@temporalio/workflow';
import { idFromWorkflowId } from '../../contracts/ids.ts';
import { LIMITS } from '../../contracts/limits.ts';
import { durably } from '../shared/activities.ts';
import type { Caller } from '../shared/caller.ts';
import { isContinuation } from '../shared/continuation.ts';
import { archiveWhole, cancellationOf, type Renewal } from '../shared/life.ts';
import { task } from '../shared/task.ts';
import { refusedOf } from '../shared/reception.ts';
import { upsertStale } from '../shared/upserts.ts';
import { carryOut, lastWords, outcomeOf, untilDecided } from './await.ts';
import { beginApproval, holdMessages } from './begin.ts';
import { hear, judgeHeld, serveApproval, serveForeign } from './handlers.ts';
import { openApproval, type ApprovalLedger, type CarriedApproval } from './ledger.ts';
import { APPROVAL_DECIDED, TELL_PARENT, type ApprovalOutcome } from './messages.ts';
import { recordAttributes, recordDetails, setRecordAttributes } from './record-console.ts';
import { recordMemo } from './record-view.ts';
import { isOpenRecord } from './record.ts';

/**
 * An approval, from the request to the decision.
 *
 * `input` is an `ApprovalRequest`, from the gateway, from another workflow, or from anybody with the CLI; an unusable one
 * ends the workflow FAILED with the reason. The result says how it ended; a cancel request to the workflow ends it
 * CANCELED, after the approval was closed and archived like any other.
 */
export async function approval(input: unknown, caller: Caller): Promise<ApprovalOutcome> {
  const id = idFromWorkflowId('approval', workflowInfo().workflowId);
  const continued = isContinuation<Continued>(input);
  // Without a wait, Temporal itself keeps messages until there are handlers.
  const waits = !continued && caller.context?.resolved === undefined;
  const held = waits ? holdMessages(id) : [];
  // One that is cancelled before it has begun begins nevertheless, and ends like any other: archived.
  const ledger = await CancellationScope.nonCancellable(async () => {
    const opened = continued
      ? openApproval(input.carried.record, [], input.carried)
      : await beginApproval(id, input, caller).catch(async (error: unknown) => {
          // Nobody else would, and who waits for a decision would wait for ever.
          await tellParent({ id, state: 'failed', version: 0, reason: (error as Error).message });
          throw error;
        });
    serveForeign(opened);
    serveApproval(opened);
    await judgeHeld(opened, held);
    return opened;
  });

  const cancelled = await cancellationOf(() =>
    untilDecided(ledger, { publish, renewal: renewalOf }),
  );
  if (cancelled !== undefined)
    hear(ledger, { kind: 'ended', state: 'cancelled', reason: 'Cancelled through Temporal.' });
  await CancellationScope.nonCancellable(async () => {
    await close(ledger);
    await tellParent(outcomeOf(ledger));
  });
  if (cancelled !== undefined && ledger.record.state === 'cancelled') throw cancelled;
  return outcomeOf(ledger);
}

/** Keeps memo, search attributes and the Web UI's details in step with the approval. */
function publish(ledger: ApprovalLedger): void {
  upsertStale(recordMemo(ledger.record), recordAttributes(ledger.record));
  setCurrentDetails(recordDetails(ledger.record, refusedOf(ledger)));
}

/** Writes the approval to the archive; only then may the workflow end. */
async function close(ledger: ApprovalLedger): Promise<void> {
  await condition(allHandlersFinished);
  publish(ledger);
  const { workflowId } = workflowInfo();
  const notifications = lastWords(ledger);
  await archiveWhole(
    ledger,
    notifications,
    () => carryOut(ledger),
    async (when) => {
      const { record, refused, refusedCount } = ledger;
      const finished = { workflowId, record, refused, refusedCount, notifications };
      await durably('archiveApproval', 'Archive the approval', finished, when);
    },
  );
}

/** Its parent may have continued as new since, so it cannot wait for the result. */
async function tellParent(outcome: ApprovalOutcome): Promise<void> {
  const { parent, memo } = workflowInfo();
  if (!parent || memo?.['tellParent'] !== TELL_PARENT.tellParent) return;
  const handle = getExternalWorkflowHandle(parent.workflowId);
  // It may have ended without waiting for it.
  await handle.signal(APPROVAL_DECIDED, outcome).catch(() => {});
}

function renewalOf(ledger: ApprovalLedger): Renewal {
  return {
    isDue: () => ledger.received >= LIMITS.messagesPerRun || task().historyIsLong,
    continueAsNew: () => continueAsNew(ledger),
  };
}

async function continueAsNew(ledger: ApprovalLedger): Promise<void> {
  const { record, refused, refusedCount, outcomes, effects } = ledger;
  if (effects.length > 0 || !isOpenRecord(record)) return;
  // Said anew, because the next run would otherwise have the memo of the first start until its first task is done.
  const next = makeContinueAsNewFunc<(input: Continued) => Promise<ApprovalOutcome>>({
    memo: { ...workflowInfo().memo, ...recordMemo(record) },
    typedSearchAttributes: setRecordAttributes(record),
  });
  await next({ carried: { record, refused, refusedCount, outcomes } });
}

interface Continued {
  readonly carried: CarriedApproval;
}
