/** Completes what a process that ended too soon has left in the inbox. */
import { Context } from '@temporalio/activity';
import type { Database } from '../store/database.ts';
import { forgetMessages, inboxNotes, openMessages } from '../store/inbox.ts';
import type { Temporal } from '../temporal/client.ts';
import { carryOut } from '../temporal/effects.ts';

export interface InboxDeps {
  readonly temporal: Temporal;
  readonly database: Database;
  /** Milliseconds for which a settled message is remembered. */
  readonly retentionMs: number;
}

/** Milliseconds in which whoever received a message has carried it out, unless it has ended. */
const GRACE = 30_000;
const PAGE = 200;

export function inboxActivities({ temporal, database, retentionMs }: InboxDeps) {
  return {
    /**
     * Carries out every message that was received and not settled, and forgets old ones. Idempotent. What cannot be known
     * now is left to the next round. Returns how many were settled.
     */
    async completeInbox(): Promise<number> {
      const context = Context.current();
      const deps = { temporal, notes: inboxNotes(database, retentionMs) };
      const until = new Date(Date.now() - GRACE);
      let count = 0;
      let page = await openMessages(database, { until, limit: PAGE });
      while (page.length > 0) {
        for (const message of page) {
          try {
            await carryOut(deps, message);
            count += 1;
          } catch (error) {
            context.log.warn('a message could not be carried out', { key: message.key, error });
          }
          context.heartbeat(count);
        }
        page = await openMessages(database, { until, limit: PAGE, after: page.at(-1) });
      }
      await forgetMessages(database, new Date());
      return count;
    },
  };
}
