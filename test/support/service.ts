/** The service as its users run it: processes from the npm scripts, with their output, and a PostgreSQL for them. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { chown, mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, inject } from 'vitest';
import { awaitUntil } from './await-until.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** Settings of whoever runs the tests must not reach the processes under test. */
const SETTINGS =
  /^(HOST|PORT|API_PREFIX|DATA_DIR|DATABASE_URL|DOCUMENT_TYPES_DIR|DIRECTORY_FILE|LINK_SECRET|LINK_TTL|TRIGGERS|TRIGGER_FOLDER|SMTP_URL|MAIL_FROM|PUBLIC_URL|ORDER_.*|PAYMENT_URL|SHIPPING_URL|PROVIDER_SECRET|RETENTION|AUTH_MODE|LOG_LEVEL|NODE_ENV|NODE_OPTIONS|VITEST.*|TEMPORAL_.*|npm_.*)$/i;

type Env = Readonly<Record<string, string | undefined>>;

/** A program of this project that was started, and what became of it. */
export interface Running {
  readonly pid: number;
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** Resolves when it has ended and its output is complete. */
  readonly ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  /** It and all below it, from /proc; from the top down. */
  readonly tree: () => number[];
}

/** One that said that it is ready. */
export interface Service extends Running {
  /** Of the gateway; empty for a worker. */
  readonly url: string;
  /** Of the Temporal Web UI that it started, if any. */
  readonly uiUrl: string | undefined;
}

const undo: (() => unknown)[] = [];
afterAll(async () => {
  for (const one of undo.splice(0).toReversed()) await one();
});

/** Something to do when the tests of the file are over, however they end; the last first. */
export function onEnd(one: () => unknown): void {
  undo.push(one);
}

/** A new empty directory, removed at the end. */
export async function temporaryDir(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'dossier-e2e-'));
  onEnd(() => rm(dir, { recursive: true, force: true, maxRetries: 5 }));
  return dir;
}

/** Runs a command in the project's directory and in a process group of its own, as a terminal would. */
export function run([file, ...args]: readonly [string, ...string[]], env: Env = {}): Running {
  const inherited = Object.entries(process.env).filter(([name]) => !SETTINGS.test(name));
  const settings = { PORT: '0', TEMPORAL_PORT: '0', TEMPORAL_UI_PORT: '0', LOG_LEVEL: 'warn' };
  const child = spawn(file, args, {
    cwd: ROOT,
    env: {
      ...Object.fromEntries(inherited),
      ...settings,
      TEMPORAL_CLI_PATH: inject('temporalCli'),
      ...env,
    },
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const pid = child.pid ?? 0;
  const [stdout, stderr] = [collect(child, 'stdout'), collect(child, 'stderr')];
  const ended = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) => {
    child.once('close', (code, signal) => resolve({ code, signal }));
  });
  const seen = new Map<number, string>();
  const tree = (): number[] => {
    const pids = descendants(pid);
    for (const one of pids) seen.set(one, startOf(one) ?? '');
    return pids;
  };
  onEnd(() => {
    tree();
    // Also those whose parent has gone, as long as the pid is still theirs.
    for (const [one, start] of seen) if (startOf(one) === start) kill(one, 'SIGKILL');
  });
  return { pid, stdout, stderr, ended, tree };
}

function collect(child: ChildProcess, name: 'stdout' | 'stderr'): () => string {
  let text = '';
  child[name]?.setEncoding('utf8').on('data', (part: string) => (text += part));
  return () => text;
}

/** Runs a command to its end. @throws Error when it takes longer than `ms` */
export async function runToEnd(
  command: readonly [string, ...string[]],
  env: Env = {},
  ms = 20_000,
) {
  const running = run(command, env);
  const end = await within(`${command.join(' ')} to end`, ms, running.ended);
  return { ...end, stdout: running.stdout(), stderr: running.stderr() };
}

/** Starts `npm start`, `npm run worker` or `npm run api`, and resolves when the ready line is there. */
export async function startService(
  script: 'start' | 'worker' | 'api',
  env: Env = {},
): Promise<Service> {
  const running = run(['npm', 'run', script], env);
  let over = false;
  void running.ended.then(() => (over = true));
  const line = await awaitUntil(
    `npm run ${script} to be ready`,
    () => over || /^dossier: ready: .*$/m.exec(running.stdout())?.[0],
    // Four seconds on an idle machine; this only ends what hangs.
    90_000,
  );
  running.tree();
  if (line === true)
    throw new Error(`npm run ${script} ended:\n${running.stdout()}${running.stderr()}`);
  const url = /the API at (http:\/\/[^/\s]+)/.exec(line)?.[1] ?? '';
  return { ...running, url, uiUrl: /Web UI at (http:\/\/\S+)/.exec(line)?.[1] };
}

/** Sends the signal to each of these processes that is still there; `-pid` is a group. */
export function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended.
  }
}

/** Resolves when none of these processes is left. */
export async function allGone(pids: readonly number[], ms = 10_000): Promise<void> {
  const left = () => pids.filter((pid) => startOf(pid) !== undefined);
  await awaitUntil(`processes ${pids.join(', ')} to be gone`, () => left().length === 0, ms).catch(
    () => {
      throw new Error(
        `after ${ms} ms still there: ${left()
          .map((pid) => `${pid} ${commandOf(pid)}`)
          .join('; ')}`,
      );
    },
  );
}

