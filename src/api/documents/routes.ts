/** Routes that create, list and read documents. Each: a schema, one call to the service, the reply. */
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import {
  CreateBody,
  DocumentList,
  DocumentSchema,
  DocumentStatusSchema,
  HistorySchema,
  ListQuery,
} from '../../contracts/documents/schemas.ts';
import { idFromWorkflowId } from '../../contracts/ids.ts';
import type { TypedApp } from '../app.ts';
import { problems } from '../problems.ts';
import { askedBy, etagOf } from '../requests.ts';
import { summaryOfListed } from './executions.ts';
import type { DocumentLists } from './lists.ts';
import type { DocumentPresenter } from './presenter.ts';
import type { DocumentService } from './service.ts';

export interface DocumentRoutes {
  readonly service: DocumentService;
  readonly lists: DocumentLists;
  readonly present: DocumentPresenter;
}

/**
 * Wider than the ids that one may choose over HTTP: what somebody chose at the CLI is escaped with `~`, and the workflow
 * id, which the Durable Functions dialect hands out, names the document as well.
 */
export const DocumentId = Type.Object({
  id: Type.String({ pattern: '^[A-Za-z0-9._~:-]{1,3000}$' }),
});
export const tags = ['documents'];

/** `document:4711` in a path means `4711`. */
export async function acceptWorkflowId(request: FastifyRequest): Promise<void> {
  const params = request.params as { id?: string };
  if (params.id?.startsWith('document:')) params.id = idFromWorkflowId('document', params.id);
}

export function documentRoutes(app: TypedApp, context: DocumentRoutes): void {
  create(app, context);
  list(app, context);
  read(app, context);
  status(app, context);
  history(app, context);
}

function create(app: TypedApp, { service, present }: DocumentRoutes): void {
  const schema = {
    tags,
    operationId: 'createDocument',
    summary: 'Create a document; needs no worker',
    body: CreateBody,
    response: { 201: DocumentSchema, ...problems(400, 403, 404, 409, 413, 415, 422, 503) },
  };
  app.post('/documents', { schema }, async (request, reply) => {
    const state = await service.create(request.body, askedBy(request));
    const { id, version } = state;
    return reply
      .code(201)
      .headers({ location: present.places.document(id), etag: etagOf(version) })
      .send(present.found({ state }, request.actor));
  });
}

function list(app: TypedApp, { lists, present }: DocumentRoutes): void {
  const schema = {
    tags,
    operationId: 'listDocuments',
    summary: 'List documents, open and closed, newest first',
    querystring: ListQuery,
    response: { 200: DocumentList, ...problems(400, 403, 503) },
  };
  app.get('/documents', { schema }, async ({ query, signal }) => {
    const { type, state, limit = 50, cursor } = query;
    const { rows, next } = await lists.documents({ type, state }, { limit, cursor, signal });
    const documents = rows.map((row) => present.row(summaryOfListed(row)));
    const at = (cursor?: string) => ({
      href: present.places.documents({ type, state, limit, cursor }),
    });
    const _links = {
      self: at(cursor),
      ...(next ? { next: at(next) } : {}),
      home: { href: present.places.base },
    };
    return { count: documents.length, _embedded: { documents }, _links };
  });
}

function read(app: TypedApp, { service, present }: DocumentRoutes): void {
  const schema = {
    tags,
    operationId: 'readDocument',
    summary: 'Read a document, open or closed',
    params: DocumentId,
    response: { 200: DocumentSchema, ...problems(400, 403, 404, 503) },
  };
  app.get('/documents/:id', { schema }, async (request, reply) => {
    const document = present.found(
      await service.read(request.params.id, askedBy(request)),
      request.actor,
    );
    reply.header('etag', etagOf(document.version));
    return document;
  });
}

function status(app: TypedApp, { service }: DocumentRoutes): void {
  const schema = {
    tags,
    operationId: 'readStatus',
    summary: 'Where a document stands; needs no worker',
    params: DocumentId,
    response: { 200: DocumentStatusSchema, ...problems(400, 403, 404, 503) },
  };
  app.get('/documents/:id/status', { schema }, async (request) => {
    const { summary, stuck } = await service.status(request.params.id, askedBy(request));
    const { id, state, customStatus, version } = summary;
    return { id, state, customStatus, version, ...(stuck ? { stuck } : {}) };
  });
}

function history(app: TypedApp, { service, present }: DocumentRoutes): void {
  const schema = {
    tags,
    operationId: 'readHistory',
    summary: 'Who did what when, and what was refused',
    params: DocumentId,
    response: { 200: HistorySchema, ...problems(400, 403, 404, 503) },
  };
  app.get('/documents/:id/history', { schema }, async (request) => {
    const { id } = request.params;
    const { entries, refusedCount } = await service.history(id, askedBy(request));
    const _links = {
      self: { href: present.places.document(id, '/history') },
      document: { href: present.places.document(id) },
    };
    return { _embedded: { entries: [...entries] as never[] }, refusedCount, _links };
  });
}
