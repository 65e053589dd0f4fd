/** Routes that move waits on: events, stop, cancel. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { Json } from '../../contracts/json.ts';
import type { WaitCommand } from '../../contracts/waits/commands.ts';
import { CancelBody, StopBody, WaitSchema } from '../../contracts/waits/schemas.ts';
import { WAIT_COMMAND } from '../../workflows/waits/commands.ts';
import type { TypedApp } from '../app.ts';
import { Accepted } from '../documents/carry-out.ts';
import { bodyOptional } from '../documents/routes.ts';
import { EventName, eventOf } from '../events.ts';
import { idempotencyHeader, idempotencyOf } from '../idempotency.ts';
import { problems } from '../problems.ts';
import { askedBy, prefers, signalledBy } from '../requests.ts';
import { tags, Wait, type WaitRoutes } from './routes.ts';

type Params = FastifyRequest<{ Params: { name: string; key: string } }>;

const headers = Type.Object(idempotencyHeader);
const response = {
  200: WaitSchema,
  202: Accepted,
  ...problems(400, 403, 404, 409, 412, 413, 415, 422, 503),
};

export function waitCommandRoutes(app: TypedApp, context: WaitRoutes): void {
  events(app, context);
  const shape = { tags, params: Wait, headers, response };
  const stop = {
    ...shape,
    operationId: 'stopWait',
    summary: 'End the wait now, with any data, whatever is still to come',
    body: StopBody,
  };
  app.post(
    '/waits/:name/:key/stop',
    { schema: stop, preValidation: bodyOptional },
    async (request, reply) => carryOut(context, { ...request.body, kind: 'stop' }, request, reply),
  );
  const cancel = {
    ...shape,
    operationId: 'cancelWait',
    summary: 'The wait is not needed any more; for the owner',
    body: CancelBody,
  };
  app.post(
    '/waits/:name/:key/cancel',
    { schema: cancel, preValidation: bodyOptional },
    async (request, reply) =>
      carryOut(context, { ...request.body, kind: 'cancel' }, request, reply),
  );
}

/** A webhook of somebody else’s service can be pointed at it: any JSON, or nothing at all, is its data. */
function events(app: TypedApp, context: WaitRoutes): void {
  const schema = {
    tags,
    operationId: 'sendWaitEvent',
    summary: 'Tell the wait that an event has come (a Temporal signal), with any data',
    description:
      'Answers 202 when it is delivered. With `Prefer: return=representation` it is judged, and answered with 200 and the wait, or refused.',
    params: Type.Object({ ...Wait.properties, event: EventName }),
    headers,
    body: Type.Unknown({ description: 'Any JSON.' }),
    response,
  };
  const preValidation = async (request: FastifyRequest) => void (request.body ??= null);
  app.post('/waits/:name/:key/events/:event', { schema, preValidation }, async (request, reply) => {
    const { name: event, payload } = eventOf(request.params.event, request.body);
    if (!prefers(request, 'return=representation'))
      return deliver(context, event, payload, request, reply);
    reply.header('preference-applied', 'return=representation');
    return carryOut(context, { kind: 'event', event, data: payload as Json }, request, reply);
  });
}

/** Runs the command and answers the wait; with `Prefer: respond-async` only delivers it. */
async function carryOut(
  context: WaitRoutes,
  command: WaitCommand,
  request: Params,
  reply: FastifyReply,
): Promise<FastifyReply> {
  if (prefers(request, 'respond-async')) {
    reply.header('preference-applied', 'respond-async');
    return deliver(context, WAIT_COMMAND, command, request, reply);
  }
  const { commander, reader, present } = context;
  const asked = askedBy(request);
  const result = await commander.command(request.params, command, asked, idempotencyOf(request));
  if (result.wait) return reply.send(present.summary(result.wait, request.actor));
  const { found } = await reader.read(request.params, asked);
  return reply.send(present.found(found, request.actor));
}

async function deliver(
  { commander, present }: WaitRoutes,
  name: string,
  payload: unknown,
  request: Params,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const wait = { name: request.params.name, key: request.params.key };
  await commander.signal(wait, name, payload, signalledBy(request));
  return reply.code(202).header('location', present.places.wait(wait)).send();
}
