/** Mails one notification: one mail for each recipient, none of whom waits for another. Or an order to its customer. */
import { isCancellation, proxyActivities } from '@temporalio/workflow';
import type { Activities } from '../../activities/index.ts';
import type { AnyMailKey } from '../../activities/mail/kept.ts';
import type { CustomerMailKey } from '../../contracts/orders/steps.ts';
import type { MailOutcome } from '../../activities/notifications.ts';

const { sendMail } = proxyActivities<Pick<Activities, 'sendMail'>>({
  startToCloseTimeout: '2m',
  scheduleToCloseTimeout: '5d',
  retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '1h' },
});
/** The database is asked for however long it takes. */
const { addressMail, giveUpMail } = proxyActivities<Pick<Activities, 'addressMail' | 'giveUpMail'>>(
  { startToCloseTimeout: '30s', retry: { initialInterval: '1s', maximumInterval: '1m' } },
);

/**
 * Completes with what became of each mail (of an order's: under `customer`), when the mail server has taken or refused all
 * or was away for five days.
 */
export async function mail(
  what: { readonly notification: number } | CustomerMailKey,
): Promise<Readonly<Record<string, MailOutcome>>> {
  if ('order' in what) return { customer: await deliver(what) };
  const { notification } = what;
  const recipients = await addressMail({ notification });
  const sent = recipients.map(async (recipient) => {
    const outcome = await deliver({ notification, recipient });
    return [recipient, outcome] as const;
  });
  return Object.fromEntries(await Promise.all(sent));
}

async function deliver(one: AnyMailKey): Promise<MailOutcome> {
  try {
    return await sendMail(one);
  } catch (error) {
    if (isCancellation(error)) throw error;
    const reason = 'The mail server could not be reached, or did not take it, for five days.';
    await giveUpMail({ ...one, reason });
    return 'refused';
  }
}
