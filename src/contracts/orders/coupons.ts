/** The HTTP shapes of coupons and store credit, in TypeBox. */
import { Type, type Static } from 'typebox';
import { Links, Templates } from '../documents/schemas.ts';
import { SKU_PATTERN } from '../ids.ts';
import { EMAIL } from './commands.ts';

const MOST = 1_000_000_000;

const code = Type.String({
  pattern: SKU_PATTERN,
  'x-expected': 'must be 1 to 64 of A-Z a-z 0-9 . _ -, and not dots only',
  description: 'What customers type in; capitals count.',
});
const percent = Type.Integer({
  minimum: 1,
  maximum: 100,
  description: 'So much of the price is taken off.',
});
const amountMinor = Type.Integer({
  minimum: 1,
  maximum: MOST,
  description: 'Such an amount is taken off, in minor units (cents); at most the price.',
});
const limit = Type.Integer({
  minimum: 1,
  maximum: MOST,
  description: 'How many orders may use it. Default: any number.',
});
const validUntil = Type.String({
  format: 'date-time',
  description: 'From then on it cannot be used. Default: for ever.',
});
const currency = Type.String({ description: 'ISO 4217.' });

export const CouponCode = Type.Object({ code });

export const CouponBody = Type.Object(
  {
    code,
    percent: Type.Optional(percent),
    amountMinor: Type.Optional(amountMinor),
    limit: Type.Optional(limit),
    validUntil: Type.Optional(validUntil),
  },
  { additionalProperties: false, description: 'With `percent` or `amountMinor`, one of the two.' },
);
export type CouponBody = Static<typeof CouponBody>;

export const CouponSchema = Type.Object({
  code: Type.String(),
  percent: Type.Optional(percent),
  amountMinor: Type.Optional(amountMinor),
  currency,
  limit: Type.Optional(Type.Integer()),
  validUntil: Type.Optional(validUntil),
  used: Type.Integer({
    description: 'How many orders use it, without those whose payment was undone.',
  }),
  _links: Links,
});
export type CouponResource = Static<typeof CouponSchema>;

export const CouponList = Type.Object({
  count: Type.Integer({ description: 'Of this page.' }),
  _embedded: Type.Object({ coupons: Type.Array(CouponSchema) }),
  _links: Links,
  _templates: Templates,
});

/** Whose credit it is; by however the address is written. */
export const CreditOwner = Type.Object({ email: Type.Unsafe<string>(EMAIL) });

export const CreditBody = Type.Object(
  {
    addMinor: Type.Integer({
      minimum: -MOST,
      maximum: MOST,
      description: 'So much more, in minor units (cents); less, when it is negative.',
    }),
  },
  { additionalProperties: false },
);

export const CreditSchema = Type.Object({
  email: Type.String({ description: 'In small letters.' }),
  balanceMinor: Type.Integer({ description: 'What there is to spend, in minor units (cents).' }),
  currency,
  _links: Links,
  _templates: Templates,
});
export type CreditResource = Static<typeof CreditSchema>;
