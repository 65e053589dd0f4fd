/** What each action of a player leads to. Checked in the order of the original. Pure; chance comes out of the state. */
import type { Action } from '../../contracts/dungeon/commands.ts';
import type { DungeonFact } from '../../contracts/dungeon/events.ts';
import { REFUSED, type Said } from '../../contracts/dungeon/texts.ts';
import type { Verb, WorldName } from '../../contracts/dungeon/types.ts';
import {
  blockerOf,
  heldOf,
  presentIn,
  roomOf,
  wayIn,
  type GameState,
  type Place,
  type Present,
} from './game.ts';
import { thrown } from './seed.ts';

/** What the action leads to, or why it is refused. */
export type Move =
  | { readonly ok: true; readonly facts: readonly DungeonFact[] }
  | { readonly ok: false; readonly said: Said };

const done = (...facts: readonly DungeonFact[]): Move => ({ ok: true, facts });
const no = (said: Said): Move => ({ ok: false, said });

const VERBS_OF: Readonly<Record<WorldName, readonly Verb[]>> = {
  classic: ['get', 'kill'],
  catacombs: ['get', 'kill', 'go', 'drink'],
};

/** The words of actions that this world knows. */
export function verbsOf({ world }: Pick<GameState, 'world'>): readonly Verb[] {
  return VERBS_OF[world];
}

/** Of a living player, whether the game goes on or not. */
export function moveOf(game: GameState, action: Action): Move {
  const verb = verbsOf(game).find((known) => known === action.action);
  switch (verb) {
    case undefined:
      return no(REFUSED.unknownVerb(action.action));
    case 'get':
      return get(game, action);
    case 'kill':
      return kill(game, action);
    case 'go':
      return go(game, action);
    case 'drink':
      return drink(game, action);
  }
}

function get(game: GameState, { target }: Action): Move {
  const { name, at } = game;
  if (target === '') return no(REFUSED.getNothing(name));
  const thing = thingWhere(game, target, (place) => place.in === 'room' && place.room === at);
  return thing < 0 ? no(REFUSED.getAbsent(name, target)) : done({ kind: 'got', thing });
}

function kill(game: GameState, { target, with: weapon }: Action): Move {
  const { name } = game;
  if (target === '') return no(REFUSED.killNothing(name));
  if (weapon === '') return no(REFUSED.killBare(name, target));
  const thing = thingWhere(game, weapon, (place) => place.in === 'user');
  if (thing < 0) return no(REFUSED.killWithout(name, weapon));
  const present = presentIn(game, game.at).find(({ monster }) => monster.name === target);
  if (!present) return no(REFUSED.killAbsent(name, target));
  if (!present.monster.isAlive) return no(REFUSED.killDead(name, target));
  return done(...fight(game, present, thing));
}

/** One blow; a monster that survives it strikes back. In the classic world none does. */
function fight(
  { seed, throws, things, hitPoints }: GameState,
  { index: monster, monster: { hitPoints: most, strength } }: Present,
  thing: number,
): DungeonFact[] {
  const weapon = things[thing];
  const bonus = weapon?.kind === 'weapon' ? weapon.strength : 0;
  const blow = strength === 0 ? most : thrown(seed, throws, 6) + bonus;
  const left = Math.max(0, most - blow);
  const struck = { kind: 'struck', monster, thing, damage: most - left, left } as const;
  if (left === 0) return [struck, { kind: 'killed', monster, thing }];
  const rest = Math.max(0, hitPoints - thrown(seed, throws + 1, strength));
  const wounded = { kind: 'wounded', monster, damage: hitPoints - rest, left: rest } as const;
  return [
    struck,
    wounded,
    ...(rest === 0 ? [{ kind: 'died', of: 'monster', monster } as const] : []),
  ];
}

function go(game: GameState, { target }: Action): Move {
  const { name } = game;
  if (target === '') return no(REFUSED.goNowhere(name));
  const way = wayIn(roomOf(game), target);
  if (!way) return no(REFUSED.goWall(name, target));
  const blocker = blockerOf(game, way.to);
  return blocker
    ? no(REFUSED.goBlocked(name, target, blocker.name))
    : done({ kind: 'went', ...way });
}

function drink(game: GameState, { target }: Action): Move {
  const { name, things, hitPoints, mostHitPoints } = game;
  if (target === '') return no(REFUSED.drinkNothing(name));
  const thing = thingWhere(game, target, (place) => place.in === 'user');
  const found = things[thing];
  if (!found) return no(REFUSED.drinkWithout(name, target));
  if (found.kind !== 'potion') return no(REFUSED.drinkSolid(name, target));
  const left = Math.min(mostHitPoints, hitPoints + found.strength);
  return done({ kind: 'drank', thing, left });
}

function thingWhere(
  { things }: GameState,
  name: string,
  isThere: (place: Place) => boolean,
): number {
  return things.findIndex((thing) => thing.name === name && isThere(thing.place));
}

/** Every action that could be meant, sensible or not; each names what there is. */
export function thinkable(game: GameState): Action[] {
  const { monsters, things } = game;
  const all = (action: Verb, targets: readonly string[]): Action[] =>
    targets.map((target) => ({ action, target, with: '' }));
  const kills = heldOf(game).flatMap(({ name }) =>
    all('kill', names(monsters)).map((one) => ({ ...one, with: name })),
  );
  const ways = Object.keys(roomOf(game)?.exits ?? {});
  return [
    ...all('get', names(things)),
    ...kills,
    ...all('go', ways),
    ...all('drink', names(things)),
  ];
}

function names(all: readonly { readonly name: string }[]): string[] {
  return all.map(({ name }) => name);
}
