/** What the console tells of an event. Pure. */
import type { DungeonEvent } from '../../contracts/dungeon/events.ts';
import type { Part, Placement } from '../../contracts/dungeon/types.ts';
import { LINES } from '../../contracts/dungeon/texts.ts';
import { floorOf, heldBy, presentIn, type GameState } from './game.ts';

/** The lines, in their order, of an event that has led to this state. */
export function linesOf(game: GameState, event: DungeonEvent): string[] {
  const { name: n, terms } = game;
  const monster = 'monster' in event ? nameIn(game.monsters, event.monster) : '';
  const thing = 'thing' in event ? nameIn(game.things, event.thing) : '';
  switch (event.kind) {
    case 'begun':
    case 'told':
      return [];
    case 'created':
      return [created(game, event.part)];
    case 'asked': {
      const asked = LINES.asked(n, terms.confirmMs);
      return game.confirmedAt === undefined ? [asked] : [asked, ...accepted(n)];
    }
    case 'confirmed':
      // Who says so before being asked is told of after the question.
      return game.askedUntil === undefined ? [] : accepted(n);
    case 'placed':
      return placed(game, event.what);
    case 'got': {
      const isTreasure = game.things[event.thing]?.kind === 'treasure';
      return [LINES.grabbed(n, thing), ...(isTreasure ? [LINES.nabbed(n)] : [])];
    }
    case 'went':
      return [LINES.went(n, event.direction), ...around(game)];
    case 'struck':
      return event.left > 0 ? [LINES.struck(n, monster, thing, event.damage)] : [];
    case 'killed': {
      // What the monster held is what was put where it lies.
      const loot = game.things.filter(
        ({ start, place }) =>
          'monster' in start && start.monster === event.monster && place.in === 'room',
      );
      return [
        LINES.killed(n, monster, thing),
        ...loot.map((one) => LINES.dropped(n, monster, one.name)),
      ];
    }
    case 'wounded':
      return [LINES.wounded(n, monster, event.damage, event.left)];
    case 'drank':
      return [LINES.drank(n, thing, event.left)];
    case 'won':
      return [LINES.won(n)];
    case 'died':
      return died(game, event);
  }
}

function nameIn(named: readonly { readonly name: string }[], index: number | undefined): string {
  return named[index ?? -1]?.name ?? '';
}

function accepted(n: string): string[] {
  return [LINES.accepted(n), LINES.confirmationDone(n)];
}

/** What the console tells when this part is created. */
function created({ name: n, rooms, monsters, things }: GameState, part: Part): string {
  const [weapon, treasure] = things;
  switch (part) {
    case 'user':
      return LINES.userCreated(n);
    case 'monster':
      return LINES.monsterCreated(n, nameIn(monsters, 0));
    case 'room':
      return LINES.roomCreated(n, nameIn(rooms, 0));
    case 'inventory':
      return LINES.inventoryCreated(n, weapon?.name ?? '', treasure?.name ?? '');
  }
}

/** Of things and monsters elsewhere the player learns when they get there. */
function placed(game: GameState, what: Placement): string[] {
  switch (what) {
    case 'user':
      return looks(game);
    case 'weapon':
      return sees(game);
    case 'monster':
      return notices(game, 0);
    case 'treasure':
      return noticesHeld(game, 0);
  }
}

function around(game: GameState): string[] {
  const inside = presentIn(game, game.at).flatMap(({ index, monster }) =>
    monster.isAlive
      ? [...notices(game, index), ...noticesHeld(game, index)]
      : [LINES.noticesDead(game.name, monster.name, nameIn(game.rooms, game.at))],
  );
  return [...looks(game), ...sees(game), ...inside];
}

function looks({ name, rooms, at = 0 }: GameState): string[] {
  return [LINES.looksAround(name, rooms[at]?.description ?? '')];
}

function sees(game: GameState): string[] {
  return floorOf(game, game.at).map((thing) => LINES.seesThing(game.name, thing.name));
}

function notices({ name, monsters, rooms, at }: GameState, index: number): string[] {
  const { name: monster = '', room } = monsters[index] ?? {};
  return room === at ? [LINES.noticesMonster(name, monster, nameIn(rooms, at))] : [];
}

function noticesHeld(game: GameState, index: number): string[] {
  const { name: monster = '', room } = game.monsters[index] ?? {};
  if (room !== game.at) return [];
  return heldBy(game, index).map((thing) => LINES.noticesHeld(game.name, monster, thing.name));
}

function died(
  { name: n, monsters, askedUntil }: GameState,
  { of, monster }: Extract<DungeonEvent, { kind: 'died' }>,
): string[] {
  switch (of) {
    case 'waiting':
      return [
        ...(askedUntil === undefined ? [] : [LINES.notConfirmed(n)]),
        LINES.diedWaiting(n),
        LINES.confirmationDone(n),
      ];
    case 'monster':
      return [LINES.slain(n, nameIn(monsters, monster))];
    case 'absence':
      return [LINES.diedAway(n)];
    case 'end':
      return [LINES.diedAtOnce(n)];
  }
}
