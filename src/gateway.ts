/** The gateway, listening. */
import { createServer } from 'node:net';
import { buildApp, type AppDeps } from './api/app.ts';
import type { Config } from './config.ts';
import { version } from './process.ts';
import { StartupError } from './startup-error.ts';

/** A gateway that accepts connections. */
export interface Gateway {
  /** Where it listens, without a slash at the end. */
  readonly url: string;
  /** Takes no new connections, answers what is in flight, then resolves. */
  close(): Promise<void>;
}

/** @throws StartupError when HOST and PORT cannot be listened on */
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
  const { apiPrefix, durable, host, port } = config;
  const orderTerms = config.orders.terms;
  const app = await buildApp({ ...deps, apiPrefix, durable, orderTerms, version });
  try {
    const url = await app.listen({ host, port });
    return { url, close: () => app.close() };
  } catch (error) {
    await app.close();
    throw cannotListen(config, error);
  }
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
