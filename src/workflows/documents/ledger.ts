/**
 * A document inside its workflow: the state, the events that are not in the database yet, what was refused, and the
 * effects still to be carried out. Plain data and pure functions, so that it can be carried over continue-as-new.
 */
import type { DocumentEvent, RefusedCommand } from '../../contracts/documents/types.ts';
import { LIMITS } from '../../contracts/limits.ts';
import { jsonSize } from '../shared/json.ts';
import { evolve, type DocumentState } from './state.ts';
import type { StatusView } from './view.ts';

/** Something to be done in the outside world because of an event. */
export type Effect = 'submit-document';

export interface Ledger {
  state: DocumentState;
  tail: DocumentEvent[];
  tailBytes: number;
  /** The last {@link LIMITS}.refusals of them. */
  refused: RefusedCommand[];
  refusedCount: number;
  effects: Effect[];
  /** The length of the history when the last update was accepted: it is in the history once that has grown. */
  updatedAt: number;
  /** Accepted commands of this run, also those that changed nothing: a run may have 2,000 updates. */
  edits: number;
  /** Accepted and refused commands of this run: changes whenever there may be something to do. */
  received: number;
}

/** What continue-as-new hands to the next run. Effects are carried out and events written before. */
export type Carried = Pick<Ledger, 'state' | 'refused' | 'refusedCount'>;

export function openLedger(
  state: DocumentState,
  events: readonly DocumentEvent[],
  carried?: Carried,
): Ledger {
  const ledger: Ledger = {
    state,
    tail: [],
    tailBytes: 0,
    refused: [...(carried?.refused ?? [])],
    refusedCount: carried?.refusedCount ?? 0,
    effects: [],
    updatedAt: -1,
    edits: 0,
    received: 0,
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
  if (event.kind === 'review-requested') ledger.effects.push('submit-document');
}

/** Remembers a refused signal: the last hundred by their text, all of them by number. */
export function recordRefusal(ledger: Ledger, refusal: RefusedCommand): void {
  ledger.refusedCount += 1;
  ledger.received += 1;
  ledger.refused.push(refusal);
  if (ledger.refused.length > LIMITS.refusals) ledger.refused.shift();
}

export function refusedOf(ledger: Ledger): StatusView['refused'] {
  const last = ledger.refused.at(-1);
  return { count: ledger.refusedCount, ...(last ? { last } : {}) };
}

/** As many of the oldest unwritten events as fit into one activity; at least one. */
export function firstOfTail({ tail }: Ledger): DocumentEvent[] {
  let bytes = 0;
  return tail.filter((event, i) => (bytes += jsonSize(event)) <= 2 * LIMITS.tailBytes || i === 0);
}

/** Forgets the first `count` events of the tail: they are in the database now. */
export function written(ledger: Ledger, count: number): void {
  ledger.tail = ledger.tail.slice(count);
  ledger.tailBytes = ledger.tail.reduce((bytes, event) => bytes + jsonSize(event), 0);
}

/** Whether the tail has grown enough to be written to the database before the document closes. */
export function flushDue(ledger: Ledger): boolean {
  return ledger.tail.length >= LIMITS.tailEvents || ledger.tailBytes >= LIMITS.tailBytes;
}
