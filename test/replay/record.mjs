/**
 * Records the histories that `replay.test.ts` replays: real runs of every workflow type on a Temporal server of its
 * own. Run it with `npm run record:histories` when a workflow type or a new kind of run is added, and commit what is new in
 * `histories/`. Histories that are there already are kept: they stand for documents that are still open somewhere.
 * To record one anew, delete its file first, and only if no release has made such a history.
 */
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import proto from '@temporalio/proto';
import { NativeConnection } from '@temporalio/worker';
import pino from 'pino';
import { build } from '../../scripts/build.mjs';

const { History } = proto.temporal.api.history.v1;
const HISTORIES = new URL('histories/', import.meta.url);
const SECTIONS = ['InterviewFeedback', 'BackgroundCheckFeedback', 'ContractFeedback'];
const feedback = { feedback: 'Convincing', isPassed: true };
const TYPE = { type: 'employee-onboarding', metadata: { title: 'Ada' } };
const bytes = (text) => new TextEncoder().encode(text);

await build({ log: console.log });
const load = (path) => import(new URL(`../../dist/${path}`, import.meta.url).href);
const { findTemporalCli, defaultCacheDir } = await load('temporal/server/find.js');
const { startEmbeddedServer } = await load('temporal/server/embedded.js');
const { registerSearchAttributes } = await load('temporal/prepare.js');
const { createWorker, installRuntime } = await load('temporal/worker.js');
const { createTemporal } = await load('temporal/client.js');
const { openEmbedded, prepareDatabase } = await load('store/database.js');
const { loadDocumentTypes } = await load('document-types.js');
const { buildApp } = await load('api/app.js');

const { env, platform } = process;
const dataDir = await mkdtemp(join(tmpdir(), 'dossier-record-'));
const server = await startEmbeddedServer({
  dataDir,
  port: 0,
  uiPort: 0,
  namespace: 'default',
  log: console.log,
  executable: await findTemporalCli({
    cliPath: env['TEMPORAL_CLI_PATH'],
    path: env['PATH'],
    cacheDir: defaultCacheDir(env, platform, homedir()),
    log: console.log,
  }),
});
const log = pino({ level: 'error' });
installRuntime(log);
const connection = await NativeConnection.connect({ address: server.address });
await registerSearchAttributes(connection, 'default');
const opened = await openEmbedded();
await prepareDatabase(opened);
const documentTypes = await loadDocumentTypes('document-types');
const shared = { namespace: 'default', taskQueue: 'record' };
const deps = { documentTypes, database: opened.db, log };
const worker = await createWorker({ ...shared, ...deps, connection });
const working = worker.run();
const temporal = createTemporal({ ...shared, connection });
const app = await buildApp({
  ...deps,
  temporal,
  apiPrefix: '/api',
  linkSecret: undefined,
  temporalUiUrl: undefined,
  version: 'record',
});
const plain = await Connection.connect({ address: server.address });
const client = new Client({ connection: plain });

/** Each makes one run and returns its workflow id; the name is `{workflow type}-{case}`. */
const CASES = {
  async 'document-by-signals'() {
    const { id, at } = await create();
    for (const section of SECTIONS) await http('POST', `${at}/events/${section}`, feedback, id);
    await http('POST', `${at}/events/SubmissionApproval`, true, id);
    return await ended(id);
  },
  async 'document-by-updates-with-refusals'() {
    const { id, at } = await create();
    await http('POST', `${at}/approve`, {}, id);
    await http('PUT', `${at}/sections/InterviewFeedback`, { feedback: 1 }, id);
    for (const section of SECTIONS) await http('PUT', `${at}/sections/${section}`, feedback, id);
    await http('PUT', `${at}/sections/${SECTIONS[0]}`, { feedback: 'No', isPassed: false }, id);
    await http('POST', `${at}/reject`, { reason: 'No budget' }, id);
    return await ended(id);
  },
  async 'document-by-cli'() {
    const id = await started('document', TYPE);
    for (const section of SECTIONS) await signal(id, section, feedback);
    await signal(id, 'SubmissionApproval', { approved: false, reason: 'Not now' });
    return await ended(id);
  },
  async 'document-cancelled'() {
    const id = await started('document', TYPE);
    await signal(id, 'InterviewFeedback', feedback);
    await settled(id);
    await client.workflow.getHandle(id).cancel();
    return await ended(id);
  },
  'document-poison-start': async () => await ended(await started('document', ['no object'])),
  'document-unknown-type': async () => await ended(await started('document', { type: 'nope' })),
  async 'document-garbage'() {
    const id = await started('document', TYPE);
    for (const [name, payload] of [
      ['InterviewFeedback', { metadata: { encoding: bytes('json/plain') }, data: bytes('{bad') }],
      ['InterviewFeedback', { metadata: { encoding: bytes('binary/foo') }, data: bytes('x') }],
      ['InterviewFeedback', { data: bytes('x') }],
      ['__temporal_x', { metadata: { encoding: bytes('json/plain') }, data: bytes('1') }],
      ['__stack_trace', { metadata: { encoding: bytes('json/plain') }, data: bytes('1') }],
    ]) {
      await client.workflowService.signalWorkflowExecution({
        namespace: 'default',
        workflowExecution: { workflowId: id },
        signalName: name,
        input: { payloads: [payload] },
      });
      await settled(id);
    }
    await signal(id, 'Nonsense', 1);
    await signal(id, 'command', { kind: 'cancel' });
    return await ended(id);
  },
  async 'document-continued'() {
    const id = await started('document', TYPE);
    return await ended(await edited(id));
  },
  async 'StartWorkflow-by-signals'() {
    const id = await started('StartWorkflow', { title: 'Ada' });
    for (const section of SECTIONS) await signal(id, section, feedback);
    await signal(id, 'SubmissionApproval', true);
    return await ended(id);
  },
  'StartWorkflow-poison-start': async () => await ended(await started('StartWorkflow', 4)),
  async 'StartWorkflow-continued'() {
    const id = await started('StartWorkflow', { title: 'Ada' });
    return await ended(await edited(id));
  },
};

