/**
 * An approval inside a workflow: its record, what was refused, and the effects still to be carried out. Plain data and pure
 * functions, so that it can be carried over continue-as-new.
 */
import type { RecordEvent } from '../../contracts/approvals/record-events.ts';
import { receptionAfter, type CarriedReception, type Reception } from '../shared/reception.ts';
import { recordEffects, type RecordEffect } from './record-effects.ts';
import { evolveRecord, type ApprovalRecord } from './record.ts';

export interface ApprovalLedger extends Reception {
  record: ApprovalRecord;
  effects: RecordEffect[];
  /** The lookup of a stage that is under way. */
  entering: Promise<void> | undefined;
}

/** What continue-as-new hands to the next run. Effects are carried out before. */
export type CarriedApproval = Pick<ApprovalLedger, 'record'> & CarriedReception;

/** `events`: those that made the record just now, whose effects are to be carried out. */
export function openApproval(
  record: ApprovalRecord,
  events: readonly RecordEvent[],
  carried?: CarriedApproval,
): ApprovalLedger {
  const effects = events.flatMap((event) => recordEffects(record, event));
  return { ...receptionAfter(carried), record, effects, entering: undefined };
}

/** Takes the events of one accepted command into the record; none, when it changed nothing. */
export function take(ledger: ApprovalLedger, events: readonly RecordEvent[]): void {
  ledger.received += 1;
  for (const event of events) {
    ledger.record = evolveRecord(ledger.record, event);
    ledger.effects.push(...recordEffects(ledger.record, event));
  }
}
