import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, statSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fail, onPath, verified } from './executable.ts';
import { processStartTime, signalGroup } from './process-identity.ts';

/** The release that is installed when none is found, and whose server (1.29) everything here was measured on. */
export const TEMPORAL_CLI_VERSION = 'v1.5.1';

/** What every way to install needs to know. */
export interface InstallContext {
  /** `PATH`: where `temporal` and `go` are looked for. */
  readonly path: string | undefined;
  /** Gets a line when an installation begins, every few seconds while it runs, and when it is done. */
  readonly log: (line: string) => void;
  /** Ends the search, and with it a download or build that runs. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds between two progress lines. Default 5000. */
  readonly progressEvery?: number;
}

interface Installation {
  readonly command: readonly [string, ...string[]];
  readonly executable: string;
}

/** One way to get the executable: a command that leaves it in a directory. */
export interface Installer {
  /** Names this way in error messages. */
  readonly name: string;
  /** Begins the progress lines, as in "building the Temporal server". */
  readonly activity: string;
  /** Milliseconds without any change of `progress` after which it is given up. */
  readonly patience: number;
  /**
   * The command that installs into `dir`, and the file it makes there.
   * @throws Error whose message says why this way cannot be gone on this machine
   */
  readonly prepare: (dir: string, path: string | undefined) => Installation;
  /** How far it has come, in a few words, from what lies in `dir` and the lines the command wrote to stderr. */
  readonly progress: (dir: string, stderr: readonly string[]) => string;
}

/**
 * The SDK's own download of the official archive (`temporal.download`, HTTPS). The SDK does it only when it
 * starts a server, so one is started on a free port, in memory, and ended at once.
 *
 * In a process of its own, because a download in the SDK's native part can be neither aborted nor given a
 * deadline, because it would install the SDK's Runtime in ours before main can, and because its server
 * would write to our stdout. `createEphemeralServer` is what `@temporalio/testing` calls; calling it here
 * spares production that package.
 */
export const sdkDownload: Installer = {
  name: 'download by the Temporal SDK',
  activity: 'downloading the Temporal server',
  patience: 20_000, // where a firewall swallows packets, this is what a start waits before it builds
  prepare: (dir) => ({
    command: [
      process.execPath,
      '-e',
      `const [worker, downloadDir, version] = process.argv.slice(1);
      (async () => {
        const runtime = require(worker).Runtime.instance();
        await runtime.shutdownEphemeralServer(await runtime.createEphemeralServer({
          type: 'dev-server', ip: '127.0.0.1', port: null, ui: false, uiPort: null, namespace: 'default',
          dbFilename: null, log: { format: 'json', level: 'error' }, extraArgs: [],
          exe: { type: 'cached-download', downloadDir, version, ttl: 1e9, sdkName: '', sdkVersion: '' },
        }));
      })().catch((error) => { console.error(error.message); process.exitCode = 1; });`,
      createRequire(import.meta.url).resolve('@temporalio/worker'),
      dir,
      TEMPORAL_CLI_VERSION,
    ],
    executable: join(dir, `temporal-${TEMPORAL_CLI_VERSION}`),
  }),
  progress: (dir) => {
    const part = statSync(join(dir, `temporal-${TEMPORAL_CLI_VERSION}.downloading`), {
      throwIfNoEntry: false,
    });
    return part === undefined ? 'connecting' : `${(part.size / 1e6).toFixed(1)} MB unpacked`;
  },
};

/**
 * `go install`: 2.5 to 3 minutes on 2 cores, 160 modules (from the Go proxy), 1300 packages. Releases from
 * v1.6 on cannot be installed so, for a `replace` in their go.mod.
 */
