/** Before all tests: an up-to-date build and one Temporal server. After them: nothing may be left behind. */
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import type { TestProject } from 'vitest/node';
import { build } from '../../scripts/build.mjs';
import { startEmbeddedServer } from '../../src/temporal/server/embedded.ts';
import { defaultCacheDir, findTemporalCli } from '../../src/temporal/server/find.ts';
import { leftovers, MARK } from './leftovers.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Of the Temporal server that all tests share. */
    temporalAddress: string;
    /** The executable it runs on, for tests that use the CLI or start servers of their own. */
    temporalCli: string;
    /** A file: an empty embedded database. */
    emptyDatabase: string;
  }
}

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
  const emptyDatabase = join(dataDir, 'empty.tar');
  await writeFile(emptyDatabase, await emptyDump());
  project.provide('emptyDatabase', emptyDatabase);
  project.provide('temporalAddress', server.address);
  project.provide('temporalCli', executable);
  return async () => {
    await server.stop();
    await rm(dataDir, { recursive: true, force: true });
    const left = await leftovers(run);
    if (left.length > 0) throw new Error(`processes left behind by the tests:\n${left.join('\n')}`);
  };
}

async function emptyDump(): Promise<Buffer> {
  const lite = await PGlite.create();
  const dump = await lite.dumpDataDir('none');
  await lite.close();
  return Buffer.from(await dump.arrayBuffer());
}
