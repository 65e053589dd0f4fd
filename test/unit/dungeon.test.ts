/** The dungeon's rules without Temporal: every text to the letter, every wrong move, and what comes early, late or twice. */
import { describe, expect, test } from 'vitest';
import { duplicatePlayer, missingPlayer } from '../../src/contracts/dungeon/refusals.ts';
import { inWords, shown } from '../../src/contracts/dungeon/texts.ts';
import { CLASSIC_TERMS, PLACEMENTS, type Placement } from '../../src/contracts/dungeon/types.ts';
import { LIMITS } from '../../src/contracts/limits.ts';
import { feats, statusOf, type GameState } from '../../src/workflows/dungeon/game.ts';
import {
  monitorBegins,
  monitorEnds,
  monitorRound,
  sightOf,
} from '../../src/workflows/dungeon/monitor.ts';
import {
  errandsOf,
  nextStrike,
  possibleActions,
  verdictOf,
} from '../../src/workflows/dungeon/moves.ts';
import {
  gameCommandOf,
  isPlayerName,
  parseAction,
  parseConfirm,
  parseNewUser,
  parseStatusName,
} from '../../src/workflows/dungeon/request.ts';
import { entityUniverse, tableUniverse } from '../../src/workflows/dungeon/universe.ts';
import {
  byMerit,
  gameFromMemo,
  gameMemo,
  gameSummary,
  gameView,
} from '../../src/workflows/dungeon/view.ts';
import { Undecodable } from '../../src/workflows/shared/undecodable.ts';
import {
  act,
  after,
  asked,
  attempt,
  begin,
  entered,
  hear,
  namesIn,
  refused,
  textsOf,
  won,
} from '../support/dungeon.ts';
import { operator, person, refusalOf, stranger, time, value } from '../support/rules.ts';

const game = entered();
const { monster, weapon, treasure, room, description } = namesIn(game);
const armed = after(game, act('get', weapon));
const victorious = after(armed, act('kill', monster, weapon));
const dead = hear(asked(), { kind: 'expired' });

describe('the lines of a normal game', () => {
  const creation = [
    'Successfully created user aaron',
    `Look out! ${monster} is now stalking aaron!`,
    `${room} has been prepared for aaron!`,
    `A ${weapon} and ${treasure} have been added for user aaron!`,
    'User aaron now has 2 minutes to confirm they are ready.',
  ];

  test('from New User to the win, to the letter, numbered without gaps', () => {
    const { lines } = won();
    expect(lines.map(({ text }) => text)).toEqual([
      ...creation,
      'aaron has accepted the challenge!.',
      'User confirmation workflow complete for aaron.',
      `aaron looks around: ${description}`,
      `aaron sees a ${weapon} inside the room!`,
      `aaron notices a ${monster} in ${room}.`,
      `aaron notices a ${monster} with a ${treasure}.`,
      `User aaron successfully grabbed ${weapon}.`,
      `User aaron valiantly killed ${monster} with ${weapon}.`,
      `User aaron notices ${monster} dropped a ${treasure}.`,
      `User aaron successfully grabbed ${treasure}.`,
      'User aaron nabbed the treasure.',
      'aaron has won the game!',
    ]);
    expect(lines.map(({ number }) => number)).toEqual(lines.map((_, i) => i + 1));
  });

  test('of one who does not confirm', () => {
    expect(textsOf(dead)).toEqual([
      ...creation,
      'User aaron failed to confirm in time.',
      'Unfortunately user aaron died from waiting too long!',
      'User confirmation workflow complete for aaron.',
    ]);
  });

  test('of its monitor', () => {
    expect(monitorBegins('aaron', 20_000)).toBe('aaron is being monitored every 20 seconds.');
    const round = (of: GameState) => monitorRound('aaron', sightOf(of));
    expect(round(begin())).toEqual({ isLast: false });
    expect(round(armed)).toEqual({
      line: 'aaron is alive but has not found the treasure.',
      isLast: false,
    });
    expect(round(won())).toEqual({ line: 'aaron has the treasure.', isLast: true });
    expect(round(dead)).toEqual({ line: 'aaron has died.', isLast: true });
    expect(monitorEnds('aaron', false)).toEqual(['aaron monitoring is done.']);
    expect(monitorEnds('aaron', true)).toEqual([
      'aaron monitoring has timed out.',
      'aaron monitoring is done.',
    ]);
  });

  test('name the times that are set', () => {
    expect([120_000, 60_000, 90_000, 20_000, 3_600_000, 500].map(inWords)).toEqual([
      '2 minutes',
      '1 minute',
      '90 seconds',
      '20 seconds',
      '1 hour',
      '0.5 seconds',
    ]);
  });

  test('that a game remembers are bounded, their numbers are not', () => {
    let one = entered({ world: 'catacombs' });
    const [way = ''] = Object.keys(one.rooms[0]?.exits ?? {});
    const back = { north: 'south', south: 'north', east: 'west', west: 'east' }[way] ?? '';
    for (let i = 0; i < LIMITS.consoleLines; i += 1)
      one = after(after(one, act('go', way)), act('go', back));
    expect(one.lines).toHaveLength(LIMITS.consoleLines);
    expect(one.lineCount).toBeGreaterThan(4 * LIMITS.consoleLines);
    expect(one.lines.at(-1)?.number).toBe(one.lineCount);
  });
});

