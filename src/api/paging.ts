/** Which page of a list a request wants, and where the next one is. */
import { Type } from 'typebox';
import type { Cursors } from './cursors.ts';

const limit = Type.Optional(Type.Integer({ minimum: 1, maximum: 200, default: 50 }));
const NEXT = 'From `_links.next`.';

/** In the query of every list that goes on by a cursor. */
export const pageQuery = {
  limit,
  cursor: Type.Optional(Type.String({ maxLength: 8000, description: NEXT })),
};

/** The query of lists by number, newest first. */
export const NewestFirstQuery = Type.Object(
  {
    limit,
    before: Type.Optional(
      Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER, description: NEXT }),
    ),
  },
  { additionalProperties: false },
);

/** Cursors of a list that is sorted by a text, such as a sku; `list` names it. */
export function textCursors(cursors: Cursors, list: string) {
  return {
    /** After which the page begins. @throws Problem `invalid-request` for a cursor of another list */
    open: (cursor: string | undefined): { readonly after?: string } =>
      cursor === undefined ? {} : { after: new TextDecoder().decode(cursors.open(list, cursor)) },
    /** The cursor of the page after this text. */
    seal: (last: string): string => cursors.seal(list, new TextEncoder().encode(last)),
  };
}
