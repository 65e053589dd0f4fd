/** The HTTP shapes of products and of what customers are told, in TypeBox. */
import { Type, type Static } from 'typebox';
import { SKU_PATTERN } from '../ids.ts';
import { Links, Templates } from '../documents/schemas.ts';

const sku = Type.String({ pattern: SKU_PATTERN, description: 'The shop’s name for it.' });
const name = Type.String({ minLength: 1, maxLength: 200 });
const priceMinor = Type.Integer({
  minimum: 0,
  maximum: 1_000_000_000,
  description: 'Of one piece, in minor units (cents).',
});
const stock = Type.Integer({
  minimum: 0,
  maximum: 1_000_000_000,
  description: 'What can be sold: without what is reserved.',
});

export const ProductSku = Type.Object({ sku });

export const ProductBody = Type.Object(
  { sku, name, priceMinor, stock },
  { additionalProperties: false },
);

export const StockBody = Type.Object(
  {
    add: Type.Integer({
      minimum: -1_000_000_000,
      maximum: 1_000_000_000,
      description: 'So many pieces more; fewer, when it is negative.',
    }),
  },
  { additionalProperties: false },
);

export const ProductSchema = Type.Object({
  sku: Type.String(),
  name: Type.String(),
  priceMinor,
  currency: Type.String({ description: 'ISO 4217.' }),
  stock,
  _links: Links,
  _templates: Templates,
});
export type ProductResource = Static<typeof ProductSchema>;

export const ProductList = Type.Object({
  count: Type.Integer({ description: 'Of this page.' }),
  _embedded: Type.Object({ products: Type.Array(ProductSchema) }),
  _links: Links,
  _templates: Templates,
});

const Instant = Type.String({ format: 'date-time' });

const CustomerMail = Type.Object({
  id: Type.Integer({ description: 'Higher ones are newer.' }),
  order: Type.String(),
  to: Type.Object({ name: Type.String(), email: Type.String() }),
  subject: Type.String(),
  text: Type.String(),
  at: Instant,
  sentAt: Type.Optional(Instant),
  refused: Type.Optional(Type.String({ description: 'Why it will never be sent.' })),
  _links: Links,
});

export const CustomerMailList = Type.Object({
  count: Type.Integer({ description: 'Of this page.' }),
  _embedded: Type.Object({ mails: Type.Array(CustomerMail) }),
  _links: Links,
});