describe('wrong moves', () => {
  test.each<[string, GameState, ReturnType<typeof act>, string, string | undefined]>([
    [
      'dead user, whatever the action',
      dead,
      act('dance'),
      'Dead or missing username is not allowed.',
      'Attempt to use missing or dead user aaron failed.',
    ],
    ['other action', game, act('dance', 'x'), 'I do not understand dance.', undefined],
    ['no action', game, act(''), 'I do not understand .', undefined],
    ['action in other letters', game, act('Get'), 'I do not understand Get.', undefined],
    ['actions of the other world', game, act('go', 'north'), 'I do not understand go.', undefined],
    ['get, no target', game, act('get'), 'Target is required.', 'User aaron tried to get nothing.'],
    [
      'get, wrong name',
      game,
      act('get', 'Moon'),
      'Target not found.',
      "User aaron tried to get a Moon that wasn't there.",
    ],
    [
      'get, blank name',
      game,
      act('get', ' '),
      'Target not found.',
      "User aaron tried to get a   that wasn't there.",
    ],
    [
      'get, unconfirmed',
      asked(),
      act('get', weapon),
      'Target not found.',
      `User aaron tried to get a ${weapon} that wasn't there.`,
    ],
    [
      'get, already taken',
      armed,
      act('get', weapon),
      'Target not found.',
      `User aaron tried to get a ${weapon} that wasn't there.`,
    ],
    [
      'get, treasure while the monster lives',
      armed,
      act('get', treasure),
      'Target not found.',
      `User aaron tried to get a ${treasure} that wasn't there.`,
    ],
    [
      'kill, no target',
      armed,
      act('kill'),
      'Target is required.',
      'User aaron tried to kill nothing.',
    ],
    [
      'kill, no weapon given',
      armed,
      act('kill', 'Moon'),
      'With is required.',
      'User aaron tried to kill Moon with no weapon.',
    ],
    [
      'kill, weapon not held',
      game,
      act('kill', 'Moon', weapon),
      `User doesn't have ${weapon}`,
      `User aaron tried to use a non-existing ${weapon}.`,
    ],
    [
      'kill, absent monster',
      armed,
      act('kill', 'Moon', weapon),
      'Moon not found.',
      'User aaron tried to kill a ghost named Moon.',
    ],
    [
      'kill, monster dead',
      victorious,
      act('kill', monster, weapon),
      `${monster} is already dead.`,
      `User aaron tried to kill an already dead ${monster}.`,
    ],
  ])('%s', (_, of, command, text, line) => {
    const before = JSON.stringify(of);
    const { code, detail, line: told } = refused(of, command);
    expect({ code, detail, told }).toEqual({ code: 'invalid-request', detail: text, told: line });
    expect(JSON.stringify(of)).toBe(before);
  });

  test('without a player, or for one that there is not', () => {
    const blank = [undefined, null, '', '  ', {}, []];
    for (const name of blank) {
      expect(refusalOf(parseNewUser({ name }))).toMatchObject({
        detail: 'User name is required.',
        line: 'An attempt to create a user with no name was made.',
      });
      expect(refusalOf(parseConfirm({ name }))).toMatchObject({
        detail: 'User name is required.',
        line: 'An attempt to confirm a user with no name was made.',
      });
      expect(refusalOf(parseAction({ name }))).toMatchObject({
        detail: 'User name is required.',
        line: 'An attempt to initiate an action with no name was made.',
      });
    }
    expect(duplicatePlayer('aaron')).toEqual({
      code: 'invalid-request',
      detail: 'Duplicate username is not allowed.',
      line: 'Attempt to add duplicate user aaron failed.',
    });
    expect(missingPlayer('confirm', 'aaron')).toMatchObject({
      detail: 'Username does not exist.',
      line: 'Attempt to confirm missing user aaron failed.',
    });
    expect(missingPlayer('action', 'aaron')).toMatchObject({
      detail: 'Dead or missing username is not allowed.',
      line: 'Attempt to use missing or dead user aaron failed.',
    });
    expect(missingPlayer('status', 'aaron')).toEqual({
      code: 'invalid-request',
      detail: "Username 'aaron' does not exist.",
    });
    expect(refusalOf(parseStatusName(' '))).toEqual({
      code: 'invalid-request',
      detail: 'Username is required.',
    });
    expect(value(parseStatusName('aaron'))).toBe('aaron');
  });

  test('for somebody else: only operators may', () => {
    expect(refused(game, act('get', weapon), stranger).code).toBe('forbidden');
    expect(refused(asked(), { kind: 'confirm' }, stranger).code).toBe('forbidden');
    // That the player is dead, everybody may know.
    expect(refused(dead, act('get', weapon), stranger).code).toBe('invalid-request');
    for (const actor of [operator, person('o', 'operator'), person('dev', '*')])
      expect(attempt(game, act('get', weapon), actor).ok).toBe(true);
  });

  test('repeat what was sent no longer than a name, and nothing that cannot be kept', () => {
    const { detail, line = '' } = refused(armed, act('kill', '🐉'.repeat(9_999), weapon));
    expect(detail).toBe(`${'🐉'.repeat(128)}… not found.`);
    expect(line.length).toBeLessThan(500);
    expect(shown('a\0b\ud800')).toBe('ab\ufffd');
  });
});

