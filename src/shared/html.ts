/** HTML of pages and mails: by a template in which everything is escaped that is not HTML by our own hand. */

/** A piece of HTML that {@link html} has made. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  toString(): string {
    return this.text;
  }
}

type Piece = Html | string | number | undefined | readonly Html[];

/** For element content and quoted attributes; nowhere else may a value stand. `undefined` is nothing. */
export function html(parts: TemplateStringsArray, ...pieces: readonly Piece[]): Html {
  return new Html(parts.reduce((all, part, i) => `${all}${written(pieces[i - 1])}${part}`));
}

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function written(piece: Piece): string {
  if (piece === undefined) return '';
  if (piece instanceof Html) return piece.text;
  if (typeof piece === 'object') return piece.join('');
  return String(piece).replaceAll(/[&<>"']/g, (char) => ESCAPES[char] ?? '');
}
