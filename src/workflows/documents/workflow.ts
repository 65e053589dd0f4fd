/** The life of a document. Registers the handlers, waits, carries out effects, continues as new, archives, ends. */
import {
  allHandlersFinished,
  CancellationScope,
  condition,
  makeContinueAsNewFunc,
  workflowInfo,
} from '@temporalio/workflow';
import { idFromWorkflowId } from '../../contracts/ids.ts';
import { LIMITS } from '../../contracts/limits.ts';
import { durably } from '../shared/activities.ts';
import type { Caller } from '../shared/caller.ts';
import { isContinuation } from '../shared/continuation.ts';
import { jsonSize } from '../shared/json.ts';
import { archiveWhole, cancellationOf, liveUntilClosed, type Life } from '../shared/life.ts';
import { task } from '../shared/task.ts';
import { beginDocument, holdMessages, isResolved } from './begin.ts';
import { carryOut, enterStages, flushAll, lastWords } from './carry-out.ts';
import { nextStrike } from './clocks.ts';
import { setAttributesOf } from './console.ts';
import { receive, serveMessages } from './handlers.ts';
import { notice } from './judge.ts';
import { openLedger, type Carried, type Ledger } from './ledger.ts';
import type { DocumentOutcome } from './messages.ts';
import { isOpen } from './requirements.ts';
import { publish } from './publish.ts';
import { memoOf } from './memo.ts';

/**
 * A document, from its creation to its end.
 *
 * `input` is a `CreateRequest`, from the gateway or from anybody with the CLI; an unusable one ends the workflow FAILED
 * with the reason. The result says how the document ended; a cancel request to the workflow ends it CANCELED, after the
 * document was closed and archived like any other.
 */
export async function document(input: unknown, caller: Caller): Promise<DocumentOutcome> {
  const id = idFromWorkflowId('document', workflowInfo().workflowId);
  const continued = isContinuation<Continued>(input);
  // Without a wait, Temporal itself keeps messages until there are handlers.
  const held = continued || isResolved(caller) ? [] : holdMessages(id);
  // One that is cancelled before it has begun begins nevertheless, and ends like any other: archived.
  const ledger = await CancellationScope.nonCancellable(async () => {
    const opened = continued
      ? openLedger(input.carried.state, [], input.carried)
      : await beginDocument(id, input, caller);
    await serveMessages(opened, held);
    return opened;
  });

  const cancelled = await cancellationOf(() => liveUntilClosed(ledger, lifeOf(ledger)));
  if (cancelled !== undefined) {
    const reason = 'Cancelled through Temporal.';
    receive(ledger, 'cancel-request', { kind: 'cancel', reason }, {});
  }
  await CancellationScope.nonCancellable(() => close(ledger));
  if (cancelled !== undefined && ledger.state.state === 'cancelled') throw cancelled;
  return outcomeOf(ledger);
}

function lifeOf(ledger: Ledger): Life {
  return {
    isOpen: () => isOpen(ledger.state),
    prepare: () => enterStages(ledger),
    publish: () => publish(ledger),
    carryOut: () => carryOut(ledger),
    renewal: {
      isDue: () => ledger.edits >= LIMITS.editsPerRun || task().historyIsLong,
      continueAsNew: () => continueAsNew(ledger),
    },
    nextStrike: () => nextStrike(ledger.state),
    tick: () => notice(ledger, { kind: 'tick' }),
  };
}

/** Writes what is not written yet and the document itself to the archive; only then may the workflow end. */
async function close(ledger: Ledger): Promise<void> {
  await condition(allHandlersFinished);
  publish(ledger);
  const { workflowId } = workflowInfo();
  const notifications = lastWords(ledger);
  const settle = async (): Promise<void> => {
    await carryOut(ledger);
    // The document and what is not written of it go to the database in one piece, which Temporal limits to 2 MB.
    if (ledger.tailBytes > LIMITS.lastTailBytes) await flushAll(ledger);
  };
  await archiveWhole(ledger, notifications, settle, async (when) => {
    const { state, tail: events, refused, refusedCount } = ledger;
    const finished = { workflowId, state, events, refused, refusedCount, notifications };
    await durably('archiveDocument', 'Archive the document', finished, when);
  });
}

async function continueAsNew(ledger: Ledger): Promise<void> {
  const { state, tail, refused, refusedCount, outcomes } = ledger;
  if (ledger.effects.length > 0 || !isOpen(state)) return;
  const carried = { state, tail, refused, refusedCount, outcomes };
  if (tail.length > 0 && jsonSize(carried) > LIMITS.carried) return flushAll(ledger);
  // Said anew, because the next run would otherwise have the memo of the first start until its first task is done.
  const next = makeContinueAsNewFunc<(input: Continued) => Promise<DocumentOutcome>>({
    memo: { ...workflowInfo().memo, ...memoOf(state) },
    typedSearchAttributes: setAttributesOf(state),
  });
  await next({ carried });
}

interface Continued {
  readonly carried: Carried;
}

function outcomeOf({ state }: Ledger): DocumentOutcome {
  const { texts } = state.definition;
  const output =
    state.state === 'approved'
      ? texts.approved.output
      : state.state === 'rejected'
        ? texts.rejected.output
        : '';
  return { id: state.id, state: state.state, version: state.version, output };
}
