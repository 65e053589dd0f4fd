/** Refused requests of the game, as the house knows refusals. */
import type { Refusal } from '../failures.ts';
import { REFUSED, type Said } from './texts.ts';

/**
 * `code`: `invalid-request` where the original answers 400, `not-found` for its 404, `forbidden` for what is ours alone;
 * `detail`: the body, to the letter, except that a 404 has none. `line`: what the console tells of it, if anything. It is no
 * line of the game, which knows nothing of refused requests.
 */
export interface GameRefusal extends Refusal {
  readonly code: 'invalid-request' | 'not-found' | 'forbidden';
  readonly line?: string;
}

/** Unlike a result of anything else's, it may have a line for the console. */
export type GameResult<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly refusal: GameRefusal };

/** What was asked for is done, or can be. */
export function accept<T>(value: T): GameResult<T> {
  return { ok: true, value };
}

/** The refusal that says this; by default as a 400. */
export function refuseGame(
  { text, line }: Said,
  code: GameRefusal['code'] = 'invalid-request',
): { readonly ok: false; readonly refusal: GameRefusal } {
  return { ok: false, refusal: { code, detail: text, ...(line === undefined ? {} : { line }) } };
}

/** What is answered when there is no game of this player: to ConfirmUser, Action and GameStatus. */
export function missingPlayer(asked: 'confirm' | 'action' | 'status', name: string): GameRefusal {
  const said = {
    confirm: REFUSED.confirmMissing,
    action: REFUSED.missing,
    status: REFUSED.statusMissing,
  }[asked];
  return refuseGame(said(name)).refusal;
}

/** What NewUser is answered when a game of this player goes on. */
export function duplicatePlayer(name: string): GameRefusal {
  return refuseGame(REFUSED.newDuplicate(name)).refusal;
}