describe('a request', () => {
  test('has its texts as texts, whatever else is in it', () => {
    expect(value(parseNewUser({ name: ' aaron ', more: 1 }))).toEqual({
      name: ' aaron ',
      world: 'classic',
    });
    expect(value(parseNewUser({ name: 7, world: 'catacombs', seed: 4711 }))).toEqual({
      name: '7',
      world: 'catacombs',
      seed: '4711',
    });
    expect(value(parseAction({ name: 'a', action: 'get', target: 3, with: null }))).toEqual({
      name: 'a',
      command: { kind: 'action', action: 'get', target: '3', with: '' },
    });
    expect(value(gameCommandOf('confirm', undefined))).toEqual({ kind: 'confirm' });
    expect(value(gameCommandOf('action', { action: 'get', target: 'x', actor: 'olga' }))).toEqual({
      kind: 'action',
      action: 'get',
      target: 'x',
      with: '',
      actor: 'olga',
    });
    expect(refusalOf(gameCommandOf('action', new Undecodable('?'))).code).toBe('malformed-json');
  });

  test('names a player in up to 128 characters of any script', () => {
    const good = ['a', '/?#<script>', '🐉'.repeat(128), ' x ', '..', 'Ä~:%', '__proto__'];
    for (const name of good) {
      expect(isPlayerName(name)).toBe(true);
      expect(value(parseNewUser({ name })).name).toBe(name);
      expect(textsOf(won({ name })).at(-1)).toBe(`${name} has won the game!`);
    }
    expect(refusalOf(parseNewUser({ name: '🐉'.repeat(129) })).detail).toBe(
      'User name is too long: at most 128 characters.',
    );
    for (const name of ['a\0', '\ud800'])
      expect(refusalOf(parseNewUser({ name })).detail).toBe(
        'User name has characters that cannot be kept.',
      );
    // Nobody can be called so, hence there is nobody.
    const name = 'x'.repeat(129);
    expect(refusalOf(parseAction({ name })).detail).toBe(
      'Dead or missing username is not allowed.',
    );
    expect(refusalOf(parseConfirm({ name })).detail).toBe('Username does not exist.');
    expect(refusalOf(parseStatusName(name)).detail).toContain('does not exist.');
  });

  test('for an unknown world or with an impossible seed is refused', () => {
    const ask = (more: object) => refusalOf(parseNewUser({ name: 'a', ...more })).detail;
    expect(ask({ world: 'moon' })).toBe('I do not know the world moon.');
    expect(ask({ seed: 'x'.repeat(129) })).toBe('A seed is a text of 1 to 128 characters.');
  });
});

