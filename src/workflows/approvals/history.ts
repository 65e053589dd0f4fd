/** How a history tells what happens in an approval. Pure. */
import type { ApprovalFact } from '../../contracts/approvals/events.ts';
import { askedIn } from './entitlement.ts';

interface Told {
  readonly command: string;
  /** Goes before the reason that the fact carries. */
  readonly reason?: string;
}

/** What the entry of the history says. */
export function tellApproval(event: ApprovalFact): Told {
  switch (event.kind) {
    case 'decided':
      return { command: VERDICTS[event.decision], ...forWhom(event) };
    case 'stage-entered': {
      const { approvers, dueAt } = event.entry;
      const until = dueAt === undefined ? '' : ` until ${dueAt}`;
      return { command: 'ask', reason: `${askedIn({ approvers }).join(', ')}${until}.` };
    }
    case 'delegated':
      return {
        command: 'delegate',
        reason: `From ${event.for} to ${event.to}${event.reason === undefined ? '.' : `: ${event.reason}`}`,
      };
    case 'approvers-reminded': {
      const which = event.number === undefined ? 'By hand.' : `Reminder ${event.number}.`;
      return { command: `remind ${event.stage}`, reason: which };
    }
    case 'escalated':
      return {
        command: `escalate ${event.stage}`,
        reason: `From ${event.from.join(', ')} to ${event.to.join(', ')}.`,
      };
    case 'timed-out':
      return { command: `time-out ${event.stage}`, reason: `By its policy: ${event.outcome}.` };
    case 'approval-reset':
      return {
        command: 'reset',
        reason: 'What it was about has changed; the approval begins anew.',
      };
  }
}

const VERDICTS = {
  approved: 'approve',
  rejected: 'reject',
  'changes-requested': 'request-changes',
} as const;

function forWhom(event: { readonly for?: string; readonly reason?: string }): { reason?: string } {
  if (event.for === undefined) return {};
  return { reason: `For ${event.for}${event.reason === undefined ? '.' : `: ${event.reason}`}` };
}
