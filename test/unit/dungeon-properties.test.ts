/** The dungeon against arbitrary play: a naive reference of the classic game, and what must never happen in either world. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { DungeonCommand } from '../../src/contracts/dungeon/commands.ts';
import type { DungeonEvent } from '../../src/contracts/dungeon/events.ts';
import { PARTS, PLACEMENTS, WORLDS, type DungeonPlan } from '../../src/contracts/dungeon/types.ts';
import { decideGame, hearGame, type DungeonNotice } from '../../src/workflows/dungeon/decide.ts';
import { drawDungeon } from '../../src/workflows/dungeon/draw.ts';
import {
  feats,
  floorOf,
  heldBy,
  heldOf,
  isOpen,
  statusOf,
  type GameState,
} from '../../src/workflows/dungeon/game.ts';
import { errandsOf, nextStrike, possibleActions } from '../../src/workflows/dungeon/moves.ts';
import {
  gameCommandOf,
  parseAction,
  parseConfirm,
  parseNewUser,
} from '../../src/workflows/dungeon/request.ts';
import { randomOf, shuffled, thrown } from '../../src/workflows/dungeon/seed.ts';
import { evolveGame } from '../../src/workflows/dungeon/state.ts';
import { entityUniverse, tableUniverse } from '../../src/workflows/dungeon/universe.ts';
import { thinkable } from '../../src/workflows/dungeon/verbs.ts';
import { gameView } from '../../src/workflows/dungeon/view.ts';
import * as words from '../../src/workflows/dungeon/words.ts';
import { act, begin, entered, explore, hear, namesIn, textsOf } from '../support/dungeon.ts';
import { callOf, DAY, owner } from '../support/rules.ts';

const roundTrip = <T>(item: T): T => JSON.parse(JSON.stringify(item)) as T;
const seed = fc.string({ unit: 'binary', maxLength: 20 }).map((text) => text.toWellFormed());
const world = fc.constantFrom(...WORLDS);

/** Everything in a world that has a name. */
function namesOf({ rooms, monsters, things }: DungeonPlan): string[] {
  return [...rooms, ...monsters, ...things].map(({ name }) => name);
}

