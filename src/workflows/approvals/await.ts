/**
 * An approval inside a workflow: asks, reminds, escalates, waits, until it is decided. The workflow of an approval of its
 * own is one user of it; any other that needs a decision in its own course is another.
 */
import { CancellationScope, workflowInfo } from '@temporalio/workflow';
import type { Json, JsonObject } from '../../contracts/json.ts';
import type { NewNotification } from '../../contracts/notifications.ts';
import { durably, uncommitted } from '../shared/activities.ts';
import { failureOf } from '../shared/failure.ts';
import { systemCall } from '../shared/judging.ts';
import { liveUntilClosed, type Renewal } from '../shared/life.ts';
import { askFor } from './begin.ts';
import { nextStrike } from './clocks.ts';
import { compensate } from './compensate.ts';
import { enterStage, hear, serveApproval } from './handlers.ts';
import type { ApprovalLedger } from './ledger.ts';
import type { ApprovalOutcome } from './messages.ts';
import { takeFinal, type Telling } from './notices.ts';
import type { RecordEffect } from './record-effects.ts';
import { isOpenRecord } from './record.ts';
import { callWebhook } from '../webhooks/call.ts';

/** What else an approval must be told. */
export interface About {
  /** Under which notifications name it. */
  readonly id: string;
  readonly title: string;
  /** A user id. */
  readonly owner: string;
}

/** What the host of an approval does beside it. */
export interface Surroundings {
  /** Brings in step what others see; after each message and each clock, before effects are carried out. */
  readonly publish?: (ledger: ApprovalLedger) => void;
  readonly renewal?: (ledger: ApprovalLedger) => Renewal;
}

/**
 * Has the subject decided under the policy, in the workflow that calls it: no child workflow, and no events but those of
 * the approval itself. Until it returns, the caller's workflow answers to the policy's event, to the update and the signal
 * `command` and to the queries `status` and `approval`, so it must have no handlers of these names then. A cancellation
 * of the caller ends it with a `CancelledFailure`.
 * @throws ApplicationFailure when policy or subject are unusable
 */
export async function awaitApproval(
  policy: JsonObject,
  subject: Json,
  { id, title, owner }: About,
  surroundings: Surroundings = {},
): Promise<ApprovalOutcome> {
  const asked = await askFor(id, { title, subject, policy, owner }, systemCall());
  if (!asked.ok) throw failureOf(asked.refusal);
  const ledger = asked.value;
  serveApproval(ledger);
  await untilDecided(ledger, surroundings);
  await CancellationScope.nonCancellable(() => carryOut(ledger));
  return outcomeOf(ledger);
}

/** Lives until the approval has come to its end. Effects of the end itself are still to be carried out. */
export async function untilDecided(
  ledger: ApprovalLedger,
  { publish, renewal }: Surroundings,
): Promise<void> {
  await liveUntilClosed(ledger, {
    isOpen: () => isOpenRecord(ledger.record),
    prepare: () => enterStage(ledger),
    publish: () => publish?.(ledger),
    carryOut: () => carryOut(ledger),
    renewal: renewal?.(ledger),
    nextStrike: () =>
      ledger.record.state === 'pending' ? nextStrike(ledger.record.approval) : undefined,
    tick: () => hear(ledger, { kind: 'tick' }),
  });
}

/** All effects, in their order. */
export async function carryOut(ledger: ApprovalLedger): Promise<void> {
  for (let effect = ledger.effects.shift(); effect; effect = ledger.effects.shift()) {
    await carryOutOne(ledger, effect);
  }
}

async function carryOutOne(ledger: ApprovalLedger, effect: RecordEffect): Promise<void> {
  switch (effect.kind) {
    case 'compensate':
      return compensate(effect);
    case 'notify': {
      const { what } = effect;
      const told = notification(ledger, what);
      await durably('notify', `Notify: ${what.occasion}`, told, uncommitted(ledger));
      return;
    }
    case 'webhook': {
      const { url, occasion, sequence, place, at } = effect;
      const { id, title, state, owner, version } = ledger.record;
      const approval = { id, title, state, owner, version };
      await callWebhook(`${workflowInfo().workflowId}:${sequence}:${place}`, {
        url,
        message: { occasion, at, approval },
      });
    }
  }
}

/** Takes out what is told together with the end. */
export function lastWords(ledger: ApprovalLedger): NewNotification[] {
  return takeFinal(ledger).map((what) => notification(ledger, what));
}

function notification({ record }: ApprovalLedger, what: Telling): NewNotification {
  const { id: documentId, title } = record;
  return { ...what, kind: 'approval', documentId, title, type: 'approval' };
}

/** How it ended. */
export function outcomeOf({ record }: ApprovalLedger): ApprovalOutcome {
  const { id, state, version, closedReason } = record;
  return { id, state, version, ...(closedReason === undefined ? {} : { reason: closedReason }) };
}
