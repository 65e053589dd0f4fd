/** Connections that stay open and carry nothing, as those to a frozen machine do. */
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { onEnd } from './service.ts';

export interface Freezable {
  readonly port: number;
  /** From now on the connections that there are carry nothing; or, with `answers`, only what goes there. */
  freeze(what?: 'answers'): void;
  /** They carry everything again, also what has come meanwhile. */
  thaw(): void;
}

/** A way to a port of `host`. */
export async function freezable(target: number, host = '127.0.0.1'): Promise<Freezable> {
  const pairs: { readonly incoming: Socket; readonly outgoing: Socket }[] = [];
  const server = createServer((incoming) => {
    const outgoing = connect({ host, port: target });
    for (const socket of [incoming, outgoing]) socket.on('error', () => {});
    incoming.pipe(outgoing).pipe(incoming);
    pairs.push({ incoming, outgoing });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onEnd(() => {
    for (const { incoming, outgoing } of pairs) {
      incoming.destroy();
      outgoing.destroy();
    }
    server.close();
  });
  return {
    port: (server.address() as AddressInfo).port,
    freeze(what) {
      for (const { incoming, outgoing } of pairs) {
        outgoing.unpipe().pause();
        if (what === undefined) incoming.unpipe().pause();
      }
    },
    thaw() {
      for (const { incoming, outgoing } of pairs) {
        incoming.unpipe();
        outgoing.unpipe();
        incoming.pipe(outgoing).pipe(incoming);
      }
    },
  };
}