describe('the confirmation', () => {
  test('comes before anything was created: it counts, and is told of in its order', () => {
    const early = after(begin(), { kind: 'confirm' });
    expect(textsOf(early)).toEqual([]);
    expect([statusOf(early), verdictOf(early), errandsOf(early)]).toEqual(['entering', true, []]);
    const both = hear(hear(early, { kind: 'built' }), { kind: 'asked' });
    expect(textsOf(both)).toEqual(textsOf(after(asked(), { kind: 'confirm' })));
    expect(errandsOf(both)).toEqual(['verdict']);
  });

  test('comes in the last moment: taken or refused, never both', () => {
    const confirmed = after(asked(), { kind: 'confirm' });
    expect(hear(confirmed, { kind: 'expired' })).toBe(confirmed);
    expect(refused(dead, { kind: 'confirm' }).code).toBe('not-found');
    expect([verdictOf(confirmed), verdictOf(asked()), verdictOf(dead)]).toEqual([
      true,
      undefined,
      false,
    ]);
  });

  test('comes twice, or after the game: 404, and nothing on the console', () => {
    const confirmed = after(asked(), { kind: 'confirm' });
    for (const one of [confirmed, game, won(), dead]) {
      const { code, line } = refused(one, { kind: 'confirm' });
      expect({ code, line }).toEqual({ code: 'not-found', line: undefined });
    }
    expect(hear(confirmed, { kind: 'approved' })).toBe(confirmed);
    expect(hear(dead, { kind: 'approved' })).toBe(dead);
  });

  test('comes as an event through Temporal: the same as by HTTP', () => {
    expect(hear(asked(), { kind: 'approved' })).toMatchObject({ confirmedAt: time() });
    expect(textsOf(hear(begin(), { kind: 'expired' }))).toEqual([
      'Unfortunately user aaron died from waiting too long!',
      'User confirmation workflow complete for aaron.',
    ]);
  });

  test('is awaited until the instant that the terms or whoever measures it say', () => {
    expect(gameSummary(asked()).confirmUntil).toBe(time(120_000));
    const other = hear(begin(), { kind: 'asked', until: time(5) });
    expect(other.askedUntil).toBe(time(5));
    expect(hear(other, { kind: 'asked', until: time(9) })).toBe(other);
    expect(gameSummary(game)).not.toHaveProperty('confirmUntil');
  });
});

describe('a half-built dungeon', () => {
  const upTo = (what: Placement) =>
    hear(after(asked(), { kind: 'confirm' }), { kind: 'placed', what });

  test('shows what there is, and refuses the rest', () => {
    const bare = begin();
    expect(tableUniverse(bare)).toMatchObject({ monster: null, room: null, inventory: [] });
    expect(tableUniverse(bare).user).toMatchObject({ isAlive: true, currentRoom: null });
    for (const one of [bare, hear(bare, { kind: 'created', part: 'room' }), upTo('user')]) {
      expect(refused(one, act('get', weapon)).detail).toBe('Target not found.');
      expect(refused(one, act('kill', monster, weapon)).detail).toBe(`User doesn't have ${weapon}`);
    }
    // The monster has nothing yet; a kill would leave the treasure nowhere.
    for (const what of ['weapon', 'monster'] as const) {
      const one = after(upTo(what), act('get', weapon));
      expect(refused(one, act('kill', monster, weapon)).detail).toBe(`${monster} not found.`);
      const rest = hear(one, { kind: 'placed', what: 'treasure' });
      expect(rest.things.map(({ place }) => place.in)).toEqual(['user', 'monster']);
    }
  });

  test('is completed by whatever comes last; what comes again does nothing', () => {
    const parts = ['inventory', 'user', 'room', 'monster'] as const;
    const each = parts.reduce((one, part) => hear(one, { kind: 'created', part }), begin());
    expect(hear(each, { kind: 'built' })).toBe(each);
    expect(textsOf(each).toSorted()).toEqual(textsOf(hear(begin(), { kind: 'built' })).toSorted());
    expect(textsOf(upTo('treasure'))).toEqual(textsOf(game));
    for (const what of PLACEMENTS) expect(hear(game, { kind: 'placed', what })).toBe(game);
    // Nothing is placed before the player is in.
    expect(hear(asked(), { kind: 'placed', what: 'treasure' }).placed).toBe(0);
    const unasked = hear(after(begin(), { kind: 'confirm' }), { kind: 'placed', what: 'user' });
    expect(unasked).toMatchObject({ placed: 1, created: { length: 4 } });
  });
});

