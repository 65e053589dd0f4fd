/**
 * `npm run bench`: what the service costs, on this machine. Everything that is compared is measured in one run, in turns
 * and in changing order, because a shared machine is not equally fast twice. bench/README.md explains the numbers.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Connection } from '@temporalio/client';
import { registerSearchAttributes } from '../dist/temporal/prepare.js';
import { cleanEnv, startChild } from './parts/children.mjs';
import { keepResults, runBench } from './parts/frame.mjs';
import { httpEvents, httpLifecycle, send } from './parts/http.mjs';
import { EVENTS } from './parts/lifecycle.mjs';
import { cpuOfPid, inParallel, median, percentile, round, summary } from './parts/measure.mjs';
import { createRaw, noLatencies } from './parts/raw.mjs';
import { printReport } from './parts/report.mjs';
import { openSite, startGateway } from './parts/site.mjs';

const quick = process.argv.includes('--quick');
const profile = process.argv.includes('--profile');
const SIZE = quick
  ? {
      rounds: 2,
      n: 4,
      warmUp: 2,
      concurrency: 2,
      events: 3,
      paced: 1,
      unloaded: 1,
      coldStarts: 1,
      starts: 1,
    }
  : {
      rounds: 4,
      n: 100,
      warmUp: 60,
      concurrency: 20,
      events: 40,
      paced: 3,
      unloaded: 40,
      coldStarts: 5,
      starts: 3,
    };
const root = fileURLToPath(new URL('..', import.meta.url));
await runBench(bench);

async function bench(frame) {
  const { executable, dir, undo, log } = frame;
  const site = await openSite(executable, {
    dir,
    undo,
    nodeArgs: profile ? ['--cpu-prof', `--cpu-prof-dir=${join(root, 'bench/results')}`] : [],
  });
  log(`${SIZE.rounds} rounds of ${SIZE.n} lifecycles, ${SIZE.concurrency} at a time, four ways`);
  const rounds = await compare(site, log);
  log('history events of a paced lifecycle');
  const history = await pacedHistories(site);
  log('oversized bodies');
  const oversized = await oversizedBodies(site);
  log('cold starts of the gateway');
  const coldStart = await gatewayColdStarts(site);
  log('unloaded lifecycles, ours and a dev server with its defaults in turns');
  const unloaded = await unloadedLifecycles(site, frame);
  await site.close();
  log('starts of everything by npm start');
  const start = await secondStarts(frame);

  const results = {
    at: new Date().toISOString(),
    machine: { cpus: cpus().length, model: cpus()[0]?.model, node: process.version },
    quick,
    size: SIZE,
    rounds,
    medians: mediansOf(rounds),
    history,
    unloaded,
    coldStart,
    start,
    oversized,
  };
  results.targets = targetsOf(results);
  await keepResults('latest.json', results);
  printReport(results);
}

/** Rounds of the four ways, every other one backwards. */
async function compare(site, log) {
  const ways = [
    'http signals',
    'raw signals',
    'http events',
    'raw events',
    'http updates',
    'raw updates',
  ];
  const measure = (way, prefix, n) =>
    way.endsWith('events') ? eventsOnly(site, way, prefix) : lifecycles(site, way, prefix, n);
  for (const way of ways) await measure(way, `warm-${way.replace(' ', '-')}`, SIZE.warmUp);
  const rounds = [];
  for (let i = 0; i < SIZE.rounds; i++) {
    const order = i % 2 === 0 ? ways : ways.toReversed();
    const measured = {};
    for (const way of order) {
      measured[way] = await measure(way, `${i}-${way.replace(' ', '-')}`, SIZE.n);
    }
    rounds.push({ order, ...measured });
    log(`round ${i + 1} of ${SIZE.rounds} done`);
  }
  return rounds;
}

