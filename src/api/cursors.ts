/** Page cursors: opaque and signed, because a token that Temporal did not make costs it 19 seconds. */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { problem } from './errors.ts';

export interface Cursors {
  /** A cursor for a place in the list that `list` describes (its filter, in a fixed form). */
  seal(list: string, place: Uint8Array): string;
  /** The place; `invalid-request` when the cursor was not made here, was changed, or is of another list. */
  open(list: string, cursor: string): Uint8Array;
}

/** Without a secret the cursors end with this process. */
export function createCursors(secret: string | undefined): Cursors {
  const key =
    secret === undefined
      ? randomBytes(32)
      : createHmac('sha256', secret).update('cursors').digest();
  const sign = (list: string, place: Uint8Array): Buffer =>
    createHmac('sha256', key).update(list).update('\0').update(place).digest().subarray(0, 16);
  return {
    seal: (list, place) => Buffer.concat([sign(list, place), place]).toString('base64url'),
    open(list, cursor) {
      const bytes = Buffer.from(cursor, 'base64url');
      const place = new Uint8Array(bytes.subarray(16));
      if (bytes.length > 16 && timingSafeEqual(sign(list, place), bytes.subarray(0, 16)))
        return place;
      throw problem(
        'invalid-request',
        'The cursor is not one of this list. Take it from the previous page, with the same filter.',
      );
    },
  };
}
