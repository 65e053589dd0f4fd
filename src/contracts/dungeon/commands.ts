/** What begins a game and what can be done in one. What was sent is read by workflows/dungeon/request.ts. */
import type { WorldName } from './types.ts';

/** What `POST /api/NewUser` asks for; the original knows the name only. */
export interface NewUser {
  /** 1 to 128 characters, not all blank. Kept as it is: case and spaces count. */
  readonly name: string;
  /** Default `classic`. */
  readonly world: WorldName;
  /** The same seed gives the same world. Undefined: whoever begins the game makes one up. */
  readonly seed?: string;
}

/** What a player wants to do; each may be empty, which the rules then refuse in the original's words. */
export interface Action {
  /** One of `VERBS`, or anything else. */
  readonly action: string;
  /** Of a thing or a monster the name; of `go` the direction. */
  readonly target: string;
  /** Of `kill`: the name of a thing that the player holds. */
  readonly with: string;
}

export type DungeonCommand =
  /** The player is ready. */
  | { readonly kind: 'confirm'; readonly actor?: string }
  | ({ readonly kind: 'action'; readonly actor?: string } & Action);

export type DungeonCommandKind = DungeonCommand['kind'];
