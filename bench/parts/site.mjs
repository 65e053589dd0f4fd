/** What is measured: the processes of one installation. */
import { Client, Connection } from '@temporalio/client';
import { registerSearchAttributes } from '../../dist/temporal/prepare.js';
import { startEmbeddedServer } from '../../dist/temporal/server/embedded.js';
import { startChild } from './children.mjs';
import { createRaw } from './raw.mjs';

/** Nobody listens there: no route that is measured needs the database. */
export const NO_DATABASE = 'postgres://nobody@127.0.0.1:1/none';

/**
 * One Temporal server with our settings, a worker, a gateway and a raw client, each in a process of its own. `undo` gets
 * what is to be done when the bench ends early.
 */
export async function openSite(executable, { dir, undo, nodeArgs = [] }) {
  const server = await startEmbeddedServer({
    executable,
    dataDir: dir,
    port: 0,
    uiPort: 0,
    namespace: 'default',
    log: () => {},
  });
  undo.push(() => server.stop());
  const connection = await Connection.connect({ address: server.address });
  await registerSearchAttributes(connection, 'default');
  const taskQueue = 'bench';
  const worker = startChild('bench/parts/worker.mjs', { args: [server.address, taskQueue] });
  const gateway = startGateway(server.address, taskQueue, 0, nodeArgs);
  const raw = startChild('bench/parts/raw.mjs', { args: [server.address, taskQueue] });
  await Promise.all([worker.ready, gateway.ready, raw.ready]);
  const starter = await createRaw(server.address, taskQueue);
  const [url] = /http:\/\/[^/\s]+/.exec(await gateway.ready);
  return {
    server,
    worker,
    gateway,
    raw,
    url,
    taskQueue,
    address: server.address,
    client: new Client({ connection }),
    starter,
    async close() {
      await starter.close();
      await Promise.all([gateway.stop(), raw.stop(), worker.stop()]);
      await connection.close();
      await server.stop();
    },
  };
}

export function startGateway(address, taskQueue, port, nodeArgs = []) {
  const env = { TEMPORAL_ADDRESS: address, TEMPORAL_TASK_QUEUE: taskQueue, PORT: String(port) };
  return startChild('dist/api/server.js', {
    env: { ...env, DATABASE_URL: NO_DATABASE },
    ready: /ready: /,
    nodeArgs,
  });
}
