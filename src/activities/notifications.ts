/** Activities that tell people something: rows that the API shows, and mails. Each may run twice. */
import { Context } from '@temporalio/activity';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { SYSTEM } from '../contracts/caller.ts';
import { mailWorkflowId } from '../contracts/ids.ts';
import type { NewNotification } from '../contracts/notifications.ts';
import type { Directory } from '../contracts/people.ts';
import type { LinkSettings } from '../shared/decision-links.ts';
import type { Database } from '../store/database.ts';
import { findMail, noteMail, planMails, type MailKey } from '../store/mails.ts';
import { findNotification, notify } from '../store/notifications.ts';
import type { Temporal } from '../temporal/client.ts';
import type { ActivityLog } from './documents.ts';
import { letterFor } from './mail/letter.ts';
import { MailRefused, type Mailer } from './mail/mailer.ts';
import { addressed, mailRecipients } from './mail/recipients.ts';

export interface NotificationDeps {
  readonly database: Database;
  readonly temporal: Temporal;
  readonly directory: Directory;
  /** Undefined when nothing is mailed. */
  readonly mailer: Mailer | undefined;
  readonly links: LinkSettings;
  readonly log: ActivityLog;
}

/** What telling somebody something takes. */
export type TellingDeps = Pick<NotificationDeps, 'database' | 'mailer' | 'temporal'>;

/** What became of one mail. */
export type MailOutcome = 'sent' | 'refused';

export function notificationActivities(deps: NotificationDeps) {
  const { database, directory, log } = deps;
  return {
    /** See {@link tell}. */
    async notify(notification: NewNotification): Promise<void> {
      await tell(deps, notification);
    },

    /** Who gets a mail of the notification: users with an address, noted as to be sent. The same when asked again. */
    async addressMail({ notification: number }: { notification: number }): Promise<string[]> {
      const notification = await findNotification(database, number);
      const found = mailRecipients(notification?.recipients ?? [], directory);
      return planMails(
        database,
        number,
        found.map(({ id }) => id),
      );
    },

    /** Sends one mail, unless that was done before. Fails when it is to be tried again. */
    async sendMail(mail: MailKey): Promise<MailOutcome> {
      const state = await findMail(database, mail);
      if (state?.sentAt !== undefined) return 'sent';
      if (!state || state.refused !== undefined) return 'refused';
      const refused = await send(deps, mail);
      if (refused === undefined) {
        await noteMail(database, mail, { sentAt: new Date().toISOString() });
        return 'sent';
      }
      await noteMail(database, mail, { refused });
      log.warn({ ...mail, reason: refused }, 'a mail was refused');
      return 'refused';
    },

    /** Notes that a mail could not be sent for so long that nobody will try again. */
    async giveUpMail({ reason, ...mail }: MailKey & { reason: string }): Promise<void> {
      await noteMail(database, mail, { refused: reason });
      log.warn({ ...mail, reason }, 'a mail was given up');
    },
  };
}

/**
 * Puts a notification where its receivers find it, and sees to it that it is mailed: by a workflow of its own, so that
 * nobody waits for a mail server.
 */
export async function tell(
  { database, mailer, temporal }: TellingDeps,
  notification: NewNotification,
): Promise<void> {
  const number = await notify(database, notification);
  if (mailer) await startMail(temporal, notification, number);
}

/** Once, however often: the id is made of the notification. */
async function startMail(
  temporal: Temporal,
  { kind, documentId }: NewNotification,
  notification: number,
): Promise<void> {
  const { taskQueue } = temporal;
  const workflowId = mailWorkflowId({ kind, id: documentId, notification });
  try {
    await temporal.call({ caller: SYSTEM, deadlineMs: 3_000 }, ({ workflow }) =>
      workflow.start('mail', {
        workflowId,
        taskQueue,
        args: [{ notification }],
        workflowIdReusePolicy: 'REJECT_DUPLICATE',
        staticSummary: 'Mail a notification',
      }),
    );
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
  }
}

/** Why the mail never will be sent; undefined when the server has taken it. @throws when it is to be tried again */
async function send(deps: NotificationDeps, mail: MailKey): Promise<string | undefined> {
  const { database, directory, mailer, links } = deps;
  if (!mailer) throw ApplicationFailure.create({ message: 'This worker has no SMTP_URL.' });
  const notification = await findNotification(database, mail.notification);
  const to = addressed(directory.person(mail.recipient));
  if (!notification || !to) return 'There is no address any more.';
  const letter = letterFor(notification, to, { directory, links, domain: mailer.domain });
  try {
    await mailer.send(letter, Context.current().cancellationSignal);
    return undefined;
  } catch (error) {
    if (error instanceof MailRefused) return error.message;
    throw error;
  }
}
