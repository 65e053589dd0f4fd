/** What can be done to an order, and what an order must look like: plain JSON Schema, checked in gateway and workflow. */
import {
  CLIENT_ID,
  commandShapes,
  type Base,
  type CommandProperties,
  type Explained,
} from '../command-shapes.ts';
import type { JsonSchema } from '../documents/definition.ts';
import { SKU_PATTERN } from '../ids.ts';
import { LIMITS } from '../limits.ts';
import { object, text } from '../shape-parts.ts';

export type OrderCommand =
  /** The customer does not want it any more: what was done is undone. Possible until it is handed to the carrier. */
  | (Explained & { readonly kind: 'cancel' })
  /** Tries again at once what it waits for: stock, or an undo that has failed. */
  | (Base & { readonly kind: 'proceed' })
  /** What could not be undone was put in order by hand; the reason says how. */
  | (Base & { readonly kind: 'settle'; readonly reason: string })
  /** The customer has the goods and wants the money back. Somebody decides on it. */
  | (Base & { readonly kind: 'return'; readonly reason: string });

export type OrderCommandKind = OrderCommand['kind'];

const reason: JsonSchema = { type: 'string', minLength: 1, maxLength: LIMITS.reason };

/** The properties of each; also the bodies of the routes. */
export const ORDER_COMMANDS: Readonly<Record<OrderCommandKind, CommandProperties>> = {
  cancel: { properties: { reason }, required: [] },
  proceed: { properties: {}, required: [] },
  settle: { properties: { reason }, required: ['reason'] },
  return: { properties: { reason }, required: ['reason'] },
};

export const ORDER_COMMAND_KINDS = Object.keys(ORDER_COMMANDS) as readonly OrderCommandKind[];

/** Each command, whole, by its kind. */
export const ORDER_SHAPES = commandShapes(ORDER_COMMANDS);

/** The external event that lets a back-ordered order try again, as the article's author calls it. */
export const PROCEED = 'Proceed';

/** The signal by which the service itself tells a back-ordered order that there is stock again. */
export const RESTOCKED = 'dossier:restocked';

const line = object(
  ['Line', 'Some pieces of one product.'],
  {
    sku: {
      type: 'string',
      pattern: SKU_PATTERN,
      'x-expected': 'must be 1 to 64 of A-Z a-z 0-9 . _ -, and not dots only',
    },
    quantity: {
      type: 'integer',
      minimum: 1,
      maximum: LIMITS.orderQuantity,
      'x-expected': `must be a whole number from 1 to ${LIMITS.orderQuantity}`,
    },
  },
  { required: ['sku', 'quantity'] },
);

export const EMAIL: JsonSchema = {
  type: 'string',
  maxLength: 254,
  pattern: '^[^\\s@<>"(),;:\\\\]+@[^\\s@<>"(),;:\\\\]+$',
  'x-expected': 'must be a mail address, such as ada@example.org',
};

const customer = object(
  ['Customer', 'Who gets it.'],
  {
    name: text(['Name', 'Of the person.']),
    email: EMAIL,
    address: {
      ...text(['Address', 'Where the goods go.']),
      maxLength: 1_000,
      'x-expected': 'must be a text of 1 to 1,000 characters',
    },
  },
  { required: ['name', 'email', 'address'] },
);

const lines: JsonSchema = {
  type: 'array',
  minItems: 1,
  maxItems: LIMITS.orderLines,
  items: line,
  'x-expected': `must be a list of 1 to ${LIMITS.orderLines} lines`,
};

/** An `OrderRequest`. */
export const ORDER_REQUEST: JsonSchema = {
  type: 'object',
  properties: {
    orderId: CLIENT_ID,
    customer,
    lines,
    payment: object(
      ['Payment', 'How it is paid.'],
      { token: text(['Token', "The payment provider's, for the customer's card."]) },
      { required: ['token'] },
    ),
    coupon: text(['Coupon', 'A code that takes something off the price.']),
    actor: { type: 'string', minLength: 1, maxLength: LIMITS.title },
  },
  required: ['customer', 'lines', 'payment'],
  additionalProperties: false,
};

/** A `ShipStep`. */
export const SHIP_STEP: JsonSchema = {
  type: 'object',
  properties: { orderId: { type: 'string', minLength: 1 }, customer, lines },
  required: ['orderId', 'customer', 'lines'],
  additionalProperties: false,
};
