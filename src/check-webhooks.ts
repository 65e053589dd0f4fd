/** Document types against the settings, before anything starts. */
import { isAllowed } from './activities/webhooks/destinations.ts';
import type { DocumentTypes } from './document-types/index.ts';
import { StartupError } from './startup-error.ts';

/**
 * Whether everybody whom the types would tell may be told.
 * @throws StartupError that names the type, the host and the setting
 */
export function checkWebhooks({ all }: DocumentTypes, allow: readonly string[]): void {
  for (const { name, webhooks } of all) {
    for (const { url } of webhooks) {
      const target = new URL(url);
      if (isAllowed(target, allow)) continue;
      throw new StartupError(
        `the document type ${name} has a webhook to ${target.host}, which is not in WEBHOOK_ALLOW; add it there (with WEBHOOK_SECRET) or take the webhook out`,
      );
    }
  }
}
