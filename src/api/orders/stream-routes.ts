/** Live hints: that an order has changed, not what. The reader re-fetches until it sees at least the revision told. */
import { Type } from 'typebox';
import { isOpenOrder, type OrderStatus } from '../../contracts/orders/types.ts';
import { mayReadOrder } from '../../workflows/orders/rights.ts';
import type { TypedApp } from '../app.ts';
import {
  allStream,
  oneStream,
  streamAll,
  streamHeaders,
  streamOne,
  type Live,
  type Standing,
} from '../live.ts';
import { askedBy } from '../requests.ts';
import { ENDLESS } from '../sse.ts';
import { OrderId, tags, type OrderRoutes } from './routes.ts';
import { summaryOf, type FoundOrder } from './service.ts';

export interface OrderStreamContext extends OrderRoutes {
  readonly live: Live;
}

const TOLD = '{id, revision, state}';

export function orderStreamRoutes(app: TypedApp, context: OrderStreamContext): void {
  one(app, context);
  many(app, context);
}

function one(app: TypedApp, { reader, live }: OrderStreamContext): void {
  const schema = {
    tags,
    operationId: 'streamOrder',
    summary: 'Live hints about one order (server-sent events)',
    params: OrderId,
    headers: streamHeaders,
    response: oneStream(TOLD),
  };
  app.get('/orders/:id/stream', { schema, ...ENDLESS }, async (request, reply) => {
    const { id } = request.params;
    const asked = askedBy(request);
    const { summary } = await reader.status(id, asked);
    return streamOne(live, request, reply, {
      kind: 'order',
      now: standingOf({ summary }),
      ask: async () => standingOf(await reader.read(id, asked)),
      isOpen: (state) => isOpenOrder(state as OrderStatus),
      mayKnow: (change) => mayReadOrder(change, asked.actor),
    });
  });
}

function standingOf(found: FoundOrder): Standing {
  const { orderId: id, state } = summaryOf(found);
  return { id, state, ...('order' in found ? { revision: found.order.sequence } : {}) };
}

const StreamQuery = Type.Object(
  { owner: Type.Optional(Type.String({ minLength: 1, maxLength: 128 })) },
  { additionalProperties: false },
);

function many(app: TypedApp, { live }: OrderStreamContext): void {
  const schema = {
    tags,
    operationId: 'streamOrders',
    summary: 'Live hints about all orders that one may read (server-sent events)',
    querystring: StreamQuery,
    headers: streamHeaders,
    response: allStream(TOLD),
  };
  // Not below /orders, where it would be somebody's order.
  app.get('/stream/orders', { schema, ...ENDLESS }, async (request, reply) => {
    const { actor, query } = request;
    return streamAll(
      live,
      request,
      reply,
      (change) =>
        change.kind === 'order' &&
        (query.owner === undefined || change.owner === query.owner) &&
        mayReadOrder(change, actor),
    );
  });
}
