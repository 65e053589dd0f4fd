/** The HTTP shapes of orders, in TypeBox: what comes in and what goes out. */
import { Type, type Static } from 'typebox';
import { bodyOf } from '../command-shapes.ts';
import { Links, Suspended, Templates } from '../documents/schemas.ts';
import type { JsonObject } from '../json.ts';
import { ORDER_COMMANDS, ORDER_REQUEST, type OrderCommandKind } from './commands.ts';
import { STEPS, type StepName } from './events.ts';
import { ORDER_STATES, type OrderRequest, type OrderStatus } from './types.ts';

const Instant = Type.String({ format: 'date-time' });
const Minor = Type.Integer({ description: 'Whole minor units, such as cents.' });
const State = Type.Unsafe<OrderStatus>({ type: 'string', enum: [...ORDER_STATES] });

const summary = {
  orderId: Type.String(),
  state: State,
  customStatus: Type.String({ description: 'Where it stands; of an unusable start the reason.' }),
  needsAttention: Type.Boolean({
    description: 'True when something could not be undone, however often it was tried.',
  }),
  owner: Type.String(),
  total: Type.Optional(
    Type.Object(
      { amountMinor: Minor, currency: Type.String({ description: 'ISO 4217.' }) },
      { description: 'Of all lines, before coupons.' },
    ),
  ),
  trackingNumber: Type.Optional(Type.String()),
  approval: Type.Optional(
    Type.String({
      description: 'The id of the approval that it, or its return, waits or has waited for.',
    }),
  ),
  waitingFor: Type.Array(Type.String(), { description: 'Who has to act next: `role:x`.' }),
  dueAt: Type.Optional(
    Type.String({ format: 'date-time', description: 'Until when it waits for stock.' }),
  ),
  suspended: Suspended,
  createdAt: Instant,
  updatedAt: Instant,
  closedAt: Type.Optional(Instant),
};

export const OrderRow = Type.Object({ ...summary, _links: Links });
export type OrderRow = Static<typeof OrderRow>;

export const OrderList = Type.Object({
  count: Type.Integer({ description: 'Of this page.' }),
  _embedded: Type.Object({ orders: Type.Array(OrderRow) }),
  _links: Links,
});

const Step = Type.Object({
  name: Type.Unsafe<StepName>({ type: 'string', enum: [...STEPS] }),
  state: Type.String({
    description:
      'running, done, refused (nothing was done), failed (nobody knows), undone, undo-failed or settled',
  }),
  attempts: Type.Integer({ description: 'How often it was begun.' }),
  startedAt: Instant,
  endedAt: Type.Optional(Instant),
  reason: Type.Optional(Type.String()),
  undo: Type.Optional(
    Type.Object({
      failures: Type.Integer(),
      retryAt: Type.Optional(Instant),
      doneAt: Type.Optional(Instant),
    }),
  ),
});

const OrderShape = Type.Object(
  {
    ...summary,
    customer: Type.Optional(
      Type.Object({ name: Type.String(), email: Type.String(), address: Type.String() }),
    ),
    lines: Type.Optional(
      Type.Array(
        Type.Object({
          sku: Type.String(),
          quantity: Type.Integer(),
          name: Type.String(),
          priceMinor: Minor,
        }),
      ),
    ),
    coupon: Type.Optional(Type.String()),
    steps: Type.Optional(Type.Array(Step, { description: 'Those that were begun.' })),
    paid: Type.Optional(
      Type.Object(
        {
          discountMinor: Minor,
          creditMinor: Minor,
          cardMinor: Minor,
          reference: Type.Optional(Type.String()),
        },
        { description: 'By coupon, store credit and card; the sums are the total.' },
      ),
    ),
    carrier: Type.Optional(Type.String()),
    short: Type.Optional(
      Type.Array(
        Type.Object({ sku: Type.String(), wanted: Type.Integer(), available: Type.Integer() }),
        { description: 'What is missing while it is back-ordered.' },
      ),
    ),
    closedReason: Type.Optional(Type.String()),
    return: Type.Optional(
      Type.Object(
        {
          state: Type.String({ description: 'asked, granted or refused' }),
          reason: Type.String(),
          askedAt: Instant,
          askedBy: Type.String(),
          approval: Type.Optional(
            Type.String({ description: 'The id of the approval that decides on it.' }),
          ),
          refusal: Type.Optional(Type.String({ description: 'Why it was refused.' })),
        },
        { description: 'The last one that was asked for.' },
      ),
    ),
    returnableUntil: Type.Optional(
      Type.String({ format: 'date-time', description: 'Until when a return can be asked for.' }),
    ),
    revision: Type.Optional(Type.Integer({ description: 'Counts everything that happens.' })),
    _links: Links,
    _templates: Templates,
  },
  {
    $id: 'Order',
    description: 'Of one that failed or was terminated there may be its summary only.',
  },
);
export type OrderResource = Static<typeof OrderShape>;
export const OrderSchema = Type.Unsafe<OrderResource>({ $ref: 'Order#' });

export const OrderStatusSchema = Type.Object({
  ...summary,
  stuck: Type.Optional(
    Type.Boolean({ description: 'True when its workflow task has failed repeatedly: a defect.' }),
  ),
});

/** The shapes with an `$id`; the app must know them before any route. */
export const ORDER_SHAPES_BY_ID = [OrderShape];

/** Without `actor`, which is for those at the Temporal CLI. */
export const OrderBody = Type.Unsafe<OrderRequest>(orderBody());

function orderBody(): JsonObject {
  const { properties, ...rest } = ORDER_REQUEST;
  const { actor: _actor, ...given } = properties as JsonObject;
  return { ...rest, properties: given };
}

/** The body of `POST /orders/{id}/{kind}`: the command without its kind. */
export function orderCommandBody(kind: OrderCommandKind) {
  return Type.Unsafe<object>(bodyOf(ORDER_COMMANDS[kind]));
}
