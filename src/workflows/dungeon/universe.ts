/** A game in the shapes that clients of the originals know. Pure. */
import type {
  Carries,
  EntityUniverse,
  InventoryRow,
  MonsterRow,
  RoomRow,
  TableKeys,
  TableUniverse,
  UserRow,
} from '../../contracts/dungeon/universe.ts';
import {
  floorOf,
  heldBy,
  heldOf,
  isAlive,
  presentIn,
  roomOf,
  type GameState,
  type Thing,
} from './game.ts';

/** As the version on Table Storage shows it: the default. In catacombs: the room in which the player is. */
export function tableUniverse(game: GameState): TableUniverse {
  return {
    user: userRow(game),
    monster: game.created.includes('monster') ? monsterRow(game) : null,
    inventory: game.created.includes('inventory') ? inventoryRows(game) : [],
    room: game.created.includes('room') ? roomRow(game) : null,
  };
}

/** As the version on durable entities does. `activeUsers`: players of games that go on. */
export function entityUniverse(game: GameState, activeUsers: number): EntityUniverse {
  const { user, monster, inventory, room } = tableUniverse(game);
  const { name, currentRoom, isAlive: alive, inventoryItems } = user;
  return {
    user: { name, currentRoom, isAlive: alive, inventoryItems },
    activeUsers,
    monster: monster && {
      name: monster.name,
      isAlive: monster.isAlive,
      currentRoom: monster.currentRoom,
      inventoryItems: monster.inventoryItems,
    },
    inventory: inventory.map((row) => row.name),
    room: room && {
      name: room.name,
      description: room.description,
      monster: room.monster,
      inventoryItems: room.inventoryItems,
    },
  };
}

function userRow(game: GameState): UserRow {
  const { name } = game;
  return {
    name,
    currentRoom: roomOf(game)?.name ?? null,
    isAlive: isAlive(game),
    ...carries(heldOf(game)),
    ...keys(game, initialOf(name), name),
  };
}

/** The one in the player's room, a living one first; else the guardian, wherever it is. */
function monsterRow(game: GameState): MonsterRow | null {
  const here = presentIn(game, game.at);
  const { index } = here.find(({ monster }) => monster.isAlive) ?? here[0] ?? { index: 0 };
  const monster = game.monsters[index];
  if (!monster) return null;
  return {
    name: monster.name,
    associatedUser: game.name,
    isAlive: monster.isAlive,
    // It is there one step before it has its things.
    currentRoom: game.placed >= 3 ? (game.rooms[monster.room]?.name ?? null) : null,
    ...carries(heldBy(game, index)),
    ...keys(game, game.name, monster.name),
  };
}

function roomRow(game: GameState): RoomRow | null {
  const room = roomOf(game) ?? game.rooms[0];
  if (!room) return null;
  const { at = 0, placed, monsters } = game;
  const here = monsters.filter((one) => one.room === at);
  const monster = placed >= 3 ? (here.find((one) => one.isAlive) ?? here[0]) : undefined;
  return {
    name: room.name,
    description: room.description,
    user: game.name,
    monster: monster?.name ?? null,
    ...carries(floorOf(game, at)),
    ...keys(game, game.name, room.name),
  };
}

/** In the order of a table: by their names. Of catacombs only what the player has come across. */
function inventoryRows(game: GameState): InventoryRow[] {
  return game.things
    .filter((thing) => game.world === 'classic' || isKnown(game, thing))
    .map((thing) => inventoryRow(game, thing))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

function isKnown({ visited, monsters }: GameState, { place }: Thing): boolean {
  switch (place.in) {
    case 'room':
      return visited.includes(place.room);
    case 'monster':
      return visited.includes(monsters[place.monster]?.room ?? -1);
    case 'user':
    case 'used-up':
      return true;
    case 'nowhere':
      return false;
  }
}

function inventoryRow(game: GameState, { name, kind, start, place }: Thing): InventoryRow {
  const wasPlaced = place.in !== 'nowhere';
  const wasDropped = wasPlaced && place.in !== 'monster';
  const before = wasPlaced && 'monster' in start ? '' : null;
  const monster = place.in === 'monster' ? (game.monsters[place.monster]?.name ?? '') : before;
  const room = place.in === 'room' ? (game.rooms[place.room]?.name ?? '') : wasDropped ? '' : null;
  return {
    name,
    associatedUser: game.name,
    monster,
    room,
    isTreasure: kind === 'treasure',
    userHasIt: !monster && !room,
    ...keys(game, game.name, name),
  };
}

function carries(things: readonly Thing[]): Carries {
  const inventoryList = things.map(({ name }) => name);
  return { inventoryItems: inventoryList.join(','), inventoryList };
}

function keys({ updatedAt }: GameState, partitionKey: string, rowKey: string): TableKeys {
  return {
    partitionKey,
    rowKey,
    timestamp: updatedAt.replace('Z', '+00:00'),
    eTag: `W/"datetime'${encodeURIComponent(updatedAt)}'"`,
  };
}

/** The first letter, in upper case where that is one letter, too. */
function initialOf(name: string): string {
  const [first = ''] = name;
  const upper = first.toUpperCase();
  return Array.from(upper).length === 1 ? upper : first;
}