describe('a world', () => {
  test('is the same for the same seed, and for hardly any other', () => {
    fc.assert(
      fc.property(world, seed, (name, from) => {
        expect(drawDungeon(name, from)).toEqual(drawDungeon(name, from));
      }),
    );
    const many = Array.from({ length: 500 }, (_, i) =>
      JSON.stringify(drawDungeon('classic', `${i}`)),
    );
    expect(new Set(many).size).toBe(500);
  });

  test('of a seed never changes: games that go on depend on it', () => {
    expect(namesOf(drawDungeon('classic', 'one'))).toMatchInlineSnapshot(`
      [
        "A dusty room",
        "Snarling Red Golem",
        "Rusty Battleaxe",
        "Magic Daisywheel Printer",
      ]
    `);
    expect(namesOf(drawDungeon('catacombs', 'one'))).toMatchInlineSnapshot(`
      [
        "A silent room",
        "A low room",
        "A vaulted room",
        "A gloomy room",
        "A dusty room",
        "A narrow room",
        "A freezing room",
        "Snarling Red Golem",
        "Bristling Violet Banshee",
        "Wheezing Orange Ogre",
        "Rusty Battleaxe",
        "Magic Daisywheel Printer",
        "Bitter Potion",
        "Forgotten Crossbow",
        "Sweet Potion",
      ]
    `);
    expect(Array.from({ length: 12 }, (_, i) => thrown('one', i, 6))).toMatchInlineSnapshot(`
      [
        4,
        2,
        5,
        2,
        5,
        3,
        2,
        6,
        5,
        5,
        6,
        2,
      ]
    `);
  });

  test('has its names from all of the words, each once in a while', () => {
    const all = WORLDS.flatMap((name) =>
      Array.from({ length: 400 }, (_, i) => drawDungeon(name, `seed ${i}`)),
    );
    const classic = all.filter(({ rooms }) => rooms.length === 1);
    const said = (plans: readonly DungeonPlan[], part: (plan: DungeonPlan) => string): string =>
      plans.map((plan) => `|${part(plan)}|`).join('');
    const weapons = said(classic, ({ things }) => things[0]?.name ?? '');
    const treasures = said(classic, ({ things }) => things[1]?.name ?? '');
    const monsters = said(classic, (plan) => plan.monsters[0]?.name ?? '');
    const rooms = said(classic, (plan) => plan.rooms[0]?.description ?? '');
    const potions = said(all, ({ things }) => things.map(({ name }) => name).join('|'));
    const places: [string, readonly string[]][] = [
      [monsters, words.ADJECTIVES.map((word) => `|${word} `)],
      [monsters, words.COLOURS.map((word) => ` ${word} `)],
      [monsters, words.BEASTS.map((word) => ` ${word}|`)],
      [weapons, words.QUALITIES.map((word) => `|${word} `)],
      [weapons, words.WEAPONS.map((word) => ` ${word}|`)],
      [treasures, words.QUALITIES.map((word) => `|${word} `)],
      [treasures, words.TREASURES.map((word) => ` ${word}|`)],
      [rooms, words.ROOM_TYPES.map((word) => `a ${word} room with `)],
      [rooms, words.WALLS.map((word) => ` with ${word}. `)],
      [rooms, words.FURNISHINGS.map((word) => ` ${word}|`)],
      [potions, words.POTIONS],
    ];
    for (const [text, those] of places)
      expect(those.filter((word) => !text.includes(word))).toEqual([]);
    const shape = Object.values(words).map(({ length }) => length);
    expect(shape).toEqual([10, 7, 11, 9, 11, 8, 5, 16, 11, 12]);
  });

  test('has no name twice, none with a comma, and no sentence with two full stops', () => {
    fc.assert(
      fc.property(world, seed, (name, from) => {
        const plan = drawDungeon(name, from);
        const all = namesOf(plan);
        expect(new Set(all).size).toBe(all.length);
        expect(all.filter((one) => one.includes(','))).toEqual([]);
        for (const { description } of plan.rooms)
          expect(description).toMatch(/^[A-Z][^.]+\. [A-Z][^.]+\.$/);
        expect(plan.things.filter(({ kind }) => kind === 'treasure')).toHaveLength(1);
      }),
    );
  });

  test('of catacombs has ways there and back, and its treasure in the deepest room', () => {
    fc.assert(
      fc.property(seed, (from) => {
        const { rooms, monsters, things } = drawDungeon('catacombs', from);
        const back = { north: 'south', south: 'north', east: 'west', west: 'east' } as const;
        const far = new Map([[0, 0]]);
        for (const [at, distance] of far)
          for (const [way, to] of Object.entries(rooms[at]?.exits ?? {})) {
            expect(rooms[to]?.exits[back[way as keyof typeof back]]).toBe(at);
            if (!far.has(to)) far.set(to, distance + 1);
          }
        expect(far.size).toBe(rooms.length);
        expect(new Set(rooms.map(({ x, y }) => `${x} ${y}`)).size).toBe(rooms.length);
        expect(far.get(monsters[0]!.room)).toBe(Math.max(...far.values()));
        expect(things.find(({ kind }) => kind === 'treasure')?.start).toEqual({ monster: 0 });
        expect(new Set([0, ...monsters.map(({ room }) => room)]).size).toBe(monsters.length + 1);
      }),
    );
  });

  test('is drawn fairly', () => {
    const random = randomOf('fair');
    const counts = Array.from({ length: 6 }, () => 0);
    for (let i = 0; i < 6_000; i += 1) counts[thrown('fair', i, 6) - 1]! += 1;
    for (const count of counts) expect(Math.abs(count - 1_000)).toBeLessThan(150);
    expect(shuffled(random, words.BEASTS).toSorted()).toEqual([...words.BEASTS].toSorted());
  });
});

/** A step of a life: something that is done, or that is heard. */
type Step =
  | { readonly do: 'act'; readonly verb: string; readonly target: number; readonly weapon: number }
  | { readonly do: 'command'; readonly command: DungeonCommand }
  | { readonly do: 'offered'; readonly which: number }
  | { readonly do: 'hear'; readonly notice: DungeonNotice };

