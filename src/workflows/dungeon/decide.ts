/** The rules of the game: what a command, or a notice, leads to. Pure; knows neither Temporal nor HTTP, reads no clock. */
import type { Call } from '../../contracts/caller.ts';
import type { DungeonCommand } from '../../contracts/dungeon/commands.ts';
import type { DungeonEvent, DungeonFact, Errand } from '../../contracts/dungeon/events.ts';
import { accept, refuseGame, type GameResult } from '../../contracts/dungeon/refusals.ts';
import { REFUSED } from '../../contracts/dungeon/texts.ts';
import {
  PARTS,
  PLACEMENTS,
  type Death,
  type Part,
  type Placement,
} from '../../contracts/dungeon/types.ts';
import { feats, gameEvents, isAlive, isOpen, type GameState } from './game.ts';
import { errandsOf, idleUntil } from './moves.ts';
import { mayPlay } from './rights.ts';
import { moveOf } from './verbs.ts';

/**
 * What the command leads to, or the refusal, in the order of the original: is there a living player (400), is it the
 * caller's (403), can this be done now (400; of a confirmation 404). A refused command changes nothing.
 */
export function decideGame(
  game: GameState,
  command: DungeonCommand,
  call: Call,
): GameResult<readonly DungeonEvent[]> {
  const { name } = game;
  const facts = (...all: readonly DungeonFact[]) => accept(gameEvents(game, call, all));
  if (command.kind === 'confirm') {
    if (!mayPlay(game, call.actor)) return refuseGame(REFUSED.foreign(name), 'forbidden');
    return isUnconfirmed(game)
      ? facts({ kind: 'confirmed' })
      : refuseGame(REFUSED.confirmNotAsked(name), 'not-found');
  }
  if (!isAlive(game)) return refuseGame(REFUSED.missing(name));
  if (!mayPlay(game, call.actor)) return refuseGame(REFUSED.foreign(name), 'forbidden');
  const move = moveOf(game, command);
  if (!move.ok) return refuseGame(move.said);
  return isOpen(game) ? facts(...move.facts) : refuseGame(REFUSED.over(name));
}

function isUnconfirmed(game: GameState): boolean {
  return isOpen(game) && game.confirmedAt === undefined;
}

/** What the five workflows, clocks and the engine tell a game; nobody outside can. Each may come late, early or again. */
export type DungeonNotice =
  /** This was created, or all that was not yet. */
  | { readonly kind: 'created'; readonly part: Part }
  | { readonly kind: 'built' }
  /** The time to confirm has begun. `until`: by the clock of whoever measures it; default by the terms of the game. */
  | { readonly kind: 'asked'; readonly until?: string }
  /** The time to confirm is over, or somebody has sent `ApprovalTask` with `false`. */
  | { readonly kind: 'expired' }
  /** Somebody has sent `ApprovalTask` with `true`. */
  | { readonly kind: 'approved' }
  /** This was placed, and all that goes before it. */
  | { readonly kind: 'placed'; readonly what: Placement }
  /** Both events have come to `GameMonitorWorkflow`. */
  | { readonly kind: 'won' }
  | { readonly kind: 'told'; readonly errand: Errand }
  /** A clock has struck. */
  | { readonly kind: 'tick' }
  /** The workflow was ended behind our back, or is to be. */
  | { readonly kind: 'ended'; readonly reason: string };

/** What follows from the notice; nothing, when it is late, early or repeated. */
export function hearGame(
  game: GameState,
  notice: DungeonNotice,
  call: Call,
): readonly DungeonEvent[] {
  // Errands are for closed games, too.
  const counts = isOpen(game) || notice.kind === 'told';
  return counts ? gameEvents(game, call, factsOf(game, notice, call.at)) : [];
}

function factsOf(game: GameState, notice: DungeonNotice, at: string): readonly DungeonFact[] {
  switch (notice.kind) {
    case 'created':
      return created(game, [notice.part]);
    case 'built':
      return created(game, PARTS);
    case 'asked': {
      const { until = later(at, game.terms.confirmMs) } = notice;
      return game.askedUntil === undefined
        ? [...created(game, PARTS), { kind: 'asked', until }]
        : [];
    }
    case 'expired':
      return isUnconfirmed(game) ? [{ kind: 'died', of: 'waiting' }] : [];
    case 'approved':
      return isUnconfirmed(game) ? [{ kind: 'confirmed' }] : [];
    case 'placed':
      return placed(game, notice.what);
    case 'won':
      return isComplete(game) ? [{ kind: 'won' }] : [];
    case 'told':
      return errandsOf(game).includes(notice.errand) ? [notice] : [];
    case 'tick':
      return at < idleUntil(game) ? [] : [endedBy(game, 'absence')];
    case 'ended':
      return [endedBy(game, 'end', notice.reason)];
  }
}

function created(game: GameState, parts: readonly Part[]): DungeonFact[] {
  return parts
    .filter((part) => !game.created.includes(part))
    .map((part) => ({ kind: 'created', part }));
}

function placed(game: GameState, what: Placement): DungeonFact[] {
  if (game.confirmedAt === undefined) return [];
  const due = PLACEMENTS.slice(game.placed, PLACEMENTS.indexOf(what) + 1);
  if (due.length === 0) return [];
  return [...created(game, PARTS), ...due.map((one) => ({ kind: 'placed', what: one }) as const)];
}

function isComplete(game: GameState): boolean {
  const { isMonsterDead, isTreasureHeld } = feats(game);
  return isMonsterDead && isTreasureHeld;
}

/** Who has done all there is to do has won, be it that nobody has said so. */
function endedBy(game: GameState, of: Death, reason?: string): DungeonFact {
  if (isComplete(game)) return { kind: 'won' };
  return { kind: 'died', of, ...(reason === undefined ? {} : { reason }) };
}

function later(at: string, ms: number): string {
  return new Date(Date.parse(at) + ms).toISOString();
}
