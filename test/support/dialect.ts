/** The management API as a client of Durable Functions uses it, against the harness. */
import { randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import { awaitUntil } from './await-until.ts';
import type { Harness, Loose } from './harness.ts';

export interface Answer {
  readonly status: number;
  readonly headers: Loose;
  readonly text: string;
  readonly body: Loose;
}

export const MANAGEMENT = '/runtime/webhooks/durabletask';

export function dialectOf({ app }: Pick<Harness, 'app'>) {
  /** `url`: below the public base, or from a slash on. */
  const send = async (
    method: 'GET' | 'POST' | 'PUT' | 'DELETE' | 'HEAD',
    url: string,
    payload?: string,
    headers: Record<string, string> = {},
  ): Promise<Answer> => {
    const type = payload === undefined ? {} : { 'content-type': 'application/json' };
    const response = await app.inject({
      method,
      url: url.startsWith('/') ? url : `${MANAGEMENT}/${url}`,
      headers: { host: 'localhost:8080', ...type, ...headers },
      ...(payload === undefined ? {} : { payload }),
    });
    const text = response.payload;
    const isJson = /json/.test(String(response.headers['content-type'])) && text !== '';
    const body = isJson ? JSON.parse(text) : undefined;
    return { status: response.statusCode, headers: response.headers as Loose, text, body };
  };
  return {
    send,
    /** Returns the id. */
    start: async (
      name: string,
      input: unknown = null,
      id: string = randomUUID(),
    ): Promise<string> => {
      const answer = await send('POST', `orchestrators/${name}/${id}`, JSON.stringify(input));
      expect(answer.status, answer.text).toBe(202);
      return id;
    },
    status: async (id: string, query = ''): Promise<Loose> => {
      const answer = await send('GET', `instances/${id}${query}`);
      expect(answer.status, answer.text).toBeLessThan(300);
      return answer.body;
    },
    raise: async (id: string, event: string, data: unknown): Promise<void> => {
      const answer = await send(
        'POST',
        `instances/${id}/raiseEvent/${event}`,
        JSON.stringify(data),
      );
      expect(answer.status, answer.text).toBe(202);
    },
    /** Such as `terminate?reason=x`. */
    steer: (id: string, operation: string) => send('POST', `instances/${id}/${operation}`),
    /** How it ended. For ten seconds Temporal still waits for a worker that was killed. */
    ended: (id: string): Promise<Loose> =>
      awaitUntil(
        'it has ended',
        async () => {
          const answer = await send('GET', `instances/${id}`);
          return answer.status === 200 && answer.body;
        },
        20_000,
      ),
  };
}
