/** What every bench begins and ends with. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defaultCacheDir, findTemporalCli } from '../../dist/temporal/server/find.js';
import { stopAll } from './children.mjs';

/**
 * Runs the bench and ends the process, with 1 when it throws. The bench gets a directory that is gone afterwards (`dir`),
 * a list for what is to be undone when it ends early (`undo`, in reverse order), Temporal's `executable`, and `log`.
 */
export async function runBench(bench) {
  const dir = await mkdtemp(join(tmpdir(), 'dossier-bench-'));
  const undo = [];
  const end = async (code) => {
    for (const one of undo.splice(0).toReversed()) await Promise.resolve(one()).catch(() => {});
    await stopAll();
    await rm(dir, { recursive: true, force: true, maxRetries: 5 });
    process.exit(code);
  };
  process.once('SIGINT', () => void end(130));
  process.once('SIGTERM', () => void end(143));
  const log = (line) => console.error(`bench: ${line}`);
  try {
    await bench({ dir, undo, executable: await temporalCli(log), log });
    await end(0);
  } catch (error) {
    console.error(error);
    await end(1);
  }
}

function temporalCli(log) {
  const { env, platform } = process;
  return findTemporalCli({
    cliPath: env.TEMPORAL_CLI_PATH,
    path: env.PATH,
    cacheDir: defaultCacheDir(env, platform, homedir()),
    log,
  });
}

/** Writes them to bench/results. */
export async function keepResults(name, results) {
  const folder = fileURLToPath(new URL('../results', import.meta.url));
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, name), `${JSON.stringify(results, null, 2)}\n`);
}
