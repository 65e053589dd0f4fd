/** The service as tests use it: the real parts, on the shared Temporal server, with a task queue of its own. */
import { randomUUID } from 'node:crypto';
import { Connection, Client, type ConnectionLike } from '@temporalio/client';
import { NativeConnection, type Worker } from '@temporalio/worker';
import type { FastifyInstance } from 'fastify';
import type pino from 'pino';
import { afterAll, inject } from 'vitest';
import type { Mailer } from '../../src/activities/mail/mailer.ts';
import type { WebhookSettings } from '../../src/activities/webhooks.ts';
import { buildApp } from '../../src/api/app.ts';
import type { JsonObject } from '../../src/contracts/json.ts';
import { NO_DIRECTORY, type Directory } from '../../src/contracts/people.ts';
import { durableSettings } from '../../src/durable-settings.ts';
import { loadDocumentTypes, type DocumentTypes } from '../../src/document-types/index.ts';
import { orderSettings } from '../../src/order-settings.ts';
import { builtFile } from '../../src/paths.ts';
import { NO_LINKS, type LinkSettings } from '../../src/shared/decision-links.ts';
import type { Changes } from '../../src/store/changes.ts';
import { prepareDatabase, type Database } from '../../src/store/database.ts';
import { createTemporal, type Temporal } from '../../src/temporal/client.ts';
import { registerSearchAttributes } from '../../src/temporal/prepare.ts';
import { loadTriggers } from '../../src/trigger-settings.ts';
import { createWorker, installRuntime } from '../../src/temporal/worker.ts';
import { openEmpty } from './database.ts';
import { keepingLog, SETTINGS } from './gateway.ts';

export interface Harness {
  readonly app: FastifyInstance;
  readonly temporal: Temporal;
  /** A plain client, as the CLI and other programs are: without our headers. */
  readonly client: Client;
  readonly connection: NativeConnection;
  readonly database: Database;
  readonly changes: Changes;
  readonly documentTypes: DocumentTypes;
  readonly directory: Directory;
  readonly taskQueue: string;
  /** What was logged, one object a line. */
  readonly logged: JsonObject[];
  /** Starts a worker, when none runs. It stops with the harness. */
  startWorker(): Promise<void>;
  stopWorker(): Promise<void>;
}

/**
 * Everything on a new database in memory. Ends itself after the tests of the file. Without `worker`, none runs until
 * `startWorker`.
 */
export async function startHarness(
  options: {
    worker?: boolean;
    /** Instead of those of the directory `document-types`. */
    documentTypes?: DocumentTypes;
    /** Who is who. Without it nobody knows. */
    directory?: Directory;
    /** What the worker sees instead of the database, made from it: one that fails at times. */
    workerDatabase?: (database: Database) => Database;
    webhooks?: WebhookSettings;
    /** Default: nothing is mailed. Whoever gives one closes it. */
    mailer?: Mailer;
    links?: LinkSettings;
    /** Settings of the dialect, as the environment has them. */
    durable?: Record<string, string>;
    /** Settings of orders and of their providers, as the environment has them. */
    orders?: Record<string, string>;
    /** TRIGGERS, as the environment has it. */
    triggers?: string;
    /** Sees every gRPC call of the gateway, and may send another request instead. */
    onGrpc?: GrpcObserver;
  } = {},
): Promise<Harness> {
  const { log, logged } = keepingLog('debug');
  installRuntimeOnce(log);
  const connection = await NativeConnection.connect({ address: inject('temporalAddress') });
  await registerSearchAttributes(connection, 'default');
  const opened = await openEmpty();
  await prepareDatabase(opened);
  const taskQueue = `test-${randomUUID()}`;
  const documentTypes = options.documentTypes ?? (await loadDocumentTypes('document-types'));
  const temporal = createTemporal({
    connection: options.onGrpc ? observed(connection, options.onGrpc) : connection,
    namespace: 'default',
    taskQueue,
  });
  const plain = await Connection.connect({ address: inject('temporalAddress') });
  const client = new Client({
    connection: plain,
    dataConverter: { payloadConverterPath: builtFile('temporal/payload-converter.js') },
  });
  const changes = await opened.changes();
  const { directory = NO_DIRECTORY, links = NO_LINKS } = options;
  const shared = { documentTypes, directory, links, log };
  const durable = durableSettings(options.durable ?? {}, taskQueue);
  const orders = orderSettings(options.orders ?? {});
  const orderTerms = orders.terms;
  const triggers = {
    ...SETTINGS.triggers,
    triggers: loadTriggers(options.triggers, durable.functions),
  };
  const deps = { ...shared, durable, orderTerms, triggers, temporal, database: opened.db, changes };
  const app = await buildApp({ ...SETTINGS, ...deps });

  let running: { worker: Worker; done: Promise<void> } | undefined;
  const harness: Harness = {
    app,
    temporal,
    client,
    connection,
    database: opened.db,
    changes,
    documentTypes,
    directory,
    taskQueue,
    logged,
    async startWorker() {
      if (running) return;
      const worker = await createWorker({
        connection,
        namespace: 'default',
        taskQueue,
        database: options.workerDatabase?.(opened.db) ?? opened.db,
        ...shared,
        webhooks: options.webhooks ?? { allow: [], secrets: [] },
        mailer: options.mailer,
        orders,
        retentionMs: SETTINGS.triggers.retentionMs,
      });
      running = { worker, done: worker.run() };
    },
    async stopWorker() {
      running?.worker.shutdown();
      await running?.done;
      running = undefined;
    },
  };
  afterAll(async () => {
    await app.close();
    await harness.stopWorker();
    await plain.close();
    await connection.close();
    await opened.close();
  });
  if (options.worker !== false) await harness.startWorker();
  return harness;
}

export type GrpcObserver = (method: string, request: Record<string, unknown>) => object | void;

function observed(connection: NativeConnection, see: GrpcObserver): ConnectionLike {
  const workflowService = new Proxy(connection.workflowService, {
    get(service, name) {
      const method = Reflect.get(service, name) as (...args: unknown[]) => unknown;
      return (request: Record<string, unknown>, ...rest: unknown[]) =>
        method.call(service, see(String(name), request) ?? request, ...rest);
    },
  });
  return new Proxy(connection, {
    get(target, name) {
      if (name === 'workflowService') return workflowService;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

let installed = false;
/** The SDK has one runtime a process. */
function installRuntimeOnce(log: pino.Logger): void {
  if (!installed) installRuntime(log);
  installed = true;
}

/** JSON of which a test looks at some part only. */
// oxlint-disable-next-line typescript/no-explicit-any
export type Loose = any;

/** A request to the app, without a network; the answer with its JSON body. */
export async function call(
  { app }: Pick<Harness, 'app'>,
  method: 'GET' | 'POST' | 'PUT' | 'DELETE' | 'PATCH',
  url: string,
  body?: unknown,
  headers: Record<string, string> = {},
) {
  const response = await app.inject({
    method,
    url,
    headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    ...(body === undefined ? {} : { payload: JSON.stringify(body) }),
  });
  const isJson = /[/+]json/.test(String(response.headers['content-type'])) && response.body !== '';
  return {
    status: response.statusCode,
    headers: response.headers,
    text: response.body,
    // Tests look into bodies of many shapes; the OpenAPI check says whether they are right.
    body: isJson ? response.json() : undefined,
  };
}

/** What the three parties write. */
export const feedback = { feedback: 'Convincing', isPassed: true };
export const SECTIONS = [
  'InterviewFeedback',
  'BackgroundCheckFeedback',
  'ContractFeedback',
] as const;
