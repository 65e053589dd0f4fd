/** Live hints: that a document has changed, not what. The reader re-fetches until it sees at least the version told. */
import { Type } from 'typebox';
import { isOpenState } from '../../contracts/documents/types.ts';
import type { Changes } from '../../store/changes.ts';
import type { TypedApp } from '../app.ts';
import { problems } from '../problems.ts';
import { askedBy } from '../requests.ts';
import { ENDLESS, type EventStreams, type Sender } from '../sse.ts';
import { FilterQuery } from './filters.ts';
import { DocumentId, tags, type DocumentRoutes } from './routes.ts';
import type { Change } from '../../contracts/documents/changes.ts';

export interface StreamContext extends DocumentRoutes {
  readonly changes: Changes;
  readonly streams: EventStreams;
}

const headers = Type.Object({
  'last-event-id': Type.Optional(Type.String({ maxLength: 200 })),
});
const stream = {
  description:
    '`changed`, once at the beginning and after each change: {id, version, state}. Hints may come twice.',
  content: { 'text/event-stream': { schema: Type.String() } },
};

export function documentStreamRoutes(app: TypedApp, context: StreamContext): void {
  one(app, context);
  many(app, context);
}

/** What is told of a change. */
function hint({
  id,
  version,
  revision,
  state,
}: Pick<Change, 'id' | 'version' | 'state'> & { revision?: number }) {
  return {
    event: 'changed',
    // With the state, because a document can close without another version.
    id: `${version}.${state}`,
    data: { id, version, ...(revision === undefined ? {} : { revision }), state },
  };
}

function one(app: TypedApp, { reader, changes, streams }: StreamContext): void {
  const schema = {
    tags,
    operationId: 'streamDocument',
    summary: 'Live hints about one document (server-sent events)',
    params: DocumentId,
    headers,
    response: {
      200: stream,
      204: Type.Null({ description: 'It is closed, and the client knows: do not connect again.' }),
      ...problems(400, 403, 404, 503),
    },
  };
  app.get('/documents/:id/stream', { schema, ...ENDLESS }, async (request, reply) => {
    const { summary } = await reader.status(request.params.id, askedBy(request));
    const open = isOpenState(summary.state);
    if (!open && request.headers['last-event-id'] === hint(summary).id)
      return reply.code(204).send(null);
    const tellAll = (sender: Sender): void => sender.send(hint(summary));
    return streams.answer(
      request,
      reply,
      (sender) => {
        tellAll(sender);
        if (!open) sender.end();
        return changes.subscribe(
          (change) => {
            if (change.id !== summary.id) return;
            // Rights can be taken away while somebody listens.
            if (!reader.mayKnow(change, request.actor)) return sender.end();
            sender.send(hint(change));
            if (!isOpenState(change.state)) sender.end();
          },
          () => tellAll(sender),
        );
      },
      tellAll,
    );
  });
}

/** Of these a hint can tell when a document leaves the list. */
const StreamQuery = Type.Pick(FilterQuery, ['type', 'owner', 'parent'], {
  additionalProperties: false,
});

function many(app: TypedApp, { reader, changes, streams }: StreamContext): void {
  const schema = {
    tags,
    operationId: 'streamDocuments',
    summary: 'Live hints about all documents that one may read (server-sent events)',
    querystring: StreamQuery,
    headers,
    response: {
      200: {
        ...stream,
        description: `${stream.description} Without an id in the data: read the list again.`,
      },
      ...problems(400, 403, 503),
    },
  };
  app.get('/stream', { schema, ...ENDLESS }, async (request, reply) => {
    const { type, owner, parent } = request.query;
    const { actor } = request;
    const wanted = (change: Change): boolean =>
      (type === undefined || change.type === type) &&
      (owner === undefined || change.owner === owner) &&
      (parent === undefined || change.parent === parent) &&
      reader.mayKnow(change, actor);
    const tellAll = (sender: Sender): void => sender.send({ event: 'changed', data: {} });
    return streams.answer(
      request,
      reply,
      (sender) => {
        if (request.headers['last-event-id'] !== undefined) tellAll(sender);
        return changes.subscribe(
          (change) => {
            if (wanted(change)) sender.send(hint(change));
          },
          () => tellAll(sender),
        );
      },
      tellAll,
    );
  });
}
