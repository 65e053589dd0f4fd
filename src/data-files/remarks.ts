/** What there is to say about a file of ours, with its place, and how a start that ends because of it tells it. */
import type { FieldError } from '../contracts/failures.ts';
import type { Source } from './source.ts';

/** Something to say about a file. */
export interface Remark {
  /** The first line is 1; missing when it is about the file as a whole. */
  readonly line?: number;
  /** JSON Pointer to the place; missing when the file cannot be read at all. */
  readonly pointer?: string;
  readonly detail: string;
}

/** Lines that are shown at once; what is wrong beyond them comes to light after the first have been corrected. */
const MAX_LINES = 10;

/** The errors with the lines at which their places stand. The file as a whole has the pointer `/`. */
export function placed(source: Source, errors: readonly FieldError[]): Remark[] {
  return errors.map(({ pointer, detail }) => ({
    line: source.lineOf(pointer),
    pointer: pointer || '/',
    detail,
  }));
}

/** The same, from the first line to the last; what is about the file as a whole comes first. */
export function inOrder(remarks: readonly Remark[]): Remark[] {
  return remarks.toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0));
}

/** `file:line: pointer reason`, one line each and ten at most; the last one then tells how many more there are. */
export function remarkLines(path: string, remarks: readonly Remark[]): string[] {
  const lines = remarks.map(({ line, pointer, detail }) => {
    const place = line === undefined ? path : `${path}:${line}`;
    return `${place}: ${pointer === undefined ? '' : `${pointer} `}${detail}`;
  });
  if (lines.length <= MAX_LINES) return lines;
  const shown = lines.slice(0, MAX_LINES - 1);
  return [...shown, `${path}: and ${lines.length - shown.length} more errors`];
}
