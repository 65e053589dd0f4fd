/** The gateway, listening. */
import { createServer } from 'node:net';
import { buildApp, type AppDeps } from './api/app.ts';
import { watchFolder, type WatchedFolder } from './api/triggers/folder.ts';
import { Intake } from './api/triggers/intake.ts';
import type { Config } from './config.ts';
import { version } from './process.ts';
import { StartupError } from './startup-error.ts';

/** A gateway that accepts connections. */
export interface Gateway {
  /** Where it listens, without a slash at the end. */
  readonly url: string;
  /** Takes no new connections and files, answers what is in flight, then resolves. */
  close(): Promise<void>;
}

/** With the watched folder, if there is one. @throws StartupError when HOST and PORT cannot be listened on, or there can be no such folder */
export async function startGateway(
  config: Config,
  deps: Pick<
    AppDeps,
    | 'temporal'
    | 'database'
    | 'changes'
    | 'documentTypes'
    | 'directory'
    | 'links'
    | 'log'
    | 'temporalUiUrl'
  >,
): Promise<Gateway> {
  const { apiPrefix, durable, triggers, host, port } = config;
  const orderTerms = config.orders.terms;
  const app = await buildApp({ ...deps, apiPrefix, durable, orderTerms, triggers, version });
  try {
    const url = await app.listen({ host, port }).catch((error: unknown) => {
      throw cannotListen(config, error);
    });
    const watched = await watchTriggers(
      triggers.folder,
      new Intake({ ...deps, durable, triggers }),
      deps.log,
    );
    return {
      url,
      async close() {
        await Promise.all([app.close(), watched?.close()]);
      },
    };
  } catch (error) {
    await app.close();
    throw error;
  }
}

async function watchTriggers(
  folder: string | undefined,
  intake: Intake,
  log: AppDeps['log'],
): Promise<WatchedFolder | undefined> {
  if (folder === undefined) return undefined;
  return watchFolder({ folder, intake, log }).catch((error: Error) => {
    throw new StartupError(`TRIGGER_FOLDER ${folder} cannot be used: ${error.message}`);
  });
}

/** Fails early, before minutes of preparation, when somebody else has our port. @throws StartupError */
export async function checkPort(config: Config): Promise<void> {
  const { host, port } = config;
  if (port === 0) return;
  await new Promise<void>((resolve, reject) => {
    const probe = createServer();
    probe.once('error', (error) => reject(cannotListen(config, error)));
    probe.listen({ host, port }, () => probe.close(() => resolve()));
  });
}

function cannotListen({ host, port }: Config, error: unknown): StartupError {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'EADDRINUSE')
    return new StartupError(
      `PORT ${port} on ${host} is in use; stop what uses it or set another PORT`,
    );
  return new StartupError(`HOST ${host} and PORT ${port} cannot be listened on: ${message}`);
}
