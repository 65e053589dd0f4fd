/** Games for tests of the rules: begun, built, confirmed and entered in few words. */
import type { Actor } from '../../src/contracts/caller.ts';
import type { Action, DungeonCommand } from '../../src/contracts/dungeon/commands.ts';
import type { GameRefusal, GameResult } from '../../src/contracts/dungeon/refusals.ts';
import { CLASSIC_TERMS, PLACEMENTS, type WorldName } from '../../src/contracts/dungeon/types.ts';
import { decideGame, hearGame, type DungeonNotice } from '../../src/workflows/dungeon/decide.ts';
import {
  heldOf,
  roomOf,
  statusOf,
  wayIn,
  type GameState,
} from '../../src/workflows/dungeon/game.ts';
import { possibleActions, type Possible } from '../../src/workflows/dungeon/moves.ts';
import { beginGame } from '../../src/workflows/dungeon/request.ts';
import { pick, randomOf, type Random } from '../../src/workflows/dungeon/seed.ts';
import { evolveGame, gameOf } from '../../src/workflows/dungeon/state.ts';
import { callOf, owner } from './rules.ts';

export interface Begin {
  readonly name?: string;
  readonly world?: WorldName;
  readonly seed?: string;
}

export function begin({ name = 'aaron', world = 'classic', seed = 'one' }: Begin = {}): GameState {
  const setting = { terms: CLASSIC_TERMS, seed };
  return gameOf(beginGame({ name, world }, setting, callOf(owner)));
}

export function hear(game: GameState, notice: DungeonNotice, ms = 0): GameState {
  return hearGame(game, notice, callOf(owner, ms)).reduce(evolveGame, game);
}

export function attempt(
  game: GameState,
  command: DungeonCommand,
  actor: Actor = owner,
  ms = 0,
): GameResult<GameState> {
  const result = decideGame(game, command, callOf(actor, ms));
  return result.ok ? { ok: true, value: result.value.reduce(evolveGame, game) } : result;
}

export function act(action: string, target = '', weapon = ''): DungeonCommand & Action {
  return { kind: 'action', action, target, with: weapon };
}

/** The game after the command; an error when it is refused. */
export function after(game: GameState, command: DungeonCommand, ms = 0): GameState {
  const result = attempt(game, command, owner, ms);
  if (!result.ok) throw new Error(`refused: ${result.refusal.detail}`);
  return result.value;
}

export function refused(game: GameState, command: DungeonCommand, actor = owner): GameRefusal {
  const result = attempt(game, command, actor);
  if (result.ok) throw new Error('it was accepted');
  return result.refusal;
}

/** The usual way up to the confirmation. */
export function asked(of: Begin = {}): GameState {
  return hear(hear(begin(of), { kind: 'built' }), { kind: 'asked' });
}

/** Confirmed, and everything in its place. */
export function entered(of: Begin = {}): GameState {
  const confirmed = after(asked(of), { kind: 'confirm' });
  return PLACEMENTS.reduce((game, what) => hear(game, { kind: 'placed', what }), confirmed);
}

export function textsOf({ lines }: GameState): string[] {
  return lines.map(({ text }) => text);
}

/** Names of the first of each kind in this world. */
export function namesIn({ monsters, things, rooms }: GameState) {
  const named = (kind: string): string => things.find((thing) => thing.kind === kind)?.name ?? '';
  return {
    monster: monsters[0]?.name ?? '',
    weapon: named('weapon'),
    treasure: named('treasure'),
    potion: named('potion'),
    room: rooms[0]?.name ?? '',
    description: rooms[0]?.description ?? '',
  };
}

/** From the entrance of a classic world to its win. */
export function won(of: Begin = {}): GameState {
  const game = entered(of);
  const { monster, weapon, treasure } = namesIn(game);
  const moves = [act('get', weapon), act('kill', monster, weapon), act('get', treasure)];
  const done = moves.reduce((one, move) => after(one, move), game);
  return hear(done, { kind: 'won' });
}

/** Plays catacombs as somebody would who has read the rules: takes everything, drinks when hurt, fights what is there. */
export function explore(start: GameState, most = 400): GameState {
  const chance = randomOf(`explore/${start.seed}`);
  let game = start;
  for (let i = 0; i < most && statusOf(game) === 'playing'; i += 1) {
    const move = sensible(game, possibleActions(game), chance);
    if (!move) throw new Error(`nothing can be done: ${JSON.stringify(game)}`);
    game = after(game, act(move.action, move.target, move.with));
    game = hear(game, { kind: 'won' });
  }
  return game;
}

function sensible(game: GameState, all: readonly Possible[], chance: Random): Possible | undefined {
  const of = (action: string): Possible[] => all.filter((one) => one.action === action);
  const best = heldOf(game)
    .filter(({ kind }) => kind === 'weapon')
    .toSorted((a, b) => b.strength - a.strength)[0];
  const ways = of('go');
  const fresh = ways.find(({ target = '' }) => {
    const way = wayIn(roomOf(game), target);
    return way && !game.visited.includes(way.to);
  });
  return (
    of('get')[0] ??
    (game.hitPoints < 10 ? of('drink')[0] : undefined) ??
    of('kill').find((one) => one.with === best?.name) ??
    fresh ??
    (ways.length > 0 ? pick(chance, ways) : undefined)
  );
}
