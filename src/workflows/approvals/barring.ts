/** Who may not decide in a stage, whoever is asked: separation of duties. Pure. */
import type { Actor } from '../../contracts/caller.ts';
import { matches } from '../shared/people.ts';
import type { Situation } from './decide.ts';
import { stageOf } from './state.ts';

/** Those who may not decide in the current stage, whatever they are. */
export function barredFrom({ policy, approval, authors }: Situation): readonly string[] {
  const stage = stageOf(policy, approval);
  const elsewhere = policy.oncePerPerson
    ? approval.decisions
        .filter(({ round, stage: name }) => round >= approval.since && name !== stage.name)
        .map(({ by }) => by)
    : [];
  return [...new Set([...(stage.ownerMayDecide ? [] : authors), ...elsewhere])];
}

/** Why this actor may not decide in the current stage, whoever is asked; undefined when nothing speaks against it. */
export function barring(situation: Situation, actor: Actor): string | undefined {
  const { policy, approval, authors, owner } = situation;
  const stage = stageOf(policy, approval);
  if (!stage.ownerMayDecide && authors.includes(actor.id)) {
    return 'Neither the owner nor whoever submitted it may decide on it.';
  }
  if (barredFrom(situation).includes(actor.id)) {
    return `${actor.id} has decided in another stage already.`;
  }
  // By name, not by "all roles": that would exclude whoever has those.
  const excluded = stage.excluded.find((who) =>
    who.startsWith('role:')
      ? actor.roles.includes(who.slice('role:'.length))
      : matches(who, actor, owner),
  );
  return excluded && `${excluded} may not decide in the stage ${stage.name}.`;
}