/** The command line of a process. */
export function commandOf(pid: number): string {
  return read(`/proc/${pid}/cmdline`)?.replaceAll('\0', ' ').trim() ?? '';
}

function descendants(root: number): number[] {
  const children = new Map<number, number[]>();
  for (const name of readdirSync('/proc').filter((one) => /^\d+$/.test(one))) {
    const parent = Number(statOf(Number(name))?.[1] ?? -1);
    children.set(parent, [...(children.get(parent) ?? []), Number(name)]);
  }
  const found = startOf(root) === undefined ? [] : [root];
  for (const pid of found) found.push(...(children.get(pid) ?? []));
  return found;
}

/** When a process began, in clock ticks; undefined when it has ended. */
function startOf(pid: number): string | undefined {
  const stat = statOf(pid);
  return stat === undefined || stat[0] === 'Z' ? undefined : stat[19];
}

/** The fields of /proc/{pid}/stat behind the name: state, parent, ... */
function statOf(pid: number): string[] | undefined {
  const stat = read(`/proc/${pid}/stat`);
  return stat?.slice(stat.lastIndexOf(') ') + 2).split(' ');
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

/** The promise's value. @throws Error when it takes longer */
export async function within<T>(what: string, ms: number, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`not within ${ms} ms: ${what}`)), ms);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** A port that nobody listens on at the moment. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Holds a port until the end of the file. */
export async function takePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onEnd(() => server.close());
  return (server.address() as AddressInfo).port;
}

/** Whether somebody accepts connections there. */
export async function isListening(url: string): Promise<boolean> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    const socket = connect({ host: hostname, port: Number(port) });
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

/** Makes `port` here lead to `target` (host:port), as if that server had only now appeared. */
export async function relay(port: number, target: string): Promise<void> {
  const [host = '', targetPort] = target.split(':');
  const sockets = new Set<Socket>();
  const server = createServer((incoming) => {
    const outgoing = connect({ host, port: Number(targetPort) });
    for (const socket of [incoming, outgoing]) {
      sockets.add(socket);
      socket.on('error', () => {}).on('close', () => sockets.delete(socket));
    }
    incoming.pipe(outgoing).pipe(incoming);
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  onEnd(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
}

/** A PostgreSQL of this file's own: its binaries, and an empty database on `port`. */
export async function startPostgres(port: number): Promise<{ url: string }> {
  const bin = postgresBinaries();
  const dir = await temporaryDir();
  // PostgreSQL refuses to run as root.
  const [uid, gid] = process.getuid?.() === 0 ? [65_534, 65_534] : [undefined, undefined];
  if (uid !== undefined && gid !== undefined) await chown(dir, uid, gid);
  const as = uid === undefined ? {} : { uid, gid };
  const data = join(dir, 'data');
  execFileSync(
    join(bin, 'initdb'),
    ['-D', data, '-U', 'postgres', '-A', 'trust', '--no-sync', '-E', 'UTF8', '--no-locale'],
    {
      ...as,
      cwd: dir,
      stdio: 'pipe',
    },
  );
  const settings = {
    port,
    fsync: 'off',
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
  };
  const server = spawn(
    join(bin, 'postgres'),
    [
      '-D',
      data,
      ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    ],
    { ...as, cwd: dir, stdio: 'ignore' },
  );
  const gone = new Promise((resolve) => server.once('close', resolve));
  onEnd(async () => {
    server.kill('SIGQUIT');
    await gone;
  });
  await awaitUntil('PostgreSQL to listen', () => isListening(`http://127.0.0.1:${port}`));
  return { url: `postgres://postgres@127.0.0.1:${port}/postgres` };
}

function postgresBinaries(): string {
  const debian = '/usr/lib/postgresql';
  const candidates = [
    ...pgConfig(),
    ...(existsSync(debian)
      ? readdirSync(debian)
          .sort()
          .toReversed()
          .map((one) => join(debian, one, 'bin'))
      : []),
  ];
  const found = candidates.find(
    (dir) => existsSync(join(dir, 'initdb')) && existsSync(join(dir, 'postgres')),
  );
  if (found !== undefined) return found;
  throw new Error(
    'This test needs PostgreSQL: install it (Debian: apt-get install postgresql), or put its pg_config on PATH.',
  );
}

function pgConfig(): string[] {
  try {
    return [
      execFileSync('pg_config', ['--bindir'], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      }).trim(),
    ];
  } catch {
    return [];
  }
}

/** A request over the network; the answer with its JSON body. */
export async function send(
  method: string,
  url: string,
  body?: unknown,
  { user, ...more }: { user?: string; signal?: AbortSignal } = {},
) {
  const response = await fetch(url, {
    method,
    headers: {
      ...(user === undefined ? {} : { 'x-user': user }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    ...more,
  });
  const text = await response.text();
  const isJson = /json/.test(response.headers.get('content-type') ?? '') && text !== '';
  return {
    status: response.status,
    headers: response.headers,
    text,
    body: isJson ? JSON.parse(text) : undefined,
  };
}