const notice: fc.Arbitrary<DungeonNotice> = fc.oneof(
  fc.constantFrom<DungeonNotice>(
    { kind: 'built' },
    { kind: 'asked' },
    { kind: 'won' },
    { kind: 'approved' },
  ),
  fc.constantFrom(...PARTS).map((part) => ({ kind: 'created', part }) as const),
  fc.constantFrom(...PLACEMENTS).map((what) => ({ kind: 'placed', what }) as const),
  fc
    .constantFrom('verdict', 'KillMonster', 'GotTreasure', 'over')
    .map((errand) => ({ kind: 'told', errand }) as const),
);
/** What ends games, so it is rare. */
const fatal = fc.constantFrom<DungeonNotice>(
  { kind: 'expired' },
  { kind: 'tick' },
  { kind: 'ended', reason: 'x' },
);
const verb = fc.constantFrom('get', 'kill', 'go', 'drink', 'dance');
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.nat(40).map((which) => ({ do: 'offered', which }) as const) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('act' as const),
      verb,
      target: fc.nat(),
      weapon: fc.nat(),
    }),
  },
  { weight: 3, arbitrary: notice.map((one) => ({ do: 'hear', notice: one }) as const) },
  {
    weight: 1,
    arbitrary: fc.constant<Step>({ do: 'command', command: { kind: 'confirm' } }),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(verb, fc.string(), fc.string()).map(([action, target, weapon]) => ({
      do: 'command' as const,
      command: { kind: 'action', action, target, with: weapon } as const,
    })),
  },
);

interface Played {
  readonly before: GameState;
  readonly step: Step;
  readonly events: readonly DungeonEvent[];
  readonly refused?: string;
  readonly game: GameState;
}

function commandOf(game: GameState, one: Step): DungeonCommand | undefined {
  const names = ['', ...namesOf(game), 'north', 'east', 'south', 'west', 'Moon'];
  const name = (index: number): string => names[index % names.length] ?? '';
  if (one.do === 'act') return act(one.verb, name(one.target), name(one.weapon));
  if (one.do === 'command') return one.command;
  if (one.do === 'hear') return undefined;
  const offers = possibleActions(game);
  const offer = offers[one.which % Math.max(1, offers.length)];
  if (!offer) return act('get', 'Moon');
  return offer.action === 'confirm'
    ? { kind: 'confirm' }
    : act(offer.action, offer.target, offer.with);
}

function play(before: GameState, one: Step, ms: number): Played {
  const call = callOf(owner, ms);
  const command = commandOf(before, one);
  const result = command
    ? decideGame(before, command, call)
    : {
        ok: true as const,
        value: hearGame(before, (one as { notice: DungeonNotice }).notice, call),
      };
  const events = result.ok ? result.value : [];
  const game = events.reduce(evolveGame, before);
  const refused = result.ok ? {} : { refused: result.refusal.detail };
  return { before, step: one, events, game, ...refused };
}

interface Life {
  readonly played: readonly Played[];
}

const life: fc.Arbitrary<Life> = fc
  .record({
    world,
    seed,
    // Begun only; entered; or so many moves after that.
    start: fc.oneof(fc.constant(-1), fc.constant(0), fc.nat(20)),
    steps: fc.array(step, { maxLength: 60, size: 'max' }),
    end: fc.option(fc.tuple(fc.nat(60), fatal), { nil: undefined }),
  })
  .map(({ world: name, seed: from, start, steps, end }) => {
    const of = { world: name, seed: from };
    let game = start < 0 ? begin(of) : entered(of);
    if (name === 'catacombs' && start > 0) game = explore(game, start);
    const all = end ? steps.toSpliced(end[0], 0, { do: 'hear', notice: end[1] }) : steps;
    const played = all.map((one, i) => {
      const isTick = one.do === 'hear' && one.notice.kind === 'tick';
      const now = play(game, one, isTick ? 100 * DAY : i);
      game = now.game;
      return now;
    });
    const told = (): string => JSON.stringify({ name, from, start, all }, null, 1);
    return { played, [fc.toStringMethod]: told };
  });

/** `every`: of so many steps one is looked at, where looking takes long. */
const always = (name: string, check: (played: Played) => void, every = 1): void =>
  test(name, () => {
    const each = fc.property(life, ({ played }) =>
      played.filter((_, i) => i % every === 0).forEach(check),
    );
    fc.assert(each, { numRuns: 80 });
  });

