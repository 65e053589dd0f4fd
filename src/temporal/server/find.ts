import { join, resolve } from 'node:path';
import { StartupError } from '../../startup-error.ts';
import { onPath, verified } from './executable.ts';
import {
  type InstallContext,
  type Installer,
  TEMPORAL_CLI_VERSION,
  goInstall,
  install,
  sdkDownload,
} from './install.ts';

/** The minor version of the oldest server that a `temporal` found by chance may have: nothing older was tried. */
const OLDEST_SERVER = 29;

/** What {@link findTemporalCli} needs to know; it reads no environment variable itself. */
export interface FindTemporalCliOptions extends InstallContext {
  /** `TEMPORAL_CLI_PATH`. When set, nothing else is tried. */
  readonly cliPath?: string | undefined;
  /** Where an executable is kept once it was downloaded or built, usually {@link defaultCacheDir}. Created when needed. */
  readonly cacheDir: string;
  /** The ways to install, in their order. Default: the SDK's download, then `go install`. */
  readonly installers?: readonly Installer[];
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
