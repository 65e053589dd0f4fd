/** Keys that sign what comes back to us, derived from the secrets of LINK_SECRET. */
import { createHmac, timingSafeEqual } from 'node:crypto';

/**
 * One key for each secret, in their order: the first signs, all verify, so that a secret can be replaced while what it has
 * signed is still about. Each purpose has keys of its own: what was signed for one is never valid for another.
 */
export function keysFor(
  secrets: readonly string[],
  purpose: 'cursors' | 'decision-links' | 'instances',
): readonly Buffer[] {
  return secrets.map((secret) => createHmac('sha256', secret).update(purpose).digest());
}

/** The key's signature of the text, safe in URLs. */
export function signatureOf(key: Buffer, text: string): string {
  return createHmac('sha256', key).update(text).digest('base64url');
}

/** Whether one of the keys has signed the text so. How long it takes says nothing about the signature. */
export function isSigned(keys: readonly Buffer[], text: string, signature: string): boolean {
  const given = Buffer.from(signature);
  return keys.some((key) => {
    const wanted = Buffer.from(signatureOf(key, text));
    return wanted.length === given.length && timingSafeEqual(wanted, given);
  });
}
