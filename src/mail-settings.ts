/** The settings about mails and links, checked. Pure: config.ts reads them from the environment. */
import type { Mailbox } from './activities/mail/mailer.ts';
import { StartupError } from './startup-error.ts';

/** @throws StartupError without the value, which may hold a password */
export function smtpUrlOf(name: string, value: string): string {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (url && ['smtp:', 'smtps:'].includes(url.protocol) && url.hostname !== '') return value;
  throw new StartupError(
    `${name} is not usable; it must be like smtp://mail.example.org:587 or smtps://user:password@mail.example.org`,
  );
}

/** `Name <address>` or an address alone. @throws StartupError */
export function mailboxOf(name: string, value: string): Mailbox {
  const [, called = '', within, alone] =
    /^(?:([^<>"\p{Cc}]*)<([^<>]+)>|([^<>]+))$/u.exec(value) ?? [];
  const address = within ?? alone ?? '';
  if (/^[^\s\p{Cc}<>()[\]\\,;:"@]+@[A-Za-z0-9.-]+$/u.test(address))
    return Object.freeze({ name: called.trim(), address });
  throw new StartupError(
    `${name} is "${value}"; it must be an address such as Dossier <dossier@example.org>`,
  );
}
