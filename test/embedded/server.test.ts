import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { type Server, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Client, Connection } from '@temporalio/client';
import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  inject,
  it,
  vi,
} from 'vitest';
import { builtFile } from '../../src/paths.ts';
import { StartupError } from '../../src/startup-error.ts';
import {
  type EmbeddedServer,
  type EmbeddedServerOptions,
  startEmbeddedServer,
} from '../../src/temporal/server/embedded.ts';
import {
  type ProcessIdentity,
  identify,
  isAlive,
  signalGroup,
} from '../../src/temporal/server/process-identity.ts';

const DAYS = 24 * 60 * 60 * 1000;

let temporary: string;
let executable: string;
let dataDir: string;
let lines: string[];
const servers: EmbeddedServer[] = [];
const processes: ChildProcess[] = [];

beforeAll(() => {
  temporary = mkdtempSync(join(tmpdir(), 'dossier-'));
  executable = inject('temporalCli');
});
afterAll(() => {
  expect(processesAbout(temporary)).toEqual([]);
  rmSync(temporary, { recursive: true });
});

beforeEach(() => {
  dataDir = mkdtempSync(join(temporary, 'data-'));
  lines = [];
});
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.stop()));
  for (const child of processes.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    signalGroup(child.pid, 'SIGKILL');
    await once(child, 'exit');
  }
});

describe('an embedded server', { timeout: 30_000 }, () => {
  it('serves gRPC and the Web UI, and leaves nothing but its database and log', async () => {
    const server = await start();
    const identity = identify(server.pid)!;
    const connection = await Connection.connect({ address: server.address });
    expect(await connection.healthService.check({})).toMatchObject({ status: 1 });
    await connection.close();
    expect((await fetch(server.uiUrl)).status).toBe(200);
    expect(recorded()).toMatchObject(identity);
    expect(statSync(join(dataDir, 'temporal.json')).mode & 0o077).toBe(0);
    expect(watchdogOf(server.pid)).toHaveLength(1);

    await Promise.all([server.stop(), server.stop()]);

    expect(await server.exited).toEqual({ code: 0, signal: null });
    expect(isAlive(identity)).toBe(false);
    await vi.waitFor(() => expect(watchdogOf(server.pid)).toEqual([]));
    for (const address of [server.address, server.uiUrl]) await (await listen(address)).end();
    expect(readdirSync(dataDir).toSorted()).toEqual(['temporal.db', 'temporal.log']);
  });

  it('goes on with a running workflow on the same directory', async () => {
    const first = await start();
    await withClient(first, async ({ workflow }) => {
      await workflow.start('NobodyRunsThis', { workflowId: 'waits', taskQueue: 'empty' });
    });
    await first.stop();
    const second = await start();
    await withClient(second, async ({ workflow }) => {
      expect((await workflow.getHandle('waits').describe()).status.name).toBe('RUNNING');
    });
  });

  it('keeps closed workflows as long as told, and serves a namespace that is new to the database', async () => {
    const first = await start({ namespace: 'first', retention: 30 * DAYS });
    expect(await retentionOf(first, 'first')).toBe(30 * DAYS);
    await first.stop();
    const second = await start({ namespace: 'second' });
    expect(await retentionOf(second, 'first')).toBe(30 * DAYS);
    expect(await retentionOf(second, 'second')).toBe(1 * DAYS);
  });

  it('tells when it ends by itself, and stop() is still welcome', async () => {
    const server = await start();
    process.kill(server.pid, 'SIGKILL');
    expect(await server.exited).toEqual({ code: null, signal: 'SIGKILL' });
    await server.stop();
    expect(existsSync(join(dataDir, 'temporal.json'))).toBe(false);
    await vi.waitFor(() => expect(watchdogOf(server.pid)).toEqual([]));
  });

  it('is stopped whole when the executable is a wrapper that starts it', async () => {
    const wrapper = script('temporal-wrapper', `"${executable}" "$@"\nexit $?`);
    const server = await start({ executable: wrapper });
    await server.stop();
    expect(processesAbout(dataDir)).toEqual([]);
  });

  it('starts its log anew when that has become large', async () => {
    writeFileSync(join(dataDir, 'temporal.log'), 'x'.repeat(10_000_001));
    await (await start()).stop();
    expect(statSync(join(dataDir, 'temporal.log')).size).toBeLessThan(100_000);
    writeFileSync(join(dataDir, 'temporal.log'), 'kept\n');
    await start();
    expect(readFileSync(join(dataDir, 'temporal.log'), 'utf8')).toMatch(/^kept\n.*Server/s);
  });
});

