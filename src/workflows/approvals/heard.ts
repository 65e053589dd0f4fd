/** What clocks and lookups tell an approval, whatever it is about, and what follows from it. Pure. */
import type { StageEntry } from '../../contracts/approvals/entry.ts';
import type { ApprovalFact } from '../../contracts/approvals/events.ts';
import { strike } from './clocks.ts';
import { decideEntry } from './decide.ts';
import type { Situation } from './situation.ts';

/** The stage was looked up. */
export interface Entered {
  readonly kind: 'entered';
  readonly stage: number;
  readonly round: number;
  readonly entry: StageEntry;
}

/** The end of what is approved. */
export interface Ended {
  readonly kind: 'closed';
  readonly state: 'approved' | 'rejected' | 'expired';
  readonly reason?: string;
}

/** Nothing, when meanwhile it is another stage, or none. */
export function stageEntered(
  situation: Situation,
  { stage, round, entry }: Entered,
  at: string,
): readonly (ApprovalFact | Ended)[] {
  const { approval } = situation;
  if (!approval.entering || approval.stage !== stage || approval.round !== round) return [];
  const { facts, outcome } = decideEntry(situation, entry, at);
  return outcome === 'approved' ? [...facts, { kind: 'closed', state: outcome }] : facts;
}

/** What the clocks bring about at this instant. */
export function clockStruck(situation: Situation, at: string): readonly (ApprovalFact | Ended)[] {
  const { facts, outcome } = strike(situation, at);
  if (outcome === undefined) return facts;
  const reason = `Nobody has decided by ${situation.approval.current?.dueAt}.`;
  return [...facts, { kind: 'closed', state: outcome, reason }];
}
