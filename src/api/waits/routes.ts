/** Routes that start, read and list waits. Each: a schema, one call, the reply. */
import { Type } from 'typebox';
import { HistorySchema } from '../../contracts/documents/schemas.ts';
import { parseDuration } from '../../contracts/durations.ts';
import {
  WaitBody,
  WaitKeyText,
  WaitList,
  WaitName,
  WaitResultSchema,
  WaitRow,
  WaitSchema,
  WaitState,
} from '../../contracts/waits/schemas.ts';
import { isOpenWait } from '../../contracts/waits/types.ts';
import { refusalEntry } from '../../workflows/shared/refusals.ts';
import type { TypedApp } from '../app.ts';
import { bodyOptional } from '../documents/routes.ts';
import { problem } from '../errors.ts';
import { idempotencyHeader, idempotencyOf } from '../idempotency.ts';
import { pageQuery } from '../paging.ts';
import { problems } from '../problems.ts';
import { askedBy } from '../requests.ts';
import type { WaitCommander } from './commanding.ts';
import type { Endings } from './endings.ts';
import type { WaitLists } from './lists.ts';
import type { WaitPresenter } from './presenter.ts';
import { isClosed, resultOf, stuckIn, summaryOf, type WaitReader } from './service.ts';
import type { WaitStarter } from './starting.ts';

export interface WaitRoutes {
  readonly reader: WaitReader;
  readonly starter: WaitStarter;
  readonly commander: WaitCommander;
  readonly lists: WaitLists;
  readonly present: WaitPresenter;
  readonly endings: Endings;
}

export const tags = ['waits'];
export const Wait = Type.Object({ name: WaitName, key: WaitKeyText });

/** Longest wait for a result, in milliseconds; a proxy in between closes what is silent for longer. */
const LONGEST_WAIT = 60_000;
/** Milliseconds that one which is ending already has for it. */
const ENDING = 5_000;

export function waitRoutes(app: TypedApp, context: WaitRoutes): void {
  start(app, context);
  list(app, context);
  read(app, context);
  result(app, context);
  history(app, context);
}

function start(app: TypedApp, { starter, present }: WaitRoutes): void {
  const schema = {
    tags,
    operationId: 'startWait',
    summary: 'Wait for events, or until a deadline, or both; needs no worker',
    params: Wait,
    headers: Type.Object(idempotencyHeader),
    body: WaitBody,
    response: {
      201: WaitSchema,
      200: {
        ...WaitSchema,
        description:
          'With `ifExists: existing` the one that there is; or the same request, by its Idempotency-Key, came before.',
      },
      ...problems(400, 403, 409, 413, 415, 422, 503),
    },
  };
  app.post('/waits/:name/:key', { schema, preValidation: bodyOptional }, async (request, reply) => {
    const { params: wait, body } = request;
    const { ifExists, ...asked } = body;
    const idempotency = idempotencyOf(request);
    const how = { wait, request: asked, ifExists, idempotency };
    const started = await starter.start(how, askedBy(request));
    reply.header('location', present.places.wait(wait));
    if ('existing' in started) return present.found(started.existing, request.actor);
    const { record } = started;
    const found = { record, refused: [], refusedCount: 0 };
    return reply.code(201).send(present.found(found, request.actor));
  });
}

const ListQuery = Type.Object(
  {
    name: Type.Optional(WaitName),
    key: Type.Optional(WaitKeyText),
    state: Type.Optional(WaitState),
    owner: Type.Optional(Type.String({ minLength: 1, maxLength: 128 })),
    ...pageQuery,
  },
  { additionalProperties: false },
);

function list(app: TypedApp, { lists, present }: WaitRoutes): void {
  const schema = {
    tags,
    operationId: 'listWaits',
    summary: 'List one’s waits: first the open ones, then the closed ones, each newest first',
    querystring: ListQuery,
    response: { 200: WaitList, ...problems(400, 403, 503) },
  };
  app.get('/waits', { schema }, async ({ query, actor, signal }) => {
    const { limit = 50, cursor, ...filter } = query;
    const page = await lists.waits(filter, actor, { limit, cursor, signal });
    const { places } = present;
    const at = (from?: string) => ({ href: places.waits({ ...filter, limit, cursor: from }) });
    const waits = page.rows.map((row) => present.row(row));
    const next = page.next === undefined ? {} : { next: at(page.next) };
    const _links = { self: at(cursor), ...next, home: { href: places.base } };
    return { count: waits.length, _embedded: { waits }, _links };
  });
}

