/** How events become the state of a game. No rules here: decide.ts and verbs.ts have them. Pure; reads no clock. */
import type { DungeonEvent } from '../../contracts/dungeon/events.ts';
import { PLACEMENTS, type Placement } from '../../contracts/dungeon/types.ts';
import { LIMITS } from '../../contracts/limits.ts';
import type { Ending, GameState, Monster, Place, Thing } from './game.ts';
import { linesOf } from './lines.ts';

/** The game after all its events, of which the first is `begun`. */
export function gameOf(events: readonly DungeonEvent[]): GameState {
  const [first, ...rest] = events;
  if (first?.kind !== 'begun') throw new Error('a game begins with its beginning');
  return rest.reduce(evolveGame, begun(first));
}

function begun(event: Extract<DungeonEvent, { kind: 'begun' }>): GameState {
  const { name, owner, world, seed, terms, plan, sequence, at } = event;
  const game: GameState = {
    schema: 1,
    name,
    owner,
    world,
    seed,
    terms,
    rooms: plan.rooms,
    monsters: plan.monsters.map((one) => ({ ...one, isAlive: true })),
    things: plan.things.map((one) => ({ ...one, place: { in: 'nowhere' } })),
    hitPoints: plan.hitPoints,
    mostHitPoints: plan.hitPoints,
    created: [],
    placed: 0,
    visited: [],
    throws: 0,
    moves: 0,
    told: [],
    lines: [],
    lineCount: 0,
    sequence,
    createdAt: at,
    updatedAt: at,
    actedAt: at,
  };
  return noted(game, event);
}

/** The game after the event. No rules here; it cannot fail. */
export function evolveGame(game: GameState, event: DungeonEvent): GameState {
  const { sequence, at: updatedAt } = event;
  return noted({ ...game, ...changesOf(game, event), sequence, updatedAt }, event);
}

function changesOf(game: GameState, event: DungeonEvent): Partial<GameState> {
  const { at } = event;
  // One action may be several events, of which one is the player's own.
  const acted = { actedAt: at, moves: game.moves + 1 };
  switch (event.kind) {
    case 'begun':
      return {};
    case 'created':
      return { created: [...game.created, event.part] };
    case 'asked':
      return { askedUntil: event.until };
    case 'confirmed':
      return { confirmedAt: at, actedAt: at };
    case 'placed':
      return placed(game, event.what);
    case 'got':
      return { ...acted, things: moved(game.things, event.thing, { in: 'user' }) };
    case 'went':
      return {
        ...acted,
        at: event.to,
        ...(game.at === undefined ? {} : { cameFrom: game.at }),
        visited: game.visited.includes(event.to) ? game.visited : [...game.visited, event.to],
      };
    case 'struck': {
      const monsters = changed(game.monsters, event.monster, { hitPoints: event.left });
      return { ...acted, throws: game.throws + 1, monsters };
    }
    case 'killed':
      return killed(game, event);
    case 'wounded':
      return { hitPoints: event.left, throws: game.throws + 1 };
    case 'drank': {
      const things = moved(game.things, event.thing, { in: 'used-up' });
      return { ...acted, hitPoints: event.left, things };
    }
    case 'won':
      return { ending: { as: 'won' }, closedAt: at };
    case 'died':
      return { ending: deathBy(event), closedAt: at };
    case 'told':
      return { told: [...game.told, event.errand] };
  }
}

function deathBy({ of, monster, reason }: Extract<DungeonEvent, { kind: 'died' }>): Ending {
  return {
    as: 'dead',
    of,
    ...(monster === undefined ? {} : { monster }),
    ...(reason === undefined ? {} : { reason }),
  };
}

function placed(game: GameState, what: Placement): Partial<GameState> {
  const done = { placed: PLACEMENTS.indexOf(what) + 1 };
  switch (what) {
    case 'user':
      return { ...done, at: 0, visited: [0] };
    case 'monster':
      return done;
    case 'weapon':
    case 'treasure': {
      const things = game.things.map(({ start, ...thing }): Thing => {
        const isNow = 'room' in start === (what === 'weapon');
        const place: Place =
          'room' in start
            ? { in: 'room', room: start.room }
            : { in: 'monster', monster: start.monster };
        return { ...thing, start, place: isNow ? place : thing.place };
      });
      return { ...done, things };
    }
  }
}

/** What the monster held lies on the floor of its room. */
function killed(
  game: GameState,
  { monster, at }: Extract<DungeonEvent, { kind: 'killed' }>,
): Partial<GameState> {
  const room = game.monsters[monster]?.room ?? 0;
  const things = game.things.map((thing): Thing =>
    thing.place.in === 'monster' && thing.place.monster === monster
      ? { ...thing, place: { in: 'room', room } }
      : thing,
  );
  const monsters = changed(game.monsters, monster, { hitPoints: 0, isAlive: false });
  return { monsters, things, actedAt: at };
}

function moved(things: readonly Thing[], index: number, place: Place): Thing[] {
  return things.map((thing, i) => (i === index ? { ...thing, place } : thing));
}

function changed(all: readonly Monster[], index: number, change: Partial<Monster>): Monster[] {
  return all.map((monster, i) => (i === index ? { ...monster, ...change } : monster));
}

function noted(game: GameState, event: DungeonEvent): GameState {
  const texts = linesOf(game, event);
  if (texts.length === 0) return game;
  const { lineCount } = game;
  const more = texts.map((text, i) => ({ number: lineCount + 1 + i, at: event.at, text }));
  const lines = [...game.lines, ...more].slice(-LIMITS.consoleLines);
  return { ...game, lines, lineCount: lineCount + texts.length };
}
