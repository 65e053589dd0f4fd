/**
 * Every text of the game: what refused requests are answered, and the lines of the console. Those of the original are kept
 * to the letter, with its slips; the ones for what only we have are in its tone.
 */
import { LIMITS } from '../limits.ts';

/** Why a request is refused: the body of the answer, and the line on the console, if there is one. */
export interface Said {
  readonly text: string;
  readonly line?: string;
}

/** What somebody has sent, as far as a text may repeat it: cut, and without what a database cannot keep. */
export function shown(text: string): string {
  const sound = text
    .slice(0, 4 * LIMITS.playerName)
    .toWellFormed()
    .replaceAll('\0', '');
  const letters = Array.from(sound);
  if (letters.length <= LIMITS.playerName) return sound;
  return `${letters.slice(0, LIMITS.playerName).join('')}…`;
}

/** 120,000 -> `2 minutes`; 90,000 -> `90 seconds`. */
export function inWords(ms: number): string {
  const units = [
    ['hour', 3_600_000],
    ['minute', 60_000],
    ['second', 1_000],
  ] as const;
  const [unit, size] = units.find(([, each]) => ms >= each && ms % each === 0) ?? units[2];
  const count = ms / size;
  return `${count} ${unit}${count === 1 ? '' : 's'}`;
}

const said = (text: string, line?: string): Said =>
  line === undefined ? { text } : { text, line };

/** `n`: the player; `t`: the target; `w`: the weapon; `m`: a monster. */
export const REFUSED = {
  newNameless: () =>
    said('User name is required.', 'An attempt to create a user with no name was made.'),
  newDuplicate: (n: string) =>
    said('Duplicate username is not allowed.', `Attempt to add duplicate user ${shown(n)} failed.`),
  newTooLong: () =>
    said(
      `User name is too long: at most ${LIMITS.playerName} characters.`,
      'An attempt to create a user with too long a name was made.',
    ),
  newUnfit: () =>
    said(
      'User name has characters that cannot be kept.',
      'An attempt to create a user with an impossible name was made.',
    ),
  newWorld: (world: string) => said(`I do not know the world ${shown(world)}.`),
  newSeed: () => said(`A seed is a text of 1 to ${LIMITS.playerName} characters.`),

  confirmNameless: () =>
    said('User name is required.', 'An attempt to confirm a user with no name was made.'),
  confirmMissing: (n: string) =>
    said('Username does not exist.', `Attempt to confirm missing user ${shown(n)} failed.`),
  /** Answered with 404 and without a body. */
  confirmNotAsked: (n: string) => said(`Nobody waits for ${shown(n)} to confirm.`),

  statusNameless: () => said('Username is required.'),
  statusMissing: (n: string) => said(`Username '${shown(n)}' does not exist.`),

  nameless: () =>
    said('User name is required.', 'An attempt to initiate an action with no name was made.'),
  missing: (n: string) =>
    said(
      'Dead or missing username is not allowed.',
      `Attempt to use missing or dead user ${shown(n)} failed.`,
    ),
  /** Answered with 403. */
  foreign: (n: string) => said(`${shown(n)} is somebody else's player.`),
  unknownVerb: (action: string) => said(`I do not understand ${shown(action)}.`),
  over: (n: string) =>
    said('The game is over.', `User ${shown(n)} tried to play on after the end of the game.`),

  getNothing: (n: string) => said('Target is required.', `User ${n} tried to get nothing.`),
  getAbsent: (n: string, t: string) =>
    said('Target not found.', `User ${n} tried to get a ${shown(t)} that wasn't there.`),

  killNothing: (n: string) => said('Target is required.', `User ${n} tried to kill nothing.`),
  killBare: (n: string, t: string) =>
    said('With is required.', `User ${n} tried to kill ${shown(t)} with no weapon.`),
  killWithout: (n: string, w: string) =>
    said(`User doesn't have ${shown(w)}`, `User ${n} tried to use a non-existing ${shown(w)}.`),
  killAbsent: (n: string, t: string) =>
    said(`${shown(t)} not found.`, `User ${n} tried to kill a ghost named ${shown(t)}.`),
  killDead: (n: string, t: string) =>
    said(`${shown(t)} is already dead.`, `User ${n} tried to kill an already dead ${shown(t)}.`),

  goNowhere: (n: string) => said('Target is required.', `User ${n} tried to go nowhere.`),
  goWall: (n: string, t: string) =>
    said(`There is no way ${shown(t)}.`, `User ${n} ran into a wall on the way ${shown(t)}.`),
  goBlocked: (n: string, t: string, m: string) =>
    said(`${m} blocks the way ${t}.`, `User ${n} tried to slip past ${m}.`),

  drinkNothing: (n: string) => said('Target is required.', `User ${n} tried to drink nothing.`),
  drinkWithout: (n: string, t: string) =>
    said(`User doesn't have ${shown(t)}`, `User ${n} tried to drink a non-existing ${shown(t)}.`),
  drinkSolid: (n: string, t: string) =>
    said(`${t} is nothing to drink.`, `User ${n} tried to drink a ${t}.`),
} as const;

