/** The activities of the course's small workflows, under their names there. */
import { setTimeout as delay } from 'node:timers/promises';
import { Context } from '@temporalio/activity';
import type { ActivityLog } from './documents.ts';

/** One reminder of a series. */
export interface Reminder {
  /** The same for each attempt: by it a repetition is known. */
  readonly key: string;
  /** From 1. */
  readonly number: number;
  readonly text: string;
}

/** How often it says that it is alive. */
const HEARTBEAT_MS = 500;

export function proposalActivities({ log }: { readonly log: ActivityLog }) {
  return {
    /** Tells whoever proposed how it was decided; today a line in the log. Twice does no harm. Returns the course's text. */
    async Approval(decision: string): Promise<string> {
      const text = `Your project design proposal has been -  ${decision}!`;
      const { workflowExecution } = Context.current().info;
      log.info({ workflowId: workflowExecution?.workflowId, decision }, 'Proposal decided');
      return text;
    },

    /** Reminds; today a line in the log, with the key by which a repetition is known. */
    async SendReminder({ key, number, text }: Reminder): Promise<void> {
      log.info({ key, number, text }, 'Reminder');
    },

    /**
     * Takes so many milliseconds for a quote. Says every half second how far it is, goes on from there when it is tried
     * again, and ends early when it is cancelled.
     */
    async GetQuote({ takesMs }: { takesMs: number }): Promise<{ readonly price: number }> {
      const { info, cancellationSignal } = Context.current();
      let done = (info.heartbeatDetails as number | undefined) ?? 0;
      try {
        while (done < takesMs) {
          const step = Math.min(HEARTBEAT_MS, takesMs - done);
          await delay(step, undefined, { signal: cancellationSignal });
          done += step;
          Context.current().heartbeat(done);
        }
      } catch (error) {
        if (!cancellationSignal.aborted) throw error;
        log.info({ workflowId: info.workflowExecution?.workflowId, done }, 'Quote cancelled');
        throw cancellationSignal.reason;
      }
      return { price: 100 };
    },
  };
}
