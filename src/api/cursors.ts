/** Page cursors: opaque and signed, because a token that Temporal did not make costs it 19 seconds. */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { keysFor } from '../shared/keys.ts';
import { problem } from './errors.ts';

export interface Cursors {
  /** A cursor for a place in the list that `list` describes (its filter, in a fixed form). */
  seal(list: string, place: Uint8Array): string;
  /** The place; `invalid-request` when the cursor was not made here, was changed, or is of another list. */
  open(list: string, cursor: string): Uint8Array;
}

/** The first secret signs, all open. Without any, the cursors end with this process. */
export function createCursors(secrets: readonly string[]): Cursors {
  const [first = randomBytes(32), ...others] = keysFor(secrets, 'cursors');
  const sign = (key: Buffer, list: string, place: Uint8Array): Buffer =>
    createHmac('sha256', key).update(list).update('\0').update(place).digest().subarray(0, 16);
  return {
    seal: (list, place) => Buffer.concat([sign(first, list, place), place]).toString('base64url'),
    open(list, cursor) {
      const bytes = Buffer.from(cursor, 'base64url');
      const place = new Uint8Array(bytes.subarray(16));
      const given = bytes.subarray(0, 16);
      const keys = [first, ...others];
      // Decoding skips what is no base64url.
      const sound = bytes.length > 16 && bytes.toString('base64url') === cursor;
      if (sound && keys.some((key) => timingSafeEqual(sign(key, list, place), given))) return place;
      throw problem(
        'invalid-request',
        'The cursor is not one of this list. Take it from the previous page, with the same filter.',
      );
    },
  };
}
