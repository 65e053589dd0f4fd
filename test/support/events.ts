/** CloudEvents as senders send them, against the harness. */
import { randomUUID } from 'node:crypto';
import type { Harness, Loose } from './harness.ts';

export interface Answer {
  readonly status: number;
  readonly headers: Loose;
  readonly text: string;
  readonly body: Loose;
}

export const STRUCTURED = 'application/cloudevents+json';
export const BATCH = 'application/cloudevents-batch+json';

/** An event with an id of its own, and what the test says. */
export const eventOf = (more: Record<string, unknown> = {}) => ({
  specversion: '1.0',
  id: randomUUID(),
  source: '/test',
  type: 'test.hello',
  ...more,
});

/** Its attributes as headers, values as they are. */
export const headersOf = (attributes: Record<string, unknown>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(attributes).map(([name, value]) => [`ce-${name}`, String(value)]),
  );

export function sendersOf({ app }: Pick<Harness, 'app'>) {
  const post = async (
    payload: string | Buffer | undefined,
    headers: Record<string, string>,
  ): Promise<Answer> => {
    const response = await app.inject({
      method: 'POST',
      url: '/api/triggers',
      headers: { host: 'localhost:8080', ...headers },
      ...(payload === undefined ? {} : { payload }),
    });
    const text = response.payload;
    const isJson = /[/+]json/.test(String(response.headers['content-type'])) && text !== '';
    const body = isJson ? JSON.parse(text) : undefined;
    return { status: response.statusCode, headers: response.headers, text, body };
  };
  return {
    post,
    structured: (event: object, headers: Record<string, string> = {}): Promise<Answer> =>
      post(JSON.stringify(event), { 'content-type': STRUCTURED, ...headers }),
    batch: (events: readonly object[]): Promise<Answer> =>
      post(JSON.stringify(events), { 'content-type': BATCH }),
    /** `body` as JSON, unless it is a text or bytes with their own `content-type`. */
    binary: (
      attributes: Record<string, unknown>,
      body?: string | Buffer,
      type = 'application/json',
    ): Promise<Answer> =>
      post(body, {
        ...headersOf(attributes),
        ...(body === undefined ? {} : { 'content-type': type }),
      }),
  };
}
