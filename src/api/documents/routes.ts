/** Routes that create and read documents. Each: a schema, one call, the reply. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import {
  DocumentSchema,
  DocumentStatusSchema,
  HistorySchema,
  SectionResource,
} from '../../contracts/documents/schemas.ts';
import { CreateBody, RestoreBody } from '../../contracts/documents/bodies.ts';
import type { CreateRequest } from '../../contracts/documents/types.ts';
import { idFromWorkflowId } from '../../contracts/ids.ts';
import type { KnownUser } from '../known-user.ts';
import type { TypedApp } from '../app.ts';
import { idempotencyHeader, idempotencyOf } from '../idempotency.ts';
import { problems } from '../problems.ts';
import { askedBy, etagOf, only } from '../requests.ts';
import type { DocumentCommander } from './commanding.ts';
import type { DocumentCreator } from './creating.ts';
import type { DocumentLists } from './lists.ts';
import type { DocumentPresenter } from './presenter.ts';
import type { DocumentHistories } from './reading-history.ts';
import type { DocumentReader } from './service.ts';

export interface DocumentRoutes {
  readonly reader: DocumentReader;
  readonly creator: DocumentCreator;
  readonly commander: DocumentCommander;
  readonly histories: DocumentHistories;
  readonly lists: DocumentLists;
  readonly present: DocumentPresenter;
  readonly knownUser: KnownUser;
}

/**
 * Wider than the ids that one may choose over HTTP: what somebody chose at the CLI is escaped with `~`, and the workflow
 * id, which the Durable Functions dialect hands out, names the document as well.
 */
export const DocumentId = Type.Object({
  id: Type.String({ pattern: '^[A-Za-z0-9._~:-]{1,3000}$' }),
});
export const SectionId = Type.Object({
  ...DocumentId.properties,
  section: Type.String({ minLength: 1, maxLength: 100 }),
});
export const tags = ['documents'];

/** `document:4711` in a path means `4711`. */
export async function acceptWorkflowId(request: FastifyRequest): Promise<void> {
  const params = request.params as { id?: string };
  if (params.id?.startsWith('document:')) params.id = idFromWorkflowId('document', params.id);
}

export function documentRoutes(app: TypedApp, context: DocumentRoutes): void {
  create(app, context);
  restore(app, context);
  read(app, context);
  readSection(app, context);
  status(app, context);
  history(app, context);
}

const created = {
  201: DocumentSchema,
  200: { ...DocumentSchema, description: 'The same request, by its Idempotency-Key, came before.' },
  ...problems(400, 403, 404, 409, 413, 415, 422, 503),
};

function create(app: TypedApp, context: DocumentRoutes): void {
  const schema = {
    tags,
    operationId: 'createDocument',
    summary: 'Create a document; needs no worker, unless it names another one',
    headers: Type.Object(idempotencyHeader),
    body: CreateBody,
    response: created,
  };
  app.post('/documents', { schema }, async (request, reply) =>
    sendCreated(context, request.body, request, reply),
  );
}

function restore(app: TypedApp, context: DocumentRoutes): void {
  const schema = {
    tags,
    operationId: 'restoreDocument',
    summary: 'Create a new document with all that is in this one',
    params: DocumentId,
    headers: Type.Object(idempotencyHeader),
    body: RestoreBody,
    response: created,
  };
  app.post(
    '/documents/:id/restore',
    { schema, preValidation: bodyOptional },
    async (request, reply) => {
      const source = await context.reader.readState(request.params.id, askedBy(request));
      const { title, definition } = source;
      const body: CreateRequest = {
        title,
        ...request.body,
        type: definition.name,
        from: source.id,
      };
      return sendCreated(context, body, request, reply);
    },
  );
}

/** Creates the document and answers it. */
async function sendCreated(
  { creator, present }: DocumentRoutes,
  body: CreateRequest,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const idempotency = idempotencyOf(request);
  const made = await creator.create(body, askedBy(request), idempotency ? { idempotency } : {});
  const { id, version } = made.state;
  return reply
    .code(made.replayed ? 200 : 201)
    .headers({ location: present.places.document(id), etag: etagOf(version) })
    .send(present.found(made, request.actor));
}

