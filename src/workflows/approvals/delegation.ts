/** Somebody hands the decision to somebody else. Pure. */
import type { ApprovalCommand } from '../../contracts/approvals/commands.ts';
import type { ApprovalFact } from '../../contracts/approvals/events.ts';
import type { ApprovalStage } from '../../contracts/approvals/policy.ts';
import type { Actor } from '../../contracts/caller.ts';
import { ok, refuse, type Result } from '../../contracts/failures.ts';
import type { ApprovalState } from './state.ts';
import { voiceOf } from './votes.ts';

/**
 * The delegation of the actor's voice, which has not been given yet; to the actor, it takes back what was handed on. `barred`: why a user may not decide in the stage,
 * whoever is asked. Refusal: `wrong-state`.
 */
export function delegation(
  { name: stage, delegable }: ApprovalStage,
  { current, votes }: ApprovalState,
  { to, reason }: Extract<ApprovalCommand, { kind: 'delegate' }>,
  {
    actor,
    barred,
  }: { readonly actor: Actor; readonly barred: (user: string) => string | undefined },
): Result<ApprovalFact> {
  const no = (why: string) => refuse('wrong-state', why);
  if (!delegable) return no(`Decisions of the stage ${stage} cannot be handed on.`);
  const seat = voiceOf(current, actor.id);
  const has = !seat || seat.holders.includes(to);
  if (to === actor.id && has) return no(`${to} has the decision already.`);
  const held = voiceOf(current, to);
  // Nobody may get a second voice, also not instead of one that was handed on; back to where it came from is no second.
  if ((held && held !== seat) || votes.some(({ by }) => by === to)) {
    return no(`${to} decides in this stage already, or has handed that on, and has one voice.`);
  }
  const why = barred(to);
  if (why !== undefined) return no(why);
  const explained = reason === undefined ? {} : { reason };
  return ok({ kind: 'delegated', stage, for: seat?.for ?? actor.id, to, ...explained });
}