export const goInstall: Installer = {
  name: 'go install',
  activity: 'building the Temporal server with Go',
  patience: 300_000, // the linker is silent, and slow on a small machine
  prepare: (dir, path) => ({
    // By env(1), so that no code but config.ts touches process.env.
    command: [
      '/usr/bin/env',
      `GOBIN=${dir}`,
      `GOTMPDIR=${dir}`, // else an aborted build leaves its files in /tmp
      'GOFLAGS=-buildvcs=false',
      onPath('go', path),
      'install',
      '-v',
      '-ldflags=-s -w',
      `github.com/temporalio/cli/cmd/temporal@${TEMPORAL_CLI_VERSION}`,
    ],
    executable: join(dir, 'temporal'),
  }),
  progress: (_dir, stderr) => {
    const modules = stderr.filter((line) => line.startsWith('go: downloading ')).length;
    const packages = stderr.filter((line) => /^[\w.~/-]+$/.test(line)).length; // by -v, as each is begun
    return packages === 0
      ? `${modules} modules downloaded`
      : `${modules} modules downloaded, ${packages} of about 1300 packages compiled`;
  },
};

/** Installs the executable as the file `cached`; whole or not at all, also when two starts do it at once. */
export async function install(
  installer: Installer,
  cached: string,
  options: InstallContext,
): Promise<string> {
  const home = dirname(cached);
  await mkdir(home, { recursive: true });
  await removeAbandoned(home);
  // Beside its place, so that the finished file gets there by one rename, which nobody sees half done.
  const dir = await mkdtemp(join(home, `install-${process.pid}-`));
  try {
    const { command, executable } = installer.prepare(dir, options.path);
    await run(command, installer, dir, options).catch((error: Error) => {
      if (!existsSync(executable)) throw error; // the download is there, only its server did not start
    });
    await verified(executable, options.signal);
    await rename(executable, cached);
    return cached;
  } finally {
    await rm(dir, { recursive: true, force: true, maxRetries: 5 }); // a killed compiler may still be writing
  }
}

/** What installations that were killed have left. */
async function removeAbandoned(home: string): Promise<void> {
  for (const name of await readdir(home)) {
    const pid = Number(/^install-(\d+)-/.exec(name)?.[1] ?? process.pid);
    if (processStartTime(pid) === undefined) {
      await rm(join(home, name), { recursive: true, force: true });
    }
  }
}

/** Runs the command to its end in a process group of its own, telling how it goes; rejects with its last words. */
async function run(
  [file, ...args]: readonly [string, ...string[]],
  { activity, patience, progress }: Installer,
  dir: string,
  { log, signal, progressEvery = 5000 }: InstallContext,
): Promise<void> {
  signal?.throwIfAborted();
  const began = Date.now();
  const seconds = () => `${Math.round((Date.now() - began) / 1000)} s`;
  log(`${activity} (CLI ${TEMPORAL_CLI_VERSION}), once per machine …`);
  const child = spawn(file, args, {
    cwd: dir,
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const stderr: string[] = [];
  createInterface({ input: child.stderr }).on('line', (line) => stderr.push(line));
  // At once: neither the SDK nor Go cleans up on a gentler signal, and all they write lies in `dir`.
  const end = () => void signalGroup(child.pid, 'SIGKILL');
  let last = { progress: '', at: began };
  let stuck: string | undefined;
  const ticker = setInterval(() => {
    const now = progress(dir, stderr);
    if (now !== last.progress) last = { progress: now, at: Date.now() };
    log(`${activity}, once per machine … ${seconds()} (${now})`);
    if (Date.now() - last.at < patience) return;
    stuck = `no progress for ${patience / 1000} s (${now})`;
    end();
  }, progressEvery);
  signal?.addEventListener('abort', end);
  try {
    const [code, by] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
    if (code !== 0) fail(stuck ?? lastWords(stderr) ?? `it ended with ${by ?? code}`);
    log(`${activity}: done in ${seconds()}`);
  } finally {
    clearInterval(ticker);
    signal?.removeEventListener('abort', end);
  }
}

function lastWords(stderr: readonly string[]): string | undefined {
  return stderr
    .findLast((line) => line.trim() !== '' && !line.startsWith('go: downloading '))
    ?.trim()
    .replace(/.*error sending request for url \(([^)?]*)[^)]*\): /, '$1: '); // the SDK says it in every layer
}
