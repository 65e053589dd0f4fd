/** What every process of ours has in common: how it starts, explains why it cannot, and ends. */
import { readFileSync } from 'node:fs';
import type { NativeConnectionOptions } from '@temporalio/worker';
import pino, { type Logger } from 'pino';
import { loadConfig, type Config } from './config.ts';
import { StartupError } from './startup-error.ts';

export interface Process {
  readonly config: Config;
  /** JSON lines on stderr; stdout is for people. */
  readonly log: Logger;
  /** Aborted as soon as the process is to end, also while it is still starting. */
  readonly stopping: AbortSignal;
  /** What to undo at the end, in reverse order; also when a later step of the start fails. */
  readonly onStop: (undo: () => Promise<unknown> | void) => void;
  /** Ends the process with a failure, after everything was undone. */
  readonly fail: (reason: unknown) => void;
}

/** Our version, from package.json. */
export const version: string = (
  JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
    version: string;
  }
).version;

/**
 * Runs `start`, then keeps running until SIGTERM, SIGINT or a failure, then undoes what was started and exits: 0 after a
 * signal, 1 after a failure. A StartupError is told in one line. While it ends, further signals are ignored for two
 * seconds (a terminal and npm may both send one), after that they end it at once.
 */
export async function runProcess(start: (process: Process) => Promise<void>): Promise<void> {
  const undo: (() => Promise<unknown> | void)[] = [];
  const stop = new AbortController();
  const ended = new Promise<unknown>((resolve) =>
    stop.signal.addEventListener('abort', () => resolve(stop.signal.reason)),
  );
  let log: Logger | undefined;
  let reason: unknown;
  try {
    const config = loadConfig();
    log = pino({ level: config.logLevel, base: null }, pino.destination({ fd: 2, sync: true }));
    watchSignals(stop);
    if (config.endWithParent) watchParent(stop);
    await start({
      config,
      log,
      stopping: stop.signal,
      onStop: (one) => undo.push(one),
      fail: (why) => stop.abort(why),
    });
    reason = await ended;
  } catch (error) {
    reason = stop.signal.aborted ? stop.signal.reason : error;
    stop.abort(reason);
  }
  for (const one of undo.toReversed()) {
    await Promise.resolve(one()).catch((error: unknown) =>
      log?.error({ err: error }, 'could not be stopped cleanly'),
    );
  }
  process.exit(explain(reason));
}

/** What a stop that somebody asked for carries as its reason. */
class Asked {
  readonly by: string;

  constructor(by: string) {
    this.by = by;
  }
}

/** Tells why the process ends, unless somebody asked for it; returns the exit code. */
function explain(reason: unknown): number {
  if (reason instanceof Asked) return 0;
  if (reason instanceof StartupError) console.error(`dossier: ${reason.message}`);
  else console.error('dossier: ended by a defect:', reason);
  return 1;
}

function watchSignals(stop: AbortController): void {
  let since: number | undefined;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (since === undefined) {
        since = Date.now();
        stop.abort(new Asked(signal));
      } else if (Date.now() - since > 2_000) process.exit(1);
    });
  }
}

/** npm killed by SIGKILL cannot end us; but our parent is then another process. */
function watchParent(stop: AbortController): void {
  const parent = process.ppid;
  const check = (): void => {
    if (process.ppid !== parent) stop.abort(new Asked('the end of npm'));
  };
  setInterval(check, 1_000).unref();
}

/**
 * The servers that a single process of a larger installation needs: nothing is embedded there, because an embedded
 * database has one opener only.
 * @throws StartupError
 */
export function requireServers({ temporal, databaseUrl }: Config): {
  connection: NativeConnectionOptions;
  databaseUrl: string;
} {
  const { connection } = temporal;
  if (connection && databaseUrl !== undefined) return { connection, databaseUrl };
  throw new StartupError(
    'needs TEMPORAL_ADDRESS and DATABASE_URL; "npm start" runs everything in one process without them',
  );
}
