/** The worker of somebody else (test/foreign-worker), in a project of its own that has our package and Temporal's. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, inject } from 'vitest';

const TSC = join(
  dirname(createRequire(import.meta.url).resolve('typescript/package.json')),
  'bin/tsc',
);

export interface ForeignProject {
  /** Starts a worker on this queue; `bare`: without our interceptors. */
  worker(taskQueue: string, bare?: 'bare'): Promise<ChildProcess>;
  /** Ends it at once, as a machine that fails does. */
  kill(worker: ChildProcess): Promise<void>;
  /** What its activities have noted. */
  calls(): string[];
  /** Makes what fails work. */
  mend(): void;
  /** What the compiler says of its workflows and of this text; empty when all is well. */
  typeErrors(besides: string): string;
}

/** Made once for a test file, and taken away after it. */
export function foreignProject(): ForeignProject {
  const directory = mkdtempSync(join(tmpdir(), 'foreign-worker-'));
  cpSync('test/foreign-worker', directory, { recursive: true });
  const modules = join(directory, 'node_modules');
  mkdirSync(modules);
  symlinkSync(resolve('.'), join(modules, 'dossier'));
  symlinkSync(resolve('node_modules/@temporalio'), join(modules, '@temporalio'));
  const running = new Set<ChildProcess>();
  const kill = async (worker: ChildProcess): Promise<void> => {
    running.delete(worker);
    if (worker.exitCode !== null || worker.signalCode !== null) return;
    const gone = once(worker, 'exit');
    worker.kill('SIGKILL');
    await gone;
  };
  afterAll(async () => {
    for (const worker of running) await kill(worker);
    rmSync(directory, { recursive: true, force: true });
  });
  return {
    kill,
    async worker(taskQueue, bare) {
      const args = ['worker.mjs', inject('temporalAddress'), taskQueue, directory, bare ?? ''];
      const worker = spawn(process.execPath, args, {
        cwd: directory,
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      running.add(worker);
      for await (const line of createInterface(worker.stdout)) if (line === 'ready') return worker;
      throw new Error('the foreign worker ended before it was ready');
    },
    calls: () =>
      existsSync(join(directory, 'calls'))
        ? readFileSync(join(directory, 'calls'), 'utf8').split('\n').filter(Boolean)
        : [],
    mend: () => writeFileSync(join(directory, 'mended'), ''),
    typeErrors(besides) {
      writeFileSync(join(directory, 'besides.ts'), besides);
      return spawnSync(process.execPath, [TSC, '-p', directory], { encoding: 'utf8' }).stdout;
    },
  };
}
