/**
 * A document inside its workflow: the state, the events that are not in the database yet, what was refused, and the
 * effects still to be carried out. Plain data and pure functions, so that it can be carried over continue-as-new.
 */
import type { DocumentEvent } from '../../contracts/documents/events.ts';
import { LIMITS } from '../../contracts/limits.ts';
import { jsonSize } from '../shared/json.ts';
import { receptionAfter, type CarriedReception, type Reception } from '../shared/reception.ts';
import { effectsOf, type Effect } from './effects.ts';
import { evolve, type DocumentState } from './state.ts';

export interface Ledger extends Reception {
  state: DocumentState;
  tail: DocumentEvent[];
  tailBytes: number;
  /** How many of the tail are known to be in the history, however this workflow task ends. */
  committed: number;
  effects: Effect[];
  /** Resolves when whatever changes links in the database at the moment is done; one after the other. */
  linking: Promise<void>;
  /** Accepted commands of this run, also those that changed nothing: a run may have 2,000 updates. */
  edits: number;
  /** The number of the event of which the last live hint told. */
  announced: number;
}

/** What continue-as-new hands to the next run. Effects are carried out before. */
export type Carried = Pick<Ledger, 'state' | 'tail'> & CarriedReception;

export function openLedger(
  state: DocumentState,
  events: readonly DocumentEvent[],
  carried?: Carried,
): Ledger {
  const tail = [...(carried?.tail ?? [])];
  const ledger: Ledger = {
    state,
    tail,
    tailBytes: bytesOf(tail),
    committed: tail.length,
    ...receptionAfter(carried),
    effects: [],
    linking: Promise.resolve(),
    edits: 0,
    announced: 0,
  };
  for (const event of events) note(ledger, event);
  return ledger;
}

/** Takes the events of one accepted command into the state; none, when it changed nothing. */
export function append(ledger: Ledger, events: readonly DocumentEvent[]): void {
  ledger.edits += 1;
  ledger.received += 1;
  for (const event of events) {
    ledger.state = evolve(ledger.state, event);
    note(ledger, event);
  }
}

function note(ledger: Ledger, event: DocumentEvent): void {
  ledger.tail.push(event);
  ledger.tailBytes += jsonSize(event);
  ledger.effects.push(...effectsOf(ledger.state, event));
}

/** As many of the first `most` unwritten events as fit into one activity; at least one. */
export function firstOfTail({ tail }: Ledger, most = tail.length): DocumentEvent[] {
  let bytes = 0;
  return tail
    .slice(0, most)
    .filter((event, i) => (bytes += jsonSize(event)) <= 2 * LIMITS.tailBytes || i === 0);
}

/** Forgets the first `count` events of the tail: they are in the database now. */
export function written(ledger: Ledger, count: number): void {
  ledger.tail = ledger.tail.slice(count);
  ledger.committed = Math.max(0, ledger.committed - count);
  ledger.tailBytes = bytesOf(ledger.tail);
}

function bytesOf(events: readonly DocumentEvent[]): number {
  return events.reduce((bytes, event) => bytes + jsonSize(event), 0);
}

/** Whether the tail has grown enough to be written to the database before the document closes. */
export function flushDue(ledger: Ledger): boolean {
  return ledger.tail.length >= LIMITS.tailEvents || ledger.tailBytes >= LIMITS.tailBytes;
}
