/** Routes that create, read and list approvals of their own. Each: a schema, one call, the reply. */
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import {
  ApprovalBody,
  ApprovalList,
  ApprovalSchema,
  ApprovalStatusSchema,
} from '../../contracts/approvals/record-schemas.ts';
import { APPROVAL_STATES, type ApprovalStatus } from '../../contracts/approvals/types.ts';
import { HistorySchema } from '../../contracts/documents/schemas.ts';
import { idFromWorkflowId } from '../../contracts/ids.ts';
import { refusalEntry } from '../../workflows/shared/refusals.ts';
import type { KnownUser } from '../known-user.ts';
import type { TypedApp } from '../app.ts';
import { DocumentId } from '../documents/routes.ts';
import { idempotencyHeader, idempotencyOf } from '../idempotency.ts';
import { pageQuery } from '../paging.ts';
import { problems } from '../problems.ts';
import { askedBy, etagOf } from '../requests.ts';
import type { ApprovalCommander } from './commanding.ts';
import type { ApprovalCreator } from './creating.ts';
import type { ApprovalLists } from './lists.ts';
import type { ApprovalPresenter } from './presenter.ts';
import type { ApprovalReader } from './service.ts';

export interface ApprovalRoutes {
  readonly reader: ApprovalReader;
  readonly creator: ApprovalCreator;
  readonly commander: ApprovalCommander;
  readonly lists: ApprovalLists;
  readonly present: ApprovalPresenter;
  readonly knownUser: KnownUser;
}

/** As of documents: what somebody chose at the CLI is escaped with `~`, and the workflow id names it as well. */
export const ApprovalId = DocumentId;
export const tags = ['approvals'];

/** `approval:4711` in a path means `4711`. */
export async function acceptApprovalId(request: FastifyRequest): Promise<void> {
  const params = request.params as { id?: string };
  if (params.id?.startsWith('approval:')) params.id = idFromWorkflowId('approval', params.id);
}

export function approvalRoutes(app: TypedApp, context: ApprovalRoutes): void {
  create(app, context);
  list(app, context);
  read(app, context);
  status(app, context);
  history(app, context);
}

function create(app: TypedApp, { creator, present }: ApprovalRoutes): void {
  const schema = {
    tags,
    operationId: 'createApproval',
    summary: 'Ask for a decision on something that is no document; needs no worker',
    headers: Type.Object(idempotencyHeader),
    body: ApprovalBody,
    response: {
      201: ApprovalSchema,
      200: {
        ...ApprovalSchema,
        description: 'The same request, by its Idempotency-Key, came before.',
      },
      ...problems(400, 403, 409, 413, 415, 422, 503),
    },
  };
  app.post('/approvals', { schema }, async (request, reply) => {
    const made = await creator.create(request.body, askedBy(request), idempotencyOf(request));
    const { id, version } = made.record;
    return reply
      .code(made.replayed ? 200 : 201)
      .headers({ location: present.places.approval(id), etag: etagOf(version) })
      .send(present.record(made.record, request.actor));
  });
}

const ListQuery = Type.Object(
  {
    state: Type.Optional(
      Type.Unsafe<ApprovalStatus>({ type: 'string', enum: [...APPROVAL_STATES] }),
    ),
    owner: Type.Optional(Type.String({ minLength: 1, maxLength: 128 })),
    ...pageQuery,
  },
  { additionalProperties: false },
);

function list(app: TypedApp, { lists, present }: ApprovalRoutes): void {
  const schema = {
    tags,
    operationId: 'listApprovals',
    summary: 'List approvals: first the open ones, then the closed ones, each newest first',
    querystring: ListQuery,
    response: { 200: ApprovalList, ...problems(400, 403, 503) },
  };
  app.get('/approvals', { schema }, async ({ query, actor, signal }) => {
    const { limit = 50, cursor, ...filter } = query;
    const page = await lists.approvals(filter, actor, { limit, cursor, signal });
    const { places } = present;
    const at = (from?: string) => ({ href: places.approvals({ ...filter, limit, cursor: from }) });
    const approvals = page.rows.map((row) => present.row(row));
    const next = page.next === undefined ? {} : { next: at(page.next) };
    const _links = { self: at(cursor), ...next, home: { href: places.base } };
    return { count: approvals.length, _embedded: { approvals }, _links };
  });
}

function read(app: TypedApp, { reader, present }: ApprovalRoutes): void {
  const schema = {
    tags,
    operationId: 'readApproval',
    summary: 'Read an approval, open or closed',
    params: ApprovalId,
    response: { 200: ApprovalSchema, ...problems(400, 403, 404, 503) },
  };
  app.get('/approvals/:id', { schema }, async (request, reply) => {
    const found = await reader.read(request.params.id, askedBy(request));
    const approval = present.found(found, request.actor);
    return reply.header('etag', etagOf(approval.version)).send(approval);
  });
}

function status(app: TypedApp, { reader }: ApprovalRoutes): void {
  const schema = {
    tags,
    operationId: 'readApprovalStatus',
    summary: 'Where an approval stands; needs no worker',
    params: ApprovalId,
    response: { 200: ApprovalStatusSchema, ...problems(400, 403, 404, 503) },
  };
  app.get('/approvals/:id/status', { schema }, async (request) => {
    const { summary, stuck } = await reader.status(request.params.id, askedBy(request));
    return { ...summary, ...(stuck ? { stuck } : {}) };
  });
}

function history(app: TypedApp, { reader, present }: ApprovalRoutes): void {
  const schema = {
    tags,
    operationId: 'readApprovalHistory',
    summary: 'Who did what when, and which events were refused; oldest first',
    params: ApprovalId,
    response: { 200: HistorySchema, ...problems(400, 403, 404, 503) },
  };
  app.get('/approvals/:id/history', { schema }, async (request) => {
    const { id } = request.params;
    const found = await reader.read(id, askedBy(request));
    const { places } = present;
    const _links = {
      self: { href: places.approval(id, '/history') },
      approval: { href: places.approval(id) },
    };
    if (!('record' in found)) return { _embedded: { entries: [] }, refusedCount: 0, _links };
    const { record, refused, refusedCount } = found;
    const all = [...record.history, ...refused.map(refusalEntry)];
    const entries = all.toSorted((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
    return { _embedded: { entries: entries as never[] }, refusedCount, _links };
  });
}
