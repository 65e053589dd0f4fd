/** Where a mail is kept until it is sent, and what it says: of a notification to a user, or of an order to its customer. */
import type { CustomerMailKey } from '../../contracts/orders/steps.ts';
import type { Directory } from '../../contracts/people.ts';
import type { LinkSettings } from '../../shared/decision-links.ts';
import type { Database } from '../../store/database.ts';
import { findMail, noteMail, type MailKey, type MailState } from '../../store/mails.ts';
import { findNotification } from '../../store/notifications.ts';
import { findCustomerMail, noteCustomerMail } from '../../store/orders/mails.ts';
import { customerLetter } from './customer-letter.ts';
import { letterFor } from './letter.ts';
import type { Letter } from './mailer.ts';
import { addressed } from './recipients.ts';

export type AnyMailKey = MailKey | CustomerMailKey;

export interface KeptMail {
  /** Undefined when there is no such mail. */
  state(): Promise<MailState | undefined>;
  /** The first note stays. */
  note(state: MailState): Promise<void>;
  /** Undefined when there is no address, or none any more. */
  letter(domain: string): Promise<Letter | undefined>;
}

export interface KeptMailDeps {
  readonly database: Database;
  readonly directory: Directory;
  readonly links: LinkSettings;
}

export function keptMail(deps: KeptMailDeps, mail: AnyMailKey): KeptMail {
  return 'order' in mail ? customerMail(deps, mail) : notificationMail(deps, mail);
}

function notificationMail(
  { database, directory, links }: KeptMailDeps,
  { notification: number, recipient }: MailKey,
): KeptMail {
  const key = { notification: number, recipient };
  return {
    state: () => findMail(database, key),
    note: (state) => noteMail(database, key, state),
    async letter(domain) {
      const notification = await findNotification(database, number);
      const to = addressed(directory.person(recipient));
      return notification && to && letterFor(notification, to, { directory, links, domain });
    },
  };
}

function customerMail({ database }: KeptMailDeps, mail: CustomerMailKey): KeptMail {
  return {
    state: () => findCustomerMail(database, mail),
    note: (state) => noteCustomerMail(database, mail, state),
    async letter(domain) {
      const kept = await findCustomerMail(database, mail);
      return kept && customerLetter(kept.about, domain);
    },
  };
}
