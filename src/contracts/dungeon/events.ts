/** What happens in games. Rooms, monsters and things are named by their index in the plan. */
import type { Stamp } from '../documents/events.ts';
import type {
  Death,
  Direction,
  DungeonPlan,
  DungeonTerms,
  Part,
  Placement,
  WorldName,
} from './types.ts';

/**
 * What a game has to tell other workflows: the verdict to `UserConfirmationWorkflow`, two events to `GameMonitorWorkflow`,
 * and to `UserMonitorWorkflow` that the game is over.
 */
export type Errand = 'verdict' | 'KillMonster' | 'GotTreasure' | 'over';

export type DungeonFact =
  | {
      readonly kind: 'begun';
      readonly name: string;
      readonly owner: string;
      readonly world: WorldName;
      readonly seed: string;
      readonly terms: DungeonTerms;
      readonly plan: DungeonPlan;
    }
  | { readonly kind: 'created'; readonly part: Part }
  /** The time to confirm has begun. */
  | { readonly kind: 'asked'; readonly until: string }
  | { readonly kind: 'confirmed' }
  | { readonly kind: 'placed'; readonly what: Placement }
  | { readonly kind: 'got'; readonly thing: number }
  | { readonly kind: 'went'; readonly direction: Direction; readonly to: number }
  /** `left`: the hit points that the monster has after it. */
  | {
      readonly kind: 'struck';
      readonly monster: number;
      readonly thing: number;
      readonly damage: number;
      readonly left: number;
    }
  | { readonly kind: 'killed'; readonly monster: number; readonly thing: number }
  /** By a monster; `left`: the hit points that the player has after it. */
  | {
      readonly kind: 'wounded';
      readonly monster: number;
      readonly damage: number;
      readonly left: number;
    }
  /** `left`: likewise. */
  | { readonly kind: 'drank'; readonly thing: number; readonly left: number }
  | { readonly kind: 'won' }
  /** `monster`: the one that did it; `reason`: of whoever ended the workflow. */
  | {
      readonly kind: 'died';
      readonly of: Death;
      readonly monster?: number;
      readonly reason?: string;
    }
  /** The errand was carried out. */
  | { readonly kind: 'told'; readonly errand: Errand };

export type DungeonEvent = Stamp & {
  /** 1, 2, 3 ... without gaps. */
  readonly sequence: number;
} & DungeonFact;