describe('when its parent is killed', { timeout: 30_000 }, () => {
  it('the watchdog ends the server, and the next start goes on', async () => {
    const { parent, server } = await startParent();
    parent.kill('SIGKILL');
    await vi.waitFor(() => expect(isAlive(server)).toBe(false), { timeout: 8000 });
    await vi.waitFor(() => expect(watchdogOf(server.pid)).toEqual([]), { timeout: 8000 });
    await start({ port: server.port, uiPort: server.uiPort });
    expect(lines).toEqual([]);
  });

  it('the watchdog kills a server that does not end', async () => {
    const stubborn = script(
      'temporal-stubborn',
      `trap '' TERM\n"${executable}" "$@" &\nwait\nsleep 60`,
    );
    const { parent, server } = await startParent(stubborn);
    parent.kill('SIGKILL');
    await vi.waitFor(() => expect(signalGroup(server.pid, 0)).toBe(false), { timeout: 15_000 });
  });

  it('and the watchdog with it, the next start stops the orphan first', async () => {
    const { parent, server } = await startParent();
    for (const watchdog of watchdogOf(server.pid)) process.kill(watchdog, 'SIGKILL');
    parent.kill('SIGKILL');
    await once(parent, 'exit');
    expect(isAlive(server)).toBe(true);
    const next = await start({ port: server.port, uiPort: server.uiPort });
    expect(isAlive(server)).toBe(false);
    expect(next.address).toBe(`127.0.0.1:${server.port}`);
    expect(lines).toEqual([expect.stringContaining(`left behind (process ${server.pid})`)]);
  });

  it('a process that has the pid of the old server now is left alone', async () => {
    const bystander = spawn('sleep', ['60'], { detached: true });
    processes.push(bystander);
    const record = { pid: bystander.pid, startedAt: 'earlier', port: 1, uiPort: 2 };
    writeFileSync(join(dataDir, 'temporal.json'), JSON.stringify(record));
    const server = await start();
    expect(identify(bystander.pid!)).toBeDefined();
    expect(recorded().pid).toBe(server.pid);
  });
});

describe('a start that cannot succeed', { timeout: 30_000 }, () => {
  it.each(['TEMPORAL_PORT', 'TEMPORAL_UI_PORT'])('because %s is taken says so', async (name) => {
    const { port, end } = await listen('127.0.0.1:0');
    const options = name === 'TEMPORAL_PORT' ? { port } : { uiPort: port };
    const message = await refusal(options);
    expect(message).toMatch(
      new RegExp(`^Port ${port} is taken by another program: .* set ${name} to another port`),
    );
    expect(readdirSync(dataDir)).toEqual([]);
    await end();
  });

  it('never takes another Temporal server on its port for its own', async () => {
    const other = await start();
    const elsewhere = mkdtempSync(join(temporary, 'data-'));
    const port = Number(other.address.split(':')[1]);
    expect(await refusal({ port, dataDir: elsewhere })).toContain(`Port ${port} is taken`);
  });

  it('because the server ends says why, from its log', async () => {
    const failing = script(
      'temporal-failing',
      `echo '{"level":"ERROR","msg":"no luck","error":"disk is full"}'
      echo 'panic: oh'; echo 'goroutine 1 [running]:' >&2; exit 3`,
    );
    expect(await refusal({ executable: failing })).toMatch(
      /^The embedded Temporal server ended while it started: no luck: disk is full \(its log is .*temporal\.log\)\.$/,
    );
    expect(await refusal({ executable: join(temporary, 'missing') })).toMatch(/not found|No such/);
    expect(readdirSync(dataDir)).toEqual(['temporal.log']);
  });

  it('because the database is broken says so', async () => {
    mkdirSync(join(dataDir, 'temporal.db'));
    expect(await refusal({})).toMatch(/ended while it started: .*(database|directory|sqlite)/i);
  });

  it('because it is aborted leaves nothing', async () => {
    const silent = script('temporal-silent', 'exec sleep 60');
    const controller = new AbortController();
    const starting = start({ executable: silent, signal: controller.signal });
    const { pid } = await vi.waitFor(recorded);
    controller.abort(new Error('Ctrl-C'));
    await expect(starting).rejects.toThrow('Ctrl-C');
    expect(identify(pid)).toBeUndefined();
    expect(existsSync(join(dataDir, 'temporal.json'))).toBe(false);
    await vi.waitFor(() => expect(watchdogOf(pid)).toEqual([]));
  });

  it('because the retention is not to Temporal’s liking says so', async () => {
    expect(await refusal({ retention: 1000 })).toMatch(/^RETENTION is refused by Temporal: .+/);
  });
});