/** Runs n lifecycles one way; how fast, how long each call took, and the CPU time that each process used for one. */
async function lifecycles(site, name, prefix, n) {
  const [side, way] = name.split(' ');
  const latencies = { ...noLatencies(), result: [] };
  const subject = side === 'http' ? site.gateway : site.raw;
  const cpu = async () => ({
    client: await subject.cpu(),
    worker: await site.worker.cpu(),
    server: cpuOfPid(site.server.pid),
  });
  const completed = async (id) => {
    const began = performance.now();
    const { state } = await site.client.workflow.result(id);
    if (state !== 'approved') throw new Error(`${id} ended ${state}`);
    latencies.result.push(performance.now() - began);
  };
  const before = await cpu();
  const began = performance.now();
  if (side === 'http') {
    await inParallel(n, SIZE.concurrency, async () => {
      await completed(`document:${await httpLifecycle(site.url, way, latencies)}`);
    });
  } else Object.assign(latencies, await rawLifecycles(site.raw, prefix, way, n, completed));
  const seconds = (performance.now() - began) / 1000;
  const after = await cpu();
  const each = (part) => round((after[part] - before[part]) / n, 3);
  return {
    perSecond: round(n / seconds),
    clientCpuMs: each('client'),
    clientCpuMsPerEvent: round((after.client - before.client) / n / EVENTS, 4),
    workerCpuMs: each('worker'),
    serverCpuMs: each('server'),
    latencies: Object.fromEntries(
      Object.entries(latencies).map(([kind, values]) => [kind, summary(values)]),
    ),
  };
}

/** Nothing but section events, to documents that are there already. */
async function eventsOnly(site, name, prefix) {
  const ids = Array.from({ length: SIZE.concurrency }, (_, k) => `${prefix}-${k}`);
  const workflowIds = ids.map((id) => `document:${id}`);
  await Promise.all(workflowIds.map((id) => site.starter.start(id)));
  const subject = name === 'http events' ? site.gateway : site.raw;
  const latencies = noLatencies();
  const before = await subject.cpu();
  const began = performance.now();
  if (name === 'http events') await httpEvents(site.url, ids, SIZE.events, latencies);
  else Object.assign(latencies, await rawEvents(site.raw, workflowIds));
  const seconds = (performance.now() - began) / 1000;
  const n = ids.length * SIZE.events;
  const clientCpuMsPerEvent = round(((await subject.cpu()) - before) / n, 4);
  return {
    perSecond: round(n / seconds),
    clientCpuMsPerEvent,
    latencies: { event: summary(latencies.event) },
  };
}

async function rawEvents(raw, workflowIds) {
  return new Promise((resolve) => {
    const take = ({ finished }) => {
      if (!finished) return;
      raw.offMessage(take);
      resolve(finished);
    };
    raw.onMessage(take);
    raw.send({ events: { workflowIds, count: SIZE.events } });
  });
}

async function rawLifecycles(raw, name, way, n, completed) {
  return new Promise((resolve, reject) => {
    const take = ({ sent, finished }) => {
      if (sent) completed(sent).then(() => raw.send({ done: sent }), reject);
      if (!finished) return;
      raw.offMessage(take);
      resolve(finished);
    };
    raw.onMessage(take);
    raw.send({ run: { name, way, n, concurrency: SIZE.concurrency } });
  });
}

function mediansOf(rounds) {
  const of = (pick) => round(median(rounds.map(pick)), 3);
  const ratios = (way) => ({
    perSecond: of((one) => one[`http ${way}`].perSecond / one[`raw ${way}`].perSecond),
    clientCpuPerEvent: of(
      (one) => one[`http ${way}`].clientCpuMsPerEvent / one[`raw ${way}`].clientCpuMsPerEvent,
    ),
  });
  const [{ order }] = rounds;
  const perWay = order.map((way) => {
    const names = Object.keys(rounds[0][way]).filter((name) => name !== 'latencies');
    return [way, Object.fromEntries(names.map((name) => [name, of((one) => one[way][name])]))];
  });
  const compared = ['signals', 'events', 'updates'].map((way) => [
    `http / raw ${way}`,
    ratios(way),
  ]);
  return Object.fromEntries([...perWay, ...compared]);
}

