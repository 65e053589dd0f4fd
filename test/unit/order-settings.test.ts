/** The settings of orders, and what is wrong with wrong ones. */
import { describe, expect, test } from 'vitest';
import { orderSettings } from '../../src/order-settings.ts';
import { StartupError } from '../../src/startup-error.ts';

const DAY = 86_400_000;
const PROVIDER_SECRET = 'a secret of the right length';

test('without any', () => {
  expect(orderSettings({})).toEqual({
    terms: {
      currency: 'EUR',
      approvers: ['role:manager'],
      backOrderMs: 14 * DAY,
      returnMs: 30 * DAY,
      returnApprovers: ['role:orders'],
      remotePayment: false,
      remoteShipping: false,
      shippingAsChild: false,
    },
    providers: { payment: undefined, shipping: undefined },
  });
});

test('all of them', () => {
  const settings = orderSettings({
    ORDER_APPROVAL_ABOVE: '300000',
    ORDER_APPROVERS: 'user:boss, role:head of all',
    ORDER_BACK_ORDER: 'PT20S',
    ORDER_RETURN: 'P7D',
    ORDER_RETURN_APPROVERS: 'user:desk',
    ORDER_CURRENCY: 'CHF',
    ORDER_SHIPPING: 'workflow',
    PAYMENT_URL: 'https://pay.example.org/v1/',
    SHIPPING_URL: 'http://127.0.0.1:9000',
    PROVIDER_SECRET: `${PROVIDER_SECRET},another secret of that length`,
  });
  const secrets = [PROVIDER_SECRET, 'another secret of that length'];
  expect(settings).toEqual({
    terms: {
      currency: 'CHF',
      approvalAboveMinor: 300_000,
      approvers: ['user:boss', 'role:head of all'],
      backOrderMs: 20_000,
      returnMs: 7 * DAY,
      returnApprovers: ['user:desk'],
      remotePayment: true,
      remoteShipping: true,
      shippingAsChild: true,
    },
    providers: {
      payment: { url: 'https://pay.example.org/v1', secrets },
      shipping: { url: 'http://127.0.0.1:9000', secrets },
    },
  });
});

test('an approval of everything, and one provider only', () => {
  const { terms } = orderSettings({
    ORDER_APPROVAL_ABOVE: '0',
    SHIPPING_URL: 'https://x.example',
    PROVIDER_SECRET,
  });
  expect(terms).toMatchObject({
    approvalAboveMinor: 0,
    remotePayment: false,
    remoteShipping: true,
  });
});

describe('wrong ones', () => {
  test.each<[Record<string, string>, string]>([
    [{ ORDER_APPROVAL_ABOVE: '3000.00' }, 'ORDER_APPROVAL_ABOVE is "3000.00"; it must be a whole'],
    [{ ORDER_APPROVAL_ABOVE: '-1' }, 'ORDER_APPROVAL_ABOVE is "-1"'],
    [{ ORDER_APPROVERS: 'manager' }, 'ORDER_APPROVERS has "manager"; it must be user:<name> or'],
    [{ ORDER_APPROVERS: 'role:x,owner' }, 'ORDER_APPROVERS has "owner"'],
    [{ ORDER_BACK_ORDER: '0s' }, 'ORDER_BACK_ORDER is "0s"; it must be a duration'],
    [{ ORDER_CURRENCY: 'Euro' }, 'ORDER_CURRENCY is "Euro"; it must be three letters'],
    [
      { ORDER_SHIPPING: 'child' },
      'ORDER_SHIPPING is "child"; it must be one of activity, workflow',
    ],
    [{ PAYMENT_URL: 'https://x.example' }, 'PAYMENT_URL needs PROVIDER_SECRET'],
    [{ SHIPPING_URL: 'https://x.example' }, 'SHIPPING_URL needs PROVIDER_SECRET'],
    [
      { SHIPPING_URL: 'ftp://x.example', PROVIDER_SECRET },
      'SHIPPING_URL is not usable; it must be',
    ],
    [{ PAYMENT_URL: 'https://u:p@x.example', PROVIDER_SECRET }, 'PAYMENT_URL is not usable'],
    [{ PAYMENT_URL: 'https://x.example?a', PROVIDER_SECRET }, 'PAYMENT_URL is not usable'],
    [{ PROVIDER_SECRET: 'short' }, 'PROVIDER_SECRET is too short'],
  ])('%j', (env, message) => {
    expect(() => orderSettings(env)).toThrow(StartupError);
    expect(() => orderSettings(env)).toThrow(message);
  });

  test('tell no password', () => {
    const wrong = { PAYMENT_URL: 'https://u:hunter2@x.example', PROVIDER_SECRET };
    expect(() => orderSettings(wrong)).toThrow(/^(?!.*hunter2)/);
  });
});
