/** The mail server. */
import { createTransport } from 'nodemailer';
import { oneLine } from '../../shared/wording.ts';

/** A mailbox: an address, and how its owner is called. */
export interface Mailbox {
  readonly name: string;
  readonly address: string;
}

/** One mail to one person, ready to be sent. */
export interface Letter {
  readonly to: Mailbox;
  /** With the angle brackets; the same whenever this very mail is sent again. */
  readonly messageId: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

export interface MailSettings {
  /** smtp:// or smtps://, with user and password when the server wants them. */
  readonly smtpUrl: string;
  readonly from: Mailbox;
}

/** The server will not take this mail for this recipient, now or later; any other error is worth another try. */
export class MailRefused extends Error {}

/** A port: SMTP is one, and nothing but this file knows it. */
export interface Mailer {
  /** What a Message-ID ends with. */
  readonly domain: string;
  /**
   * Resolves when the server has taken the mail. At least once: when its answer is lost, it may have.
   * @throws MailRefused, or any other error when the server is away or asks to come again
   */
  send(letter: Letter, signal: AbortSignal): Promise<void>;
  /** Ends idle connections; nothing may be sent after that. */
  close(): void;
}

/** By SMTP, over few connections that are kept open for a while. Connects when the first mail is sent. */
export function openMailer({ smtpUrl, from }: MailSettings): Mailer {
  const transport = createTransport({
    url: smtpUrl,
    pool: true,
    maxConnections: 3,
    // Whoever sends tries again, later and longer than the pool would.
    maxRequeues: 0,
    connectionTimeout: 15_000,
    greetingTimeout: 15_000,
    socketTimeout: 60_000,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return {
    domain: from.address.slice(from.address.lastIndexOf('@') + 1),
    async send({ to, ...letter }, signal) {
      try {
        await transport.sendMail({
          ...letter,
          // A copy: nodemailer writes into it.
          from: { ...from },
          to,
          signal,
          // RFC 3834: no out-of-office reply to it.
          headers: { 'Auto-Submitted': 'auto-generated' },
        });
      } catch (error) {
        const reason = oneLine(error instanceof Error ? error.message : String(error));
        throw isForGood(error) ? new MailRefused(reason) : new Error(reason, { cause: error });
      }
    },
    close: () => transport.close(),
  };
}

/** Replies about who we are, not about the mail: somebody will correct a setting. */
const ABOUT_US: ReadonlySet<number> = new Set([530, 534, 535, 538]);

/** Whether the server has refused this recipient or this content for good (5xx). */
function isForGood(error: unknown): boolean {
  const { command, responseCode } = (error ?? {}) as { command?: string; responseCode?: number };
  const aboutIt = command === 'RCPT TO' || command === 'DATA';
  return aboutIt && (responseCode ?? 0) >= 500 && !ABOUT_US.has(responseCode ?? 0);
}
