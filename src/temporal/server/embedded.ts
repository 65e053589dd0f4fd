import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Connection } from '@temporalio/client';
import proto from '@temporalio/proto'; // CommonJS, of which Node finds no named exports
import { StartupError } from '../../startup-error.ts';
import { lastMeaningfulLine, readFrom, sizeOf } from './log-file.ts';
import {
  type ProcessIdentity,
  identify,
  isAlive,
  parseIdentity,
  signalGroup,
} from './process-identity.ts';
import { type Ports, freePorts } from './ports.ts';
import { startWatchdog } from './watchdog.ts';

/** What {@link startEmbeddedServer} starts, and where. */
export interface EmbeddedServerOptions {
  /** The `temporal` executable, from `findTemporalCli`. */
  readonly executable: string;
  /** Holds temporal.db, temporal.log and temporal.json. Must exist and be locked by this process. */
  readonly dataDir: string;
  /** gRPC port on 127.0.0.1; 0 picks a free one. */
  readonly port: number;
  /** Port of the Temporal Web UI on 127.0.0.1; 0 picks a free one. */
  readonly uiPort: number;
  /** Created if it is not there. */
  readonly namespace: string;
  /** How long the namespace keeps closed workflows, in milliseconds, at least an hour. Default: as it was, 24 h when new. */
  readonly retention?: number | undefined;
  /** Gets a line when an orphan of an earlier start is stopped. */
  readonly log: (line: string) => void;
  /** Ends the start, not the server once it has started. */
  readonly signal?: AbortSignal | undefined;
}

/** A Temporal server of this process. */
export interface EmbeddedServer {
  /** `127.0.0.1:port`, for a Temporal client. */
  readonly address: string;
  /** Of the Temporal Web UI. */
  readonly uiUrl: string;
  readonly pid: number;
  /** Resolves when the server ends, by `stop` or by itself; never rejects. Does not keep this process alive. */
  readonly exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  /**
   * Ends the server (SIGTERM, after 10 s SIGKILL; usually 1 to 2 s) and resolves when none of its processes
   * is left. May be called again, also after it ended by itself.
   */
  stop(): Promise<void>;
}

const READY_DEADLINE_MS = 30_000;
const STOP_DEADLINE_MS = 10_000;
const MAX_LOG_BYTES = 10_000_000;

/** Values are JSON. Each was measured: the design page says what it gains. */
const DYNAMIC_CONFIG = [
  'history.transferProcessorMaxPollRPS=2000',
  'system.enableActivityEagerExecution=true',
  'history.transferProcessorUpdateAckInterval="1s"',
  'history.visibilityProcessorUpdateAckInterval="1s"',
];

/**
 * Starts the Temporal dev server on its database in `dataDir` and resolves when it serves the namespace.
 *
 * It does not outlive this process: a watchdog ends it even after SIGKILL, and should that fail, the next
 * start on the same `dataDir` stops it first, because two servers on one SQLite file corrupt it.
 * Everything that it ran goes on when it is started again.
 *
 * @throws StartupError when a port is taken, when the server ends while it starts, or when it is not ready in 30 s
 * @throws the signal's reason when aborted. In all cases no process of ours is left
 */
export async function startEmbeddedServer(options: EmbeddedServerOptions): Promise<EmbeddedServer> {
  const { signal, namespace, retention } = options;
  const dataDir = resolve(options.dataDir);
  await stopOrphan(dataDir, options.log);
  const ports = await freePorts(options.port, options.uiPort);
  signal?.throwIfAborted();
  const { server, logTail } = launch({ ...options, dataDir }, ports);
  const deadline = AbortSignal.timeout(READY_DEADLINE_MS);
  const quit = AbortSignal.any(signal === undefined ? [deadline] : [deadline, signal]);
  try {
    await untilServing(server, namespace, retention, quit, logTail);
    return server;
  } catch (error) {
    const ended = !signalGroup(server.pid, 0);
    await server.stop();
    signal?.throwIfAborted();
    if (error instanceof StartupError) throw error;
    const { message } = error as Error;
    const what = ended
      ? `ended while it started: ${lastMeaningfulLine(logTail()) ?? message}`
      : `was not ready after 30 s: ${message}`;
    throw new StartupError(
      `The embedded Temporal server ${what} (its log is ${join(dataDir, 'temporal.log')}).`,
      { cause: error },
    );
  }
}

