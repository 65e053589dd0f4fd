/** One POST to addresses that were checked before, and nowhere else. */
import type { LookupAddress } from 'node:dns';
import { request as requestHttp, type ClientRequest, type RequestOptions } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { LookupFunction } from 'node:net';

/** Bytes of an answer that are taken, and thrown away, before the connection is cut. */
export const MAX_ANSWER = 16 * 1024;

/** What is sent where. */
export interface Post {
  readonly url: URL;
  /** All that the host may be connected to; at least one. */
  readonly addresses: readonly LookupAddress[];
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Ends everything: the connecting, the sending, the waiting, the answer. */
  readonly signal: AbortSignal;
}

/**
 * The status of the answer. Nothing of Node's that would lead elsewhere is in the way: no redirects, no proxy, no second
 * look-up, no connection of an earlier call. TLS is for the name in the URL. The body of the answer is let go: a receiver
 * that is cut off while it writes may take its work back, so some of it is waited for, but it decides nothing.
 * @throws whatever the connection fails with, before there is a status
 */
export async function post({ url, addresses, headers, body, signal }: Post): Promise<number> {
  signal.throwIfAborted();
  const options: RequestOptions = {
    method: 'POST',
    // A new agent for this one call: it keeps no connection, and has no proxy from the environment.
    agent: false,
    lookup: onlyTo(addresses),
    headers: {
      ...headers,
      host: url.host,
      'content-length': String(Buffer.byteLength(body)),
    },
    signal,
  };
  const request = (url.protocol === 'https:' ? requestHttps : requestHttp)(url, options);
  const status = statusOf(request);
  request.end(body);
  return status;
}

/** A look-up that knows its answer. For an address in the URL Node does not ask at all: it is the one that was checked. */
function onlyTo(addresses: readonly LookupAddress[]): LookupFunction {
  return (_hostname, { all }, callback) => {
    const [first] = addresses;
    queueMicrotask(() => {
      if (!first) callback(new Error('no address'), '', 0);
      else if (all) callback(null, [...addresses]);
      else callback(null, first.address, first.family);
    });
  };
}

function statusOf(request: ClientRequest): Promise<number> {
  return new Promise((resolve, reject) => {
    let status: number | undefined;
    let failure: Error | undefined;
    request.on('response', (response) => {
      status = response.statusCode;
      let taken = 0;
      response.on('data', (chunk: Buffer) => {
        taken += chunk.length;
        if (taken > MAX_ANSWER) request.destroy();
      });
      response.on('error', () => undefined);
    });
    request.on('error', (error) => (failure = error));
    request.on('close', () => {
      if (status === undefined) reject(failure ?? new Error('closed without an answer'));
      else resolve(status);
    });
  });
}
