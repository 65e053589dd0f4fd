/** The gateway process, as in production: `npm run api`. */
import { loadDocumentTypes } from '../document-types/index.ts';
import { startGateway } from '../gateway.ts';
import { loadDirectory } from '../people/index.ts';
import { requireServers, runProcess } from '../process.ts';
import { openPostgres } from '../store/database.ts';
import { createTemporal } from '../temporal/client.ts';
import { connectLazily } from '../temporal/connect.ts';

/**
 * Starts whether or not Temporal and the database can be reached: it is alive, says on /readyz what is missing, answers
 * 503 meanwhile, and needs no restart when they come. Migrations and search attributes are the worker's.
 */
await runProcess(async ({ config, log, onStop }) => {
  const { connection: server, databaseUrl } = requireServers(config);
  const { namespace, taskQueue, uiUrl } = config.temporal;
  const directory = loadDirectory(config.directoryFile, log.warn.bind(log));
  const documentTypes = await loadDocumentTypes(config.documentTypesDir, config.limits, directory);
  const connection = connectLazily(server);
  onStop(() => connection.close());
  const database = openPostgres(databaseUrl);
  onStop(() => database.close());
  const temporal = createTemporal({ connection, namespace, taskQueue });
  const gateway = await startGateway(config, {
    temporal,
    database: database.db,
    changes: await database.changes(),
    documentTypes,
    directory,
    links: config.links,
    log,
    temporalUiUrl: uiUrl,
  });
  onStop(() => gateway.close());
  console.log(
    `dossier: ready: the API at ${gateway.url}${config.apiPrefix}, its description at ${gateway.url}/docs`,
  );
});
