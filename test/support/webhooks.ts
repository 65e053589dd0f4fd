/** Receivers of webhooks, and the activity as a worker would run it. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import { createServer as createTcp, type AddressInfo, type Server, type Socket } from 'node:net';
import { ApplicationFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { onTestFinished } from 'vitest';
import {
  webhookActivities,
  type Resolver,
  type WebhookSettings,
} from '../../src/activities/webhooks.ts';

export const SECRET = 'only receiver and sender know';

/** A server of a test, which ends with it. */
export interface Listening {
  readonly port: number;
  /** How often somebody has connected: a connection is too much already where nobody may go. */
  readonly connections: () => number;
}

/** HTTP on a loopback address; answers 204 by default. `seen` are the requests. */
export async function receiver(
  answer: RequestListener = (_, response) => response.writeHead(204).end(),
  address = '127.0.0.1',
  port = 0,
): Promise<Listening & { readonly seen: readonly IncomingMessage[] }> {
  const seen: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    seen.push(request);
    request.resume();
    answer(request, response);
  });
  return { ...(await listening(server, address, port)), seen };
}

/** Bytes on a loopback address, for what no HTTP server would answer. */
export async function tcp(talk: (socket: Socket) => void): Promise<Listening> {
  return listening(createTcp(talk), '127.0.0.1', 0);
}

async function listening(server: Server, address: string, wanted: number): Promise<Listening> {
  const sockets: Socket[] = [];
  server.on('connection', (socket: Socket) => {
    socket.on('error', () => undefined);
    sockets.push(socket);
  });
  server.listen(wanted, address);
  await once(server, 'listening');
  onTestFinished(async () => {
    const closed = once(server, 'close');
    server.close();
    for (const socket of sockets) socket.destroy();
    await closed;
  });
  return { port: (server.address() as AddressInfo).port, connections: () => sockets.length };
}

/** Answers with these, one list a call, and then with the last; `asked` are the names. */
export function answering(...answers: readonly (readonly string[])[]) {
  const asked: string[] = [];
  const resolve: Resolver = async (hostname) => {
    const addresses = answers[Math.min(asked.push(hostname), answers.length) - 1] ?? [];
    return addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
  };
  return { resolve, asked };
}

/** Where activities run, without the lines that the SDK logs of each failure. */
export function activityEnvironment(): MockActivityEnvironment {
  return new MockActivityEnvironment(undefined, { logger: new DefaultLogger('ERROR') });
}

/** One attempt of one call: its status, else what it failed with. */
export async function attempt(
  url: string,
  settings: Partial<WebhookSettings> & Pick<WebhookSettings, 'allow'>,
  { environment = activityEnvironment(), id = 'webhook:document:1' } = {},
): Promise<number | ApplicationFailure> {
  const activities = webhookActivities({ webhooks: { secrets: [SECRET], ...settings } });
  const call = { id, url, message: { occasion: 'approved' } };
  try {
    return await environment.run((one: typeof call) => activities.postWebhook(one), call);
  } catch (error) {
    if (error instanceof ApplicationFailure) return error;
    throw error;
  }
}