/** How many events the history has when each message finds the workflow at rest: always the same number. */
async function pacedHistories({ client, url, address, taskQueue }) {
  const raw = await createRaw(address, taskQueue);
  const count = async (workflowId) => {
    const handle = client.workflow.getHandle(workflowId);
    await handle.result();
    return (await handle.fetchHistory()).events?.length ?? 0;
  };
  const found = { 'http signals': [], 'http updates': [], 'raw signals': [] };
  for (let i = 0; i < SIZE.paced; i++) {
    for (const way of ['signals', 'updates']) {
      const id = await httpLifecycle(url, way, noLatencies(), (one) =>
        atRest(client, `document:${one}`),
      );
      found[`http ${way}`].push(await count(`document:${id}`));
    }
    const { workflowId } = await raw.lifecycle(
      `document:paced-${i}`,
      'signals',
      noLatencies(),
      (handle) => atRest(client, handle.workflowId),
    );
    found['raw signals'].push(await count(workflowId));
  }
  await raw.close();
  return found;
}

async function atRest(client, workflowId) {
  const deadline = Date.now() + 10_000;
  for (;;) {
    const { raw, historyLength } = await client.workflow.getHandle(workflowId).describe();
    if (!raw.pendingWorkflowTask && historyLength > 3) return;
    if (Date.now() > deadline) throw new Error(`${workflowId} does not come to rest`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** One lifecycle at a time, in turns on our server and on one as `temporal server start-dev` starts it. */
async function unloadedLifecycles(site, frame) {
  const file = ['--db-filename', join(frame.dir, 'plain.db')];
  const [onFile, inMemory] = await Promise.all(
    [file, []].map((args) => openPlainSite(frame, site.taskQueue, args)),
  );
  const others = { defaults: onFile, 'defaults in memory': inMemory };
  const sides = { ours: { raw: await createRaw(site.address, site.taskQueue) }, ...others };
  const names = Object.keys(sides);
  const measured = {};
  for (const way of ['signals', 'paced signals', 'updates']) {
    const times = Object.fromEntries(names.map((name) => [name, []]));
    for (let i = -2; i < SIZE.unloaded; i++) {
      for (const name of i % 2 === 0 ? names : names.toReversed()) {
        const id = `document:${`${way}-${name}-${i}`.replaceAll(' ', '-')}`;
        const ms = await oneLifecycle(sides[name].raw, id, way);
        if (i >= 0) times[name].push(ms);
      }
    }
    const p50 = Object.fromEntries(
      names.map((name) => [name, round(percentile(times[name], 0.5))]),
    );
    measured[way] = { p50, ratio: round(p50.ours / p50.defaults, 3) };
  }
  await sides.ours.raw.close();
  await Promise.all(Object.values(others).map((other) => other.close()));
  return measured;
}

async function openPlainSite(frame, taskQueue, args) {
  const plain = await startPlainServer(frame, args);
  const connection = await Connection.connect({ address: plain.address });
  await registerSearchAttributes(connection, 'default');
  const worker = startChild('bench/parts/worker.mjs', { args: [plain.address, taskQueue] });
  await worker.ready;
  const raw = await createRaw(plain.address, taskQueue);
  return {
    raw,
    async close() {
      await raw.close();
      await worker.stop();
      await connection.close();
      await plain.stop();
    },
  };
}

async function oneLifecycle(raw, workflowId, way) {
  const began = performance.now();
  // Paced: each message is sent when the one before it shows, as people do.
  const pause =
    way === 'paced signals' ? (handle) => atRest(raw.client, handle.workflowId) : undefined;
  const handle = await raw.lifecycle(workflowId, way.replace('paced ', ''), noLatencies(), pause);
  await handle.result();
  return performance.now() - began;
}

async function startPlainServer({ executable, undo }, more) {
  const [port, uiPort] = [await freePort(), await freePort()];
  const args = [
    'server',
    'start-dev',
    '--port',
    port,
    '--ui-port',
    uiPort,
    '--log-level',
    'error',
    ...more,
  ];
  const child = spawn(executable, args.map(String), { stdio: 'ignore' });
  const exited = once(child, 'exit');
  const stop = async () => {
    child.kill('SIGTERM');
    await exited;
  };
  undo.push(stop);
  const address = `127.0.0.1:${port}`;
  for (let tries = 0; ; tries++) {
    try {
      const connection = await Connection.connect({ address, connectTimeout: 500 });
      await connection.workflowService.describeNamespace({ namespace: 'default' });
      await connection.close();
      return { address, stop };
    } catch (error) {
      if (tries > 100) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** From the start of the process to the first list that it answers with 200, which takes Temporal. */
async function gatewayColdStarts({ address, taskQueue }) {
  const times = [];
  for (let i = 0; i < SIZE.coldStarts; i++) {
    const port = await freePort();
    const began = performance.now();
    const gateway = startGateway(address, taskQueue, port);
    while (!(await answers(`http://127.0.0.1:${port}/api/documents?limit=1`))) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    times.push(round(performance.now() - began));
    await gateway.stop();
  }
  return { ms: times, median: round(median(times)) };
}

async function answers(url) {
  return fetch(url).then(
    ({ status }) => status === 200,
    () => false,
  );
}

/** `npm start` with everything there already, until it says that it is ready. */
async function secondStarts({ executable, dir, undo }) {
  const env = { DATA_DIR: join(dir, 'start'), TEMPORAL_CLI_PATH: executable };
  const first = await untilReady(env, undo);
  const times = [];
  for (let i = 0; i < SIZE.starts; i++) times.push(await untilReady(env, undo));
  return { firstMs: first, ms: times, median: round(median(times)) };
}

async function untilReady(env, undo) {
  const began = performance.now();
  const child = spawn('npm', ['start'], {
    cwd: root,
    env: cleanEnv({ ...env, PORT: '0', TEMPORAL_PORT: '0', TEMPORAL_UI_PORT: '0' }),
    detached: true,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const exited = once(child, 'exit');
  const stop = async () => {
    if (child.exitCode === null && child.signalCode === null)
      process.kill(-(child.pid ?? 0), 'SIGTERM');
    await exited;
  };
  undo.push(stop);
  await new Promise((resolve, reject) => {
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (part) => {
      output += part;
      if (/^dossier: ready: .*$/m.test(output)) resolve();
    });
    void exited.then(() => reject(new Error(`npm start ended:\n${output}`)));
  });
  const took = round(performance.now() - began);
  await stop();
  return took;
}

async function oversizedBodies({ url }) {
  const measured = {};
  for (const megabytes of [2.1, 4.5]) {
    const body = { type: 'employee-onboarding', title: 'x'.repeat(megabytes * 1e6) };
    const began = performance.now();
    // A client that is still writing may lose the answer with the connection: then this shows how.
    const { status } = await send('POST', `${url}/api/documents`, body).catch(({ code }) => ({
      status: code,
    }));
    measured[`${megabytes} MB`] = { status, ms: round(performance.now() - began) };
  }
  return measured;
}

function targetsOf({ medians, history, unloaded, start, oversized }) {
  const target = (name, value, most) => ({ name, value, most, met: value <= most });
  const ratio = medians['http / raw events'].clientCpuPerEvent;
  return [
    target('gateway CPU per event / raw client CPU per event', ratio, 1.6),
    target('history events, paced, by signals', Math.max(...history['http signals']), 32),
    target('history events, paced, by updates', Math.max(...history['http updates']), 40),
    target(
      'unloaded lifecycle p50, ours / dev server defaults',
      unloaded['paced signals'].ratio,
      0.4,
    ),
    target('npm start, second time, ms', start.median, 8000),
    ...Object.entries(oversized).map(([size, { status, ms }]) =>
      target(`413 for ${size}, ms`, status === 413 ? ms : Infinity, 1000),
    ),
  ];
}
