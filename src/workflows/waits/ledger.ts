/**
 * A wait inside its workflow: its record, what was refused, and whether its webhook is still to be called. Plain data and pure
 * functions, so that it can be carried over continue-as-new.
 */
import type { WaitEvent } from '../../contracts/waits/events.ts';
import { receptionAfter, type CarriedReception, type Reception } from '../shared/reception.ts';
import { evolveWait, type WaitRecord } from './state.ts';

export interface WaitLedger extends Reception {
  record: WaitRecord;
}

/** What continue-as-new hands to the next run. */
export type CarriedWait = Pick<WaitLedger, 'record'> & CarriedReception;

export function openWait(record: WaitRecord, carried?: CarriedWait): WaitLedger {
  return { ...receptionAfter(carried), record };
}

/** Takes the events of one accepted command into the record; none, when it changed nothing. */
export function take(ledger: WaitLedger, events: readonly WaitEvent[]): void {
  ledger.received += 1;
  ledger.record = events.reduce(evolveWait, ledger.record);
}
