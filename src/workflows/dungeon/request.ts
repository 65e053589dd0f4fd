/** From what was sent, which is anything at all, to what it asks for; and how a game begins. Pure. */
import type { Call } from '../../contracts/caller.ts';
import type {
  Action,
  DungeonCommand,
  DungeonCommandKind,
  NewUser,
} from '../../contracts/dungeon/commands.ts';
import type { DungeonEvent } from '../../contracts/dungeon/events.ts';
import {
  accept,
  missingPlayer,
  refuseGame,
  type GameResult,
} from '../../contracts/dungeon/refusals.ts';
import { REFUSED } from '../../contracts/dungeon/texts.ts';
import { WORLDS, type DungeonTerms } from '../../contracts/dungeon/types.ts';
import { ok, type Result } from '../../contracts/failures.ts';
import { LIMITS } from '../../contracts/limits.ts';
import { isJsonObject } from '../shared/json.ts';
import { checkSound } from '../shared/sound.ts';
import { drawDungeon } from './draw.ts';
import { gameEvents } from './game.ts';

/** A command, and for which player it is. */
export interface Addressed {
  readonly name: string;
  readonly command: DungeonCommand;
}

/** Whether a player can be called so: 1 to 128 characters that can be kept, not all blank. */
export function isPlayerName(name: string): boolean {
  return !isBlank(name) && isFit(name) && Array.from(name).length <= LIMITS.playerName;
}

/** The body of `POST /api/NewUser`, or the input of a game that somebody starts with the CLI. */
export function parseNewUser(raw: unknown): GameResult<NewUser> {
  const name = textIn(raw, 'name');
  if (isBlank(name)) return refuseGame(REFUSED.newNameless());
  if (!isFit(name)) return refuseGame(REFUSED.newUnfit());
  if (!isPlayerName(name)) return refuseGame(REFUSED.newTooLong());
  const asked = textIn(raw, 'world');
  const world = asked === '' ? 'classic' : WORLDS.find((known) => known === asked);
  if (world === undefined) return refuseGame(REFUSED.newWorld(asked));
  const seed = textIn(raw, 'seed');
  if (!isFit(seed) || seed.length > LIMITS.playerName) return refuseGame(REFUSED.newSeed());
  return accept({ name, world, ...(seed === '' ? {} : { seed }) });
}

/** The body of `POST /api/ConfirmUser`. */
export function parseConfirm(raw: unknown): GameResult<Addressed> {
  const name = textIn(raw, 'name');
  if (isBlank(name)) return refuseGame(REFUSED.confirmNameless());
  if (!isPlayerName(name)) return { ok: false, refusal: missingPlayer('confirm', name) };
  return accept({ name, command: { kind: 'confirm' } });
}

/** The body of `POST /api/Action`. Whether the action makes sense is for the rules: first there must be a player. */
export function parseAction(raw: unknown): GameResult<Addressed> {
  const name = textIn(raw, 'name');
  if (isBlank(name)) return refuseGame(REFUSED.nameless());
  if (!isPlayerName(name)) return { ok: false, refusal: missingPlayer('action', name) };
  return accept({ name, command: { kind: 'action', ...actionIn(raw) } });
}

/** The name in the path of `GET /api/GameStatus/{user}`. */
export function parseStatusName(name: string): GameResult<string> {
  if (isBlank(name)) return refuseGame(REFUSED.statusNameless());
  return isPlayerName(name) ? accept(name) : { ok: false, refusal: missingPlayer('status', name) };
}

/**
 * The argument of an update or a signal to a game, which knows whose it is: `{"action", "target", "with", "actor"?}`, or
 * nothing but perhaps an actor to confirm. `malformed-json` or `too-large` of what cannot be read at all.
 */
export function gameCommandOf(kind: DungeonCommandKind, raw: unknown): Result<DungeonCommand> {
  // Nothing at all is a way to confirm.
  const sound = checkSound(raw ?? null);
  if (!sound.ok) return sound;
  const claimed = textIn(raw, 'actor');
  const actor = claimed === '' ? {} : { actor: claimed.slice(0, LIMITS.title) };
  return ok(kind === 'confirm' ? { kind, ...actor } : { kind, ...actionIn(raw), ...actor });
}

/** What has been settled of a game before it begins. */
export interface Setting {
  readonly terms: DungeonTerms;
  /** Counts when the player names none; the same one gives the same world. */
  readonly seed: string;
}

/** The first event. The owner is whoever begins the game. */
export function beginGame(
  { name, world, seed: chosen }: NewUser,
  { terms, seed: made }: Setting,
  call: Call,
): readonly DungeonEvent[] {
  const seed = chosen ?? made;
  const plan = drawDungeon(world, seed);
  const owner = call.actor.id;
  return gameEvents({ sequence: 0 }, call, [
    { kind: 'begun', name, owner, world, seed, terms, plan },
  ]);
}

function actionIn(raw: unknown): Action {
  return {
    action: textIn(raw, 'action'),
    target: textIn(raw, 'target'),
    with: textIn(raw, 'with'),
  };
}

/** As the original reads its bodies: plain values as texts, all else as nothing. */
function textIn(raw: unknown, property: string): string {
  const value = isJsonObject(raw) && Object.hasOwn(raw, property) ? raw[property] : undefined;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return typeof value === 'string' ? value : '';
}

function isBlank(text: string): boolean {
  return text.trim() === '';
}

/** PostgreSQL keeps no NUL, and JSON no half of a character. */
function isFit(text: string): boolean {
  return text.isWellFormed() && !text.includes('\0');
}
