/** Routes that change documents: commands are updates, because the caller deserves an answer; events are signals. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import {
  CancelBody,
  DecisionBody,
  DocumentSchema,
  SectionBody,
} from '../../contracts/documents/schemas.ts';
import type { Command } from '../../contracts/documents/types.ts';
import { LIMITS } from '../../contracts/limits.ts';
import { COMMAND } from '../../workflows/documents/commands.ts';
import type { TypedApp } from '../app.ts';
import { Problem, problem } from '../errors.ts';
import { problems } from '../problems.ts';
import { askedBy, etagOf, prefers } from '../requests.ts';
import { DocumentId, tags, type DocumentRoutes } from './routes.ts';

const Accepted = Type.Null({
  description: 'Delivered, not judged: status and history tell what came of it.',
});

export function documentCommandRoutes(app: TypedApp, context: DocumentRoutes): void {
  fill(app, context);
  decide(app, context, 'approve');
  decide(app, context, 'reject');
  cancel(app, context);
  events(app, context);
}

function fill(app: TypedApp, context: DocumentRoutes): void {
  const schema = {
    tags,
    operationId: 'fillSection',
    summary: 'Fill or correct a section',
    params: Type.Object({
      ...DocumentId.properties,
      section: Type.String({ minLength: 1, maxLength: 100 }),
    }),
    headers: Type.Object({
      'if-match': Type.Optional(
        Type.String({
          pattern: '^(\\*|"\\d{1,15}")$',
          description: 'The version (ETag) that the data is based on.',
          'x-expected': 'must be the ETag in double quotes, such as "3", or *',
        }),
      ),
    }),
    body: SectionBody,
    response: {
      200: DocumentSchema,
      202: Accepted,
      ...problems(400, 403, 404, 409, 412, 413, 415, 422, 503),
    },
  };
  app.put('/documents/:id/sections/:section', { schema }, async (request, reply) => {
    const { id, section } = request.params;
    const version = /\d+/.exec(request.headers['if-match'] ?? '')?.[0];
    const basis = version === undefined ? {} : { ifVersion: Math.max(1, Number(version)) };
    await carryOut(
      context,
      id,
      { kind: 'fill', section, data: request.body, ...basis },
      request,
      reply,
    );
    return reply;
  });
}

function decide(app: TypedApp, context: DocumentRoutes, kind: 'approve' | 'reject'): void {
  const schema = {
    tags,
    operationId: `${kind}Document`,
    summary: `Decide: ${kind}`,
    params: DocumentId,
    body: DecisionBody,
    response: {
      200: DocumentSchema,
      202: Accepted,
      ...problems(400, 403, 404, 409, 412, 415, 503),
    },
  };
  app.post(
    `/documents/:id/${kind}`,
    { schema, preValidation: bodyOptional },
    async (request, reply) => {
      const { id } = request.params;
      await carryOut(context, id, { ...request.body, kind }, request, reply);
      return reply;
    },
  );
}

function cancel(app: TypedApp, context: DocumentRoutes): void {
  const schema = {
    tags,
    operationId: 'cancelDocument',
    summary: 'Cancel a document',
    params: DocumentId,
    body: CancelBody,
    description: 'Accepted (202) even while no worker runs; it takes effect when one does.',
    response: { 200: DocumentSchema, 202: Accepted, ...problems(400, 403, 404, 409, 415, 503) },
  };
  app.post(
    '/documents/:id/cancel',
    { schema, preValidation: bodyOptional },
    async (request, reply) => {
      const { id } = request.params;
      const command: Command = { ...request.body, kind: 'cancel' };
      try {
        await carryOut(context, id, command, request, reply);
      } catch (error) {
        if (!(error instanceof Problem) || error.refusal.code !== 'no-worker') throw error;
        await deliver(context, id, COMMAND, command, request, reply);
      }
      return reply;
    },
  );
}

function events(app: TypedApp, context: DocumentRoutes): void {
  const schema = {
    tags,
    operationId: 'sendEvent',
    summary: 'Send an external event (a Temporal signal)',
    params: Type.Object({
      ...DocumentId.properties,
      name: Type.String({ minLength: 1, maxLength: LIMITS.eventName }),
    }),
    body: Type.Unknown({ description: 'Any JSON.' }),
    response: { 202: Accepted, ...problems(400, 403, 404, 409, 413, 415, 503) },
  };
  app.post('/documents/:id/events/:name', { schema }, async (request, reply) => {
    const { id, name } = request.params;
    if (request.body === undefined)
      throw problem('malformed-json', 'An event carries a JSON body; send at least null.');
    if (name.startsWith('__'))
      throw problem(
        'invalid-request',
        'Event names that begin with two underscores are Temporal’s own.',
      );
    await deliver(context, id, name, request.body, request, reply);
    return reply;
  });
}

/** Runs the command and answers the document; with `Prefer: respond-async` only delivers it. */
async function carryOut(
  context: DocumentRoutes,
  id: string,
  command: Command,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<void> {
  if (prefers(request, 'respond-async')) {
    reply.header('preference-applied', 'respond-async');
    await deliver(context, id, COMMAND, command, request, reply);
    return;
  }
  const { service, present } = context;
  const result = await service.command(id, command, askedBy(request));
  const whole = prefers(request, 'return=representation');
  if (whole) reply.header('preference-applied', 'return=representation');
  const answered = whole ? undefined : present.result(result);
  const document =
    answered ??
    present.found(await service.read(id, askedBy(request)), request.actor, { data: whole });
  void reply.header('etag', etagOf(document.version)).send(document);
}

async function deliver(
  { service, present }: DocumentRoutes,
  id: string,
  name: string,
  payload: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<void> {
  await service.signal(id, name, payload, askedBy(request, 'signal'));
  void reply.code(202).header('location', present.places.document(id, '/status')).send();
}

/** These bodies may be left out altogether. */
async function bodyOptional(request: FastifyRequest): Promise<void> {
  request.body ??= {};
}
