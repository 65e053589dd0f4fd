/** Keys that sign what comes back to us, derived from the secrets of LINK_SECRET. */
import { createHmac } from 'node:crypto';

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