/** `n`: the player; `m`: a monster; `t`: a thing; `room`: the name of one. */
export const LINES = {
  userCreated: (n: string) => `Successfully created user ${n}`,
  monsterCreated: (n: string, m: string) => `Look out! ${m} is now stalking ${n}!`,
  roomCreated: (n: string, room: string) => `${room} has been prepared for ${n}!`,
  inventoryCreated: (n: string, weapon: string, treasure: string) =>
    `A ${weapon} and ${treasure} have been added for user ${n}!`,

  asked: (n: string, ms: number) => `User ${n} now has ${inWords(ms)} to confirm they are ready.`,
  accepted: (n: string) => `${n} has accepted the challenge!.`,
  notConfirmed: (n: string) => `User ${n} failed to confirm in time.`,
  diedWaiting: (n: string) => `Unfortunately user ${n} died from waiting too long!`,
  confirmationDone: (n: string) => `User confirmation workflow complete for ${n}.`,

  looksAround: (n: string, description: string) => `${n} looks around: ${description}`,
  seesThing: (n: string, t: string) => `${n} sees a ${t} inside the room!`,
  noticesMonster: (n: string, m: string, room: string) => `${n} notices a ${m} in ${room}.`,
  noticesHeld: (n: string, m: string, t: string) => `${n} notices a ${m} with a ${t}.`,

  grabbed: (n: string, t: string) => `User ${n} successfully grabbed ${t}.`,
  nabbed: (n: string) => `User ${n} nabbed the treasure.`,
  killed: (n: string, m: string, t: string) => `User ${n} valiantly killed ${m} with ${t}.`,
  dropped: (n: string, m: string, t: string) => `User ${n} notices ${m} dropped a ${t}.`,
  won: (n: string) => `${n} has won the game!`,

  went: (n: string, direction: string) => `${n} goes ${direction}.`,
  noticesDead: (n: string, m: string, room: string) => `${n} notices a dead ${m} in ${room}.`,
  struck: (n: string, m: string, t: string, damage: number) =>
    `User ${n} hit ${m} with ${t} for ${damage}.`,
  wounded: (n: string, m: string, damage: number, left: number) =>
    `${m} hit ${n} for ${damage}, ${left} left.`,
  slain: (n: string, m: string) => `Unfortunately user ${n} was slain by ${m}!`,
  drank: (n: string, t: string, left: number) => `User ${n} drank ${t} and is back at ${left}.`,
  diedAway: (n: string) => `Unfortunately user ${n} died from being away too long!`,
  diedAtOnce: (n: string) => `Unfortunately user ${n} died when the universe ended!`,

  monitored: (n: string, ms: number) => `${n} is being monitored every ${inWords(ms)}.`,
  monitorAlive: (n: string) => `${n} is alive but has not found the treasure.`,
  monitorTreasure: (n: string) => `${n} has the treasure.`,
  monitorDead: (n: string) => `${n} has died.`,
  monitorTimedOut: (n: string) => `${n} monitoring has timed out.`,
  monitorDone: (n: string) => `${n} monitoring is done.`,
} as const;
