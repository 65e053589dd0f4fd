/** Everything in one process on an embedded Temporal server and database: what `npm start` runs. */
import { join } from 'node:path';
import type { NativeConnection } from '@temporalio/worker';
import { openMailer } from './activities/mail/mailer.ts';
import { lockDataDir } from './data-dir.ts';
import { checkWebhooks } from './check-webhooks.ts';
import { loadDocumentTypes } from './document-types/index.ts';
import { checkPort, startGateway } from './gateway.ts';
import { keptSecret } from './link-secret.ts';
import { loadDirectory } from './people/index.ts';
import { runProcess, type Process } from './process.ts';
import {
  openEmbedded,
  openPostgres,
  prepareDatabase,
  type OpenDatabase,
} from './store/database.ts';
import { openSampleShop } from './store/orders/samples.ts';
import { createTemporal } from './temporal/client.ts';
import { connectNative } from './temporal/connect.ts';
import { registerSearchAttributes } from './temporal/prepare.ts';
import { scheduleReconciler } from './temporal/schedules.ts';
import { startEmbeddedServer } from './temporal/server/embedded.ts';
import { defaultCacheDir, findTemporalCli } from './temporal/server/find.ts';
import { createWorker, installRuntime } from './temporal/worker.ts';

await runProcess(async (self) => {
  const { config, log, onStop } = self;
  const { namespace, taskQueue } = config.temporal;
  const directory = loadDirectory(config.directoryFile, log.warn.bind(log));
  const documentTypes = await loadDocumentTypes(config.documentTypesDir, config.limits, directory);
  checkWebhooks(documentTypes, config.webhooks.allow);
  await checkPort(config);
  if (!config.temporal.connection || !config.databaseUrl) {
    const lock = await lockDataDir(config.dataDir, tell);
    onStop(() => lock.release());
  }
  installRuntime(log);
  const [{ connection, uiUrl }, database] = await Promise.all([
    reachTemporal(self),
    openDatabase(self),
  ]);
  await registerSearchAttributes(connection, namespace);

  const temporal = createTemporal({ connection, namespace, taskQueue, startsEagerly: true });
  const { secrets } = config.links;
  const links = {
    ...config.links,
    secrets: secrets.length > 0 ? secrets : [await keptSecret(config.dataDir)],
  };
  const mailer = config.mail && openMailer(config.mail);
  onStop(() => mailer?.close());
  const shared = { database: database.db, documentTypes, directory, log };
  const gateway = await startGateway(config, {
    ...shared,
    temporal,
    changes: await database.changes(),
    links,
    temporalUiUrl: uiUrl,
  });
  const worker = await createWorker({
    ...shared,
    connection,
    namespace,
    taskQueue,
    webhooks: config.webhooks,
    orders: config.orders,
    retentionMs: config.retentionMs,
    mailer,
    // The port is known only now.
    links: { ...links, publicUrl: links.publicUrl ?? gateway.url },
  });
  const running = worker.run();
  running.catch((error: unknown) => self.fail(error));
  await scheduleReconciler(temporal);
  onStop(async () => {
    // The worker goes last: what the gateway still has to answer may need it.
    await gateway.close();
    if (worker.getState() === 'RUNNING') worker.shutdown();
    await running;
  });
  const ui = uiUrl === undefined ? '' : `, the Temporal Web UI at ${uiUrl}`;
  tell(
    `ready: the API at ${gateway.url}${config.apiPrefix}, its description at ${gateway.url}/docs${ui}`,
  );
});

function tell(line: string): void {
  console.log(`dossier: ${line}`);
}

/** A connection to the server of the settings, or to one that we start. */
async function reachTemporal({
  config,
  stopping,
  onStop,
  fail,
}: Process): Promise<{ connection: NativeConnection; uiUrl: string | undefined }> {
  const { temporal, dataDir, machine, retentionMs } = config;
  if (temporal.connection) {
    const connection = await connectNative(temporal.connection);
    onStop(() => connection.close());
    return { connection, uiUrl: temporal.uiUrl };
  }
  const cacheDir = defaultCacheDir(
    { XDG_CACHE_HOME: machine.cacheHome },
    process.platform,
    machine.home,
  );
  const executable = await findTemporalCli({
    cliPath: temporal.cliPath,
    path: machine.path,
    cacheDir,
    log: tell,
    signal: stopping,
  });
  tell(`starting the Temporal server of ${executable}`);
  const { port, uiPort, namespace } = temporal;
  const server = await startEmbeddedServer({
    executable,
    dataDir,
    port,
    uiPort,
    namespace,
    retention: retentionMs,
    log: tell,
    signal: stopping,
  });
  onStop(() => server.stop());
  void server.exited.then(() =>
    fail(
      new Error(`the embedded Temporal server ended; its log is ${join(dataDir, 'temporal.log')}`),
    ),
  );
  const connection = await connectNative({ address: server.address });
  onStop(() => connection.close());
  return { connection, uiUrl: server.uiUrl };
}

async function openDatabase({ config, onStop }: Process): Promise<OpenDatabase> {
  const { databaseUrl, dataDir } = config;
  const opened =
    databaseUrl === undefined
      ? await openEmbedded(join(dataDir, 'database'))
      : openPostgres(databaseUrl);
  onStop(() => opened.close());
  await prepareDatabase(opened);
  // Nobody has products yet who has no database and no payment provider of their own.
  if (databaseUrl === undefined && config.orders.providers.payment === undefined)
    await openSampleShop(opened.db, new Date().toISOString());
  return opened;
}
