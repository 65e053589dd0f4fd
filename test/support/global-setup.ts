/** Before all tests: an up-to-date build and one Temporal server. After them: nothing may be left behind. */
import { randomUUID } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { build } from '../../scripts/build.mjs';
import { startEmbeddedServer } from '../../src/temporal/server/embedded.ts';
import { defaultCacheDir, findTemporalCli } from '../../src/temporal/server/find.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Of the Temporal server that all tests share. */
    temporalAddress: string;
    /** The executable it runs on, for tests that use the CLI or start servers of their own. */
    temporalCli: string;
  }
}

/** Every process of this run inherits it, however deep; so leftovers can be told from everybody else's processes. */
const MARK = 'DOSSIER_TEST_RUN';

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const run = randomUUID();
  process.env[MARK] = run;
  const log = (line: string): void => console.log(`tests: ${line}`);
  await build({ log });
  const { env, platform } = process;
  const executable = await findTemporalCli({
    cliPath: env['TEMPORAL_CLI_PATH'],
    path: env['PATH'],
    cacheDir: defaultCacheDir(env, platform, homedir()),
    log,
  });
  const dataDir = await mkdtemp(join(tmpdir(), 'dossier-tests-'));
  const server = await startEmbeddedServer({
    executable,
    dataDir,
    port: 0,
    uiPort: 0,
    namespace: 'default',
    log,
  });
  project.provide('temporalAddress', server.address);
  project.provide('temporalCli', executable);
  return async () => {
    await server.stop();
    await rm(dataDir, { recursive: true, force: true });
    const left = await leftovers(run);
    if (left.length > 0) throw new Error(`processes left behind by the tests:\n${left.join('\n')}`);
  };
}

/** Processes of this run that are neither this one nor below it (vitest ends its own). Linux only: it reads /proc. */
async function leftovers(run: string): Promise<string[]> {
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
