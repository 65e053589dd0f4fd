/** JSON Pointers, RFC 6901. */

/** The names that a pointer consists of; none for the whole. */
export function pathOf(pointer: string): string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
}
