/** What makes a message a Standard Webhook: its id and its signatures (https://www.standardwebhooks.com). */
import { createHmac } from 'node:crypto';

/** `v1,` and the base64 of HMAC-SHA256: what a receiver computes anew and compares in constant time. */
export function signature(secret: string, signed: string): string {
  return `v1,${createHmac('sha256', secret).update(signed).digest('base64')}`;
}

/** A signature for each secret, with spaces between: a receiver takes a message when one of them is right. */
export function signatures(secrets: readonly string[], signed: string): string {
  return secrets.map((secret) => signature(secret, signed)).join(' ');
}

/**
 * The id of a message as a header can have it. Whoever starts a workflow by the CLI may choose any id; and a full stop
 * is what separates id, timestamp and body where they are signed. Everything else but letters, digits and `_ : ~ -` is
 * written as `%XX` per UTF-8 byte.
 */
export function messageId(id: string): string {
  return id.replace(/[^\w:~-]/gu, (char) =>
    Array.from(
      Buffer.from(char),
      (byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`,
    ).join(''),
  );
}

/** The headers of a signed message. `id`: the same for each attempt; as it is, so {@link messageId} first if need be. */
export function signedHeaders(
  id: string,
  body: string,
  secrets: readonly string[],
): Record<string, string> {
  const timestamp = String(Math.floor(Date.now() / 1000));
  return {
    'content-type': 'application/json',
    'user-agent': 'dossier',
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': signatures(secrets, `${id}.${timestamp}.${body}`),
  };
}
