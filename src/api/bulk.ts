/** One action on all open documents of a filter, through Temporal's batch operations: POST starts, GET tells. */
import { randomUUID } from 'node:crypto';
import { Type } from 'typebox';
import { OPERATOR_ROLE, RELAY, type Relayed } from '../contracts/caller.ts';
import type { Command } from '../contracts/documents/commands.ts';
import { Links } from '../contracts/documents/schemas.ts';
import type { JsonObject } from '../contracts/json.ts';
import { LIMITS } from '../contracts/limits.ts';
import { bulkOutcomes, createBulkJob, findBulkJob } from '../store/bulk.ts';
import type { Database } from '../store/database.ts';
import { batchProgress, startBatch } from '../temporal/batch.ts';
import type { Temporal } from '../temporal/client.ts';
import { and } from '../temporal/visibility.ts';
import { COMMAND } from '../workflows/documents/commands.ts';
import { hasRole } from '../workflows/shared/people.ts';
import type { TypedApp } from './app.ts';
import { FilterQuery, filterOf } from './documents/filters.ts';
import { openConditions } from './documents/lists.ts';
import type { Places } from './documents/resource.ts';
import type { DocumentTypes } from '../document-types/index.ts';
import { answered, problem } from './errors.ts';
import { callContext } from './plugins/caller.ts';
import { problems } from './problems.ts';

export interface BulkContext {
  readonly temporal: Temporal;
  readonly database: Database;
  readonly documentTypes: DocumentTypes;
  readonly places: Places;
}

const reason = Type.Optional(Type.String({ minLength: 1, maxLength: LIMITS.reason }));
const filter = Type.Object(FilterQuery.properties, {
  additionalProperties: Type.String({ maxLength: 300 }),
  minProperties: 1,
  description:
    'As the parameters of the list. At least one, so that nobody cancels everything by mistake.',
});
const BulkBody = Type.Object(
  {
    action: Type.Union([Type.Literal('cancel'), Type.Literal('archive'), Type.Literal('assign')]),
    filter,
    reason,
    section: Type.Optional(
      Type.String({ minLength: 1, maxLength: 100, description: 'With assign.' }),
    ),
    to: Type.Optional(
      Type.String({ pattern: '^[\\x21-\\x7e]{1,128}$', description: 'With assign.' }),
    ),
  },
  { additionalProperties: false },
);
type BulkBody = Type.Static<typeof BulkBody>;

const Job = Type.Object({
  id: Type.String(),
  action: Type.String(),
  by: Type.String(),
  createdAt: Type.String({ format: 'date-time' }),
  state: Type.Unsafe<string>({ type: 'string', enum: ['running', 'completed', 'failed'] }),
  total: Type.Integer({ description: 'Documents found so far.' }),
  delivered: Type.Integer({ description: 'Documents that were told.' }),
  outcomes: Type.Record(Type.String(), Type.Integer(), {
    description:
      'What came of it: `done`, or the code of the refusal. Complete a moment after `delivered` is.',
  }),
  _links: Links,
});

const tags = ['documents'];

export function bulkRoutes(app: TypedApp, context: BulkContext): void {
  start(app, context);
  progress(app, context);
}

function start(app: TypedApp, context: BulkContext): void {
  const { temporal, database, documentTypes, places } = context;
  const schema = {
    tags,
    operationId: 'startBulkAction',
    summary: 'Cancel, archive or assign all open documents of a filter',
    description: 'Each document judges for itself whether the caller may; refusals are counted.',
    body: BulkBody,
    response: { 202: Job, ...problems(400, 403, 413, 415, 503) },
  };
  app.post('/bulk', { schema }, async (request, reply) => {
    const { actor, body, signal } = request;
    const command = commandOf(body);
    const filterGiven = filterOf(body.filter, documentTypes, actor, '/filter');
    const query = and(...openConditions(filterGiven));
    const id = randomUUID();
    const createdAt = new Date().toISOString();
    const asked = body as unknown as JsonObject;
    const job = { id, action: body.action, by: actor.id, createdAt };
    await answered(createBulkJob(database, { ...job, request: asked }));
    const caller = { ...callContext(request, 'signal'), bulk: id };
    await temporal.call({ signal }, (client) =>
      startBatch(client, temporal.namespace, {
        id,
        query,
        reason: `${body.action} by ${actor.id}`,
        signal: RELAY,
        payload: { name: COMMAND, payload: command, caller } satisfies Relayed,
      }),
    );
    return reply
      .code(202)
      .header('location', `${places.base}/bulk/${id}`)
      .send({
        ...job,
        state: 'running',
        total: 0,
        delivered: 0,
        outcomes: {},
        _links: linksOf(places, id),
      });
  });
}

function commandOf({ action, section, to, reason: why }: BulkBody): Command {
  if (action === 'assign') {
    if (section === undefined)
      throw problem('invalid-request', 'With the action assign goes a section.', {
        errors: [{ pointer: '/section', detail: 'is required' }],
      });
    if (why !== undefined)
      throw problem('invalid-request', 'The action assign takes no reason.', {
        errors: [{ pointer: '/reason', detail: 'does not go with assign' }],
      });
    return { kind: 'assign', section, to: to ?? null };
  }
  const errors = Object.entries({ section, to }).flatMap(([name, given]) =>
    given === undefined ? [] : [{ pointer: `/${name}`, detail: 'goes with assign only' }],
  );
  if (errors.length > 0)
    throw problem('invalid-request', `The action ${action} takes neither section nor to.`, {
      errors,
    });
  return { kind: action, ...(why === undefined ? {} : { reason: why }) };
}

function progress(app: TypedApp, { temporal, database, places }: BulkContext): void {
  const schema = {
    tags,
    operationId: 'readBulkAction',
    summary: 'How far a bulk action is; for whoever started it',
    params: Type.Object({ job: Type.String({ pattern: '^[A-Za-z0-9-]{1,64}$' }) }),
    response: { 200: Job, ...problems(400, 403, 404, 503) },
  };
  app.get('/bulk/:job', { schema }, async ({ actor, params, signal }) => {
    const found = await answered(findBulkJob(database, params.job));
    const mayRead = found?.by === actor.id || hasRole(actor, OPERATOR_ROLE);
    if (!found || !mayRead) throw problem('not-found', `There is no bulk action ${params.job}.`);
    const { id, action, by, createdAt } = found;
    const [batch, outcomes] = await Promise.all([
      temporal.call({ signal }, (client) => batchProgress(client, temporal.namespace, id)),
      answered(bulkOutcomes(database, id)),
    ]);
    return { id, action, by, createdAt, ...batch, outcomes, _links: linksOf(places, id) };
  });
}

function linksOf(places: Places, id: string) {
  return { self: { href: `${places.base}/bulk/${id}` }, home: { href: places.base } };
}
