/** What a customer is told, as a mail. Pure. */
import { topicOf, type TellStep } from '../../contracts/orders/steps.ts';
import { fingerprint } from '../../shared/mail-page.ts';
import { orderTold } from '../../shared/order-told.ts';
import { oneLine } from '../../shared/wording.ts';
import type { Letter } from './mailer.ts';
import { addressed } from './recipients.ts';

/** The mail; undefined when the customer's address is none. `domain`: what its Message-ID ends with. */
export function customerLetter(about: TellStep, domain: string): Letter | undefined {
  const { orderId, customer } = about;
  const { name, email: id } = customer;
  const to = addressed({ id, name, mail: id, roles: [] });
  if (!to) return undefined;
  const topic = topicOf(about) === 'shipped' ? [] : [topicOf(about)];
  return {
    to: { name: oneLine(name), address: to.mail },
    messageId: `<${fingerprint('customer', orderId, ...topic)}@${domain}>`,
    ...orderTold(about),
  };
}
