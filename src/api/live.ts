/** Live hints over HTTP: what the streams of documents and of orders have in common. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { Change } from '../contracts/changes.ts';
import type { Changes } from '../store/changes.ts';
import { problems } from './problems.ts';
import type { EventStreams, Sender, StreamEvent } from './sse.ts';

export interface Live {
  readonly changes: Changes;
  readonly streams: EventStreams;
}

/** How something stands: what a hint tells of it. Documents have a version. */
export interface Standing {
  readonly id: string;
  readonly state: string;
  readonly version?: number;
  /** Missing where it is not known. */
  readonly revision?: number;
}

/** What clients may send along when they come back. */
export const streamHeaders = Type.Object({
  'last-event-id': Type.Optional(Type.String({ maxLength: 200 })),
});

function stream(description: string) {
  return { description, content: { 'text/event-stream': { schema: Type.String() } } };
}

/** The responses of a stream about one thing; `told`: what stands in the data of an event. */
export function oneStream(told: string) {
  return {
    200: stream(
      `\`changed\`, once at the beginning and after each change: ${told}. Hints may come twice.`,
    ),
    204: Type.Null({ description: 'It is closed, and the client knows: do not connect again.' }),
    ...problems(400, 403, 404, 503),
  };
}

/** The responses of a stream about all things of a kind. */
export function allStream(told: string) {
  return {
    200: stream(
      `\`changed\` after each change: ${told}. Hints may come twice. Without an id in the data: read the list again.`,
    ),
    ...problems(400, 403, 503),
  };
}

function hint({ id, version, revision, state }: Standing): StreamEvent {
  return {
    event: 'changed',
    // With the state, because a document can close without another version.
    id: version === undefined ? state : `${version}.${state}`,
    data: {
      id,
      ...(version === undefined ? {} : { version }),
      ...(revision === undefined ? {} : { revision }),
      state,
    },
  };
}

/** What is told, and to whom. */
export interface Watched {
  readonly kind: Change['kind'];
  /** How it stands, as far as that is known without asking itself. */
  readonly now: Standing;
  /** How it stands; rejects when it does not answer. */
  readonly ask: () => Promise<Standing>;
  readonly isOpen: (state: string) => boolean;
  /** Whether who listens may know of this change. */
  readonly mayKnow: (change: Change) => boolean;
}

/** Tells how it stands, then of each change, until it is closed or whoever listens may not read it any more. */
export function streamOne(
  { changes, streams }: Live,
  request: FastifyRequest,
  reply: FastifyReply,
  watched: Watched,
): FastifyReply {
  const { kind, now, isOpen, mayKnow } = watched;
  if (!isOpen(now.state) && request.headers['last-event-id'] === hint(now).id)
    return reply.code(204).send(null);
  let last = now;
  const tell = (sender: Sender, standing: Standing): void => {
    last = standing;
    sender.send(hint(standing));
    if (!isOpen(standing.state)) sender.end();
  };
  /** What went past before anybody listened, or while the connection was lost. */
  const catchUp = async (sender: Sender): Promise<void> => {
    if (!isOpen(last.state)) return;
    const fresh = await watched.ask().catch(() => undefined);
    if (fresh && isNews(fresh, last)) tell(sender, fresh);
  };
  const tellAgain = (sender: Sender): void => {
    tell(sender, last);
    void catchUp(sender);
  };
  return streams.answer(
    request,
    reply,
    (sender) => {
      const undo = changes.subscribe(
        (change) => {
          if (change.kind !== kind || change.id !== now.id) return;
          // Rights can be taken away while somebody listens.
          if (!mayKnow(change)) return sender.end();
          if (change.revision >= (last.revision ?? 0)) tell(sender, change);
        },
        () => tellAgain(sender),
      );
      tellAgain(sender);
      return undo;
    },
    tellAgain,
  );
}

/** Whether it stands otherwise than was told last; what was told may be later than what is known now. */
function isNews(fresh: Standing, told: Standing): boolean {
  if (fresh.revision !== undefined && told.revision !== undefined)
    return fresh.revision > told.revision;
  return fresh.state !== told.state || fresh.version !== told.version;
}

/** Tells of every change that is `wanted`; when some may have been missed, that the list is to be read again. */
export function streamAll(
  { changes, streams }: Live,
  request: FastifyRequest,
  reply: FastifyReply,
  wanted: (change: Change) => boolean,
): FastifyReply {
  const readAgain = (sender: Sender): void => sender.send({ event: 'changed', data: {} });
  return streams.answer(
    request,
    reply,
    (sender) => {
      if (request.headers['last-event-id'] !== undefined) readAgain(sender);
      return changes.subscribe(
        (change) => {
          if (wanted(change)) sender.send(hint(change));
        },
        () => readAgain(sender),
      );
    },
    readAgain,
  );
}
