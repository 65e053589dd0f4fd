/** The third article's own routes: place an order, answered as Durable Functions answer a start. */
import { workflowIdOf } from '../../contracts/ids.ts';
import { OrderBody } from '../../contracts/orders/schemas.ts';
import { idempotencyHeader, idempotencyOf } from '../idempotency.ts';
import type { TypedApp } from '../app.ts';
import type { OrderCreator } from '../orders/creating.ts';
import { problems } from '../problems.ts';
import { askedBy } from '../requests.ts';
import { Type } from 'typebox';
import { sendStartResponse, StartResponse } from './start-response.ts';

export interface KickOffContext {
  readonly creator: OrderCreator;
  readonly taskHub: string;
  /** See {@link StartAnswer}. */
  readonly secrets: readonly string[];
}

/** As the article calls it on its first page, and on its second. */
const ROUTES = { KickOff: 'kickOffOrder', OrderWorkflow: 'kickOffOrderWorkflow' } as const;

export function kickOffRoutes(app: TypedApp, { creator, taskHub, secrets }: KickOffContext): void {
  for (const [route, operationId] of Object.entries(ROUTES)) {
    const schema = {
      tags: ['originals'],
      operationId,
      summary: 'Place an order, and watch it by the addresses of the answer',
      description:
        'With an orderId or an Idempotency-Key it may be repeated, after a 503 too: the same order is placed once.',
      headers: Type.Object(idempotencyHeader),
      body: OrderBody,
      response: { 202: StartResponse, ...problems(400, 403, 409, 413, 415, 422, 503) },
    };
    app.post(`/${route}`, { schema }, async (request, reply) => {
      const idempotency = idempotencyOf(request);
      const as = 'PlaceOrder';
      const made = await creator.create(request.body, askedBy(request), { as, idempotency });
      const id = workflowIdOf('order', made.order.orderId);
      return sendStartResponse({ id, taskHub, secrets }, request, reply);
    });
  }
}
