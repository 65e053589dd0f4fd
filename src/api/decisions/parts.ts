/** What decisions by link have in common, whatever they are about. */
import { createHash } from 'node:crypto';
import type { ApprovalPolicy } from '../../contracts/approvals/policy.ts';
import type { DecisionLink } from '../../shared/decision-links.ts';
import { stageOf, type ApprovalState } from '../../workflows/approvals/state.ts';
import type { Request } from '../documents/service.ts';
import type { Idempotency } from '../idempotency.ts';
import type { DecisionPreview, DecisionSubject } from './subject.ts';

/** Where the approval is, and what this user has decided in it. */
export function standingOf(
  policy: ApprovalPolicy,
  approval: ApprovalState,
  user: string,
): Pick<DecisionPreview, 'stage' | 'round' | 'decided'> {
  const mine = approval.decisions.filter(({ by }) => by === user);
  return {
    stage: stageOf(policy, approval).name,
    round: approval.round,
    decided: mine.flatMap(({ decision, at, version, stage, round, reason }) =>
      decision === 'changes-requested'
        ? []
        : {
            decision: decision === 'approved' ? ('approve' as const) : ('reject' as const),
            at,
            version,
            stage,
            round,
            ...(reason === undefined ? {} : { reason }),
          },
    ),
  };
}

/** Decides, once, however often it is called with links that say the same. */
export async function decideBy(
  link: DecisionLink,
  reason: string | undefined,
  { commander }: DecisionSubject,
  request: Request,
): Promise<void> {
  const { id, decision: kind, version, round, stage } = link;
  const command = { kind, version, round, stage, ...(reason === undefined ? {} : { reason }) };
  await commander.command(id, command, request, idempotencyOfLink(link));
}

/** Of what is decided, not of the token or the reason: another link to the same, and another reason, repeat it. */
function idempotencyOfLink(link: DecisionLink): Idempotency {
  const { kind, id, user, decision, version, round, stage } = link;
  const parts = ['decision-link', kind, id, user, decision, version, round, stage];
  const named = JSON.stringify(parts);
  const key = createHash('sha256').update(named).digest('hex');
  return { key, fingerprint: key };
}
