/** What comes next in a game: what its player can do, what others are to be told, and when the clock strikes. Pure. */
import type { Errand } from '../../contracts/dungeon/events.ts';
import type { Verb } from '../../contracts/dungeon/types.ts';
import { feats, isOpen, type GameState } from './game.ts';
import { moveOf, thinkable } from './verbs.ts';

/** What a page may offer. `target` and `with` are there when the action takes them, and go into the request as they are. */
export interface Possible {
  readonly action: 'confirm' | Verb;
  readonly target?: string;
  readonly with?: string;
}

/** All that would be accepted now, from this player; nothing of a game that is over. */
export function possibleActions(game: GameState): Possible[] {
  if (!isOpen(game)) return [];
  const confirm = game.confirmedAt === undefined ? [{ action: 'confirm' } as const] : [];
  const moves = thinkable(game)
    .filter((action) => moveOf(game, action).ok)
    .map(({ action, target, with: weapon }) => ({
      action: action as Verb,
      target,
      ...(weapon === '' ? {} : { with: weapon }),
    }));
  return [...confirm, ...moves];
}

/** Whether the player is in; undefined while that is open. What `UserConfirmationWorkflow` is told, once. */
export function verdictOf(game: GameState): boolean | undefined {
  if (game.confirmedAt !== undefined) return true;
  return isOpen(game) ? undefined : false;
}

/**
 * What is to be told to others now, in this order. Each is carried out once it was heard as the notice `told`; a game whose
 * errands are all done and that is not open has nothing more to do. After a death `over` is also for those that would wait
 * for ever: the sequence and the game monitor.
 */
export function errandsOf(game: GameState): Errand[] {
  const { told, ending, askedUntil } = game;
  const { isMonsterDead, isTreasureHeld } = feats(game);
  const isOver = !isOpen(game);
  const lives = ending?.as !== 'dead';
  const due: Readonly<Record<Errand, boolean>> = {
    verdict: verdictOf(game) !== undefined && (askedUntil !== undefined || isOver),
    KillMonster: isMonsterDead && lives,
    GotTreasure: isTreasureHeld && lives,
    over: isOver,
  };
  return (Object.keys(due) as Errand[]).filter((errand) => due[errand] && !told.includes(errand));
}

/** The instant at which a player who does nothing dies. */
export function idleUntil({ actedAt, terms }: GameState): string {
  return new Date(Date.parse(actedAt) + terms.idleMs).toISOString();
}

/** When a clock is to strike next, in milliseconds since 1970; undefined when the game is over. */
export function nextStrike(game: GameState): number | undefined {
  return isOpen(game) ? Date.parse(idleUntil(game)) : undefined;
}