const ReadQuery = Type.Object(
  {
    version: Type.Optional(
      Type.Integer({ minimum: 1, description: 'As it was then; without templates.' }),
    ),
    fields: Type.Optional(
      Type.String({
        pattern: '^[A-Za-z_][A-Za-z0-9_.-]*(,[A-Za-z_][A-Za-z0-9_.-]*)*$',
        maxLength: 2000,
        description: 'Only these, such as `state,sections.Request`; `id` is always there.',
      }),
    ),
  },
  { additionalProperties: false },
);

function read(app: TypedApp, { reader, histories, present }: DocumentRoutes): void {
  const schema = {
    tags,
    operationId: 'readDocument',
    summary: 'Read a document, open or closed, as it is or as it was',
    params: DocumentId,
    querystring: ReadQuery,
    response: { 200: DocumentSchema, ...problems(400, 403, 404, 409, 503) },
  };
  app.get('/documents/:id', { schema }, async (request, reply) => {
    const { id } = request.params;
    const { version, fields } = request.query;
    const asked = askedBy(request);
    const document =
      version === undefined
        ? present.found(await reader.read(id, asked), request.actor)
        : present.past(await histories.asOf(id, version, asked), request.actor);
    reply.header('etag', etagOf(document.version));
    if (fields === undefined) return document;
    // Not through the response schema, which requires what was not asked for.
    return reply
      .serializer(JSON.stringify)
      .type('application/json; charset=utf-8')
      .send(only(document, ['id', ...fields.split(',')]) as typeof document);
  });
}

function readSection(app: TypedApp, { reader, histories, present }: DocumentRoutes): void {
  const schema = {
    tags,
    operationId: 'readSection',
    summary: 'Read one section',
    params: SectionId,
    querystring: Type.Pick(ReadQuery, ['version'], { additionalProperties: false }),
    response: { 200: SectionResource, ...problems(400, 403, 404, 409, 503) },
  };
  app.get('/documents/:id/sections/:section', { schema }, async (request, reply) => {
    const { id, section } = request.params;
    const { version } = request.query;
    const asked = askedBy(request);
    const state =
      version === undefined
        ? await reader.readState(id, asked)
        : await histories.asOf(id, version, asked);
    reply.header('etag', etagOf(state.version));
    return present.section(state, section, request.actor, { past: version !== undefined });
  });
}

function status(app: TypedApp, { reader }: DocumentRoutes): void {
  const schema = {
    tags,
    operationId: 'readStatus',
    summary: 'Where a document stands; needs no worker',
    params: DocumentId,
    response: { 200: DocumentStatusSchema, ...problems(400, 403, 404, 503) },
  };
  app.get('/documents/:id/status', { schema }, async (request) => {
    const { summary, sections, stuck } = await reader.status(request.params.id, askedBy(request));
    const { id, state, customStatus, version, progress, waitingFor, dueAt, overdue, suspended } =
      summary;
    return {
      id,
      state,
      customStatus,
      version,
      progress,
      ...(sections ? { sections } : {}),
      waitingFor,
      ...(dueAt === undefined ? {} : { dueAt }),
      ...(overdue ? { overdue } : {}),
      ...(suspended ? { suspended } : {}),
      ...(stuck ? { stuck } : {}),
    };
  });
}

function history(app: TypedApp, { histories, present }: DocumentRoutes): void {
  const schema = {
    tags,
    operationId: 'readHistory',
    summary: 'Who did what when, and what was refused; oldest first',
    params: DocumentId,
    querystring: Type.Object(
      {
        after: Type.Optional(
          Type.Integer({
            minimum: 0,
            maximum: 1_000_000_000,
            default: 0,
            description: 'From `_links.next`.',
          }),
        ),
        limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, default: 500 })),
      },
      { additionalProperties: false },
    ),
    response: { 200: HistorySchema, ...problems(400, 403, 404, 503) },
  };
  app.get('/documents/:id/history', { schema }, async (request) => {
    const { id } = request.params;
    const { after = 0, limit = 500 } = request.query;
    const page = await histories.page(id, { after, limit }, askedBy(request));
    const at = (from: number) => ({
      href: present.places.document(id, `/history?after=${from}&limit=${limit}`),
    });
    const _links = {
      self: { href: present.places.document(id, '/history') },
      ...(page.next === undefined ? {} : { next: at(page.next) }),
      document: { href: present.places.document(id) },
    };
    const { entries, refusedCount } = page;
    return { _embedded: { entries: [...entries] as never[] }, refusedCount, _links };
  });
}

/** These bodies may be left out altogether. */
export async function bodyOptional(request: FastifyRequest): Promise<void> {
  request.body ??= {};
}
