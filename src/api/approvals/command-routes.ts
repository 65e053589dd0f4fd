/** Routes that move approvals on: `POST /approvals/{id}/{command}`, and external events. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type {
  RecordCommand,
  RecordCommandKind,
} from '../../contracts/approvals/record-commands.ts';
import { ApprovalSchema, recordBody } from '../../contracts/approvals/record-schemas.ts';
import { RECORD_COMMAND } from '../../workflows/approvals/record-messages.ts';
import type { TypedApp } from '../app.ts';
import { Accepted } from '../documents/carry-out.ts';
import { bodyOptional } from '../documents/routes.ts';
import { EventName, eventOf } from '../events.ts';
import { idempotencyHeader, idempotencyOf } from '../idempotency.ts';
import { basisOf, ifMatchHeader } from '../if-match.ts';
import { problems } from '../problems.ts';
import { askedBy, etagOf, prefers, signalledBy } from '../requests.ts';
import { ApprovalId, tags, type ApprovalRoutes } from './routes.ts';

export function approvalCommandRoutes(app: TypedApp, context: ApprovalRoutes): void {
  for (const [kind, [operation, summary]] of Object.entries(COMMANDS))
    command(app, context, kind as RecordCommandKind, operation, summary);
  events(app, context);
}

const COMMANDS: Readonly<Record<RecordCommandKind, readonly [operation: string, what: string]>> = {
  approve: ['approveApproval', 'Decide: approve'],
  reject: ['rejectApproval', 'Decide: reject'],
  'request-changes': [
    'requestApprovalChanges',
    'Decide: back to the owner, with what is to change',
  ],
  delegate: ['delegateApproval', 'Let somebody else decide instead of the caller'],
  remind: ['remindApproval', 'Remind those who have not decided; for the owner'],
  comment: ['commentApproval', 'Say something'],
  withdraw: ['withdrawApproval', 'The decision is not needed any more; for the owner'],
  submit: ['submitApproval', 'Ask again after changes were requested; for the owner'],
  extend: ['extendApproval', 'Move the deadline of the current stage; for the owner'],
};

function command(
  app: TypedApp,
  context: ApprovalRoutes,
  kind: RecordCommandKind,
  operationId: string,
  summary: string,
): void {
  const schema = {
    tags,
    operationId,
    summary,
    params: ApprovalId,
    headers: Type.Object({ ...ifMatchHeader, ...idempotencyHeader }),
    body: recordBody(kind),
    response: {
      200: ApprovalSchema,
      202: Accepted,
      ...problems(400, 403, 404, 409, 412, 413, 415, 422, 503),
    },
  };
  app.post(
    `/approvals/:id/${kind}`,
    { schema, preValidation: bodyOptional },
    async (request, reply) => {
      const { id } = request.params;
      const what = { ...request.body, kind, ...basisOf(request) } as RecordCommand;
      if (what.kind === 'delegate') context.knownUser(what.to);
      if (prefers(request, 'respond-async')) {
        reply.header('preference-applied', 'respond-async');
        return deliver(context, id, RECORD_COMMAND, what, request, reply);
      }
      const { commander, reader, present } = context;
      const asked = askedBy(request);
      const result = await commander.command(id, what, asked, idempotencyOf(request));
      const approval =
        present.result(result) ?? present.found(await reader.read(id, asked), request.actor);
      return reply.header('etag', etagOf(approval.version)).send(approval);
    },
  );
}

function events(app: TypedApp, context: ApprovalRoutes): void {
  const schema = {
    tags,
    operationId: 'sendApprovalEvent',
    summary: 'Send an external event (a Temporal signal), such as the one of the policy',
    params: Type.Object({ ...ApprovalId.properties, name: EventName }),
    headers: Type.Object(idempotencyHeader),
    body: Type.Unknown({ description: 'Any JSON.' }),
    response: { 202: Accepted, ...problems(400, 403, 404, 409, 413, 415, 503) },
  };
  app.post('/approvals/:id/events/:name', { schema }, async (request, reply) => {
    const { id } = request.params;
    const { name, payload } = eventOf(request.params.name, request.body);
    return deliver(context, id, name, payload, request, reply);
  });
}

async function deliver(
  { commander, present }: ApprovalRoutes,
  id: string,
  name: string,
  payload: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  await commander.signal(id, name, payload, signalledBy(request));
  return reply.code(202).header('location', present.places.approval(id, '/status')).send();
}
