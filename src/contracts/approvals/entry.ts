/**
 * What is looked up when a stage of an approval begins: who is asked, and all its instants. A snapshot: what changes in
 * the directory or in a calendar afterwards counts from the next stage on, and never breaks a replay.
 */
import type { ApprovalPolicy } from './policy.ts';

/** One voice. Whoever of the holders decides first has decided for it. */
export interface Seat {
  /** The user who was meant; unique within a stage, and shown for good, whoever decides instead. */
  readonly for: string;
  /** User ids, of which each is in one seat of the stage only: `for` with a substitute, or whom it was delegated to. */
  readonly holders: readonly string[];
}

/** Who is asked. */
export interface Approvers {
  readonly seats: readonly Seat[];
  /** `anyone`, and roles of which nobody knows who has them: those count by whom the authentication says they are. */
  readonly groups: readonly ('anyone' | `role:${string}`)[];
}

export interface StageEntry {
  readonly approvers: Approvers;
  /** In the order of time, one for each of the stage's. */
  readonly levels: readonly { readonly at: string; readonly approvers: Approvers }[];
  readonly dueAt?: string;
  /** The instants of all reminders, in their order; those count that come before the deadline, as it is then. */
  readonly remindAt: readonly string[];
}

/** What the lookup needs to know. */
export interface EntryRequest {
  readonly policy: ApprovalPolicy;
  /** Which of its stages; from 0. */
  readonly stage: number;
  readonly owner: string;
  /** Those who may not decide: the authors (unless the stage lets them), and whoever has decided in another stage. */
  readonly barred: readonly string[];
  /** When it begins. */
  readonly at: string;
}