describe('for every life of a player', () => {
  always('no thing is lost or doubled, and none is where nothing can be', ({ before, game }) => {
    expect(game.things.map(({ name }) => name)).toEqual(before.things.map(({ name }) => name));
    for (const { place, kind } of game.things) {
      if (place.in === 'room') expect(game.rooms[place.room]).toBeDefined();
      if (place.in === 'monster') expect(game.monsters[place.monster]?.isAlive).toBe(true);
      if (place.in === 'used-up') expect(kind).toBe('potion');
      if (game.placed === PLACEMENTS.length) expect(place.in).not.toBe('nowhere');
    }
    const { length } = [
      ...heldOf(game),
      ...game.rooms.flatMap((_, i) => floorOf(game, i)),
      ...game.monsters.flatMap((_, i) => heldBy(game, i)),
      ...game.things.filter(({ place }) => place.in === 'nowhere' || place.in === 'used-up'),
    ];
    expect(length).toBe(game.things.length);
  });

  always('it is won if and only if monster and treasure agree', ({ before, step: one, game }) => {
    const { isMonsterDead, isTreasureHeld } = feats(game);
    if (isTreasureHeld) expect(isMonsterDead).toBe(true);
    if (game.ending?.as === 'won') expect(isTreasureHeld).toBe(true);
    if (one.do === 'hear' && one.notice.kind === 'won' && isOpen(before))
      expect(game.ending?.as === 'won').toBe(isTreasureHeld && isMonsterDead);
    if (game.ending?.as === 'dead') expect(isTreasureHeld && isMonsterDead).toBe(false);
  });

  always(
    'it ends once, and nothing changes after it but what was told',
    ({ before, game, events }) => {
      if (isOpen(before)) return;
      expect(events.filter(({ kind }) => kind !== 'told')).toEqual([]);
      expect({ ...game, told: [], sequence: 0, updatedAt: '' }).toEqual({
        ...before,
        told: [],
        sequence: 0,
        updatedAt: '',
      });
      expect(nextStrike(game)).toBeUndefined();
    },
  );

  always('hit points are within their bounds; who has none is dead', ({ game }) => {
    expect(game.hitPoints).toBeGreaterThanOrEqual(0);
    expect(game.hitPoints).toBeLessThanOrEqual(game.mostHitPoints);
    const isSlain = game.ending?.as === 'dead' && game.ending.of === 'monster';
    expect(game.hitPoints === 0).toBe(isSlain);
    if (game.world === 'classic') expect(isSlain).toBe(false);
    for (const { isAlive, hitPoints } of game.monsters) expect(isAlive).toBe(hitPoints > 0);
  });

  always('nobody acts before they have confirmed, nor goes where they cannot', ({ game }) => {
    if (game.confirmedAt === undefined)
      expect([game.placed, game.moves, heldOf(game).length]).toEqual([0, 0, 0]);
    expect(new Set(game.visited).size).toBe(game.visited.length);
    expect(game.at === undefined).toBe(game.visited.length === 0);
    if (game.at !== undefined) expect(game.visited).toContain(game.at);
  });

  const offers = ({ game }: Played): void => {
    const offered = new Set(possibleActions(game).map((one) => JSON.stringify(one)));
    for (const action of thinkable(game)) {
      const { action: word, target, with: weapon } = action;
      const offer = { action: word, target, ...(weapon === '' ? {} : { with: weapon }) };
      const { ok } = decideGame(game, { kind: 'action', ...action }, callOf(owner));
      expect(offered.has(JSON.stringify(offer))).toBe(ok);
    }
    const { ok } = decideGame(game, { kind: 'confirm' }, callOf(owner));
    expect(offered.has('{"action":"confirm"}')).toBe(ok);
    // In catacombs there is always a way to go, or something in it.
    if (game.world === 'catacombs' && statusOf(game) === 'playing')
      expect(offered.size).toBeGreaterThan(0);
  };
  always('what is offered is what is accepted', offers, 3);

  always('a refused command changes nothing and says why', ({ before, game, refused }) => {
    if (refused === undefined) return;
    expect(game).toBe(before);
    expect(refused).not.toBe('');
  });

  always('lines and events are numbered without gaps', ({ before, game, events }) => {
    expect(game.sequence).toBe(before.sequence + events.length);
    const numbers = game.lines.map(({ number }) => number);
    expect(numbers).toEqual(numbers.map((_, i) => game.lineCount - numbers.length + 1 + i));
    expect(game.lines.every(({ text }) => text.length > 0 && text.isWellFormed())).toBe(true);
  });

  always('each errand is told once, after it is due', ({ before, game, step: one }) => {
    expect(new Set(game.told).size).toBe(game.told.length);
    if (game.told.length === before.told.length || one.do !== 'hear') return;
    expect(errandsOf(before)).toContain((one.notice as { errand?: string }).errand);
  });

  always('the same again does nothing more', ({ game, step: one }) => {
    if (one.do === 'hear') expect(play(game, one, 61).events).toEqual([]);
  });

  const shown = (one: Played): void => {
    const { before, step: now, game } = one;
    const at = Date.parse(game.updatedAt) - Date.parse(callOf(owner).at);
    expect(roundTrip(play(roundTrip(before), now, at).game)).toEqual(roundTrip(game));
    const { room, map, lineCount } = gameView(game);
    expect(room === undefined).toBe(map.length === 0);
    expect(lineCount).toBe(game.lineCount);
    const { inventory, user } = tableUniverse(game);
    expect(user.inventoryList).toEqual(heldOf(game).map(({ name }) => name));
    expect(entityUniverse(game, 1).inventory).toEqual(inventory.map(({ name }) => name));
    expect(roundTrip(tableUniverse(game))).toEqual(tableUniverse(game));
  };
  always('kept as JSON it goes the same way, and can be shown at any time', shown, 4);
});

