/** Requests over a real connection, byte for byte: what no well-behaved client would send. */
import { request } from 'node:http';
import { connect } from 'node:net';

/** What came back, and after how many milliseconds. */
export interface WireAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly text: string;
  readonly ms: number;
}

/** Header by header; undefined takes away what would be sent otherwise. */
export type WireHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

/** `origin`: such as http://127.0.0.1:8080. */
export function wireTo(origin: string) {
  const { hostname: host, port } = new URL(origin);
  return {
    /** Each on a connection of its own. `chunked`: without a content-length. @throws Error when there is no answer */
    send: (
      method: string,
      path: string,
      body: Buffer | string = '',
      headers: WireHeaders = {},
      chunked = false,
    ): Promise<WireAnswer> => {
      const all = Object.entries({ 'content-type': 'application/json', ...headers });
      const sent = Object.fromEntries(all.filter(([, value]) => value !== undefined));
      const began = Date.now();
      return new Promise((resolve, reject) => {
        const options = { host, port, method, path, headers: sent as never, agent: false };
        const asked = request(options, (response) => {
          const { statusCode: status = 0, headers: got } = response;
          let text = '';
          response.setEncoding('utf8').on('data', (part: string) => (text += part));
          response.on('end', () => resolve({ status, headers: got, text, ms: Date.now() - began }));
        });
        asked.on('error', reject);
        if (chunked) asked.write(body.slice(0, 10));
        asked.end(chunked ? body.slice(10) : body);
      });
    },
    /** All that the server says to these bytes, until it closes. */
    raw: (bytes: string): Promise<string> =>
      new Promise((resolve) => {
        let got = '';
        const socket = connect({ host, port: Number(port) });
        socket.on('data', (part) => (got += part.toString('latin1')));
        // A reset is an end, too.
        socket.on('error', () => {}).on('close', () => resolve(got));
        socket.write(bytes, 'latin1');
      }),
  };
}
