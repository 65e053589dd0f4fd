/** Routes that move orders on: `POST /orders/{id}/{command}`, the decision on a large one, and external events. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { RecordCommand } from '../../contracts/approvals/record-commands.ts';
import { recordBody } from '../../contracts/approvals/record-schemas.ts';
import type { OrderCommand, OrderCommandKind } from '../../contracts/orders/commands.ts';
import { orderCommandBody, OrderSchema } from '../../contracts/orders/schemas.ts';
import { ORDER_COMMAND, orderUpdate } from '../../workflows/orders/messages.ts';
import type { TypedApp } from '../app.ts';
import { Accepted } from '../documents/carry-out.ts';
import { bodyOptional } from '../documents/routes.ts';
import { asProblem, problem } from '../errors.ts';
import { EventName, eventOf } from '../events.ts';
import { idempotencyHeader, idempotencyOf } from '../idempotency.ts';
import { problems } from '../problems.ts';
import { askedBy, prefers, signalledBy } from '../requests.ts';
import { OrderId, tags, type OrderRoutes } from './routes.ts';

export function orderCommandRoutes(app: TypedApp, context: OrderRoutes): void {
  for (const [kind, [operation, summary]] of Object.entries(COMMANDS))
    command(app, context, kind as OrderCommandKind, operation, summary);
  decision(
    app,
    context,
    'approve',
    'Let a large order go on, or grant a return; for those whom its approval asks',
  );
  decision(
    app,
    context,
    'reject',
    'Turn a large order or a return down; for those whom its approval asks',
  );
  events(app, context);
}

const COMMANDS: Readonly<Record<OrderCommandKind, readonly [operation: string, what: string]>> = {
  cancel: ['cancelOrder', 'Cancel: everything that was done is undone. Until the carrier has it'],
  proceed: ['proceedOrder', 'Try again at once what it waits for: stock, or an undo that failed'],
  settle: ['settleOrder', 'What could not be undone was put in order by hand'],
  return: [
    'returnOrder',
    'Ask for the return of an order that has arrived; somebody decides on it',
  ],
};

/** What can be done to orders that have arrived. */
const OF_RETURNS: ReadonlySet<OrderCommandKind> = new Set(['return', 'proceed', 'settle']);

const response = {
  200: OrderSchema,
  202: Accepted,
  ...problems(400, 403, 404, 409, 413, 415, 422, 503),
};

function command(
  app: TypedApp,
  context: OrderRoutes,
  kind: OrderCommandKind,
  operationId: string,
  summary: string,
): void {
  const schema = {
    tags,
    operationId,
    summary,
    params: OrderId,
    headers: Type.Object(idempotencyHeader),
    body: orderCommandBody(kind),
    response,
  };
  app.post(
    `/orders/:id/${kind}`,
    { schema, preValidation: bodyOptional },
    async (request, reply) => {
      const { sender, present, reader } = context;
      const { id } = request.params;
      const what = { ...request.body, kind } as OrderCommand;
      const asked = askedBy(request);
      if (OF_RETURNS.has(kind) && (await context.returns.carryOut(id, what, asked))) {
        return accepted(reply, present.places.order(id));
      }
      if (prefers(request, 'respond-async')) {
        reply.header('preference-applied', 'respond-async');
        return deliver(context, id, ORDER_COMMAND, what, request, reply);
      }
      const result = await sender.update(id, orderUpdate, what, asked, idempotencyOf(request));
      return present.result(result) ?? present.found(await reader.read(id, asked), request.actor);
    },
  );
}

/** Hands the decision on to the approval of the order; answers where the order stands, which goes on a moment later. */
function decision(
  app: TypedApp,
  { reader, approvals, present }: OrderRoutes,
  kind: 'approve' | 'reject',
  summary: string,
): void {
  const schema = {
    tags,
    operationId: `${kind}Order`,
    summary,
    params: OrderId,
    headers: Type.Object(idempotencyHeader),
    body: recordBody(kind),
    response,
  };
  app.post(`/orders/:id/${kind}`, { schema, preValidation: bodyOptional }, async (request) => {
    const asked = askedBy(request);
    const { id } = request.params;
    const { approval, state } = await reader.standing(id, asked.signal);
    if (approval === undefined) {
      // Whoever may not read it must not learn that it is there.
      await reader.status(id, asked);
      const detail = 'The order waits for no approval.';
      throw problem('wrong-state', detail, { state, allowed: [] });
    }
    const what = { ...request.body, kind } as RecordCommand;
    const decided = approvals.command(approval, what, asked, idempotencyOf(request));
    await decided.catch((error: unknown) => {
      throw asProblem(error).refusal.code === 'not-found' ? reader.noSuch(id) : error;
    });
    // Those who decide need not be those who may read the whole of it.
    return present.found({ summary: await reader.standing(id, asked.signal) }, request.actor);
  });
}

function events(app: TypedApp, context: OrderRoutes): void {
  const schema = {
    tags,
    operationId: 'sendOrderEvent',
    summary: 'Send an external event (a Temporal signal), such as Proceed',
    params: Type.Object({ ...OrderId.properties, name: EventName }),
    headers: Type.Object(idempotencyHeader),
    body: Type.Unknown({ description: 'Any JSON.' }),
    response: { 202: Accepted, ...problems(400, 403, 404, 409, 413, 415, 503) },
  };
  app.post('/orders/:id/events/:name', { schema }, async (request, reply) => {
    const { id } = request.params;
    const { name, payload } = eventOf(request.params.name, request.body);
    return deliver(context, id, name, payload, request, reply);
  });
}

async function deliver(
  { reader, sender, present }: OrderRoutes,
  id: string,
  name: string,
  payload: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  // Whoever may not read it must not learn that it is there.
  await reader.status(id, askedBy(request));
  await sender.signal(id, name, payload, signalledBy(request));
  return accepted(reply, present.places.order(id, '/status'));
}

/** `location`: where to see what comes of it. */
function accepted(reply: FastifyReply, location: string): FastifyReply {
  return reply.code(202).header('location', location).send();
}
