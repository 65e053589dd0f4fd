/** Activities that tell people something: rows that the API shows, and mails. Each may run twice. */
import { Context } from '@temporalio/activity';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { SYSTEM } from '../contracts/caller.ts';
import { mailWorkflowId } from '../contracts/ids.ts';
import type { NewNotification } from '../contracts/notifications.ts';
import { topicOf, type CustomerMailKey, type TellStep } from '../contracts/orders/steps.ts';
import type { Directory } from '../contracts/people.ts';
import type { LinkSettings } from '../shared/decision-links.ts';
import type { Database } from '../store/database.ts';
import { planMails } from '../store/mails.ts';
import { findNotification, notify } from '../store/notifications.ts';
import { keepCustomerMail } from '../store/orders/mails.ts';
import type { Temporal } from '../temporal/client.ts';
import type { ActivityLog } from './documents.ts';
import { keptMail, type AnyMailKey, type KeptMail } from './mail/kept.ts';
import { MailRefused, type Mailer } from './mail/mailer.ts';
import { mailRecipients } from './mail/recipients.ts';

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
    async sendMail(mail: AnyMailKey): Promise<MailOutcome> {
      const kept = keptMail(deps, mail);
      const state = await kept.state();
      if (state?.sentAt !== undefined) return 'sent';
      if (!state || state.refused !== undefined) return 'refused';
      const refused = await send(deps, kept);
      if (refused === undefined) {
        await kept.note({ sentAt: new Date().toISOString() });
        return 'sent';
      }
      await kept.note({ refused });
      log.warn({ ...mail, reason: refused }, 'a mail was refused');
      return 'refused';
    },

    /** Notes that a mail could not be sent for so long that nobody will try again. */
    async giveUpMail({ reason, ...mail }: AnyMailKey & { reason: string }): Promise<void> {
      await keptMail(deps, mail).note({ refused: reason });
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
  if (!mailer) return;
  const { kind, documentId: id } = notification;
  const workflowId = mailWorkflowId({ kind, id, notification: number });
  await startMail(temporal, workflowId, { notification: number });
}

/**
 * Puts what the customer is told where it can be read, and sees to it that it is mailed. Once for each order and topic.
 * Returns it in a sentence, without anything personal.
 */
export async function tellCustomer(
  { database, mailer, temporal }: TellingDeps,
  about: TellStep,
): Promise<string> {
  const { orderId: order, trackingNumber } = about;
  const number = await keepCustomerMail(database, about, new Date().toISOString());
  const workflowId = mailWorkflowId({ kind: 'customer', id: order, notification: number });
  const topic = topicOf(about);
  if (mailer) await startMail(temporal, workflowId, { order, topic });
  return topic === 'returned'
    ? `The customer of order ${order} was told of the refund.`
    : `The customer of order ${order} was told the tracking number ${trackingNumber}.`;
}

/** Once, however often: the id is made of the number of what it mails. */
async function startMail(
  temporal: Temporal,
  workflowId: string,
  what: { readonly notification: number } | CustomerMailKey,
): Promise<void> {
  const { taskQueue } = temporal;
  try {
    await temporal.call({ caller: SYSTEM, deadlineMs: 3_000 }, ({ workflow }) =>
      workflow.start('mail', {
        workflowId,
        taskQueue,
        args: [what],
        workflowIdReusePolicy: 'REJECT_DUPLICATE',
        staticSummary: 'order' in what ? 'Mail a customer' : 'Mail a notification',
      }),
    );
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
  }
}

/** Why the mail never will be sent; undefined when the server has taken it. @throws when it is to be tried again */
async function send({ mailer }: NotificationDeps, kept: KeptMail): Promise<string | undefined> {
  if (!mailer) throw ApplicationFailure.create({ message: 'This worker has no SMTP_URL.' });
  const letter = await kept.letter(mailer.domain);
  if (!letter) return 'There is no address, or none any more.';
  try {
    await mailer.send(letter, Context.current().cancellationSignal);
    return undefined;
  } catch (error) {
    if (error instanceof MailRefused) return error.message;
    throw error;
  }
}
