/** Carries out what has to be done in the outside world, and writes history entries to the database. */
import { getExternalWorkflowHandle, workflowInfo } from '@temporalio/workflow';
import { workflowIdCandidates } from '../../contracts/ids.ts';
import { LIMITS } from '../../contracts/limits.ts';
import { durably } from '../shared/activities.ts';
import { COMMAND } from './commands.ts';
import type { Effect } from './effects.ts';
import { notice } from './handlers.ts';
import { firstOfTail, flushDue, written, type Ledger } from './ledger.ts';
import { inTurn } from './lookups.ts';
import { NOTICE } from './messages.ts';
import type { Notice } from './system.ts';
import { summaryOf } from './view.ts';
import { callWebhook } from '../webhooks/call.ts';

/** All effects, in their order, and history entries once there are many. */
export async function carryOut(ledger: Ledger): Promise<void> {
  for (let effect = ledger.effects.shift(); effect; effect = ledger.effects.shift()) {
    await carryOutOne(ledger, effect);
  }
  // Only what is in Temporal's history already, by a local activity; the rest at the next occasion.
  while (flushDue(ledger) && committedOf(ledger) > 0) await flush(ledger, committedOf(ledger));
}

/** Every history entry that is not in the database yet. */
export async function flushAll(ledger: Ledger): Promise<void> {
  while (ledger.tail.length > 0) await flush(ledger, ledger.tail.length);
}

async function flush(ledger: Ledger, most: number): Promise<void> {
  const events = firstOfTail(ledger, most);
  const { id } = ledger.state;
  const summary = 'Write history entries to the database';
  const afterCommit = events.length > committedOf(ledger);
  await durably('recordEvents', summary, { id, events }, { afterCommit });
  // More may have come in while the activity ran; they stay.
  written(ledger, events.length);
}

/** Whether an update was accepted in this very workflow task; signals are in the history before the workflow sees them. */
export function uncommitted({ updatedAt }: Ledger): { afterCommit: boolean } {
  return { afterCommit: updatedAt >= workflowInfo().historyLength };
}

function committedOf(ledger: Ledger): number {
  return uncommitted(ledger).afterCommit ? ledger.committed : ledger.tail.length;
}

async function carryOutOne(ledger: Ledger, effect: Effect): Promise<void> {
  const { state } = ledger;
  const { id } = state;
  switch (effect.kind) {
    case 'submit-document':
      // Not after the commit: a line in a log may tell of an update that was lost.
      await durably('SubmitDocument', 'Tell the approver that the document is complete', {
        document: state,
      });
      return;
    case 'tell-parent': {
      const { parent, joining } = effect;
      const link = { parent, child: id };
      if (joining) await durably('joinParent', 'Note the link', link, uncommitted(ledger));
      const { name: type } = state.definition;
      const is = { type, title: state.title, state: state.state };
      await tell(parent, NOTICE, { kind: 'child', child: id, is, joining } satisfies Notice);
      return;
    }
    case 'tell-child': {
      const { child, notice: what } = effect;
      if (what === 'detach') await inTurn(ledger, () => takeBack(ledger, child));
      const told = await tell(child, NOTICE, { kind: what, parent: id } satisfies Notice);
      if (what === 'attach' && !told) await readAgain(ledger, child);
      return;
    }
    case 'cancel-child': {
      // Ids that somebody chose at the CLI can be longer than a reason may be.
      const reason = `The document above it, ${id}, was cancelled.`.slice(0, LIMITS.reason);
      await tell(effect.child, COMMAND, { kind: 'cancel', reason });
      return;
    }
    case 'notify': {
      const { what, final = false } = effect;
      const { title, definition } = state;
      const about = { kind: 'document', documentId: id, title, type: definition.name } as const;
      const when = { afterCommit: final || uncommitted(ledger).afterCommit };
      await durably('notify', `Notify: ${what.occasion}`, { ...what, ...about }, when);
      return;
    }
    case 'webhook': {
      const { url, occasion, sequence, place, at, section } = effect;
      const about = section === undefined ? {} : { section };
      const { type, title, owner, version } = summaryOf(state);
      const document = { id, type, title, state: state.state, owner, version };
      await callWebhook(`${workflowInfo().workflowId}:${sequence}:${place}`, {
        url,
        message: { occasion, at, document, ...about },
      });
      return;
    }
    case 'bulk-outcome': {
      const { job, outcome } = effect;
      const row = { job, documentId: id, outcome };
      await durably('recordBulkOutcome', 'Count in the bulk action', row);
    }
  }
}

/** Takes a link back, unless the same document was linked again meanwhile. */
async function takeBack(ledger: Ledger, child: string): Promise<void> {
  const { id: parent, children } = ledger.state;
  if (Object.hasOwn(children, child)) return;
  await durably('unlinkDocuments', 'Take the link back', { parent, child }, uncommitted(ledger));
}

/** What became of a document that closed between the look at it and the link, so that it cannot tell. */
async function readAgain(ledger: Ledger, child: string): Promise<void> {
  const known = ledger.state.children[child];
  if (!known) return;
  const found = await durably('readChild', 'Look at the closed document', { child });
  // Without a trace in the archive it was ended behind our back.
  const is = found ?? { ...known, state: 'terminated' };
  notice(ledger, { kind: 'child', child, is, joining: false });
}

/** Signals another document. Most need not know when that is closed or gone: then it is false. */
async function tell(id: string, signal: string, payload: object): Promise<boolean> {
  for (const workflowId of workflowIdCandidates('document', id)) {
    try {
      await getExternalWorkflowHandle(workflowId).signal(signal, payload);
      return true;
    } catch {
      // Not under this workflow id.
    }
  }
  return false;
}
