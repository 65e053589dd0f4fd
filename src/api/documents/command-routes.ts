/** Routes that move documents on: `POST /documents/{id}/{command}`, external events, deleting from the archive. */
import { Type } from 'typebox';
import type { Command, CommandKind } from '../../contracts/documents/commands.ts';
import { DocumentSchema } from '../../contracts/documents/schemas.ts';
import { commandBody } from '../../contracts/documents/bodies.ts';
import { OPERATOR_ROLE } from '../../contracts/caller.ts';
import { COMMAND } from '../../workflows/documents/commands.ts';
import { hasRole } from '../../workflows/shared/people.ts';
import type { TypedApp } from '../app.ts';
import { Problem, problem } from '../errors.ts';
import { EventName, eventOf } from '../events.ts';
import { idempotencyHeader } from '../idempotency.ts';
import { basisOf, ifMatchHeader } from '../if-match.ts';
import { problems } from '../problems.ts';
import { askedBy } from '../requests.ts';
import { Accepted, carryOut, deliver } from './carry-out.ts';
import { bodyOptional, DocumentId, tags, type DocumentRoutes } from './routes.ts';

export function documentCommandRoutes(app: TypedApp, context: DocumentRoutes): void {
  for (const [kind, summary] of Object.entries(COMMANDS)) {
    command(app, context, kind as keyof typeof COMMANDS, summary);
  }
  // The word that approvals of their own have for it.
  command(app, context, 'reopen', COMMANDS.reopen, 'withdraw');
  events(app, context);
  remove(app, context);
}

/** Those that have a route of their own name. */
const COMMANDS = {
  submit: 'Submit: from here on it is decided on',
  approve: 'Decide: approve',
  reject: 'Decide: reject',
  'request-changes': 'Decide: send it back to its author, with a comment for each section',
  delegate: 'Let somebody else decide instead of the caller',
  remind: 'Remind those who have not decided',
  reopen: 'Take the submission back',
  cancel: 'Cancel a document; accepted (202) even while no worker runs, takes effect when one does',
  archive: 'Put an open document away unfinished; it is expired then',
  comment: 'Say something',
  assign: 'Assign a section to somebody, or without `to` to nobody in particular',
  extend: 'Move the deadline of a section, or of the whole draft',
  transfer: 'Give the document to another owner',
  link: 'Put another document below this one',
  unlink: 'Take a document below this one out',
  migrate: 'Move to the newest version of its type, if all that is filled in fits',
} as const satisfies Partial<Record<CommandKind, string>>;

function command(
  app: TypedApp,
  context: DocumentRoutes,
  kind: keyof typeof COMMANDS,
  summary: string,
  path: string = kind,
): void {
  const schema = {
    tags,
    operationId: `${camelCase(path)}Document`,
    summary,
    params: DocumentId,
    headers: Type.Object({ ...ifMatchHeader, ...idempotencyHeader }),
    body: commandBody(kind),
    response: {
      200: DocumentSchema,
      202: Accepted,
      ...problems(400, 403, 404, 409, 412, 413, 415, 422, 503),
    },
  };
  app.post(
    `/documents/:id/${path}`,
    { schema, preValidation: bodyOptional },
    async (request, reply) => {
      const { id } = request.params;
      const what = { ...request.body, kind, ...basisOf(request) } as Command;
      if (what.kind === 'delegate') context.knownUser(what.to);
      try {
        await carryOut(context, id, what, request, reply);
      } catch (error) {
        const lacksWorker = error instanceof Problem && error.refusal.code === 'no-worker';
        if (kind !== 'cancel' || !lacksWorker) throw error;
        await deliver(context, id, COMMAND, what, request, reply);
      }
      return reply;
    },
  );
}

function camelCase(words: string): string {
  return words.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

function events(app: TypedApp, context: DocumentRoutes): void {
  const schema = {
    tags,
    operationId: 'sendEvent',
    summary: 'Send an external event (a Temporal signal)',
    params: Type.Object({
      ...DocumentId.properties,
      name: EventName,
    }),
    headers: Type.Object(idempotencyHeader),
    body: Type.Unknown({ description: 'Any JSON.' }),
    response: { 202: Accepted, ...problems(400, 403, 404, 409, 413, 415, 503) },
  };
  app.post('/documents/:id/events/:name', { schema }, async (request, reply) => {
    const { name, payload } = eventOf(request.params.name, request.body);
    await deliver(context, request.params.id, name, payload, request, reply);
    return reply;
  });
}

function remove(app: TypedApp, { commander }: DocumentRoutes): void {
  const schema = {
    tags,
    operationId: 'deleteDocument',
    summary: 'Delete a closed document and its history for good; for the role `operator`',
    params: DocumentId,
    response: { 204: Type.Null(), ...problems(400, 403, 404, 409, 413, 415, 503) },
  };
  app.delete('/documents/:id', { schema }, async (request, reply) => {
    if (!hasRole(request.actor, OPERATOR_ROLE))
      throw problem('forbidden', 'Deleting is for the role operator.');
    await commander.delete(request.params.id, askedBy(request));
    return reply.code(204).send(null);
  });
}
