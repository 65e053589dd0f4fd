/** What `UserMonitorWorkflow` says of a player, round by round. Pure. */
import { LINES } from '../../contracts/dungeon/texts.ts';
import { feats, isAlive, isBuilt, type GameState } from './game.ts';

/** How a player is found: not created yet, on the way, at the goal, or dead. */
export type Sight = 'missing' | 'alive' | 'treasure' | 'dead';

/** What a look at the game shows. */
export function sightOf(game: GameState): Sight {
  if (!isAlive(game)) return 'dead';
  if (!isBuilt(game)) return 'missing';
  return feats(game).isTreasureHeld ? 'treasure' : 'alive';
}

/** The first line, before the first round. */
export function monitorBegins(name: string, everyMs: number): string {
  return LINES.monitored(name, everyMs);
}

/** What one round comes to: a line, or none, and whether it was the last one. */
export function monitorRound(
  name: string,
  sight: Sight,
): { readonly line?: string; readonly isLast: boolean } {
  switch (sight) {
    case 'missing':
      return { isLast: false };
    case 'alive':
      return { line: LINES.monitorAlive(name), isLast: false };
    case 'treasure':
      return { line: LINES.monitorTreasure(name), isLast: true };
    case 'dead':
      return { line: LINES.monitorDead(name), isLast: true };
  }
}

/** The last lines, after the last round or when its time is over. */
export function monitorEnds(name: string, isTimedOut: boolean): string[] {
  return [...(isTimedOut ? [LINES.monitorTimedOut(name)] : []), LINES.monitorDone(name)];
}
