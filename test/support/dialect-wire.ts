/** The management API over a real connection, as clients use it that mean no good; and what it may answer them. */
import { expect } from 'vitest';
import { MANAGEMENT, type Answer } from './dialect.ts';
import { wireTo, type WireHeaders } from './wire.ts';

/** The public base path, and the one that SDKs use within a function app. */
export const BASES = [MANAGEMENT, '/durabletask'] as const;

export const MESSAGES = {
  argument: 'One or more of the arguments submitted is incorrect',
  internal: 'Something went wrong while processing your request',
  json: 'Invalid JSON content',
  type: 'Only application/json request content is supported',
};

/** The body of a refusal: all four names, always. */
export const failure = (message: unknown, exception: unknown = expect.any(String)) => ({
  Message: message,
  ExceptionMessage: exception,
  ExceptionType: expect.any(String),
  StackTrace: '',
});

/** Cases whose titles can be read, however long they are. */
export const titled = (cases: readonly string[]) =>
  cases.map((one) => [one.slice(0, 40), one] as const);

/** Milliseconds that no garbage may take, even on a busy machine; Temporal itself would take 19 s for some of it. */
const QUICK = 5_000;

/**
 * Any method and any bytes; `url`: below the public base, or from a slash on. Every answer must come quickly and be one of
 * the dialect: JSON, a refusal with its four names, or nothing.
 */
export function dialectWire(origin: string) {
  const wire = wireTo(origin);
  const ask = async (
    method: string,
    url: string,
    body: Buffer | string = '',
    headers: WireHeaders = {},
    chunked = false,
  ): Promise<Answer> => {
    const path = url.startsWith('/') ? url : `${MANAGEMENT}/${url}`;
    const {
      status,
      headers: got,
      text,
      ms,
    } = await wire.send(method, path, body, headers, chunked);
    const what = `${method} ${path.slice(0, 200)}: ${status} ${text.slice(0, 200)}`;
    expect(ms, what).toBeLessThan(QUICK);
    if (text === '') return { status, headers: got, text, body: undefined };
    expect(got['content-type'], what).toBe('application/json; charset=utf-8');
    expect([404, 410], what).not.toContain(status);
    const json = JSON.parse(text);
    if (status >= 400 && typeof json !== 'string' && !('runtimeStatus' in json))
      expect(json, what).toEqual(failure(expect.any(String)));
    return { status, headers: got, text, body: json };
  };
  return { ask, raw: wire.raw };
}