test('these lives come to every end, and to rooms beyond the first', () => {
  const ends = new Set<string>();
  for (const { played } of fc.sample(life, { numRuns: 400, seed: 1 })) {
    const { ending, visited = [], throws = 0 } = played.at(-1)?.game ?? {};
    if (ending) ends.add(ending.as === 'won' ? 'won' : ending.of);
    if (visited.length > 3) ends.add('far');
    if (throws > 3) ends.add('fought');
  }
  expect([...ends].toSorted()).toEqual([
    'absence',
    'end',
    'far',
    'fought',
    'monster',
    'waiting',
    'won',
  ]);
});

test('events of any game, in any order, never break another one', () => {
  fc.assert(
    fc.property(life, life, seed, (one, other, order) => {
      const events = one.played.flatMap((each) => each.events);
      const mixed = shuffled(randomOf(order), events);
      const game = other.played.at(-1)?.game ?? begin();
      expect(mixed.reduce(evolveGame, game).sequence).toBeGreaterThanOrEqual(0);
    }),
  );
});

test('garbage is refused or read, and never thrown', () => {
  fc.assert(
    fc.property(fc.anything({ withNullPrototype: true }), (raw) => {
      for (const parse of [parseNewUser, parseAction, parseConfirm]) parse(raw);
      for (const kind of ['confirm', 'action'] as const) {
        const command = gameCommandOf(kind, raw);
        if (command.ok) decideGame(entered(), command.value, callOf(owner));
      }
    }),
  );
});

describe('the classic game, by a naive reference', () => {
  interface Book {
    readonly weapon: 'floor' | 'user';
    readonly treasure: 'monster' | 'floor' | 'user';
  }

  /** What the original says to the action, and how things are after it. */
  function answer(book: Book, names: ReturnType<typeof namesIn>, [verb, t, w]: string[]) {
    const { monster, weapon, treasure } = names;
    const held = [book.weapon === 'user' && weapon, book.treasure === 'user' && treasure];
    if (verb === 'get') {
      if (!t) return 'Target is required.';
      if (t === weapon && book.weapon === 'floor') return { ...book, weapon: 'user' } as const;
      if (t === treasure && book.treasure === 'floor')
        return { ...book, treasure: 'user' } as const;
      return 'Target not found.';
    }
    if (verb !== 'kill') return `I do not understand ${verb}.`;
    if (!t) return 'Target is required.';
    if (!w) return 'With is required.';
    if (!held.includes(w)) return `User doesn't have ${w}`;
    if (t !== monster) return `${t} not found.`;
    if (book.treasure !== 'monster') return `${t} is already dead.`;
    return { ...book, treasure: 'floor' } as const;
  }

  test('every answer is the same, and so is the win', () => {
    const pick = fc.constantFrom('', 'monster', 'weapon', 'treasure', 'Moon');
    const move = fc.tuple(fc.constantFrom('get', 'kill', 'kill', 'go', 'Get'), pick, pick);
    fc.assert(
      fc.property(seed, fc.array(move, { maxLength: 40 }), (from, moves) => {
        let game = entered({ seed: from });
        const names = namesIn(game);
        let book: Book = { weapon: 'floor', treasure: 'monster' };
        const call = (one: string): string => names[one as keyof typeof names] ?? one;
        for (const [verb, target, weapon] of moves) {
          const action = [verb, call(target), call(weapon)];
          const expected = answer(book, names, action);
          const found = decideGame(
            game,
            act(...(action as [string, string, string])),
            callOf(owner),
          );
          if (typeof expected === 'string')
            expect(found).toMatchObject({ refusal: { detail: expected } });
          else {
            expect(found.ok).toBe(true);
            book = expected;
            if (found.ok) game = found.value.reduce(evolveGame, game);
          }
          expect(hear(game, { kind: 'won' }).ending?.as === 'won').toBe(book.treasure === 'user');
        }
      }),
      { numRuns: 200 },
    );
  });
});