async function start(options: Partial<EmbeddedServerOptions> = {}): Promise<EmbeddedServer> {
  const server = await startEmbeddedServer({
    executable,
    dataDir,
    port: 0,
    uiPort: 0,
    namespace: 'default',
    log: (line) => lines.push(line),
    ...options,
  });
  servers.push(server);
  return server;
}

async function refusal(options: Partial<EmbeddedServerOptions>): Promise<string> {
  const error: unknown = await start(options).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(StartupError);
  expect((error as Error).message).not.toContain('\n');
  return (error as Error).message;
}

interface Recorded extends ProcessIdentity {
  readonly port: number;
  readonly uiPort: number;
}

function recorded(): Recorded {
  return JSON.parse(readFileSync(join(dataDir, 'temporal.json'), 'utf8')) as Recorded;
}

/** A process of its own that starts a server on `dataDir` and then waits to be killed. */
async function startParent(exe = executable): Promise<{ parent: ChildProcess; server: Recorded }> {
  // Built, because Node 20 runs no TypeScript and only another process can be killed.
  const module = builtFile('temporal/server/embedded.js');
  const options = { executable: exe, dataDir, port: 0, uiPort: 0, namespace: 'default' };
  const code = `
    import { startEmbeddedServer } from ${JSON.stringify(module)};
    await startEmbeddedServer({ ...${JSON.stringify(options)}, log: console.error });
    console.log('ready');
    setInterval(() => {}, 1000);`;
  const parent = spawn(process.execPath, ['--input-type=module', '-e', code], {
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  processes.push(parent);
  const lines = createInterface({ input: parent.stdout })[Symbol.asyncIterator]();
  expect(await lines.next()).toEqual({ done: false, value: 'ready' });
  return { parent, server: recorded() };
}

async function withClient(
  { address }: EmbeddedServer,
  use: (client: Client) => Promise<void>,
): Promise<void> {
  const connection = await Connection.connect({ address });
  try {
    await use(new Client({ connection }));
  } finally {
    await connection.close();
  }
}

async function retentionOf(server: EmbeddedServer, namespace: string): Promise<number> {
  let seconds = Number.NaN;
  await withClient(server, async ({ workflowService }) => {
    const { config } = await workflowService.describeNamespace({ namespace });
    seconds = Number(config?.workflowExecutionRetentionTtl?.seconds);
  });
  return seconds * 1000;
}

/** Binds the port of an address or URL on 127.0.0.1, which fails while another has it. */
async function listen(address: string): Promise<{ port: number; end: () => Promise<unknown> }> {
  const server: Server = createServer().listen(Number(/\d+$/.exec(address)![0]), '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  return { port, end: () => once(server.close(), 'close') };
}

function watchdogOf(pid: number): number[] {
  return processesAbout(`dossier-watchdog ${pid} `);
}

function processesAbout(text: string): number[] {
  return execFileSync('ps', ['-A', '-o', 'pid=,args='], { encoding: 'utf8' })
    .split('\n')
    .filter((line) => line.includes(text))
    .map((line) => Number.parseInt(line, 10));
}

function script(name: string, body: string): string {
  const file = join(temporary, name);
  writeFileSync(file, `#!/bin/sh\n${body}\n`, { mode: 0o755 });
  return file;
}
