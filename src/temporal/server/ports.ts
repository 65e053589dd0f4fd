import { once } from 'node:events';
import { createServer } from 'node:net';
import { StartupError } from '../../startup-error.ts';

/** The ports of an embedded server on 127.0.0.1. */
export interface Ports {
  readonly port: number;
  readonly uiPort: number;
}

/**
 * The wanted ports, of which 0 means any, after proof that both are free and different.
 * @throws StartupError that names the variable, when one is taken
 */
export async function freePorts(port: number, uiPort: number): Promise<Ports> {
  const grpc = await hold(port, 'TEMPORAL_PORT');
  try {
    const ui = await hold(uiPort, 'TEMPORAL_UI_PORT'); // both held at once, so that they differ
    await ui.free();
    return { port: grpc.port, uiPort: ui.port };
  } finally {
    await grpc.free();
  }
}

/** Binds the port as the server will, which is the only proof that nobody else has it. */
async function hold(wanted: number, variable: 'TEMPORAL_PORT' | 'TEMPORAL_UI_PORT') {
  const holder = createServer();
  try {
    await once(holder.listen(wanted, '127.0.0.1'), 'listening');
  } catch (error) {
    const taken = (error as NodeJS.ErrnoException).code === 'EADDRINUSE';
    const other =
      variable === 'TEMPORAL_PORT'
        ? `, or set TEMPORAL_ADDRESS=127.0.0.1:${wanted} if that is a Temporal server to be used`
        : '';
    throw new StartupError(
      `Port ${wanted} ${taken ? 'is taken by another program' : `cannot be used (${(error as Error).message})`}: ` +
        `free it, or set ${variable} to another port (0 picks one)${taken ? other : ''}.`,
    );
  }
  const address = holder.address();
  const port = typeof address === 'object' && address !== null ? address.port : wanted;
  return { port, free: () => new Promise<void>((done) => holder.close(() => done())) };
}
