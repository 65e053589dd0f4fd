/** Calls to another service that the operator has configured: JSON, signed, with an idempotency key, and with an end. */
import { messageId, signedHeaders } from '../../shared/signing.ts';
import { ProviderMisconfigured, ProviderUnavailable } from '../payment.ts';

export interface RemoteSettings {
  /** Without a slash at the end. */
  readonly url: string;
  /** Each signs each call; none: nothing is signed. */
  readonly secrets: readonly string[];
  /** For everything together, in milliseconds. Default 10 s. */
  readonly timeoutMs?: number;
}

/** What is asked for. */
export interface RemoteCall {
  /** Below the URL of the settings, such as `/captures`. */
  readonly path: string;
  /** The same for each attempt: by it the service knows a repetition. */
  readonly idempotencyKey: string;
  readonly body: object;
  /** Statuses beside 2xx that are answers, too. */
  readonly answers: readonly number[];
  readonly signal: AbortSignal;
}

export interface RemoteAnswer {
  readonly status: number;
  /** Empty for anything but an object. */
  readonly body: Readonly<Record<string, unknown>>;
}

const TIMEOUT_MS = 10_000;
/** Bytes of an answer that are read; a longer one is none. */
const LONGEST_ANSWER = 64 * 1024;
/** Come again: too early, too often. Like all 5xx. */
const LATER: ReadonlySet<number> = new Set([408, 409, 423, 425, 429]);

/**
 * One POST. Redirects are not followed: whoever is configured answers.
 * @throws ProviderUnavailable when there is no answer, or one to come again; ProviderMisconfigured for any other; whatever
 * the signal says when it ends the call
 */
export async function callRemote(
  { url, secrets, timeoutMs = TIMEOUT_MS }: RemoteSettings,
  { path, idempotencyKey, body, answers, signal }: RemoteCall,
): Promise<RemoteAnswer> {
  const { host } = new URL(url);
  const json = JSON.stringify(body);
  const late = AbortSignal.timeout(timeoutMs);
  try {
    const response = await fetch(`${url}${path}`, {
      method: 'POST',
      headers: {
        ...signedHeaders(messageId(idempotencyKey), json, secrets),
        'idempotency-key': messageId(idempotencyKey),
      },
      body: json,
      redirect: 'manual',
      signal: AbortSignal.any([signal, late]),
    });
    const { status } = response;
    const text = await textOf(response, host);
    if (response.ok || answers.includes(status)) return { status, body: objectIn(text) };
    if (status >= 500 || LATER.has(status))
      throw new ProviderUnavailable(`${host} answered ${status}.`);
    throw new ProviderMisconfigured(`${host} answered ${status} to ${path}.`);
  } catch (error) {
    if (error instanceof ProviderUnavailable || error instanceof ProviderMisconfigured) throw error;
    signal.throwIfAborted();
    const why = late.aborted ? `did not answer within ${timeoutMs / 1000} s` : 'cannot be reached';
    throw new ProviderUnavailable(`${host} ${why}.`, { cause: error });
  }
}

/** A text of the answer that must be there. @throws ProviderMisconfigured */
export function textIn({ body }: RemoteAnswer, name: string, where: string): string {
  const value = body[name];
  if (typeof value === 'string' && value !== '' && value.length <= 200) return value;
  throw new ProviderMisconfigured(
    `${where} answered without "${name}", a text of 1 to 200 characters.`,
  );
}

/** Why it refuses, for the customer. */
export function reasonIn({ body }: RemoteAnswer, otherwise: string): string {
  const { reason } = body;
  return typeof reason === 'string' && reason !== '' ? reason.slice(0, 500) : otherwise;
}

async function textOf(response: Response, host: string): Promise<string> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of response.body ?? []) {
    const bytes = part as Uint8Array;
    length += bytes.length;
    // Leaving the loop cancels the rest.
    if (length > LONGEST_ANSWER)
      throw new ProviderMisconfigured(`${host} answered more than ${LONGEST_ANSWER} bytes.`);
    parts.push(bytes);
  }
  return Buffer.concat(parts).toString('utf8');
}

function objectIn(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
