/** How a game shows itself: to our own page, in lists, in the memo of its workflow. Pure. */
import {
  GAME_STATES,
  WORLDS,
  type Direction,
  type GameStatus,
  type ThingKind,
  type WorldName,
} from '../../contracts/dungeon/types.ts';
import {
  floorOf,
  heldBy,
  heldOf,
  isAlive,
  presentIn,
  roomOf,
  statusOf,
  type GameState,
  type Thing,
} from './game.ts';
import { possibleActions, type Possible } from './moves.ts';

/** What lists, the leader board and the archive show. */
export interface GameSummary {
  readonly name: string;
  readonly owner: string;
  readonly world: WorldName;
  readonly seed: string;
  readonly state: GameStatus;
  /** Where it stands, in one line. */
  readonly customStatus: string;
  /** Successful actions. */
  readonly moves: number;
  /** Monsters that the player has killed. */
  readonly kills: number;
  /** Until when the player has to confirm; there while somebody waits for that. */
  readonly confirmUntil?: string;
  readonly confirmedAt?: string;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly closedAt?: string;
}

export interface ThingView {
  readonly name: string;
  readonly kind: ThingKind;
}

export interface MonsterView {
  readonly name: string;
  readonly isAlive: boolean;
  /** In catacombs only. */
  readonly hitPoints?: number;
  readonly holds: readonly ThingView[];
}

/** A room that the player has seen. */
export interface MapRoom {
  readonly name: string;
  /** y grows to the south; the entrance is at 0, 0. */
  readonly x: number;
  readonly y: number;
  /** Ways out, whether they lead to what is known or not. */
  readonly exits: readonly Direction[];
  readonly isHere: boolean;
}

export interface RoomView {
  readonly name: string;
  readonly description: string;
  readonly exits: readonly Direction[];
  readonly floor: readonly ThingView[];
  readonly monsters: readonly MonsterView[];
}

/** All that the player can know, and what they can do. */
export interface GameView extends GameSummary {
  readonly isAlive: boolean;
  /** Of the player, and the most that there can be; in catacombs only. */
  readonly hitPoints?: { readonly left: number; readonly most: number };
  /** Where the player is; undefined before they have entered. */
  readonly room?: RoomView;
  readonly holds: readonly ThingView[];
  /** In the order in which the player has seen them. */
  readonly map: readonly MapRoom[];
  /** All that would be accepted now. */
  readonly actions: readonly Possible[];
  /** The number of the last line of the console feed; see there for the lines. */
  readonly lineCount: number;
  /** Counts everything that happens. */
  readonly revision: number;
}

export function gameSummary(game: GameState): GameSummary {
  const { name, owner, world, seed, moves, monsters, createdAt, updatedAt } = game;
  const { closedAt, confirmedAt, askedUntil } = game;
  const state = statusOf(game);
  return {
    name,
    owner,
    world,
    seed,
    state,
    customStatus: customStatusOf(game),
    moves,
    kills: monsters.filter((monster) => !monster.isAlive).length,
    ...(state === 'unconfirmed' && askedUntil !== undefined ? { confirmUntil: askedUntil } : {}),
    ...(confirmedAt === undefined ? {} : { confirmedAt }),
    createdAt,
    updatedAt,
    ...(closedAt === undefined ? {} : { closedAt }),
  };
}

function customStatusOf(game: GameState): string {
  const { ending, monsters } = game;
  if (ending?.as === 'won') return 'Won';
  if (ending?.as === 'dead') {
    const by = monsters[ending.monster ?? -1]?.name;
    const why = {
      waiting: 'did not confirm in time',
      monster: `slain by ${by ?? 'a monster'}`,
      absence: 'was away too long',
      end: ending.reason ?? 'the workflow was ended',
    }[ending.of];
    return `Dead: ${why}`;
  }
  switch (statusOf(game)) {
    case 'unconfirmed':
      return 'Waiting for confirmation';
    case 'entering':
      return 'Entering the dungeon';
    default:
      return `In ${roomOf(game)?.name.replace(/^A /, 'a ') ?? 'the dungeon'}`;
  }
}

export function gameView(game: GameState): GameView {
  const { world, hitPoints, mostHitPoints, visited, rooms, at, lineCount, sequence } = game;
  const room = roomView(game);
  return {
    ...gameSummary(game),
    isAlive: isAlive(game),
    ...(world === 'classic' ? {} : { hitPoints: { left: hitPoints, most: mostHitPoints } }),
    ...(room ? { room } : {}),
    holds: heldOf(game).map(thingView),
    map: visited.flatMap((index) => {
      const found = rooms[index];
      if (!found) return [];
      const { name, x, y } = found;
      return [{ name, x, y, exits: exitsOf(found), isHere: index === at }];
    }),
    actions: possibleActions(game),
    lineCount,
    revision: sequence,
  };
}

function roomView(game: GameState): RoomView | undefined {
  const room = roomOf(game);
  if (!room) return undefined;
  const { name, description } = room;
  const monsters = presentIn(game, game.at).map(({ index, monster }) => ({
    name: monster.name,
    isAlive: monster.isAlive,
    ...(game.world === 'classic' ? {} : { hitPoints: monster.hitPoints }),
    holds: heldBy(game, index).map(thingView),
  }));
  const floor = floorOf(game, game.at).map(thingView);
  return { name, description, exits: exitsOf(room), floor, monsters };
}

function exitsOf({ exits }: { readonly exits: object }): Direction[] {
  return Object.keys(exits) as Direction[];
}

function thingView({ name, kind }: Thing): ThingView {
  return { name, kind };
}

/**
 * The better of two won games first: fewer moves, then less time from the confirmation to the win, then the earlier one.
 * For the leader board of one world.
 */
export function byMerit(a: GameSummary, b: GameSummary): number {
  return a.moves - b.moves || playedMs(a) - playedMs(b) || (a.createdAt < b.createdAt ? -1 : 1);
}

/** From the confirmation to the end, in milliseconds; 0 of one that has not come to both. */
export function playedMs({ confirmedAt, closedAt }: GameSummary): number {
  if (confirmedAt === undefined || closedAt === undefined) return 0;
  return Math.max(0, Date.parse(closedAt) - Date.parse(confirmedAt));
}

/** The memo: what never changes under `game`, what does under `now`, and `customStatus`, where the dialect looks for it. */
export function gameMemo(game: GameState): Record<string, unknown> {
  const { name, owner, world, seed, createdAt, customStatus, ...now } = gameSummary(game);
  return { game: { name, owner, world, seed, createdAt }, now, customStatus };
}

/** What {@link gameMemo} put there, or undefined when the memo is none of a game's. */
export function gameFromMemo(memo: Record<string, unknown> | undefined): GameSummary | undefined {
  const { game, now, customStatus } = memo ?? {};
  const summary = { ...(game as object), ...(now as object), customStatus };
  return isSummary(summary) ? summary : undefined;
}

/** Anybody can start a workflow with any memo; one that only looks like ours must not break a list. */
function isSummary(value: Partial<Record<keyof GameSummary, unknown>>): value is GameSummary {
  const { name, owner, seed, customStatus, createdAt, updatedAt, moves, kills } = value;
  return (
    [name, owner, seed, customStatus, createdAt, updatedAt].every(
      (one) => typeof one === 'string',
    ) &&
    [moves, kills].every((one) => typeof one === 'number') &&
    WORLDS.some((world) => world === value.world) &&
    GAME_STATES.some((state) => state === value.state)
  );
}