describe('catacombs', () => {
  const ends = Array.from({ length: 80 }, (_, i) =>
    explore(entered({ world: 'catacombs', seed: `explored ${i}` })),
  );

  test('can be played to an end, mostly to a good one, and are no walk', () => {
    const won = ends.filter(({ ending }) => ending?.as === 'won');
    const slain = ends.filter(({ ending }) => ending?.as === 'dead');
    expect(won.length + slain.length).toBe(ends.length);
    expect(won.length).toBeGreaterThan(50);
    expect(slain.length).toBeGreaterThan(5);
  });

  test('are the same game again for the same seed and the same moves', () => {
    const again = explore(entered({ world: 'catacombs', seed: 'explored 7' }));
    expect(again).toEqual(ends[7]);
  });

  test('tell what happens, and stay as they are after the win', () => {
    const end = ends.find(({ ending }) => ending?.as === 'won')!;
    const { monster, treasure } = namesIn(end);
    const texts = textsOf(end).join('\n');
    for (const text of [
      `User aaron notices ${monster} dropped a ${treasure}.`,
      'User aaron nabbed the treasure.',
      'aaron goes ',
      'aaron has won the game!',
    ])
      expect(texts).toContain(text);
    const [way = ''] = Object.keys(end.rooms[end.at ?? 0]?.exits ?? {});
    const late = decideGame(end, act('go', way), callOf(owner));
    expect(late).toMatchObject({ refusal: { detail: 'The game is over.' } });
    const slain = ends.find(({ ending }) => ending?.as === 'dead')!;
    expect(textsOf(slain).at(-1)).toMatch(/^Unfortunately user aaron was slain by .+!$/);
    expect(slain.hitPoints).toBe(0);
  });

  test('refuse what cannot be done, in words of their own', () => {
    const game = entered({ world: 'catacombs' });
    const { weapon, potion, monster } = namesIn(game);
    const ways = Object.keys(game.rooms[0]?.exits ?? {});
    const wall = ['north', 'east', 'south', 'west'].find((way) => !ways.includes(way));
    const said = (of: GameState, ...action: [string, string?, string?]) => {
      const result = decideGame(of, act(...action), callOf(owner));
      return result.ok ? 'accepted' : [result.refusal.detail, result.refusal.line];
    };
    expect(said(game, 'go')).toEqual(['Target is required.', 'User aaron tried to go nowhere.']);
    if (wall !== undefined)
      expect(said(game, 'go', wall)).toEqual([
        `There is no way ${wall}.`,
        `User aaron ran into a wall on the way ${wall}.`,
      ]);
    expect(said(game, 'go', 'constructor')).toContain('There is no way constructor.');
    expect(said(game, 'drink')).toContain('User aaron tried to drink nothing.');
    expect(said(game, 'drink', potion)).toContain(`User doesn't have ${potion}`);
    const got = decideGame(game, act('get', weapon), callOf(owner));
    const armed = got.ok ? got.value.reduce(evolveGame, game) : game;
    expect(said(armed, 'drink', weapon)).toContain(`${weapon} is nothing to drink.`);
    // It is elsewhere.
    expect(said(armed, 'kill', monster, weapon)).toContain(`${monster} not found.`);
  });

  test('have monsters that let nobody pass but back', () => {
    const blocked = ends.flatMap(({ seed: from }) => {
      const start = entered({ world: 'catacombs', seed: from });
      const rooms = new Set(start.monsters.map(({ room }) => room));
      const first = Object.entries(start.rooms[0]?.exits ?? {}).find(([, to]) => rooms.has(to));
      if (!first) return [];
      const went = decideGame(start, act('go', first[0]), callOf(owner));
      return went.ok ? [went.value.reduce(evolveGame, start)] : [];
    });
    expect(blocked.length).toBeGreaterThan(10);
    for (const game of blocked) {
      const ways = Object.entries(game.rooms[game.at ?? 0]?.exits ?? {});
      for (const [way, to] of ways) {
        const result = decideGame(game, act('go', way), callOf(owner));
        expect(result.ok).toBe(to === 0);
        if (!result.ok) expect(result.refusal.detail).toContain(` blocks the way ${way}.`);
      }
    }
  });
});
