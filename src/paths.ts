/** Files of this installation. */
import { fileURLToPath } from 'node:url';

/** A file in dist/, from wherever the asking code runs: src/ and dist/ lie side by side. */
export function builtFile(path: string): string {
  return fileURLToPath(new URL(`../dist/${path}`, import.meta.url));
}
