/** The worker as a value: what runs the workflows and activities, wherever it runs. */
import { readFile } from 'node:fs/promises';
import {
  DefaultLogger,
  Runtime,
  Worker,
  type InjectedSinks,
  type LogEntry,
  type NativeConnection,
} from '@temporalio/worker';
import type { Logger } from 'pino';
import { createActivities } from '../activities/index.ts';
import type { Mailer } from '../activities/mail/mailer.ts';
import type { WebhookSettings } from '../activities/webhooks.ts';
import type { Change } from '../contracts/changes.ts';
import type { Directory } from '../contracts/people.ts';
import type { DocumentTypes } from '../document-types/index.ts';
import type { OrderSettings } from '../order-settings.ts';
import { builtFile } from '../paths.ts';
import { providersOf } from '../providers/index.ts';
import type { LinkSettings } from '../shared/decision-links.ts';
import { announcer } from '../store/changes.ts';
import type { Database } from '../store/database.ts';
import type { ChangeSinks } from '../workflows/shared/announcing.ts';
import { createTemporal } from './client.ts';

export interface WorkerDeps {
  readonly connection: NativeConnection;
  readonly namespace: string;
  readonly taskQueue: string;
  readonly database: Database;
  readonly documentTypes: DocumentTypes;
  readonly directory: Directory;
  readonly webhooks: WebhookSettings;
  /** Undefined when nothing is mailed. Whoever opened it closes it when the worker has ended. */
  readonly mailer: Mailer | undefined;
  /** For mails. */
  readonly links: LinkSettings;
  readonly orders: OrderSettings;
  /** Milliseconds for which messages that have had their effect are remembered. */
  readonly retentionMs: number;
  readonly log: Logger;
}

/**
 * A worker that is ready to `run()`. Pollers, caches and the reuse of V8 contexts stay at their defaults: no other
 * setting gave anything (measured), one worker process per two cores.
 */
export async function createWorker(deps: WorkerDeps): Promise<Worker> {
  const { connection, namespace, taskQueue, database, documentTypes, directory, log } = deps;
  const code = await readFile(builtFile('workflow-bundle.js'), 'utf8');
  return Worker.create({
    connection,
    namespace,
    taskQueue,
    workflowBundle: { code },
    activities: createActivities({
      database,
      documentTypes,
      directory,
      webhooks: deps.webhooks,
      mailer: deps.mailer,
      links: deps.links,
      orders: {
        terms: deps.orders.terms,
        providers: providersOf(deps.orders.providers, database),
      },
      retentionMs: deps.retentionMs,
      temporal: createTemporal({ connection, namespace, taskQueue }),
      log: log.child({ part: 'activity' }),
    }),
    dataConverter: { payloadConverterPath: builtFile('temporal/payload-converter.js') },
    sinks: changeSinks(database, log),
    // The default of 0 would cancel running activities at once.
    shutdownGraceTime: '10s',
    shutdownForceTime: '20s',
  });
}

/**
 * Live hints go to the database, which tells every gateway. Nothing waits for that: a workflow task would otherwise take as
 * long as the database does.
 */
function changeSinks(database: Database, log: Logger): InjectedSinks<ChangeSinks> {
  const announce = announcer(database, (lost, error) => {
    const ids = lost.map(({ kind, id }) => `${kind}:${id}`);
    log.debug({ ids, cause: String(error) }, 'live hints were lost');
  });
  const fn = (_info: unknown, change: Change): void => announce(change);
  return { changes: { published: { callDuringReplay: false, fn } } };
}

/**
 * Sends the SDK's own log lines to ours, and leaves signals to us: the SDK would otherwise shut the worker down on
 * SIGTERM by itself, before the gateway has answered what is in flight. Once per process, before anything connects.
 */
export function installRuntime(log: Logger): void {
  const lines = log.child({ part: 'temporal' });
  const write = ({ level, message, meta }: LogEntry): void => {
    const {
      sdkComponent: _component,
      taskQueue: _queue,
      ...fields
    } = (meta ?? {}) as Record<string, unknown>;
    lines[level.toLowerCase() as 'info'](fields, message);
  };
  Runtime.install({ logger: new DefaultLogger('INFO', write), shutdownSignals: [] });
}
