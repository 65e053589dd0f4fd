/** Whether a link still holds, by how its subject stands. Pure. */
import { FAILURES } from '../../contracts/failures.ts';
import type { DecisionLink } from '../../shared/decision-links.ts';
import type { Decided, DecisionPreview } from './subject.ts';

export type Verdict =
  /** It can be decided now. */
  | { readonly kind: 'ask' }
  /** The user has decided it, this way or the other. */
  | { readonly kind: 'decided'; readonly before: Decided }
  /** It cannot; `status` is an HTTP status. */
  | { readonly kind: 'refused'; readonly status: number; readonly why: string };

export function verdictOf(link: DecisionLink, now: DecisionPreview): Verdict {
  const before = now.decided.findLast((one) => isSame(link, one));
  if (before) return { kind: 'decided', before };
  const { obstacle } = now;
  if (now.open && !isSame(link, now)) {
    const why =
      'It has changed since you were asked. Look at it again and decide there; a reminder brings a new link.';
    return { kind: 'refused', status: 409, why };
  }
  if (!obstacle) return { kind: 'ask' };
  return { kind: 'refused', status: FAILURES[obstacle.code].status, why: obstacle.detail };
}

function isSame(
  link: DecisionLink,
  { version, stage, round }: Pick<DecisionPreview, 'version' | 'stage' | 'round'>,
): boolean {
  return (
    version === link.version &&
    (stage === undefined || stage === link.stage) &&
    (round === undefined || round === link.round)
  );
}
