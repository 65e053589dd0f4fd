/** `node worker.mjs ADDRESS QUEUE DIRECTORY [bare]`: their worker. `bare`: without our interceptors. */
import { appendFileSync, existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { Context } from '@temporalio/activity';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';

const [address, taskQueue, directory, bare] = process.argv.slice(2);
const require = createRequire(import.meta.url);
const note = (line) => appendFileSync(`${directory}/calls`, `${line}\n`);

const activities = {
  SayHi: async (name) => `Hi ${name}!`,
  Tick: async () => note('tick'),
  /** Fails for the name `bad` until there is a file `mended`. */
  Work: async (name) => {
    note(`work ${name}`);
    if (name === 'bad' && !existsSync(`${directory}/mended`)) throw new Error('It is broken');
    return `${name} done`;
  },
  /** Fails when it is called so many times for this workflow id, whichever run. */
  FailTimes: (() => {
    const calls = new Map();
    return async (times) => {
      const { workflowId } = Context.current().info.workflowExecution;
      const call = (calls.get(workflowId) ?? 0) + 1;
      calls.set(workflowId, call);
      if (call <= times) throw new Error(`No. ${call}`);
      return call;
    };
  })(),
};

// What fails here fails on purpose.
Runtime.install({ logger: new DefaultLogger('ERROR') });
const connection = await NativeConnection.connect({ address });
const worker = await Worker.create({
  connection,
  namespace: 'default',
  taskQueue,
  activities,
  workflowsPath: fileURLToPath(new URL('workflows.ts', import.meta.url)),
  interceptors: bare ? {} : { workflowModules: [require.resolve('dossier/durable/interceptors')] },
});
console.log('ready');
await worker.run();
await connection.close();
