/** Sums, as people read them. */

/** A sum of whole minor units, such as `EUR 12.50`. A currency that nobody knows has two digits. */
export function moneyOf(minor: number, currency: string): string {
  const known = /^[A-Z]{3}$/.test(currency);
  const { maximumFractionDigits = 2 } = known
    ? new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions()
    : {};
  const whole = BigInt(Math.trunc(minor))
    .toString()
    .padStart(maximumFractionDigits + 1, '0');
  const at = whole.length - maximumFractionDigits;
  const fraction = maximumFractionDigits === 0 ? '' : `.${whole.slice(at)}`;
  return `${currency} ${whole.slice(0, at)}${fraction}`;
}
