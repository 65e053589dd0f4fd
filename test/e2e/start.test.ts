/** The processes: how they start, why they refuse to, how they end, and that nothing is lost on the way. */
import { chmod, mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { randomUUID } from 'node:crypto';
import { Agent, request as httpRequest } from 'node:http';
import { Client } from 'pg';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { awaitUntil } from '../support/await-until.ts';
import {
  allGone,
  commandOf,
  freePort,
  isListening,
  kill,
  onEnd,
  relay,
  run,
  runToEnd,
  send,
  startPostgres,
  startService,
  takePort,
  temporaryDir,
  within,
  type Service,
} from '../support/service.ts';

const NODE = process.execPath;
const START = ['node', 'scripts/start.mjs'] as const;
const feedback = { feedback: 'Convincing', isPassed: true };

describe('npm start', { timeout: 60_000 }, () => {
  let dataDir: string;
  let document: string;
  const resume = () => startService('start', { DATA_DIR: dataDir });

  it('answers, and lets nobody else have its DATA_DIR', async () => {
    dataDir = join(await temporaryDir(), 'data');
    const service = await resume();
    const created = await send('POST', `${service.url}/api/documents`, {
      type: 'employee-onboarding',
      title: 'Ada',
    });
    expect(created.status).toBe(201);
    document = created.headers.get('location') ?? '';
    const filled = await send(
      'PUT',
      `${service.url}${document}/sections/InterviewFeedback`,
      feedback,
      { user: 'hr' },
    );
    expect(filled.status).toBe(200);

    const second = await runToEnd(START, { DATA_DIR: dataDir });
    expectOneLine(second, /DATA_DIR .* in use by process \d+/);
    expect((await send('GET', `${service.url}/readyz`)).status).toBe(200);

    // The whole tree at once, the watchdog first, so that nothing is left that could tidy up.
    const tree = service.tree();
    expect(
      tree.map(commandOf).filter((command) => /dossier-watchdog|server start-dev/.test(command)),
    ).toHaveLength(2);
    for (const pid of tree.toReversed()) kill(pid, 'SIGKILL');
    await allGone(tree);
  });

  it('goes on after a SIGKILL of everything', async () => {
    const service = await resume();
    const event = await send(
      'POST',
      `${service.url}${document}/events/BackgroundCheckFeedback`,
      feedback,
      { user: 'bc' },
    );
    expect(event.status).toBe(202);
    await awaitUntil('the event to be taken in', async () => {
      const { body } = await send('GET', `${service.url}${document}`);
      return body.progress.done === 2;
    });

    // npm alone: the node process notices and ends everything.
    const tree = service.tree();
    kill(service.pid, 'SIGKILL');
    await allGone(tree);
    expect(await isListening(service.url)).toBe(false);
  });

  it('goes on after a SIGKILL of npm', async () => {
    const service = await resume();
    const filled = await send(
      'PUT',
      `${service.url}${document}/sections/ContractFeedback`,
      feedback,
      { user: 'legal' },
    );
    expect(filled.status).toBe(200);

    // The node process alone. The next start comes at once, while the watchdog may still be ending the server.
    kill(nodeOf(service), 'SIGKILL');
    const { code } = await within('npm to end', 5_000, service.ended);
    expect(code).not.toBe(0);
  });

  it('goes on after a SIGKILL of its node process, and has lost nothing', async () => {
    const service = await resume();
    const approved = await send(
      'POST',
      `${service.url}${document}/approve`,
      { reason: 'Welcome' },
      { user: 'boss' },
    );
    expect(approved.body).toMatchObject({ state: 'approved', progress: { done: 3, total: 3 } });
    const entries = await awaitUntil('the history to be complete', async () => {
      const { body } = await send('GET', `${service.url}${document}/history`);
      return body._embedded.entries.length >= 7 && body._embedded.entries;
    });
    expect(
      entries.map((entry: { by: string; command: string; accepted: boolean }) => [
        entry.by,
        entry.command,
        entry.accepted,
      ]),
    ).toEqual([
      ['dev', 'create', true],
      ['hr', 'fill InterviewFeedback', true],
      ['bc', 'fill BackgroundCheckFeedback', true],
      ['legal', 'fill ContractFeedback', true],
      ['legal', 'submit', true],
      ['system', 'ask', true],
      ['boss', 'approve', true],
    ]);
    await endsBy(service, () => kill(service.pid, 'SIGTERM'));
  });

  it.each([
    ['SIGINT to the process group, as a terminal sends it', (pid: number) => kill(-pid, 'SIGINT')],
    ['SIGTERM to the process group', (pid: number) => kill(-pid, 'SIGTERM')],
    ['SIGINT to npm', (pid: number) => kill(pid, 'SIGINT')],
  ])('ends by %s', async (_name, end) => {
    const service = await resume();
    const { status, body } = await send('GET', `${service.url}${document}`);
    expect([status, body.state]).toEqual([200, 'approved']);
    await endsBy(service, () => end(service.pid));
  });

  /** Ends with 0, within seconds, and nothing is left. */
  async function endsBy(service: Service, end: () => void): Promise<void> {
    const [tree, node] = [service.tree(), nodeOf(service)];
    expect(node).toBeGreaterThan(0);
    end();
    const { code, signal } = await within('the service to end', 10_000, service.ended);
    expect([code, signal]).toEqual([0, null]);
    await allGone(tree, 3_000);
    expect(await isListening(service.url)).toBe(false);
    expect(await isListening(service.uiUrl ?? '')).toBe(false);
    expect(service.stderr()).not.toMatch(/defect|could not be stopped|^\s+at /m);
  }

  it('exits with 0 itself when it is told to end, also while it is still starting', async () => {
    const dir = await temporaryDir();
    const starting = run(START, { DATA_DIR: join(dir, 'data') });
    await awaitUntil(
      'the Temporal server to be started',
      () => starting.tree().some((pid) => /start-dev/.test(commandOf(pid))),
      15_000,
    );
    const tree = starting.tree();
    kill(starting.pid, 'SIGTERM');
    expect(await within('it to end', 10_000, starting.ended)).toEqual({ code: 0, signal: null });
    await allGone(tree, 3_000);
    expect(starting.stderr()).toBe('');
  });
});

describe('a start that cannot succeed says why in one line', { timeout: 40_000 }, () => {
  it.concurrent.each<[string, RegExp, () => Promise<Record<string, string>>]>([
    [
      'PORT in use',
      /PORT \d+ on 127\.0\.0\.1 is in use/,
      async () => ({ PORT: String(await takePort()) }),
    ],
    [
      'TEMPORAL_PORT in use',
      /Port \d+ is taken .*TEMPORAL_PORT/,
      async () => ({ TEMPORAL_PORT: String(await takePort()) }),
    ],
    [
      'TEMPORAL_UI_PORT in use',
      /Port \d+ is taken .*TEMPORAL_UI_PORT/,
      async () => ({ TEMPORAL_UI_PORT: String(await takePort()) }),
    ],
    ['a wrong PORT', /PORT is "80a"/, async () => ({ PORT: '80a' })],
    [
      'a HOST for everybody',
      /HOST 0\.0\.0\.0 is not a loopback address/,
      async () => ({ HOST: '0.0.0.0' }),
    ],
    [
      'a file as DATA_DIR',
      /DATA_DIR \S+ cannot be used: .*not a directory/,
      async () => ({ DATA_DIR: await aFile() }),
    ],
    [
      'a file on the way to DATA_DIR',
      /DATA_DIR \S+ cannot be used: .*not a directory/,
      async () => ({ DATA_DIR: join(await aFile(), 'data') }),
    ],
    [
      'an unreachable TEMPORAL_ADDRESS',
      /TEMPORAL_ADDRESS 127\.0\.0\.1:\d+ cannot be reached/,
      async () => ({ TEMPORAL_ADDRESS: `127.0.0.1:${await freePort()}` }),
    ],
    [
      'an unreachable DATABASE_URL',
      /DATABASE_URL .*cannot be reached/,
      async () => ({ DATABASE_URL: `postgres://nobody@127.0.0.1:${await freePort()}/none` }),
    ],
    [
      'a DATABASE_URL of another kind',
      /DATABASE_URL must begin with postgres/,
      async () => ({ DATABASE_URL: 'mysql://localhost/x' }),
    ],
    [
      'a document type file that is wrong',
      /broken\.yaml:3: \/title must be/,
      async () => ({
        DOCUMENT_TYPES_DIR: await brokenTypes(
          'name: broken\nversion: 1\ntitle: 7\nsections: { A: { title: A, schema: { type: object } } }\n',
        ),
      }),
    ],
    [
      'a document type file that is no YAML',
      /broken\.yaml/,
      async () => ({ DOCUMENT_TYPES_DIR: await brokenTypes('name: [\n') }),
    ],
    [
      'no directory of document types',
      /DOCUMENT_TYPES_DIR/,
      async () => ({ DOCUMENT_TYPES_DIR: '/nonexistent/types' }),
    ],
    [
      'TEMPORAL_CLI_PATH to nothing',
      /TEMPORAL_CLI_PATH is \/nonexistent\/temporal/,
      async () => ({ TEMPORAL_CLI_PATH: '/nonexistent/temporal' }),
    ],
  ])('%s', async (_name, line, settings) => {
    const dir = await temporaryDir();
    expectOneLine(
      await runToEnd(START, { DATA_DIR: join(dir, 'data'), ...(await settings()) }),
      line,
    );
  });

  it.concurrent('no way to a Temporal server: names each way', async () => {
    const dir = await temporaryDir();
    await mkdir(join(dir, 'bin'));
    await writeFile(
      join(dir, 'bin', 'go'),
      '#!/bin/sh\necho "go: no way out of this network" >&2\nexit 1\n',
    );
    await chmod(join(dir, 'bin', 'go'), 0o755);
    const nowhere = 'http://127.0.0.1:1';
    const result = await runToEnd([NODE, 'scripts/start.mjs'], {
      DATA_DIR: join(dir, 'data'),
      XDG_CACHE_HOME: join(dir, 'cache'),
      PATH: join(dir, 'bin'),
      TEMPORAL_CLI_PATH: '',
      HTTPS_PROXY: nowhere,
      https_proxy: nowhere,
      HTTP_PROXY: nowhere,
      http_proxy: nowhere,
      ALL_PROXY: nowhere,
      NO_PROXY: '',
      no_proxy: '',
    });
    expectOneLine(
      result,
      /no Temporal server to run.*on PATH: .*temporal-cli-.*: .*download.*: .*go install: go: no way out.*TEMPORAL_ADDRESS/,
    );
    expect(
      (await readdir(join(dir, 'cache', 'dossier', 'temporal-cli-v1.5.1'))).filter((name) =>
        name.startsWith('install'),
      ),
    ).toEqual([]);
  });

  it.concurrent('an old Node', async () => {
    const old = `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '18.20.4' } })`;
    const result = await runToEnd([
      NODE,
      '--import',
      `data:text/javascript,${encodeURIComponent(old)}`,
      'scripts/start.mjs',
    ]);
    expectOneLine(result, /needs Node 20\.19 or newer, this is 18\.20\.4/);
  });

  it.concurrent.each(['worker', 'api'])('%s without the servers that it needs', async (name) => {
    expectOneLine(await runToEnd([...START, name]), /needs TEMPORAL_ADDRESS and DATABASE_URL/);
  });

  it.concurrent('a worker whose Temporal cannot be reached', async () => {
    const settings = {
      TEMPORAL_ADDRESS: `127.0.0.1:${await freePort()}`,
      DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none',
    };
    expectOneLine(
      await runToEnd([...START, 'worker'], settings),
      /TEMPORAL_ADDRESS 127\.0\.0\.1:\d+ cannot be reached/,
    );
  });

  it.concurrent('a worker whose database cannot be reached', async () => {
    const settings = {
      TEMPORAL_ADDRESS: inject('temporalAddress'),
      DATABASE_URL: `postgres://nobody:secret@127.0.0.1:${await freePort()}/none`,
    };
    const result = await runToEnd([...START, 'worker'], settings);
    expectOneLine(result, /DATABASE_URL .*cannot be reached/);
    expect(result.stderr).not.toContain('secret');
  });
});

describe('worker and gateway apart', { timeout: 60_000 }, () => {
  let [api, worker]: (Service | undefined)[] = [];
  let databaseUrl: string;
  let settings: Record<string, string>;
  let ports: { temporal: number; database: number };

  beforeAll(async () => {
    ports = { temporal: await freePort(), database: await freePort() };
    databaseUrl = `postgres://postgres@127.0.0.1:${ports.database}/postgres`;
    settings = {
      TEMPORAL_ADDRESS: `127.0.0.1:${ports.temporal}`,
      TEMPORAL_TASK_QUEUE: `e2e-${randomUUID()}`,
      DATABASE_URL: databaseUrl,
      DATA_DIR: join(await temporaryDir(), 'data'),
    };
  });

  it('the gateway starts while nothing else is there, and says so', async () => {
    api = await startService('api', settings);
    const { url } = api;
    expect((await send('GET', `${url}/healthz`)).body).toEqual({ status: 'ok' });
    const began = Date.now();
    const [ready, created, listed] = await Promise.all([
      send('GET', `${url}/readyz`),
      send('POST', `${url}/api/documents`, { type: 'employee-onboarding' }),
      send('GET', `${url}/api/documents`),
    ]);
    expect(ready).toMatchObject({
      status: 503,
      body: { parts: { temporal: false, database: false, worker: false } },
    });
    for (const { status, body, headers } of [created, listed]) {
      expect(body).toMatchObject({ code: 'temporal-unavailable' });
      expect([status, headers.get('retry-after')]).toEqual([503, '5']);
    }
    expect(Date.now() - began).toBeLessThan(8_000);
  });

  it('becomes ready by itself when Temporal, the database and a worker appear', async () => {
    const { url } = expectRunning(api);
    await Promise.all([
      startPostgres(ports.database),
      relay(ports.temporal, inject('temporalAddress')),
    ]);
    worker = await startService('worker', { ...settings, LOG_LEVEL: 'info' });
    await awaitUntil(
      'readiness',
      async () => (await send('GET', `${url}/readyz`)).status === 200,
      20_000,
    );
    // Nothing is embedded: no server below, no data directory.
    for (const { tree } of [expectRunning(api), worker]) {
      expect(
        tree()
          .map(commandOf)
          .filter((command) => /start-dev|watchdog/.test(command)),
      ).toEqual([]);
    }
    await expect(readdir(settings['DATA_DIR'] ?? '')).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('carries an onboarding from start to end', async () => {
    const { url } = expectRunning(api);
    const document = await complete(url);
    const approved = await send('POST', `${url}${document}/approve`, undefined, { user: 'boss' });
    expect(approved).toMatchObject({ status: 200, body: { state: 'approved' } });
    const { body } = await send('GET', `${url}${document}/history`);
    expect(body._embedded.entries).toHaveLength(7);
  });

  it('on SIGTERM the worker finishes the activity that runs', async () => {
    const { url } = expectRunning(api);
    const stopping = expectRunning(worker);
    const document = await complete(url);
    const id = document.split('/').at(-1);
    const database = new Client({ connectionString: databaseUrl });
    await database.connect();
    onEnd(() => database.end().catch(() => {}));
    // Archiving is an activity; while we hold the table, it runs.
    await database.query('begin');
    await database.query('lock table archive in access exclusive mode');
    const approved = await send('POST', `${url}${document}/events/SubmissionApproval`, true, {
      user: 'boss',
    });
    expect(approved.status).toBe(202);
    await awaitUntil('the activity to wait for the table', async () => {
      const { rows } = await database.query(
        `select 1 from pg_locks where not granted and relation = 'archive'::regclass`,
      );
      return rows.length > 0;
    });
    const tree = stopping.tree();
    kill(nodeOf(stopping), 'SIGTERM');
    await awaitUntil('the worker to begin its end', () =>
      /"state":"(STOPPING|DRAINING)"/.test(stopping.stderr()),
    );
    await database.query('commit');
    expect(await within('the worker to end', 25_000, stopping.ended)).toMatchObject({ code: 0 });
    await allGone(tree, 3_000);
    const { rows } = await database.query('select state from archive where id = $1', [id]);
    expect(rows).toEqual([{ state: 'approved' }]);
    await database.end();
  });

  it('on SIGTERM the gateway answers what is in flight and takes no new connections', async () => {
    const service = expectRunning(api);
    const { url, ended } = service;
    const pids = service.tree();
    const agent = new Agent({ keepAlive: true, maxSockets: 10 });
    onEnd(() => agent.destroy());
    let ending = false;
    const answers: { sentBefore: boolean; status: number | string }[] = [];
    const load = Array.from({ length: 10 }, async () => {
      for (;;) {
        const sentBefore = !ending;
        const status = await create(url, agent);
        answers.push({ sentBefore, status });
        if (typeof status === 'string' || status === 503) return;
      }
    });
    await awaitUntil('load', () => answers.length >= 30);
    kill(nodeOf(service), 'SIGTERM');
    ending = true;
    const { code } = await within('the gateway to end', 15_000, ended);
    await Promise.all(load);
    expect(code).toBe(0);
    expect(answers.filter(({ sentBefore, status }) => sentBefore && status !== 201)).toEqual([]);
    expect(await isListening(url)).toBe(false);
    await allGone(pids, 3_000);
  });

  /** A document with all of its sections, filled by signals. */
  async function complete(url: string): Promise<string> {
    const created = await send('POST', `${url}/api/documents`, {
      type: 'employee-onboarding',
      title: 'Ada',
    });
    expect(created.status).toBe(201);
    const document = created.headers.get('location') ?? '';
    for (const section of ['InterviewFeedback', 'BackgroundCheckFeedback', 'ContractFeedback']) {
      const { status } = await send('POST', `${url}${document}/events/${section}`, feedback, {
        user: section,
      });
      expect(status).toBe(202);
    }
    await awaitUntil(
      'all sections',
      async () => (await send('GET', `${url}${document}/status`)).body.state === 'in-review',
    );
    return document;
  }
});

/** Status of a creation over a connection that is kept; the error's code when there was no answer. */
async function create(url: string, agent: Agent): Promise<number | string> {
  return new Promise((resolve) => {
    const request = httpRequest(`${url}/api/documents`, {
      method: 'POST',
      agent,
      headers: { 'content-type': 'application/json' },
    });
    request.once('response', (response) =>
      response.resume().once('end', () => resolve(response.statusCode ?? 0)),
    );
    request.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    request.end(JSON.stringify({ type: 'employee-onboarding' }));
  });
}

/** Our own process below npm. */
function nodeOf({ tree }: Service): number {
  return tree().find((pid) => /^\S*node scripts\/start\.mjs/.test(commandOf(pid))) ?? 0;
}

function expectRunning(service: Service | undefined): Service {
  if (!service) throw new Error('the process did not start, see the test above');
  return service;
}

function expectOneLine(
  result: { code: number | null; stdout: string; stderr: string },
  line: RegExp,
): void {
  expect(result.stderr).toMatch(line);
  expect(result.stderr.trimEnd().split('\n')).toHaveLength(1);
  expect(result.stderr).toMatch(/^dossier: /);
  expect(result.stderr + result.stdout).not.toMatch(/^\s+at /m);
  expect(result.code).toBe(1);
}

async function aFile(): Promise<string> {
  const file = join(await temporaryDir(), 'file');
  await writeFile(file, '');
  return file;
}

async function brokenTypes(content: string): Promise<string> {
  const dir = await temporaryDir();
  await writeFile(join(dir, 'broken.yaml'), content);
  return dir;
}
