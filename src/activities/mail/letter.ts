/** A notification as a mail to one person. Pure. */
import type { Notification } from '../../contracts/notifications.ts';
import type { Directory } from '../../contracts/people.ts';
import { decisionTokens, DECISIONS, type LinkSettings } from '../../shared/decision-links.ts';
import { html, type Html } from '../../shared/html.ts';
import { fingerprint, mailPage } from '../../shared/mail-page.ts';
import { linesOf, nameOf, oneLine, timeFor } from '../../shared/wording.ts';
import type { Letter } from './mailer.ts';
import type { Addressed } from './recipients.ts';
import { wordsFor } from './texts.ts';

/** What a mail shows besides its sentence. Never what people wrote into sections. */
interface Content {
  readonly sentence: string;
  readonly facts: readonly (readonly [name: string, value: string])[];
  readonly reason: readonly string[];
  readonly decide?: { readonly approve: string; readonly reject: string; readonly until: string };
  /** Where the document is. */
  readonly place?: string;
}

/** The mail. `domain`: what its Message-ID ends with. */
export function letterFor(
  notification: Notification,
  to: Addressed,
  settings: {
    readonly directory: Directory;
    readonly links: LinkSettings;
    readonly domain: string;
  },
): Letter {
  const { directory, links, domain } = settings;
  const { kind, documentId, key, by } = notification;
  const name = by === undefined ? undefined : nameOf(by, directory.person(by));
  const { subject, sentence } = wordsFor(notification, name);
  const content: Content = {
    sentence,
    facts: factsOf(notification, to, name),
    reason: notification.reason === undefined ? [] : linesOf(notification.reason),
    ...linksIn(notification, to, links),
  };
  return {
    to: { name: oneLine(to.name ?? to.id), address: to.mail },
    messageId: `<${fingerprint(kind, documentId, key, to.id)}@${domain}>`,
    subject,
    text: textOf(content),
    html: htmlOf(subject, content).text,
  };
}

function factsOf(
  { kind, title, type, section, stage, dueAt, at }: Notification,
  to: Addressed,
  by: string | undefined,
): Content['facts'] {
  const facts: (readonly [string, string | undefined])[] = [
    ['Title', title],
    // Approvals of their own have none.
    ['Type', kind === 'document' ? type : undefined],
    ['Section', section],
    ['Stage', stage],
    ['By', by],
    ['At', timeFor(to, at)],
    ['Due', dueAt === undefined ? undefined : timeFor(to, dueAt)],
  ];
  return facts.flatMap(([name, value]) =>
    value === undefined ? [] : [[name, oneLine(value)] as const],
  );
}

function linksIn(
  notification: Notification,
  to: Addressed,
  links: LinkSettings,
): Pick<Content, 'decide' | 'place'> {
  const { publicUrl, apiPrefix } = links;
  if (publicUrl === undefined) return {};
  const { kind, documentId } = notification;
  const place = `${publicUrl}${apiPrefix}/${kind}s/${encodeURIComponent(documentId.toWellFormed())}`;
  const tokens = decisionTokens(notification, to.id, links);
  if (!tokens) return { place };
  const at = (token: string): string => `${publicUrl}${DECISIONS}/${token}`;
  const until = timeFor(to, tokens.until);
  return { place, decide: { approve: at(tokens.approve), reject: at(tokens.reject), until } };
}

const PAGE =
  'Each of these links opens a page that shows what it would do; nothing is decided before you press the button there.';
const YOURS = 'They are for you alone, so do not pass this mail on.';

function textOf({ sentence, facts, reason, decide, place }: Content): string {
  const parts = [
    sentence,
    facts.map(([name, value]) => `${name}: ${value}`).join('\n'),
    reason.map((line) => `> ${line}`.trimEnd()).join('\n'),
    decide ? `Approve: ${decide.approve}\n\nReject: ${decide.reject}` : '',
    decide ? `${PAGE} ${YOURS} They are valid until ${decide.until}.` : '',
    place === undefined ? '' : `Read it: ${place}`,
  ];
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

function htmlOf(subject: string, { sentence, facts, reason, decide, place }: Content): Html {
  const rows = facts.map(
    ([name, value]) =>
      html`<tr>
        <th align="left" scope="row">${name}</th>
        <td>${value}</td>
      </tr>`,
  );
  const quoted = reason.map((line, i) => (i === 0 ? html`${line}` : html`<br />${line}`));
  const buttons = decide
    ? html`<p>
          <a href="${decide.approve}">Approve …</a> &nbsp; <a href="${decide.reject}">Reject …</a>
        </p>
        <p>${PAGE} ${YOURS} They are valid until ${decide.until}.</p>`
    : undefined;
  return mailPage(
    subject,
    html`<p>${sentence}</p>
      <table cellpadding="4">
        ${rows}
      </table>
      ${quoted.length === 0 ? undefined : html`<blockquote>${quoted}</blockquote>`} ${buttons}
      ${place === undefined ? undefined : html`<p><a href="${place}">Read it</a></p>`}`,
  );
}
