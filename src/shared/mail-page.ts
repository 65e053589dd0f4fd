/** What all mails have in common. Pure. */
import { createHash } from 'node:crypto';
import { html, type Html } from './html.ts';

/** The same for each attempt, so that a second copy is known as one. */
export function fingerprint(...named: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(named)).digest('hex').slice(0, 40);
}

/** A mail as a page. */
export function mailPage(title: string, body: Html): Html {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <title>${title}</title>
      </head>
      <body>
        ${body}
      </body>
    </html> `;
}
