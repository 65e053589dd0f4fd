/** The worker under measurement: the service's own, on a database in memory. Arguments: address, task queue. */
import pino from 'pino';
import { NativeConnection } from '@temporalio/worker';
import { NO_DIRECTORY } from '../../dist/contracts/people.js';
import { loadDocumentTypes } from '../../dist/document-types/index.js';
import { orderSettings } from '../../dist/order-settings.js';
import { NO_LINKS } from '../../dist/shared/decision-links.js';
import { openEmbedded, prepareDatabase } from '../../dist/store/database.js';
import { createWorker, installRuntime } from '../../dist/temporal/worker.js';

const [address, taskQueue] = process.argv.slice(2);
const log = pino({ level: 'info', base: null }, pino.destination({ fd: 2, sync: true }));
installRuntime(log);
const [connection, database] = await Promise.all([
  NativeConnection.connect({ address }),
  openEmbedded(),
]);
await prepareDatabase(database);
const worker = await createWorker({
  retentionMs: 86_400_000,
  connection,
  namespace: 'default',
  taskQueue,
  log,
  database: database.db,
  webhooks: { allow: [], secrets: [] },
  mailer: undefined,
  orders: orderSettings({}),
  links: NO_LINKS,
  directory: NO_DIRECTORY,
  documentTypes: await loadDocumentTypes('document-types'),
});
process.once('SIGTERM', () => worker.shutdown());
process.once('disconnect', () => process.exit(1));
const running = worker.run();
console.log('ready');
await running;
await connection.close();
await database.close();
process.exit(0);
