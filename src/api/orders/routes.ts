/** Routes that place, read and list orders. Each: a schema, one call, the reply. */
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { HistorySchema } from '../../contracts/documents/schemas.ts';
import { idFromWorkflowId } from '../../contracts/ids.ts';
import {
  OrderBody,
  OrderList,
  OrderSchema,
  OrderStatusSchema,
} from '../../contracts/orders/schemas.ts';
import { ORDER_STATES, type OrderStatus } from '../../contracts/orders/types.ts';
import { refusalEntry } from '../../workflows/shared/refusals.ts';
import type { TypedApp } from '../app.ts';
import type { ApprovalCommander } from '../approvals/commanding.ts';
import { DocumentId } from '../documents/routes.ts';
import { idempotencyHeader, idempotencyOf } from '../idempotency.ts';
import { pageQuery } from '../paging.ts';
import { problems } from '../problems.ts';
import { askedBy } from '../requests.ts';
import type { Sender } from '../updating.ts';
import type { OrderCreator } from './creating.ts';
import type { OrderLists } from './lists.ts';
import type { OrderPresenter } from './presenter.ts';
import type { OrderReturns } from './returns.ts';
import type { OrderReader } from './service.ts';

export interface OrderRoutes {
  readonly reader: OrderReader;
  readonly creator: OrderCreator;
  readonly sender: Sender;
  readonly returns: OrderReturns;
  readonly lists: OrderLists;
  readonly present: OrderPresenter;
  /** Of the approvals that large orders wait for. */
  readonly approvals: ApprovalCommander;
}

/** As of documents: what somebody chose at the CLI is escaped with `~`, and the workflow id names it as well. */
export const OrderId = DocumentId;
export const tags = ['orders'];

/** `order:4711` in a path means `4711`. */
export async function acceptOrderId(request: FastifyRequest): Promise<void> {
  const params = request.params as { id?: string };
  if (params.id?.startsWith('order:')) params.id = idFromWorkflowId('order', params.id);
}

export function orderRoutes(app: TypedApp, context: OrderRoutes): void {
  place(app, context);
  list(app, context);
  read(app, context);
  status(app, context);
  history(app, context);
}

function place(app: TypedApp, { creator, present }: OrderRoutes): void {
  const schema = {
    tags,
    operationId: 'placeOrder',
    summary: 'Place an order; needs no worker',
    description:
      'The same orderId twice is one order: the same order is answered again as it was then, another one is refused.',
    headers: Type.Object(idempotencyHeader),
    body: OrderBody,
    response: {
      201: OrderSchema,
      200: { ...OrderSchema, description: 'The same order was placed before.' },
      ...problems(400, 403, 409, 413, 415, 422, 503),
    },
  };
  app.post('/orders', { schema }, async (request, reply) => {
    const idempotency = idempotencyOf(request);
    const made = await creator.create(request.body, askedBy(request), { idempotency });
    return reply
      .code(made.replayed ? 200 : 201)
      .header('location', present.places.order(made.order.orderId))
      .send(present.order(made.order, request.actor));
  });
}

const ListQuery = Type.Object(
  {
    state: Type.Optional(Type.Unsafe<OrderStatus>({ type: 'string', enum: [...ORDER_STATES] })),
    owner: Type.Optional(Type.String({ minLength: 1, maxLength: 128 })),
    needsAttention: Type.Optional(
      Type.Literal(true, { description: 'Only those of which something could not be undone.' }),
    ),
    ...pageQuery,
  },
  { additionalProperties: false },
);

function list(app: TypedApp, { lists, present }: OrderRoutes): void {
  const schema = {
    tags,
    operationId: 'listOrders',
    summary: 'List orders: first the open ones, then the closed ones, each newest first',
    querystring: ListQuery,
    response: { 200: OrderList, ...problems(400, 403, 503) },
  };
  app.get('/orders', { schema }, async ({ query, actor, signal }) => {
    const { limit = 50, cursor, ...filter } = query;
    const page = await lists.orders(filter, actor, { limit, cursor, signal });
    const { places } = present;
    const at = (from?: string) => ({ href: places.orders({ ...filter, limit, cursor: from }) });
    const orders = page.rows.map((row) => present.row(row));
    const next = page.next === undefined ? {} : { next: at(page.next) };
    const _links = { self: at(cursor), ...next, home: { href: places.base } };
    return { count: orders.length, _embedded: { orders }, _links };
  });
}

function read(app: TypedApp, { reader, present }: OrderRoutes): void {
  const schema = {
    tags,
    operationId: 'readOrder',
    summary: 'Read an order, open or closed',
    params: OrderId,
    response: { 200: OrderSchema, ...problems(400, 403, 404, 503) },
  };
  app.get('/orders/:id', { schema }, async (request) =>
    present.found(await reader.read(request.params.id, askedBy(request)), request.actor),
  );
}

function status(app: TypedApp, { reader }: OrderRoutes): void {
  const schema = {
    tags,
    operationId: 'readOrderStatus',
    summary: 'Where an order stands; needs no worker',
    params: OrderId,
    response: { 200: OrderStatusSchema, ...problems(400, 403, 404, 503) },
  };
  app.get('/orders/:id/status', { schema }, async (request) => {
    const { summary, stuck } = await reader.status(request.params.id, askedBy(request));
    return { ...summary, ...(stuck ? { stuck } : {}) };
  });
}

function history(app: TypedApp, { reader, present }: OrderRoutes): void {
  const schema = {
    tags,
    operationId: 'readOrderHistory',
    summary: 'What was done when, and which events were refused; oldest first',
    params: OrderId,
    response: { 200: HistorySchema, ...problems(400, 403, 404, 503) },
  };
  app.get('/orders/:id/history', { schema }, async (request) => {
    const { id } = request.params;
    const found = await reader.read(id, askedBy(request));
    const { places } = present;
    const _links = {
      self: { href: places.order(id, '/history') },
      order: { href: places.order(id) },
    };
    if (!('order' in found)) return { _embedded: { entries: [] }, refusedCount: 0, _links };
    const { order, refused, refusedCount } = found;
    const all = [...order.history, ...refused.map(refusalEntry)];
    const entries = all.toSorted((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
    return { _embedded: { entries: entries as never[] }, refusedCount, _links };
  });
}
