/** What a customer is told when an order is on its way, and when it came back. Pure. */
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
  const { orderId, refundedMinor } = about;
  const is = refundedMinor === undefined ? 'is on its way' : 'was returned';
  const subject = oneLine(`Your order ${orderId} ${is}`);
  return { subject, text: textOf(about), html: htmlOf(subject, about).text };
}

/** Each line of the order with what it comes to, and the total. */
function rowsOf({
  lines,
  totalMinor,
  currency,
  refundedMinor,
}: TellStep): (readonly [string, string])[] {
  const bought = lines.map(({ name, sku, quantity, priceMinor }) => {
    const what = `${quantity} × ${oneLine(name)} (${oneLine(sku)})`;
    return [what, moneyOf(quantity * priceMinor, currency)] as const;
  });
  return [
    ...bought,
    ['Total, before coupons', moneyOf(totalMinor, currency)],
    ...(refundedMinor === undefined
      ? []
      : [['Given back', moneyOf(refundedMinor, currency)] as const]),
  ];
}

/** The sentence that it is about, up to what is to stand out. */
function newsOf({ orderId, trackingNumber, refundedMinor, currency }: TellStep) {
  const order = `your order ${oneLine(orderId)}`;
  return refundedMinor === undefined
    ? ([`${order} is on its way. Tracking number:`, oneLine(trackingNumber)] as const)
    : ([
        `${order} came back. You get back what you paid:`,
        moneyOf(refundedMinor, currency),
      ] as const);
}

function textOf(about: TellStep): string {
  const { customer, refundedMinor } = about;
  return [
    `Dear ${oneLine(customer.name)},`,
    newsOf(about).join(' '),
    rowsOf(about)
      .map(([what, sum]) => `${what}: ${sum}`)
      .join('\n'),
    ...(refundedMinor === undefined ? [goesTo(customer.address)] : []),
  ].join('\n\n');
}

function goesTo(address: string): string {
  return `It goes to:\n${linesOf(address)
    .map((line) => `> ${line}`.trimEnd())
    .join('\n')}\n`;
}

function htmlOf(subject: string, about: TellStep): Html {
  const { customer, refundedMinor } = about;
  const [news, number] = newsOf(about);
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
        ${news}
        <strong>${number}</strong>
      </p>
      <table cellpadding="4">
        ${rows}
      </table>
      ${
        refundedMinor === undefined
          ? html`<p>It goes to:</p>
              <blockquote>${place}</blockquote>`
          : []
      }`,
  );
}