function read(app: TypedApp, { reader, present }: WaitRoutes): void {
  const schema = {
    tags,
    operationId: 'readWait',
    summary: 'Where the latest wait of this key stands; needs no worker',
    params: Wait,
    querystring: Type.Object(
      {
        startedAt: Type.Optional(
          Type.String({
            format: 'date-time',
            description: 'The `createdAt` of an earlier one of this key.',
          }),
        ),
      },
      { additionalProperties: false },
    ),
    response: { 200: WaitSchema, ...problems(400, 403, 404, 503) },
  };
  app.get('/waits/:name/:key', { schema }, async (request) => {
    const { startedAt: given } = request.query;
    const startedAt = given === undefined ? undefined : new Date(given).toISOString();
    const located = await reader.read(request.params, askedBy(request), startedAt);
    return { ...present.found(located.found, request.actor), ...stuckIn(located) };
  });
}

function result(app: TypedApp, { reader, present, endings }: WaitRoutes): void {
  const schema = {
    tags,
    operationId: 'readWaitResult',
    summary:
      'How the wait has ended: which events came with which data, or that the deadline struck',
    params: Wait,
    querystring: Type.Object(
      {
        wait: Type.Optional(
          Type.String({
            maxLength: 40,
            description:
              'For how long, such as 30s or PT30S; at most a minute. Default: not at all.',
          }),
        ),
      },
      { additionalProperties: false },
    ),
    response: {
      200: WaitResultSchema,
      202: { ...WaitRow, description: 'It has not ended within that time. Ask again.' },
      ...problems(400, 403, 404, 503),
    },
  };
  const options = { schema, handlerTimeout: LONGEST_WAIT + ENDING + 15_000 };
  app.get('/waits/:name/:key/result', options, async (request, reply) => {
    const asked = askedBy(request);
    const ms = waitOf(request.query.wait);
    let { found, description } = await reader.read(request.params, asked);
    const { state, createdAt } = summaryOf(found);
    if (description && !isClosed(description)) {
      const longest = isOpenWait(state) ? ms : Math.max(ms, ENDING);
      const { workflowId, runId } = description;
      const ended = await endings.within({ workflowId, runId }, longest, request.signal);
      // This one, whatever may have begun since.
      if (ended) found = (await reader.read(request.params, asked, createdAt)).found;
      else return reply.code(202).send(present.row(summaryOf(found)));
    }
    return reply.send(present.result(resultOf(found)));
  });
}

/** Milliseconds. @throws Problem `invalid-request` */
function waitOf(text: string | undefined): number {
  const ms = text === undefined ? 0 : parseDuration(text);
  if (ms !== undefined) return Math.min(ms, LONGEST_WAIT);
  throw problem('invalid-request', 'wait must be a duration such as 30s or PT30S.');
}

function history(app: TypedApp, { reader, present }: WaitRoutes): void {
  const schema = {
    tags,
    operationId: 'readWaitHistory',
    summary: 'Who did what when, and which events were refused; oldest first',
    params: Wait,
    response: { 200: HistorySchema, ...problems(400, 403, 404, 503) },
  };
  app.get('/waits/:name/:key/history', { schema }, async (request) => {
    const wait = request.params;
    const found = await reader.whole(wait, askedBy(request));
    const { places } = present;
    const _links = {
      self: { href: places.wait(wait, '/history') },
      wait: { href: places.wait(wait) },
    };
    if (!('record' in found)) return { _embedded: { entries: [] }, refusedCount: 0, _links };
    const { record, refused, refusedCount } = found;
    const all = [...record.history, ...refused.map(refusalEntry)];
    const entries = all.toSorted((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
    return { _embedded: { entries: entries as never[] }, refusedCount, _links };
  });
}
