/** Carries out what has to be done in the outside world, and writes history entries to the database. */
import { getExternalWorkflowHandle, workflowInfo } from '@temporalio/workflow';
import { workflowIdCandidates } from '../../contracts/ids.ts';
import { LIMITS } from '../../contracts/limits.ts';
import type { NewNotification } from '../../contracts/notifications.ts';
import { takeFinal, type Telling } from '../approvals/notices.ts';
import { durably, uncommitted } from '../shared/activities.ts';
import { now } from '../shared/guarded.ts';
import { stageToEnter } from './approval.ts';
import { COMMAND } from './commands.ts';
import type { Effect } from './effects.ts';
import { notice } from './judge.ts';
import { firstOfTail, flushDue, written, type Ledger } from './ledger.ts';
import { enterStage, inTurn } from './lookups.ts';
import { NOTICE } from './messages.ts';
import type { Notice } from './system.ts';
import { summaryOf } from './view.ts';
import { compensate } from '../approvals/compensate.ts';
import { callWebhook } from '../webhooks/call.ts';

/** All effects, in their order, and history entries once there are many. */
export async function carryOut(ledger: Ledger): Promise<void> {
  for (let effect = ledger.effects.shift(); effect; effect = ledger.effects.shift()) {
    await carryOutOne(ledger, effect);
  }
  // Only what is in Temporal's history already, by a local activity; the rest at the next occasion.
  while (flushDue(ledger) && committedOf(ledger) > 0) await flush(ledger, committedOf(ledger));
}

/** Enters stages before anything else is told: so lists show at once who is asked, for one event instead of two. */
export async function enterStages(ledger: Ledger): Promise<void> {
  for (;;) {
    const at = ledger.effects.findIndex(({ kind }) => ENTERING.has(kind));
    const [effect] = at === -1 ? [] : ledger.effects.splice(at, 1);
    if (!effect) return;
    await carryOutOne(ledger, effect);
  }
}

const ENTERING: ReadonlySet<Effect['kind']> = new Set(['submit-document', 'enter-stage']);

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

function committedOf(ledger: Ledger): number {
  return uncommitted(ledger).afterCommit ? ledger.committed : ledger.tail.length;
}

async function carryOutOne(ledger: Ledger, effect: Effect): Promise<void> {
  const { state } = ledger;
  const { id } = state;
  switch (effect.kind) {
    case 'submit-document':
      // Not after the commit: a line in a log may tell of an update that was lost.
      await submitDocument(ledger);
      return;
    case 'enter-stage':
      await enterStage(ledger);
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
      const { what } = effect;
      const told = notification(ledger, what);
      await durably('notify', `Notify: ${what.occasion}`, told, uncommitted(ledger));
      return;
    }
    case 'compensate':
      await compensate(effect);
      return;
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

function notification({ state }: Ledger, what: Telling): NewNotification {
  const { id: documentId, title, definition } = state;
  return { ...what, kind: 'document', documentId, title, type: definition.name };
}

/** Takes out what is told together with the end. */
export function lastWords(ledger: Ledger): NewNotification[] {
  return takeFinal(ledger).map((what) => notification(ledger, what));
}

/** Says that the document is complete, and enters the first stage of its approval, unless a decision has done that. */
async function submitDocument(ledger: Ledger): Promise<void> {
  const { state: document } = ledger;
  const stage = stageToEnter(document, now());
  const { round = 0 } = document.approval ?? {};
  const entry = await durably('SubmitDocument', 'Tell the approver that the document is complete', {
    document,
    ...(stage ? { stage } : {}),
  });
  if (stage && entry) notice(ledger, { kind: 'entered', stage: stage.stage, round, entry });
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