/** Starts the process together with all that makes sure it ends. */
function launch(
  options: EmbeddedServerOptions,
  { port, uiPort }: Ports,
): { server: EmbeddedServer; logTail: () => string } {
  const { dataDir } = options;
  const logFile = join(dataDir, 'temporal.log');
  const logStart = sizeOf(logFile) > MAX_LOG_BYTES ? 0 : sizeOf(logFile);
  const output = openSync(logFile, logStart === 0 ? 'w' : 'a', 0o600);
  // The shell becomes the server only when it reads "go", which it gets when temporal.json and the watchdog
  // know its pid: killed at any moment, we leave either nothing or what the next of the two will end.
  const gate = 'read -r word && [ "$word" = go ] && exec "$@" </dev/null';
  const child = spawn('/bin/sh', ['-c', gate, 'sh', ...commandLine(options, { port, uiPort })], {
    detached: true,
    stdio: ['pipe', output, output],
  });
  closeSync(output);
  child.on('error', () => {}); // seen below as the missing identity
  child.stdin?.on('error', () => {}); // it ended before it read: seen as its exit
  child.unref();
  const exited = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((done) => {
    child.on('exit', (code, signal) => done({ code, signal }));
  });
  const identity = child.pid === undefined ? undefined : identify(child.pid);
  if (identity === undefined) throw new StartupError('Cannot run /bin/sh to start Temporal.');
  const record = join(dataDir, 'temporal.json');
  try {
    writeFileSync(record, JSON.stringify({ ...identity, port, uiPort }), { mode: 0o600 });
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  }
  const watchdog = startWatchdog(identity);
  child.stdin?.end('go\n');
  const stop = async () => {
    await endGroup(identity);
    watchdog.dismiss();
    rmSync(record, { force: true });
  };
  let stopping: Promise<void> | undefined;
  const server: EmbeddedServer = {
    address: `127.0.0.1:${port}`,
    uiUrl: `http://127.0.0.1:${uiPort}`,
    pid: identity.pid,
    exited,
    stop: () => (stopping ??= stop()),
  };
  return { server, logTail: () => readFrom(logFile, logStart) };
}

function commandLine(options: EmbeddedServerOptions, { port, uiPort }: Ports): string[] {
  const flags = {
    '--ip': '127.0.0.1',
    '--port': String(port),
    '--ui-port': String(uiPort),
    '--db-filename': join(options.dataDir, 'temporal.db'),
    '--namespace': options.namespace,
    '--log-level': 'warn',
    '--log-format': 'json',
  };
  return [
    options.executable,
    'server',
    'start-dev',
    ...Object.entries(flags).flat(),
    ...DYNAMIC_CONFIG.flatMap((value) => ['--dynamic-config-value', value]),
  ];
}

/**
 * Resolves when *our* server answers for the namespace. An answer alone is no proof: another server could
 * have taken the port since it was checked. But then ours ends before it prints its address (measured: 0.2 s
 * after the start); so the address is waited for first, for 5 s in case another release prints none.
 */
async function untilServing(
  { address, exited }: EmbeddedServer,
  namespace: string,
  retention: number | undefined,
  quit: AbortSignal,
  logTail: () => string,
): Promise<void> {
  let over: Error | undefined;
  void exited.then(() => (over = new Error('it ended')));
  const pause = async () => {
    await delay(20, undefined, { signal: quit });
    if (over !== undefined) throw over;
  };
  const banner = new RegExp(`server:\\s+\\S+:${address.split(':')[1]}\\b`, 'i');
  const patience = Date.now() + 5000;
  while (!banner.test(logTail()) && Date.now() < patience) await pause();
  for (;;) {
    try {
      await serveNamespace(address, namespace, retention);
      return await pause(); // still ours and alive
    } catch (error) {
      if (error instanceof StartupError) throw error;
      await pause().catch(() => {
        throw error; // says more than that the time is up
      });
    }
  }
}

async function serveNamespace(
  address: string,
  namespace: string,
  retention: number | undefined,
): Promise<void> {
  const connection = await Connection.connect({ address, connectTimeout: 1000 });
  try {
    await connection.withDeadline(Date.now() + 2000, async () => {
      const { config } = await connection.workflowService.describeNamespace({ namespace });
      const seconds = retention === undefined ? undefined : Math.ceil(retention / 1000);
      if (seconds === undefined) return;
      if (config?.workflowExecutionRetentionTtl?.seconds?.toNumber() === seconds) return;
      const workflowExecutionRetentionTtl = proto.google.protobuf.Duration.fromObject({
        seconds,
      });
      await connection.workflowService
        .updateNamespace({ namespace, config: { workflowExecutionRetentionTtl } })
        .catch((error: { code?: number; details?: string; message: string }) => {
          if (error.code !== 3) throw error; // INVALID_ARGUMENT
          throw new StartupError(`RETENTION is refused by Temporal: ${error.details}`);
        });
    });
  } finally {
    await connection.close();
  }
}

/** A server that an earlier start left behind and that is proven to be that one; any other process is left alone. */
async function stopOrphan(dataDir: string, log: (line: string) => void): Promise<void> {
  const record = join(dataDir, 'temporal.json');
  let orphan: ProcessIdentity | undefined;
  try {
    orphan = parseIdentity(JSON.parse(readFileSync(record, 'utf8')));
  } catch {
    // none, or cut short by a power failure, after which no process is left either
  }
  if (orphan === undefined || !isAlive(orphan)) return;
  log(`stopping the Temporal server that an earlier start left behind (process ${orphan.pid})`);
  await endGroup(orphan);
  rmSync(record, { force: true });
}

/** Ends the group of a leader that is still itself, and resolves when no process of the group is left. */
async function endGroup(leader: ProcessIdentity): Promise<void> {
  if (!isAlive(leader)) return; // its group id may be somebody else's by now
  // From here on the group is looked at, not the leader: a wrapper ends at once, the server that it started does not.
  const gone = async (within: number) => {
    const deadline = Date.now() + within;
    while (signalGroup(leader.pid, 0) && Date.now() < deadline) await delay(20);
    return !signalGroup(leader.pid, 0);
  };
  signalGroup(leader.pid, 'SIGTERM');
  if (await gone(STOP_DEADLINE_MS)) return;
  signalGroup(leader.pid, 'SIGKILL');
  await gone(STOP_DEADLINE_MS);
}
