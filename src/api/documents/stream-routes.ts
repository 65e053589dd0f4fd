/** Live hints: that a document has changed, not what. The reader re-fetches until it sees at least the version told. */
import { Type } from 'typebox';
import type { Change } from '../../contracts/changes.ts';
import { isOpenState } from '../../contracts/documents/types.ts';
import type { TypedApp } from '../app.ts';
import {
  allStream,
  oneStream,
  streamAll,
  streamHeaders,
  streamOne,
  type Live,
  type Standing,
} from '../live.ts';
import { askedBy } from '../requests.ts';
import { ENDLESS } from '../sse.ts';
import { FilterQuery } from './filters.ts';
import { DocumentId, tags, type DocumentRoutes } from './routes.ts';
import type { Found } from './service.ts';

export interface StreamContext extends DocumentRoutes {
  readonly live: Live;
}

const TOLD = '{id, version, state}';

export function documentStreamRoutes(app: TypedApp, context: StreamContext): void {
  one(app, context);
  many(app, context);
}

function one(app: TypedApp, { reader, live }: StreamContext): void {
  const schema = {
    tags,
    operationId: 'streamDocument',
    summary: 'Live hints about one document (server-sent events)',
    params: DocumentId,
    headers: streamHeaders,
    response: oneStream(TOLD),
  };
  app.get('/documents/:id/stream', { schema, ...ENDLESS }, async (request, reply) => {
    const { id } = request.params;
    const asked = askedBy(request);
    const { summary } = await reader.status(id, asked);
    return streamOne(live, request, reply, {
      kind: 'document',
      now: standingOf({ summary }),
      ask: async () => standingOf(await reader.read(id, asked)),
      isOpen: isOpenState,
      mayKnow: (change) => reader.mayKnow(change, asked.actor),
    });
  });
}

function standingOf(found: Found): Standing {
  if ('summary' in found) return found.summary;
  const { id, state, version, sequence: revision } = found.state;
  return { id, state, version, revision };
}

/** Of these a hint can tell when a document leaves the list. */
const StreamQuery = Type.Pick(FilterQuery, ['type', 'owner', 'parent'], {
  additionalProperties: false,
});

function many(app: TypedApp, { reader, live }: StreamContext): void {
  const schema = {
    tags,
    operationId: 'streamDocuments',
    summary: 'Live hints about all documents that one may read (server-sent events)',
    querystring: StreamQuery,
    headers: streamHeaders,
    response: allStream(TOLD),
  };
  app.get('/stream', { schema, ...ENDLESS }, async (request, reply) => {
    const { type, owner, parent } = request.query;
    const { actor } = request;
    const wanted = (change: Change): boolean =>
      change.kind === 'document' &&
      (type === undefined || change.type === type) &&
      (owner === undefined || change.owner === owner) &&
      (parent === undefined || change.parent === parent) &&
      reader.mayKnow(change, actor);
    return streamAll(live, request, reply, wanted);
  });
}
