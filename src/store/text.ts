/** Texts in the form in which the database can hold and find them. Whoever writes and whoever looks use the same. */
import { createHash } from 'node:crypto';

/** A key in an index may have 2,700 bytes, and a document whose row is refused could never close. */
const LONGEST_KEY = 1_000;

/** The text without what PostgreSQL takes in no text: NUL. Lone surrogates become U+FFFD, as when encoded. */
export function plainText(text: string): string {
  return text.replaceAll('\0', '').toWellFormed();
}

/**
 * The text as a key to be found by: itself, unless it is longer than {@link LONGEST_KEY} bytes or the database cannot
 * hold it; then its first 200 characters, `~` and a hash of all.
 */
export function keyText(text: string): string {
  const plain = plainText(text);
  if (plain === text && Buffer.byteLength(text) <= LONGEST_KEY) return text;
  const hash = createHash('sha256').update(JSON.stringify(text)).digest('hex');
  return `${plain.slice(0, 200).toWellFormed()}~${hash}`;
}

/**
 * The words of a text, in small letters, one space between them: everything that is neither letter nor digit separates.
 * Done here, because the database would take `a/b` and `a@b` for one word, and how it makes letters small depends on
 * its locale.
 */
export function wordsOf(text: string): string {
  return text
    .normalize('NFKC')
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\p{M}]+/gu, ' ')
    .trim();
}
