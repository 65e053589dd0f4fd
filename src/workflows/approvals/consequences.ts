/** What a decision brings about in the thing that it is about, a document or an approval of its own. Pure. */
import type { ApprovalCommand } from '../../contracts/approvals/commands.ts';
import type { ApprovalFact } from '../../contracts/approvals/events.ts';
import { reasonOf } from '../shared/reason.ts';
import type { Decided } from './decide.ts';

/** A fact that documents and approvals of their own have alike. */
export type Consequence =
  | ApprovalFact
  | { readonly kind: 'commented'; readonly text: string; readonly section?: string }
  | {
      readonly kind: 'closed';
      readonly state: 'approved' | 'rejected';
      readonly reason?: string;
    };

/** The decision itself, the comments that came with it, and the end that it is. */
export function consequencesOf(
  command: ApprovalCommand,
  { facts, outcome }: Decided,
): readonly Consequence[] {
  const { sections = {} } = command as { readonly sections?: Readonly<Record<string, string>> };
  const comments = Object.entries(facts.length > 0 ? sections : {});
  const ends = outcome === 'approved' || outcome === 'rejected';
  return [
    ...facts,
    ...comments.map(([section, text]): Consequence => ({ kind: 'commented', section, text })),
    ...(ends
      ? [{ kind: 'closed', state: outcome, ...reasonOf(command as { reason?: string }) } as const]
      : []),
  ];
}
