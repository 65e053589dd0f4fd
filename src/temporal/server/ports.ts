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
  const grpc = await holdAny(port, 'TEMPORAL_PORT');
  try {
    const ui = await holdAny(uiPort, 'TEMPORAL_UI_PORT'); // both held at once, so that they differ
    await ui.free();
    return { port: grpc.port, uiPort: ui.port };
  } finally {
    await grpc.free();
  }
}

/** Between the well-known ports and those that systems hand out to whoever asks for any. */
const OURS = { from: 20_000, to: 32_000 };

/**
 * The wanted port, or for 0 some free one. Not one that the system picks: between our letting go of it and the server's
 * binding it, the system would hand it out again, to any connection of anybody on this machine (seen in tests).
 */
async function holdAny(wanted: number, variable: 'TEMPORAL_PORT' | 'TEMPORAL_UI_PORT') {
  if (wanted !== 0) return hold(wanted, variable);
  for (let tries = 0; tries < 50; tries += 1) {
    const port = OURS.from + Math.floor(Math.random() * (OURS.to - OURS.from));
    const held = await hold(port, variable).catch(() => undefined);
    if (held) return held;
  }
  return hold(0, variable);
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