describe('the end', () => {
  test('is a win when the monitor says so and monster and treasure agree', () => {
    for (const one of [game, armed, victorious]) expect(hear(one, { kind: 'won' })).toBe(one);
    const done = after(victorious, act('get', treasure));
    expect(feats(done)).toEqual({ isMonsterDead: true, isTreasureHeld: true });
    expect(statusOf(done)).toBe('playing');
    expect(errandsOf(done)).toEqual(['verdict', 'KillMonster', 'GotTreasure']);
    const end = hear(done, { kind: 'won' }, 5);
    expect(gameSummary(end)).toMatchObject({ state: 'won', moves: 3, kills: 1, closedAt: time(5) });
    expect(hear(end, { kind: 'won' })).toBe(end);
  });

  test('comes for a player who has done all, be it that nobody has said so', () => {
    const done = after(victorious, act('get', treasure));
    const { idleMs } = CLASSIC_TERMS;
    expect(statusOf(hear(done, { kind: 'tick' }, idleMs))).toBe('won');
    expect(statusOf(hear(done, { kind: 'ended', reason: 'x' }))).toBe('won');
  });

  test('comes for a player who is away too long, and for one whose workflow is ended', () => {
    const { idleMs } = CLASSIC_TERMS;
    expect(nextStrike(game)).toBe(Date.parse(time(idleMs)));
    expect(hear(game, { kind: 'tick' }, idleMs - 1)).toBe(game);
    const away = hear(game, { kind: 'tick' }, idleMs);
    expect(textsOf(away).at(-1)).toBe('Unfortunately user aaron died from being away too long!');
    expect(nextStrike(away)).toBeUndefined();
    const active = after(game, act('get', weapon), 1_000);
    expect(nextStrike(active)).toBe(Date.parse(time(idleMs + 1_000)));
    const ended = hear(game, { kind: 'ended', reason: 'Terminated.' });
    expect(gameSummary(ended)).toMatchObject({ state: 'dead', customStatus: 'Dead: Terminated.' });
  });

  test('is told to each once, and the game goes on being read', () => {
    const errands = ['verdict', 'KillMonster', 'GotTreasure', 'over'] as const;
    const end = won();
    expect(errandsOf(end)).toEqual(errands);
    const told = errands.reduce((one, errand) => hear(one, { kind: 'told', errand }), end);
    expect(errandsOf(told)).toEqual([]);
    expect(hear(told, { kind: 'told', errand: 'over' })).toBe(told);
    expect(hear(game, { kind: 'told', errand: 'over' })).toBe(game);
    expect(errandsOf(dead)).toEqual(['verdict', 'over']);
    expect(errandsOf(hear(begin(), { kind: 'ended', reason: 'x' }))).toEqual(['verdict', 'over']);
    expect(gameView(told).actions).toEqual([]);
    // Nothing that would be possible is left in the classic world.
    expect(refused(end, act('get', weapon)).detail).toBe('Target not found.');
    expect(refused(end, act('kill', monster, weapon)).detail).toBe(`${monster} is already dead.`);
  });
});

