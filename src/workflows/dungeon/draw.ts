/** Worlds as they follow from their seed. Pure. Each part has a chance of its own, so that none depends on the others. */
import {
  DIRECTIONS,
  type Direction,
  type DungeonPlan,
  type MonsterPlan,
  type Room,
  type ThingPlan,
  type WorldName,
} from '../../contracts/dungeon/types.ts';
import { pick, randomOf, shuffled, type Random } from './seed.ts';
import {
  ADJECTIVES,
  BEASTS,
  COLOURS,
  FURNISHINGS,
  POTIONS,
  QUALITIES,
  ROOM_TYPES,
  TREASURES,
  WALLS,
  WEAPONS,
} from './words.ts';

/** The whole world: the same one for the same name and seed, in whichever process, at any time. */
export function drawDungeon(world: WorldName, seed: string): DungeonPlan {
  const chance = (part: string): Random => randomOf(`${seed}/${part}`);
  return world === 'classic' ? classic(chance) : catacombs(chance);
}

type Chance = (part: string) => Random;

function classic(chance: Chance): DungeonPlan {
  const [room] = drawRooms(chance('room'), [[0, 0]]);
  const [monster = ''] = monsterNames(chance('monster'));
  const { weapons, treasure } = thingNames(chance('inventory'));
  return {
    rooms: room ? [room] : [],
    monsters: [{ name: monster, room: 0, hitPoints: 1, strength: 0 }],
    things: [
      { name: weapons[0] ?? '', kind: 'weapon', strength: 0, start: { room: 0 } },
      { name: treasure, kind: 'treasure', strength: 0, start: { monster: 0 } },
    ],
    hitPoints: 1,
  };
}

/** How many rooms there are, and what the player can take before it is over. */
const ROOMS = 7;
const HIT_POINTS = 20;

/**
 * The guardian of the treasure is in the room that is farthest from the entrance. Of the other two monsters one has a potion,
 * the other the better weapon.
 */
function catacombs(chance: Chance): DungeonPlan {
  const random = chance('room');
  const rooms = drawRooms(random, drawMap(random));
  const distances = distancesIn(rooms);
  const deepest = distances.lastIndexOf(Math.max(...distances));
  const between = rooms.flatMap((_, i) => (i === 0 || i === deepest ? [] : [i]));
  const [first = 0, second = 0, third = 0] = shuffled(chance('places'), between);
  const [guardian = '', one = '', other = ''] = monsterNames(chance('monster'));
  const monsters: MonsterPlan[] = [
    { name: guardian, room: deepest, hitPoints: 24, strength: 8 },
    { name: one, room: first, hitPoints: 9, strength: 6 },
    { name: other, room: second, hitPoints: 11, strength: 6 },
  ];
  const { weapons, treasure, potions } = thingNames(chance('inventory'));
  const [weak = '', strong = ''] = weapons;
  const [held = '', found = ''] = potions;
  const things: ThingPlan[] = [
    { name: weak, kind: 'weapon', strength: 1, start: { room: 0 } },
    { name: treasure, kind: 'treasure', strength: 0, start: { monster: 0 } },
    { name: held, kind: 'potion', strength: 8, start: { monster: 1 } },
    { name: strong, kind: 'weapon', strength: 3, start: { monster: 2 } },
    { name: found, kind: 'potion', strength: 8, start: { room: third } },
  ];
  return { rooms, monsters, things, hitPoints: HIT_POINTS };
}

/** As many as there are beasts, no beast twice. */
function monsterNames(random: Random): string[] {
  return shuffled(random, BEASTS).map(
    (beast) => `${pick(random, ADJECTIVES)} ${pick(random, COLOURS)} ${beast}`,
  );
}

/** No weapon and no potion twice. */
function thingNames(random: Random) {
  return {
    weapons: shuffled(random, WEAPONS).map((weapon) => `${pick(random, QUALITIES)} ${weapon}`),
    treasure: `${pick(random, QUALITIES)} ${pick(random, TREASURES)}`,
    potions: shuffled(random, POTIONS),
  };
}

type Cell = readonly [x: number, y: number];

const STEPS: Readonly<Record<Direction, Cell>> = {
  north: [0, -1],
  east: [1, 0],
  south: [0, 1],
  west: [-1, 0],
};

/** Cells of the map, each next to one before it. It goes on at one of the last, so that there is a way to go. */
function drawMap(random: Random): Cell[] {
  const cells: Cell[] = [[0, 0]];
  while (cells.length < ROOMS) {
    const around = cells
      .slice(-3)
      .flatMap(([x, y]) => DIRECTIONS.map((way): Cell => [x + STEPS[way][0], y + STEPS[way][1]]))
      .filter((cell) => indexOf(cells, cell) < 0);
    // Around any three cells there are at least seven, and no more than three of those can be taken.
    cells.push(pick(random, around));
  }
  return cells;
}

function indexOf(cells: readonly Cell[], [x, y]: Cell): number {
  return cells.findIndex((cell) => cell[0] === x && cell[1] === y);
}

/** A room on each cell, with ways to all cells next to it; no type twice. */
function drawRooms(random: Random, cells: readonly Cell[]): Room[] {
  const types = shuffled(random, ROOM_TYPES);
  return cells.map(([x, y], i) => {
    const type = types[i] ?? '';
    const description = `You find yourself in a ${type} room with ${pick(random, WALLS)}. ${pick(random, FURNISHINGS)}`;
    const exits = DIRECTIONS.flatMap((way) => {
      const to = indexOf(cells, [x + STEPS[way][0], y + STEPS[way][1]]);
      return to < 0 ? [] : [[way, to] as const];
    });
    return { name: `A ${type} room`, description, x, y, exits: Object.fromEntries(exits) };
  });
}

/** Of each room, how many steps it is from the entrance. */
function distancesIn(rooms: readonly Room[]): number[] {
  const distances = rooms.map((_, i) => (i === 0 ? 0 : Infinity));
  const queue = [0];
  for (const at of queue)
    for (const to of Object.values(rooms[at]?.exits ?? {}))
      if (distances[to] === Infinity) {
        distances[to] = (distances[at] ?? 0) + 1;
        queue.push(to);
      }
  return distances;
}