async function create() {
  const made = await http('POST', '/api/documents', TYPE);
  return { id: `document:${made.id}`, at: `/api/documents/${made.id}` };
}

async function http(method, url, payload, id) {
  const answer = await app.inject({
    method,
    url,
    payload: JSON.stringify(payload),
    headers: { 'content-type': 'application/json' },
  });
  if (id) await settled(id);
  return answer.body === '' ? undefined : answer.json();
}

async function started(type, input) {
  const workflowId = `document:${randomUUID()}`;
  await client.workflow.start(type, { workflowId, taskQueue: 'record', args: [input] });
  await settled(workflowId);
  return workflowId;
}

async function signal(id, name, payload) {
  await client.workflow.getHandle(id).signal(name, payload);
  await settled(id);
}

/** Until nothing is under way, so that each message has a workflow task of its own. */
async function settled(id) {
  for (let i = 0; i < 400; i += 1) {
    const { raw } = await client.workflow.getHandle(id).describe();
    if (!raw.pendingWorkflowTask) return;
    await pause(25);
  }
  throw new Error(`${id} does not settle`);
}

/** Edits until it has continued as new, then decides. The first run's history would be too large to keep. */
async function edited(id) {
  const handle = client.workflow.getHandle(id);
  for (let i = 0; i < 520; i += 20) {
    const some = Array.from({ length: 20 }, (_, j) =>
      handle.signal(SECTIONS[0], { feedback: `edit ${i + j}`, isPassed: true }),
    );
    await Promise.all(some);
  }
  await settled(id);
  for (const section of SECTIONS) await signal(id, section, feedback);
  await signal(id, 'SubmissionApproval', true);
  return id;
}

/** The id, when it has ended, however. */
async function ended(id) {
  await client.workflow
    .getHandle(id)
    .result()
    .catch(() => {});
  return id;
}

/** Without what is about the machine that recorded it. */
function anonymous(key, value) {
  if (key === 'identity') return 'recorder';
  if (key === 'stackTrace' || key === 'workerVersion' || key === 'binaryChecksum') return undefined;
  return value;
}

for (const [name, make] of Object.entries(CASES)) {
  const file = new URL(`${name}.json`, HISTORIES);
  if (existsSync(file)) continue;
  const history = await client.workflow.getHandle(await make()).fetchHistory();
  // Not by historyToJSON of @temporalio/common: it breaks when npm installs protobufjs twice (SDK 1.24).
  const plainObject = History.toObject(History.fromObject(history), {
    longs: String,
    enums: String,
    bytes: String,
  });
  const text = `${JSON.stringify(plainObject, anonymous, 1)}\n`;
  if (text.length > 60_000) throw new Error(`${name} is too large to keep: ${text.length}`);
  await writeFile(file, text);
  console.log(`${name}: ${history.events.length} events, ${text.length} bytes`);
}

await app.close();
worker.shutdown();
await working;
await plain.close();
await connection.close();
await opened.close();
await server.stop();
await rm(dataDir, { recursive: true, force: true });
