/** The pages behind decision links. Pure: plain HTML, no script, nothing from elsewhere. */
import { createHash } from 'node:crypto';
import { LIMITS } from '../../contracts/limits.ts';
import type { Person } from '../../contracts/people.ts';
import type { DecisionLink } from '../../shared/decision-links.ts';
import { html, Html } from '../../shared/html.ts';
import { linesOf, nameOf, oneLine, timeFor } from '../../shared/wording.ts';
import type { Decided, DecisionPreview } from './subject.ts';

/** Whom the page is for, and how others are called. */
export interface Reader {
  readonly user: Person | undefined;
  readonly nameOf: (id: string) => string;
}

const STYLE =
  'body{font:1rem/1.5 system-ui,sans-serif;overflow-wrap:anywhere;max-width:40rem;margin:2rem auto;padding:0 1rem;color:#1a1a1a;background:#fff}' +
  'dt{font-weight:600}dd{margin:0 0 .5rem}label{display:block;font-weight:600}' +
  'textarea{font:inherit;width:100%;box-sizing:border-box}' +
  'button{font:inherit;padding:.5rem 1.5rem;margin-top:1rem}';

/** What a page may do: show itself, and send its form to where it came from. */
export const PAGE_POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`,
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** The characters that the form may send. */
const LONGEST_REASON = LIMITS.reason;

const VERB = { approve: 'Approve', reject: 'Reject' } as const;
const OUTCOME = { approve: 'Approved', reject: 'Rejected' } as const;
const DONE = { approve: 'approved', reject: 'rejected' } as const;

/** What the button would do, and the button. */
export function askPage(link: DecisionLink, now: DecisionPreview, reader: Reader): string {
  const verb = VERB[link.decision];
  return page(
    `${verb}: ${oneLine(now.title)}`,
    html`<p>
        Nothing has been decided yet. The button records that
        <strong>${reader.nameOf(link.user)}</strong> has
        <strong>${DONE[link.decision]}</strong> this, and cannot be taken back.
      </p>
      ${about(link, now, reader)}
      <form method="post">
        <label for="reason">Reason (optional)</label>
        <textarea id="reason" name="reason" rows="4" maxlength="${LONGEST_REASON}"></textarea>
        <button type="submit">${verb}</button>
      </form>`,
  );
}

/** What has been decided, now or before. */
export function decidedPage(
  link: DecisionLink,
  now: DecisionPreview,
  before: Decided,
  reader: Reader,
): string {
  const reason = before.reason === undefined ? [] : linesOf(before.reason);
  const other = before.decision !== link.decision;
  return page(
    `${OUTCOME[before.decision]}: ${oneLine(now.title)}`,
    html`<p>
        ${reader.nameOf(link.user)} has <strong>${DONE[before.decision]}</strong> this on
        ${timeFor(reader.user, before.at)}.${other ? ' That stands; this link changes nothing.' : undefined}
      </p>
      ${reason.length === 0 ? undefined : html`<blockquote>${reason.map((line) => html`<p>${line}</p>`)}</blockquote>`}
      ${about(link, now, reader)}
      <p>It is now: ${now.state}.</p>`,
  );
}

/** Why the link does nothing; with what is known of its subject. */
export function refusedPage(
  title: string,
  why: string,
  known?: { readonly link: DecisionLink; readonly now: DecisionPreview; readonly reader: Reader },
): string {
  return page(
    title,
    html`<p>${why}</p>
      ${known && about(known.link, known.now, known.reader)}`,
  );
}

function about(link: DecisionLink, now: DecisionPreview, reader: Reader): Html {
  return html`<dl>
    <dt>Title</dt>
    <dd>${oneLine(now.title)}</dd>
    <dt>Type</dt>
    <dd>${oneLine(now.type)}</dd>
    <dt>Asked by</dt>
    <dd>${reader.nameOf(now.owner)}</dd>
    <dt>Whose decision</dt>
    <dd>${reader.nameOf(link.user)}</dd>
    <dt>Stage</dt>
    <dd>${oneLine(link.stage)}</dd>
    <dt>Version</dt>
    <dd>${link.version}</dd>
  </dl>`;
}

/** How whoever reads the page calls people. */
export function readerOf(id: string, person: (id: string) => Person | undefined): Reader {
  return { user: person(id), nameOf: (one) => nameOf(one, person(one)) };
}

function page(title: string, body: Html): string {
  // As it stands, so that it has the hash that the policy names.
  const style = new Html(`<style>${STYLE}</style>`);
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="referrer" content="no-referrer" />
        <meta name="robots" content="noindex, nofollow" />
        <title>${title}</title>
        ${style}
      </head>
      <body>
        <main>
          <h1>${title}</h1>
          ${body}
        </main>
      </body>
    </html> `.text;
}
