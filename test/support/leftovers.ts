/** The guard against processes that tests leave behind. */
import { readdir, readFile } from 'node:fs/promises';

/** Every process of a run inherits this variable, however deep; so its leftovers can be told from everybody else's. */
export const MARK = 'DOSSIER_TEST_RUN';

/** Processes of this run other than this one and vitest's own. Linux only: it reads /proc. */
export async function leftovers(run: string): Promise<string[]> {
  if (process.platform !== 'linux') return [];
  const found: string[] = [];
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    try {
      const environment = await readFile(`/proc/${pid}/environ`, 'latin1');
      const command = (await readFile(`/proc/${pid}/cmdline`, 'latin1')).replaceAll('\0', ' ');
      const ours = environment.includes(`${MARK}=${run}`) && Number(pid) !== process.pid;
      if (ours && !/vitest|esbuild/.test(command)) found.push(`${pid} ${command}`);
    } catch {
      // Gone, or not ours to read.
    }
  }
  return found;
}
