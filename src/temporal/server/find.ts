import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { delimiter, dirname, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { StartupError } from '../../startup-error.ts';
import { processStartTime, signalGroup } from './process-identity.ts';

/** The release that is installed when none is found, and whose server (1.29) everything here was measured on. */
export const TEMPORAL_CLI_VERSION = 'v1.5.1';

/** The minor version of the oldest server that a `temporal` found by chance may have: nothing older was tried. */
const OLDEST_SERVER = 29;

const VERIFY_DEADLINE_MS = 10_000;

/** What {@link findTemporalCli} needs to know; it reads no environment variable itself. */
export interface FindTemporalCliOptions {
  /** `TEMPORAL_CLI_PATH`. When set, nothing else is tried. */
  readonly cliPath?: string | undefined;
  /** `PATH`: where `temporal` and `go` are looked for. */
  readonly path: string | undefined;
  /** Where an executable is kept once it was downloaded or built, usually {@link defaultCacheDir}. Created when needed. */
  readonly cacheDir: string;
  /** Gets a line when an installation begins, every few seconds while it runs, and when it is done. */
  readonly log: (line: string) => void;
  /** Ends the search, and with it a download or build that runs. */
  readonly signal?: AbortSignal | undefined;
  /** The ways to install, in their order. Default: the SDK's download, then `go install`. */
  readonly installers?: readonly Installer[];
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
 * The directory for what is installed once per machine and user: `dossier` in `$XDG_CACHE_HOME` or
 * `~/.cache`, on macOS in `~/Library/Caches`. Pure; a relative `XDG_CACHE_HOME` is ignored, as its specification says.
 */
export function defaultCacheDir(
  env: Readonly<Record<string, string | undefined>>,
  platform: NodeJS.Platform,
  home: string,
): string {
  if (env['XDG_CACHE_HOME']?.startsWith('/')) return join(env['XDG_CACHE_HOME'], 'dossier');
  return platform === 'darwin'
    ? join(home, 'Library', 'Caches', 'dossier')
    : join(home, '.cache', 'dossier');
}

/**
 * The absolute path of a `temporal` executable that runs here: `cliPath` if set; otherwise the first that works of
 * `temporal` on PATH, the one in the cache, and, put into the cache, the SDK's download and a build with Go.
 *
 * Quick (about 0.1 s) when there is one; a download depends on the network and a build takes 2 to 4 minutes.
 * Two starts at once may both install; each puts a whole file into place.
 *
 * @throws StartupError about `cliPath` alone when that is set and does not run; otherwise one that names every
 *   way tried, why it failed, and what to do
 * @throws the signal's reason when aborted; then no process of ours is left
 */
export async function findTemporalCli(options: FindTemporalCliOptions): Promise<string> {
  const { cliPath, path, cacheDir, signal } = options;
  const cached = join(resolve(cacheDir), `temporal-cli-${TEMPORAL_CLI_VERSION}`, 'temporal');
  if (cliPath) {
    return await verified(resolve(cliPath), signal).catch((error: Error) => {
      signal?.throwIfAborted();
      throw new StartupError(
        `TEMPORAL_CLI_PATH is ${cliPath}, but ${error.message}: correct it, or unset it to have one found.`,
      );
    });
  }
  const ways: [name: string, way: () => Promise<string>][] = [
    ['temporal on PATH', async () => verified(onPath('temporal', path), signal, OLDEST_SERVER)],
    [cached, () => verified(cached, signal)],
    ...(options.installers ?? [sdkDownload, goInstall]).map(
      (installer): [string, () => Promise<string>] => [
        installer.name,
        () => install(installer, cached, options),
      ],
    ),
  ];
  const failures: string[] = [];
  for (const [name, way] of ways) {
    signal?.throwIfAborted();
    try {
      return await way();
    } catch (error) {
      signal?.throwIfAborted();
      failures.push(`${name}: ${(error as Error).message}`);
    }
  }
  throw new StartupError(
    `There is no Temporal server to run. Tried: ${failures.join('; ')}. ` +
      'Install the Temporal CLI (https://docs.temporal.io/cli) or Go (https://go.dev/dl), ' +
      'set TEMPORAL_CLI_PATH to a temporal executable, or set TEMPORAL_ADDRESS to use a server that you have.',
  );
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

async function install(
  installer: Installer,
  cached: string,
  options: FindTemporalCliOptions,
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
  { log, signal, progressEvery = 5000 }: FindTemporalCliOptions,
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

/** Resolves with `file` when it is a Temporal CLI that runs; rejects with why not. */
async function verified(
  file: string,
  signal: AbortSignal | undefined,
  oldestServer = 0,
): Promise<string> {
  if (!existsSync(file)) fail('it does not exist');
  if (!isExecutable(file)) fail('it is not an executable file');
  const { stdout } = await promisify(execFile)(file, ['--version'], {
    timeout: VERIFY_DEADLINE_MS,
    killSignal: 'SIGKILL',
    signal,
  }).catch((error: { killed?: boolean; message: string }) =>
    error.killed === true
      ? fail(`"${file} --version" did not answer in ${VERIFY_DEADLINE_MS / 1000} s`)
      : fail(`"${file} --version" failed: ${error.message.trim().split('\n').at(-1)}`),
  );
  const server = /^temporal version .*\bserver 1\.(\d+)/i.exec(stdout)?.[1];
  if (server === undefined) fail(`"${file} --version" is not that of a Temporal CLI`);
  if (Number(server) < oldestServer) {
    fail(`${file} has server 1.${server}, tested is 1.${oldestServer} or later`);
  }
  return file;
}

function onPath(name: string, path: string | undefined): string {
  return (
    (path ?? '')
      .split(delimiter)
      .filter((dir) => dir !== '')
      .map((dir) => resolve(dir, name))
      .find(isExecutable) ?? fail(`there is no ${name} on PATH`)
  );
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

function fail(reason: string): never {
  throw new Error(reason);
}
