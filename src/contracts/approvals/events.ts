/** What happens in an approval, as facts; the document or approval around it numbers and stamps them. */
import type { StageEntry } from './entry.ts';
import type { TimeoutOutcome } from './policy.ts';

/** What somebody has decided. */
export type Decision = 'approved' | 'rejected' | 'changes-requested';

export type ApprovalFact =
  /**
   * People are asked. `stage`: its place in the policy, from 0. `next`: the stage that begins at once instead, because
   * earlier approvals that count on are enough.
   */
  | {
      readonly kind: 'stage-entered';
      readonly stage: number;
      readonly entry: StageEntry;
      readonly next?: number;
    }
  | {
      readonly kind: 'decided';
      /** The name of the stage. */
      readonly stage: string;
      readonly decision: Decision;
      /** The seat that it was decided for, when it is another's than the decider's own. */
      readonly for?: string;
      readonly reason?: string;
      /** The stage that begins because of it. */
      readonly next?: number;
    }
  /** Seat `for` is decided by `to` from now on, instead of whoever handed it on; instead of all others, when that was `for`. */
  | {
      readonly kind: 'delegated';
      readonly stage: string;
      readonly for: string;
      readonly to: string;
      readonly reason?: string;
    }
  /** `number` counts from 1, those that were missed included; without it somebody reminded by hand. */
  | { readonly kind: 'approvers-reminded'; readonly stage: string; readonly number?: number }
  /** `level`: from 0. `from` and `to`: `user:x`, `role:y`. */
  | {
      readonly kind: 'escalated';
      readonly stage: string;
      readonly level: number;
      readonly from: readonly string[];
      readonly to: readonly string[];
    }
  /** The deadline has passed undecided. */
  | {
      readonly kind: 'timed-out';
      readonly stage: string;
      readonly outcome: TimeoutOutcome;
      readonly next?: number;
    }
  /** Content, policy or owner have changed, so people are asked anew, from the stage `next` on. */
  | { readonly kind: 'approval-reset'; readonly next: number };
