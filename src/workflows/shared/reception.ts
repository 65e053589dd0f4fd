/**
 * What a workflow remembers of the messages that it gets, whatever it is about: what it refused, and what commands with an
 * idempotency key led to. Plain data and pure functions, so that it can be carried over continue-as-new.
 */
import type { CallContext } from '../../contracts/caller.ts';
import type { RefusedCommand } from '../../contracts/documents/events.ts';
import type { Refusal } from '../../contracts/failures.ts';
import { LIMITS } from '../../contracts/limits.ts';
import { lastOf } from './json.ts';

/** A command that came with an idempotency key, and what it led to. */
export interface KeptOutcome {
  readonly key: string;
  readonly fingerprint: string;
  readonly changed: boolean;
  readonly version: number;
}

export interface Reception {
  /** The last {@link LIMITS}.refusals of them. */
  refused: RefusedCommand[];
  refusedCount: number;
  /** The last {@link LIMITS}.keys of them. */
  outcomes: KeptOutcome[];
  /** Accepted and refused commands of this run: changes whenever there may be something to do. */
  received: number;
  /** The number of the workflow task in which the last update was accepted: it is in the history after that. */
  updatedIn: number;
}

/** What the next run is told of it. */
export type CarriedReception = Pick<Reception, 'refused' | 'refusedCount' | 'outcomes'>;

/** At the beginning of a run. */
export function receptionAfter(carried?: CarriedReception): Reception {
  return {
    refused: [...(carried?.refused ?? [])],
    refusedCount: carried?.refusedCount ?? 0,
    outcomes: [...(carried?.outcomes ?? [])],
    received: 0,
    updatedIn: 0,
  };
}

/** Remembers a refused signal: the last ones by their text, all of them by number. */
export function recordRefusal(reception: Reception, refusal: RefusedCommand): void {
  reception.refusedCount += 1;
  reception.received += 1;
  const all = [...reception.refused, refusal];
  reception.refused = lastOf(all, LIMITS.refusals, LIMITS.refusalBytes);
}

/** How many were refused, and the last of them. */
export interface RefusedView {
  readonly count: number;
  readonly last?: RefusedCommand;
}

export function refusedOf({ refused, refusedCount }: Reception): RefusedView {
  const last = refused.at(-1);
  return { count: refusedCount, ...(last ? { last } : {}) };
}

/** Remembers what a command with an idempotency key led to, so that its repetition leads to nothing more. */
export function keepOutcome(reception: Reception, outcome: KeptOutcome): void {
  reception.outcomes.push(outcome);
  if (reception.outcomes.length > LIMITS.keys) reception.outcomes.shift();
}

/** What the same command led to before, or that its key came with another one; undefined when it is new. */
export function outcomeBefore(
  { outcomes }: Reception,
  { context }: { readonly context?: CallContext },
): KeptOutcome | Refusal | undefined {
  const { idempotency } = context ?? {};
  const kept = idempotency && outcomes.find(({ key }) => key === idempotency.key);
  if (!kept || kept.fingerprint === idempotency.fingerprint) return kept;
  const detail = 'This Idempotency-Key came with another request to the same before.';
  return { code: 'idempotency-key-reused', detail };
}
