/** A game: what it consists of, and what can be asked of it. No rules here: decide.ts and verbs.ts have them. Pure. */
import type { Call } from '../../contracts/caller.ts';
import type { Stamp } from '../../contracts/documents/events.ts';
import type { DungeonEvent, DungeonFact, Errand } from '../../contracts/dungeon/events.ts';
import {
  PARTS,
  PLACEMENTS,
  type ConsoleLine,
  type Death,
  type Direction,
  type DungeonTerms,
  type GameStatus,
  type MonsterPlan,
  type Part,
  type Room,
  type ThingPlan,
  type WorldName,
} from '../../contracts/dungeon/types.ts';

/** Where a thing is, which is one place at a time: nowhere before it is placed; used up when it was drunk. */
export type Place =
  | { readonly in: 'nowhere' }
  | { readonly in: 'room'; readonly room: number }
  | { readonly in: 'monster'; readonly monster: number }
  | { readonly in: 'user' }
  | { readonly in: 'used-up' };

export interface Thing extends ThingPlan {
  readonly place: Place;
}

/** `hitPoints`: those that are left. */
export interface Monster extends MonsterPlan {
  readonly isAlive: boolean;
}

/** How a game ended; see `DungeonFact`. */
export type Ending =
  | { readonly as: 'won' }
  | {
      readonly as: 'dead';
      readonly of: Death;
      readonly monster?: number;
      readonly reason?: string;
    };

/** All there is to know about a game. Plain data; carried over continue-as-new and kept in the archive as it is. */
export interface GameState {
  /** The shape of this record; raised when it changes, and older ones are converted in one place. */
  readonly schema: 1;
  readonly name: string;
  /** Whoever began the game. */
  readonly owner: string;
  readonly world: WorldName;
  readonly seed: string;
  readonly terms: DungeonTerms;
  readonly rooms: readonly Room[];
  readonly monsters: readonly Monster[];
  readonly things: readonly Thing[];
  /** Of the player: those that are left, and the most that there can be. */
  readonly hitPoints: number;
  readonly mostHitPoints: number;
  readonly created: readonly Part[];
  /** Until when the player has to confirm; undefined while nobody waits for that. */
  readonly askedUntil?: string;
  readonly confirmedAt?: string;
  /** How many of the placements are done. */
  readonly placed: number;
  /** The index of the room in which the player is, and of the one they came from. */
  readonly at?: number;
  readonly cameFrom?: number;
  /** Rooms in which the player ever was, in that order. */
  readonly visited: readonly number[];
  /** Throws of the die so far. */
  readonly throws: number;
  /** Successful actions. */
  readonly moves: number;
  readonly ending?: Ending;
  readonly told: readonly Errand[];
  /** The last ones. */
  readonly lines: readonly ConsoleLine[];
  /** The number of the last one. */
  readonly lineCount: number;
  /** Number of the last event. */
  readonly sequence: number;
  readonly createdAt: string;
  readonly updatedAt: string;
  /** When the player last did something. */
  readonly actedAt: string;
  readonly closedAt?: string;
}

/** Numbers and stamps the facts of one command so that they follow on the game. */
export function gameEvents(
  { sequence }: { readonly sequence: number },
  { at, actor, via }: Call,
  facts: readonly DungeonFact[],
): readonly DungeonEvent[] {
  const stamp: Stamp = { at, by: actor.id, via };
  return facts.map((fact, i) => ({ ...fact, sequence: sequence + 1 + i, ...stamp }));
}

export function statusOf({ ending, confirmedAt, placed }: GameState): GameStatus {
  if (ending) return ending.as;
  if (confirmedAt === undefined) return 'unconfirmed';
  return placed < PLACEMENTS.length ? 'entering' : 'playing';
}

/** Whether the game goes on. */
export function isOpen({ ending }: Pick<GameState, 'ending'>): boolean {
  return ending === undefined;
}

/** Whether the player lives, be it after a win. */
export function isAlive({ ending }: Pick<GameState, 'ending'>): boolean {
  return ending?.as !== 'dead';
}

export function isBuilt({ created }: GameState): boolean {
  return PARTS.every((part) => created.includes(part));
}

/** Whether everything is in its place; before that, nobody can fight or go. */
export function isPlaced({ placed }: GameState): boolean {
  return placed === PLACEMENTS.length;
}

/** The room in which the player is. */
export function roomOf({ rooms, at }: GameState): Room | undefined {
  return at === undefined ? undefined : rooms[at];
}

/** Things on the floor of the room. */
export function floorOf({ things }: GameState, room: number | undefined): Thing[] {
  return things.filter(({ place }) => place.in === 'room' && place.room === room);
}

/** Things that the player holds. */
export function heldOf({ things }: GameState): Thing[] {
  return things.filter(({ place }) => place.in === 'user');
}

/** Things that this monster holds. */
export function heldBy({ things }: GameState, monster: number): Thing[] {
  return things.filter(({ place }) => place.in === 'monster' && place.monster === monster);
}

/** A monster that stands in its room; before everything is placed there is none. */
export interface Present {
  readonly index: number;
  readonly monster: Monster;
}

export function presentIn(game: GameState, room: number | undefined): Present[] {
  if (!isPlaced(game)) return [];
  return game.monsters
    .map((monster, index) => ({ monster, index }))
    .filter(({ monster }) => monster.room === room);
}

/** Who keeps the player from going on, in whichever direction but back. */
export function blockerOf(game: GameState, to: number): Monster | undefined {
  if (to === game.cameFrom) return undefined;
  return presentIn(game, game.at).find(({ monster }) => monster.isAlive)?.monster;
}

/** Whether the monster with the treasure is dead, and whether the player has the treasure: together they are the win. */
export function feats({ monsters, things }: GameState) {
  const treasure = things.find(({ kind }) => kind === 'treasure');
  return {
    isMonsterDead: monsters[0]?.isAlive === false,
    isTreasureHeld: treasure?.place.in === 'user',
  };
}

/** The way that lies in this direction, and where it leads to. */
export function wayIn(
  room: Room | undefined,
  direction: string,
): { readonly direction: Direction; readonly to: number } | undefined {
  const found = Object.entries(room?.exits ?? {}).find(([name]) => name === direction);
  return found && { direction: found[0] as Direction, to: found[1] };
}
