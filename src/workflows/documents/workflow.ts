/** The life of a document. Registers the handlers, waits, carries out effects, continues as new, archives, ends. */
import {
  allHandlersFinished,
  CancellationScope,
  condition,
  isCancellation,
  makeContinueAsNewFunc,
  workflowInfo,
} from '@temporalio/workflow';
import { idFromWorkflowId } from '../../contracts/ids.ts';
import { LIMITS } from '../../contracts/limits.ts';
import { durably, uncommitted } from '../shared/activities.ts';
import { Alarm } from '../shared/alarm.ts';
import type { Caller } from '../shared/caller.ts';
import { isContinuation } from '../shared/continuation.ts';
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

  let cancelled: unknown;
  try {
    await liveUntilClosed(ledger);
  } catch (error) {
    if (!isCancellation(error)) throw error;
    cancelled = error;
    receive(
      ledger,
      'cancel-request',
      { kind: 'cancel', reason: 'Cancelled through Temporal.' },
      {},
    );
  }
  await CancellationScope.nonCancellable(() => close(ledger));
  if (cancelled !== undefined && ledger.state.state === 'cancelled') throw cancelled;
  return outcomeOf(ledger);
}

async function liveUntilClosed(ledger: Ledger): Promise<void> {
  const alarm = new Alarm();
  while (isOpen(ledger.state)) {
    // Between the acceptance of an update and its completion there must be no other command: replay would fail.
    await condition(allHandlersFinished);
    await CancellationScope.nonCancellable(() => enterStages(ledger));
    const { received } = ledger;
    publish(ledger);
    await CancellationScope.nonCancellable(() => carryOut(ledger));
    if (continuationDue(ledger)) await carryOn(ledger);
    alarm.set(nextStrike(ledger.state));
    const changed = (): boolean => ledger.received !== received || !isOpen(ledger.state);
    await condition(() => changed() || alarm.rings());
    if (alarm.stopped()) notice(ledger, { kind: 'tick' });
  }
}

/** Writes what is not written yet and the document itself to the archive; only then may the workflow end. */
async function close(ledger: Ledger): Promise<void> {
  await condition(allHandlersFinished);
  publish(ledger);
  const { workflowId } = workflowInfo();
  const notifications = lastWords(ledger);
  for (let archived = -1; archived !== ledger.received;) {
    await carryOut(ledger);
    // The document and what is not written of it go to the database in one piece, which Temporal limits to 2 MB.
    if (ledger.tailBytes > LIMITS.lastTailBytes) await flushAll(ledger);
    archived = ledger.received;
    const { state, tail: events, refused, refusedCount } = ledger;
    const finished = { workflowId, state, events, refused, refusedCount, notifications };
    // When a clock has ended it, an update could still win, were this workflow task lost.
    const byClock = notifications.some(({ by }) => by === undefined);
    const afterCommit = byClock || uncommitted(ledger).afterCommit;
    await durably('archiveDocument', 'Archive the document', finished, { afterCommit });
    // While the database was away somebody may have sent more; it was refused, and that is history too.
  }
}

/** A long history makes every cold query slow, and the server ends a workflow whose history is too long. */
function continuationDue({ edits }: Ledger): boolean {
  const { continueAsNewSuggested, historySize } = workflowInfo();
  return (
    continueAsNewSuggested ||
    edits >= LIMITS.editsPerRun ||
    historySize >= LIMITS.historyBytesPerRun
  );
}

async function carryOn(ledger: Ledger): Promise<void> {
  await flushAll(ledger);
  // After the writing, during which more updates may have begun.
  await condition(allHandlersFinished);
  // Whatever came in meanwhile is in the state, but its events are not in the database: the next round writes them.
  if (ledger.tail.length > 0 || ledger.effects.length > 0 || !isOpen(ledger.state)) return;
  const { state, refused, refusedCount, outcomes } = ledger;
  // Said anew, because the next run would otherwise have the memo of the first start until its first task is done.
  const next = makeContinueAsNewFunc<(input: Continued) => Promise<DocumentOutcome>>({
    memo: { ...workflowInfo().memo, ...memoOf(state) },
    typedSearchAttributes: setAttributesOf(state),
  });
  await next({ carried: { state, refused, refusedCount, outcomes } });
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
