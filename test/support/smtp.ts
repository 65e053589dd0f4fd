/** A real SMTP server for tests: it keeps what it takes, and refuses what it is told to. */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import PostalMime, { type Email } from 'postal-mime';
import { SMTPServer } from 'smtp-server';
import { onEnd } from './service.ts';

/** One mail that the server took. */
export interface Taken {
  /** The envelope's recipients. */
  readonly to: readonly string[];
  /** As it came. */
  readonly raw: string;
  readonly mail: Email;
}

export interface Smtp {
  readonly url: string;
  readonly taken: Taken[];
  /** The next replies to this recipient; after them it is taken again. */
  readonly refuse: Map<string, number[]>;
  /** Its port stays its own. */
  stop(): Promise<void>;
  start(): Promise<void>;
}

/** Runs until the tests of the file are over. */
export async function startSmtp(): Promise<Smtp> {
  const taken: Taken[] = [];
  const refuse = new Map<string, number[]>();
  let port = 0;
  let running: SMTPServer | undefined;
  const start = async (): Promise<void> => {
    const server = serverFor(taken, refuse);
    server.listen(port, '127.0.0.1');
    await once(server.server, 'listening');
    port = (server.server.address() as AddressInfo).port;
    running = server;
  };
  const stop = async (): Promise<void> => {
    const server = running;
    running = undefined;
    if (server) await new Promise<void>((resolve) => server.close(() => resolve()));
  };
  await start();
  onEnd(stop);
  return { url: `smtp://127.0.0.1:${port}`, taken, refuse, start, stop };
}

function serverFor(taken: Taken[], refuse: Map<string, number[]>): SMTPServer {
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    disableReverseLookup: true,
    logger: false,
    closeTimeout: 100,
    onRcptTo({ address }, _session, done) {
      const responseCode = refuse.get(address)?.shift();
      if (responseCode === undefined) return done();
      done(Object.assign(new Error(`not ${address}`), { responseCode }));
    },
    onData(stream, session, done) {
      const take = async (): Promise<void> => {
        const raw = Buffer.concat((await stream.toArray()) as Buffer[]).toString();
        const to = session.envelope.rcptTo.map(({ address }) => address);
        taken.push({ to, raw, mail: await PostalMime.parse(raw) });
        done();
      };
      // Whoever was sending it is gone, and it with them.
      take().catch(() => undefined);
    },
  });
  // Connections that break are what some tests are about.
  server.on('error', () => {});
  return server;
}
