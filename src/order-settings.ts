/** What the settings say of orders. */
import { USER_PATTERN } from './contracts/people.ts';
import { ORDERS_ROLE } from './contracts/orders/roles.ts';
import type { OrderTerms } from './contracts/orders/types.ts';
import { baseUrl, checked, duration, list, oneOf, secrets, text, type Env } from './env.ts';
import type { RemoteSettings } from './providers/http/call.ts';
import type { ProviderSettings } from './providers/index.ts';
import { StartupError } from './startup-error.ts';

export interface OrderSettings {
  /** Of orders that are placed now. */
  readonly terms: OrderTerms;
  readonly providers: ProviderSettings;
}

/**
 * PAYMENT_URL, SHIPPING_URL, PROVIDER_SECRET, and the settings that begin with ORDER_.
 * @throws StartupError that says what is wrong, and what would be right
 */
export function orderSettings(env: Env): OrderSettings {
  const signing = secrets(env, 'PROVIDER_SECRET');
  const payment = remote(env, 'PAYMENT_URL', signing);
  const shipping = remote(env, 'SHIPPING_URL', signing);
  const approvalAboveMinor = checked(env, 'ORDER_APPROVAL_ABOVE', minorUnits);
  const terms: OrderTerms = Object.freeze({
    currency: currency(env, 'ORDER_CURRENCY'),
    ...(approvalAboveMinor === undefined ? {} : { approvalAboveMinor }),
    approvers: approvers(env, 'ORDER_APPROVERS', 'role:manager'),
    backOrderMs: duration(env, 'ORDER_BACK_ORDER', 'P14D'),
    returnMs: duration(env, 'ORDER_RETURN', 'P30D'),
    returnApprovers: approvers(env, 'ORDER_RETURN_APPROVERS', `role:${ORDERS_ROLE}`),
    remotePayment: payment !== undefined,
    remoteShipping: shipping !== undefined,
    shippingAsChild:
      oneOf(env, 'ORDER_SHIPPING', ['activity', 'workflow'], 'activity') === 'workflow',
  });
  return Object.freeze({ terms, providers: Object.freeze({ payment, shipping }) });
}

/** The operator's own choice, so any host will do. */
function remote(
  env: Env,
  name: 'PAYMENT_URL' | 'SHIPPING_URL',
  signing: readonly string[],
): RemoteSettings | undefined {
  const url = baseUrl(env, name, 'https://provider.example.org/v1');
  if (url === undefined) return undefined;
  if (signing.length === 0)
    throw new StartupError(`${name} needs PROVIDER_SECRET, which signs what is sent`);
  return Object.freeze({ url, secrets: signing });
}

function minorUnits(name: string, value: string): number {
  if (/^\d{1,12}$/.test(value)) return Number(value);
  throw new StartupError(
    `${name} is "${value}"; it must be a whole number of minor units, such as 300000 for 3000.00`,
  );
}

function currency(env: Env, name: string): string {
  const value = text(env, name, 'EUR');
  if (/^[A-Z]{3}$/.test(value)) return value;
  throw new StartupError(`${name} is "${value}"; it must be three letters of ISO 4217, as EUR`);
}

const APPROVER = new RegExp(`^(${USER_PATTERN}|role:.+)$`);

function approvers(env: Env, name: string, fallback: string): readonly string[] {
  const all = list(env, name);
  const wrong = all.find((one) => !APPROVER.test(one));
  if (wrong !== undefined)
    throw new StartupError(`${name} has "${wrong}"; it must be user:<name> or role:<name>`);
  return Object.freeze(all.length === 0 ? [fallback] : [...all]);
}
