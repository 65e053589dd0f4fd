/** How the history of an approval of its own tells what happened. Pure. */
import type { RecordEvent } from '../../contracts/approvals/record-events.ts';
import type { Change, HistoryEntry } from '../../contracts/documents/events.ts';
import { tellApproval } from './history.ts';

/** The line that tells the event; undefined when another one says it already. `title`: the one before. */
export function tellRecord(event: RecordEvent, title: string): HistoryEntry | undefined {
  const { version, at, by, via } = event;
  const told = tell(event, title);
  const reason = 'reason' in event && event.reason !== undefined ? { reason: event.reason } : {};
  return told && { version, at, by, via, accepted: true, ...reason, ...told };
}

function tell(
  event: RecordEvent,
  title: string,
): Pick<HistoryEntry, 'command' | 'reason' | 'changes'> | undefined {
  switch (event.kind) {
    case 'requested':
      return { command: 'create' };
    case 'submitted': {
      const changes: Change[] = [
        ...(event.title === undefined ? [] : [{ pointer: '/title', from: title, to: event.title }]),
        // Without its values: a subject may be large.
        ...(event.subject === undefined ? [] : [{ pointer: '/subject' }]),
      ];
      return { command: 'submit', ...(changes.length === 0 ? {} : { changes }) };
    }
    case 'commented': {
      const { section, text } = event;
      return { command: section === undefined ? 'comment' : `comment ${section}`, reason: text };
    }
    case 'extended':
      return { command: 'extend', reason: `Until ${event.until}.` };
    case 'closed': {
      const { state, via } = event;
      // A decision has its own line just before.
      if ((state === 'approved' || state === 'rejected') && via !== 'system') return undefined;
      return { command: ENDINGS[state] ?? state };
    }
    default:
      return tellApproval(event);
  }
}

const ENDINGS: Readonly<Record<string, string>> = {
  expired: 'expire',
  withdrawn: 'withdraw',
  cancelled: 'cancel',
};
