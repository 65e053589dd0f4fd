/** The worker process, as in production: `npm run worker`. */
import { openMailer } from './activities/mail/mailer.ts';
import { checkWebhooks } from './check-webhooks.ts';
import { loadDocumentTypes } from './document-types/index.ts';
import { loadDirectory } from './people/index.ts';
import { requireServers, runProcess } from './process.ts';
import { openPostgres, prepareDatabase } from './store/database.ts';
import { connectNative } from './temporal/connect.ts';
import { createTemporal } from './temporal/client.ts';
import { registerSearchAttributes } from './temporal/prepare.ts';
import { scheduleReconciler } from './temporal/schedules.ts';
import { createWorker, installRuntime } from './temporal/worker.ts';

await runProcess(async ({ config, log, onStop, fail }) => {
  const { connection: server, databaseUrl } = requireServers(config);
  const { namespace, taskQueue } = config.temporal;
  const directory = loadDirectory(config.directoryFile, log.warn.bind(log));
  const documentTypes = await loadDocumentTypes(config.documentTypesDir, config.limits, directory);
  checkWebhooks(documentTypes, config.webhooks.allow);
  installRuntime(log);
  const connection = await connectNative(server);
  onStop(() => connection.close());
  await registerSearchAttributes(connection, namespace);
  const database = openPostgres(databaseUrl);
  onStop(() => database.close());
  await prepareDatabase(database);

  const mailer = config.mail && openMailer(config.mail);
  onStop(() => mailer?.close());
  const worker = await createWorker({
    connection,
    namespace,
    taskQueue,
    database: database.db,
    documentTypes,
    directory,
    webhooks: config.webhooks,
    mailer,
    links: config.links,
    orders: config.orders,
    retentionMs: config.retentionMs,
    log,
  });
  const running = worker.run();
  await scheduleReconciler(createTemporal({ connection, namespace, taskQueue }));
  // A worker that ended by itself must not stay as a process that looks alive.
  running.catch(fail);
  onStop(async () => {
    if (worker.getState() === 'RUNNING') worker.shutdown();
    await running;
  });
  console.log(`dossier: ready: a worker on the task queue ${taskQueue} of ${server.address}`);
});