describe('GameStatus', () => {
  const keys = (partitionKey: string, rowKey: string) => ({
    partitionKey,
    rowKey,
    timestamp: '2026-03-01T12:00:00.000+00:00',
    eTag: `W/"datetime'2026-03-01T12%3A00%3A00.000Z'"`,
  });
  const named = (of: GameState, name: string) =>
    tableUniverse(of).inventory.find((row) => row.name === name);

  test('as on Table Storage: every field, with its keys', () => {
    const { user, monster: beast, room: hall, inventory, ...rest } = tableUniverse(game);
    expect(rest).toEqual({});
    expect(user).toEqual({
      name: 'aaron',
      currentRoom: room,
      isAlive: true,
      inventoryItems: '',
      inventoryList: [],
      ...keys('A', 'aaron'),
    });
    expect(beast).toEqual({
      name: monster,
      associatedUser: 'aaron',
      isAlive: true,
      currentRoom: room,
      inventoryItems: treasure,
      inventoryList: [treasure],
      ...keys('aaron', monster),
    });
    expect(hall).toEqual({
      name: room,
      description,
      user: 'aaron',
      monster,
      inventoryItems: weapon,
      inventoryList: [weapon],
      ...keys('aaron', room),
    });
    expect(inventory.map(({ name }) => name)).toEqual([weapon, treasure].toSorted());
    expect(named(game, treasure)).toEqual({
      name: treasure,
      associatedUser: 'aaron',
      monster,
      room: null,
      isTreasure: true,
      userHasIt: false,
      ...keys('aaron', treasure),
    });
  });

  test('follows things as they go', () => {
    const at = (of: GameState, name: string) => {
      const { monster: holder, room: floor, userHasIt } = named(of, name)!;
      return [holder, floor, userHasIt];
    };
    const built = asked();
    expect([at(built, weapon), at(built, treasure)]).toEqual([
      [null, null, true],
      [null, null, true],
    ]);
    expect(at(game, weapon)).toEqual([null, room, false]);
    expect(at(armed, weapon)).toEqual([null, '', true]);
    expect(at(victorious, treasure)).toEqual(['', room, false]);
    expect(at(won(), treasure)).toEqual(['', '', true]);
    const end = tableUniverse(won());
    expect(end.user).toMatchObject({ isAlive: true, inventoryItems: `${weapon},${treasure}` });
    expect(end.monster).toMatchObject({ isAlive: false, inventoryItems: '' });
    expect(tableUniverse(dead).user.isAlive).toBe(false);
    for (const [name, key] of [
      ['ärger', 'Ä'],
      ['🐉', '🐉'],
      ['ßo', 'ß'],
    ])
      expect(tableUniverse(begin({ name: name! })).user.partitionKey).toBe(key);
  });

  test('as on durable entities: without keys and lists', () => {
    expect(entityUniverse(game, 3)).toEqual({
      user: { name: 'aaron', currentRoom: room, isAlive: true, inventoryItems: '' },
      activeUsers: 3,
      monster: { name: monster, isAlive: true, currentRoom: room, inventoryItems: treasure },
      inventory: [weapon, treasure].toSorted(),
      room: { name: room, description, monster, inventoryItems: weapon },
    });
    expect(entityUniverse(begin(), 1)).toMatchObject({ monster: null, room: null, inventory: [] });
  });
});

describe('the view', () => {
  test('offers what would be accepted, and nothing else', () => {
    const offers = (of: GameState) => possibleActions(of);
    expect(offers(asked())).toEqual([{ action: 'confirm' }]);
    expect(offers(game)).toEqual([{ action: 'get', target: weapon }]);
    expect(offers(armed)).toEqual([{ action: 'kill', target: monster, with: weapon }]);
    expect(offers(victorious)).toEqual([{ action: 'get', target: treasure }]);
    expect(offers(dead)).toEqual([]);
  });

  test('shows the room and what is in it, of the classic world without points', () => {
    expect(gameView(game)).toMatchObject({
      state: 'playing',
      customStatus: `In ${room.replace('A', 'a')}`,
      isAlive: true,
      room: {
        name: room,
        exits: [],
        floor: [{ name: weapon, kind: 'weapon' }],
        monsters: [{ name: monster, isAlive: true, holds: [{ name: treasure, kind: 'treasure' }] }],
      },
      holds: [],
      map: [{ name: room, x: 0, y: 0, exits: [], isHere: true }],
    });
    expect(gameView(game)).not.toHaveProperty('hitPoints');
    expect(gameView(asked())).not.toHaveProperty('room');
  });

  test('of the memo is the one of lists; what only looks like it is none', () => {
    for (const one of [begin(), asked(), game, won(), dead]) {
      const memo = JSON.parse(JSON.stringify(gameMemo(one))) as Record<string, unknown>;
      expect(gameFromMemo(memo)).toEqual(gameSummary(one));
    }
    for (const memo of [undefined, {}, { game: 1 }, { game: {}, now: null, customStatus: 'x' }])
      expect(gameFromMemo(memo as never)).toBeUndefined();
  });

  test('of the leader board: fewer moves, then less time, then the earlier one', () => {
    const one = gameSummary(won());
    const more = { ...one, name: 'more', moves: 9 };
    const slow = { ...one, name: 'slow', closedAt: time(50) };
    const late = { ...one, name: 'late', createdAt: time(1) };
    const order = [more, slow, late, one].toSorted(byMerit).map(({ name }) => name);
    expect(order).toEqual(['aaron', 'late', 'slow', 'more']);
  });
});
