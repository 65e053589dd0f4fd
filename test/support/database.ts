/** Databases of tests: in memory, each a copy of one empty one that the global setup has made. */
import { readFile } from 'node:fs/promises';
import { inject } from 'vitest';
import { openEmbedded, type OpenDatabase } from '../../src/store/database.ts';

/** A new embedded database without any table. Whoever opens it closes it. */
export async function openEmpty(): Promise<OpenDatabase> {
  return openEmbedded(undefined, new Blob([await readFile(inject('emptyDatabase'))]));
}
