/** The worker process, as in production: `npm run worker`. */
import { loadDocumentTypes } from './document-types.ts';
import { requireServers, runProcess } from './process.ts';
import { openPostgres, prepareDatabase } from './store/database.ts';
import { connectNative } from './temporal/connect.ts';
import { registerSearchAttributes } from './temporal/prepare.ts';
import { createWorker, installRuntime } from './temporal/worker.ts';

await runProcess(async ({ config, log, onStop, fail }) => {
  const { connection: server, databaseUrl } = requireServers(config);
  const { namespace, taskQueue } = config.temporal;
  const documentTypes = await loadDocumentTypes(config.documentTypesDir);
  installRuntime(log);
  const connection = await connectNative(server);
  onStop(() => connection.close());
  await registerSearchAttributes(connection, namespace);
  const database = openPostgres(databaseUrl);
  onStop(() => database.close());
  await prepareDatabase(database);

  const worker = await createWorker({
    connection,
    namespace,
    taskQueue,
    database: database.db,
    documentTypes,
    log,
  });
  const running = worker.run();
  // A worker that ended by itself must not stay as a process that looks alive.
  running.catch(fail);
  onStop(async () => {
    if (worker.getState() === 'RUNNING') worker.shutdown();
    await running;
  });
  console.log(`dossier: ready: a worker on the task queue ${taskQueue} of ${server.address}`);
});
