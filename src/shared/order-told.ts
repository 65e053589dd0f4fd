/** What a customer is told when an order is on its way. Pure. */
import type { TellStep } from '../contracts/orders/steps.ts';
import { html, type Html } from './html.ts';
import { mailPage } from './mail-page.ts';
import { linesOf, moneyOf, oneLine } from './wording.ts';

/** As text and as a page; both say the same. */
export function orderTold(about: TellStep): {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
} {
  const subject = oneLine(`Your order ${about.orderId} is on its way`);
  return { subject, text: textOf(about), html: htmlOf(subject, about).text };
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
