/** The dungeon game in plain types: its worlds, what they consist of, and how a game stands. Instants: ISO 8601, UTC. */

/**
 * `classic`: one room, one monster that dies of the first blow, one weapon and one treasure, as the article has it.
 * `catacombs`: several rooms with a map, and monsters that strike back.
 */
export const WORLDS = ['classic', 'catacombs'] as const;
export type WorldName = (typeof WORLDS)[number];

/** The five workflows of one player, as the article calls them. */
export const DUNGEON_WORKFLOWS = [
  'RunUserParallelWorkflow',
  'UserMonitorWorkflow',
  'UserConfirmationWorkflow',
  'RunUserSequentialWorkflow',
  'GameMonitorWorkflow',
] as const;
export type DungeonWorkflow = (typeof DUNGEON_WORKFLOWS)[number];

/** The event that `UserConfirmationWorkflow` waits for, with `true` or `false`. */
export const APPROVAL_TASK = 'ApprovalTask';
/** The two that `GameMonitorWorkflow` waits for, in any order. */
export const KILL_MONSTER = 'KillMonster';
export const GOT_TREASURE = 'GotTreasure';

/** What is created side by side when a game begins. */
export const PARTS = ['user', 'monster', 'room', 'inventory'] as const;
export type Part = (typeof PARTS)[number];

/** What is placed after the confirmation, one after the other: user, weapon, monster, treasure. */
export const PLACEMENTS = ['user', 'weapon', 'monster', 'treasure'] as const;
export type Placement = (typeof PLACEMENTS)[number];

/**
 * States of a game. `unconfirmed`: the player has not said that they are ready; `entering`: they have, and things are
 * being put in their places. A game is closed when it is `won` or the player is `dead`.
 */
export const GAME_STATES = ['unconfirmed', 'entering', 'playing', 'won', 'dead'] as const;
export type GameStatus = (typeof GAME_STATES)[number];

/** Whether a game in this state goes on. */
export function isOpenGame(state: string): boolean {
  return state !== 'won' && state !== 'dead';
}

/** What players die of: not confirming, a monster, being away too long, or the end of their workflow behind our back. */
export type Death = 'waiting' | 'monster' | 'absence' | 'end';

export const DIRECTIONS = ['north', 'east', 'south', 'west'] as const;
export type Direction = (typeof DIRECTIONS)[number];

/** Words of actions. The classic world knows the first two only. */
export const VERBS = ['get', 'kill', 'go', 'drink'] as const;
export type Verb = (typeof VERBS)[number];

/** The times of one game, in milliseconds, as they were set when it began. */
export interface DungeonTerms {
  /** How long the player has to confirm. Default of the setting: 2 minutes. */
  readonly confirmMs: number;
  /** How often `UserMonitorWorkflow` looks. Default: 20 seconds. */
  readonly monitorMs: number;
  /** How long it does; undefined: without end. Default: 1 hour. */
  readonly monitorLifeMs?: number;
  /** After how long a player who does nothing dies. Default: 7 days. */
  readonly idleMs: number;
}

/** The times of the original; the last one is ours. */
export const CLASSIC_TERMS: DungeonTerms = {
  confirmMs: 120_000,
  monitorMs: 20_000,
  monitorLifeMs: 3_600_000,
  idleMs: 604_800_000,
};

export interface Room {
  /** Such as `A dusty room`; no two of one world are called the same. */
  readonly name: string;
  readonly description: string;
  /** On the map; y grows to the south. The entrance is at 0, 0. */
  readonly x: number;
  readonly y: number;
  /** By direction, the index of the room there. */
  readonly exits: Readonly<Partial<Record<Direction, number>>>;
}

/** How a monster begins. */
export interface MonsterPlan {
  /** Such as `Grumpy Orange Hydra`; no two of one world are called the same. */
  readonly name: string;
  /** The index of its room. */
  readonly room: number;
  /** It dies when they are used up. In the classic world every blow is enough. */
  readonly hitPoints: number;
  /** The sides of the die that says how hard it strikes back; 0: it does not. */
  readonly strength: number;
}

export type ThingKind = 'weapon' | 'treasure' | 'potion';

/** How a thing begins: on the floor of a room, or in the hands of a monster, both by index. */
export interface ThingPlan {
  /** Such as `Worn Halberd`; no two of one world are called the same. */
  readonly name: string;
  readonly kind: ThingKind;
  /** What a weapon adds to a blow; what a potion heals. */
  readonly strength: number;
  readonly start: { readonly room: number } | { readonly monster: number };
}

/** A world as it was drawn: all of it follows from its name and its seed. */
export interface DungeonPlan {
  /** The player enters the first one. */
  readonly rooms: readonly Room[];
  /** The first one guards the treasure. */
  readonly monsters: readonly MonsterPlan[];
  /** One of them is the treasure. */
  readonly things: readonly ThingPlan[];
  /** Of the player at the beginning; also the most that there can be. */
  readonly hitPoints: number;
}

/** One line of the console feed of one game. */
export interface ConsoleLine {
  /** 1, 2, 3 ... without gaps. */
  readonly number: number;
  readonly at: string;
  readonly text: string;
}
