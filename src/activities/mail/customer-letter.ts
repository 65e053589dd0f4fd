/** What a customer is told, as a mail. Pure. */
import type { TellStep } from '../../contracts/orders/steps.ts';
import { html, type Html } from '../../shared/html.ts';
import { linesOf, moneyOf, oneLine } from '../../shared/wording.ts';
import type { Letter } from './mailer.ts';
import { fingerprint, mailPage } from './page.ts';
import { addressed } from './recipients.ts';

/** The mail; undefined when the customer's address is none. `domain`: what its Message-ID ends with. */
export function customerLetter(about: TellStep, domain: string): Letter | undefined {
  const { orderId, workflowId, customer } = about;
  const { name, email: id } = customer;
  const to = addressed({ id, name, mail: id, roles: [] });
  if (!to) return undefined;
  const subject = oneLine(`Your order ${orderId} is on its way`);
  return {
    to: { name: oneLine(name), address: to.mail },
    messageId: `<${fingerprint('customer', orderId, workflowId)}@${domain}>`,
    subject,
    text: textOf(about),
    html: htmlOf(subject, about).text,
  };
}

/** Each line of the order with what it comes to, and the total. */
function rowsOf({ lines, totalMinor, currency }: TellStep): (readonly [string, string])[] {
  const bought = lines.map(({ name, sku, quantity, priceMinor }) => {
    const what = `${quantity} × ${oneLine(name)} (${oneLine(sku)})`;
    return [what, moneyOf(quantity * priceMinor, currency)] as const;
  });
  return [...bought, ['Total, before coupons', moneyOf(totalMinor, currency)]];
}

function textOf(about: TellStep): string {
  const { orderId, trackingNumber, customer } = about;
  return [
    `Dear ${oneLine(customer.name)},`,
    `your order ${oneLine(orderId)} is on its way. Tracking number: ${oneLine(trackingNumber)}`,
    rowsOf(about)
      .map(([what, sum]) => `${what}: ${sum}`)
      .join('\n'),
    `It goes to:\n${linesOf(customer.address)
      .map((line) => `> ${line}`.trimEnd())
      .join('\n')}\n`,
  ].join('\n\n');
}

function htmlOf(subject: string, about: TellStep): Html {
  const { orderId, trackingNumber, customer } = about;
  const rows = rowsOf(about).map(
    ([what, sum]) =>
      html`<tr>
        <td>${what}</td>
        <td align="right">${sum}</td>
      </tr>`,
  );
  const place = linesOf(customer.address).map((line, i) =>
    i === 0 ? html`${line}` : html`<br />${line}`,
  );
  return mailPage(
    subject,
    html`<p>Dear ${oneLine(customer.name)},</p>
      <p>
        your order ${oneLine(orderId)} is on its way. Tracking number:
        <strong>${oneLine(trackingNumber)}</strong>
      </p>
      <table cellpadding="4">
        ${rows}
      </table>
      <p>It goes to:</p>
      <blockquote>${place}</blockquote>`,
  );
}
