/** Lists of documents, what they count up to, and the same as files. */
import { Readable } from 'node:stream';
import { stringify } from 'csv-stringify';
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { DocumentList } from '../../contracts/documents/schemas.ts';
import { DOCUMENT_STATES } from '../../contracts/documents/types.ts';
import { Links } from '../../contracts/documents/schemas.ts';
import type { DocumentSummary } from '../../workflows/documents/view.ts';
import type { TypedApp } from '../app.ts';
import { pageQuery } from '../paging.ts';
import { problems } from '../problems.ts';
import { ENDLESS } from '../sse.ts';
import { FilterQuery, filterKey, filterOf, type DocumentFilter } from './filters.ts';
import { tags, type DocumentRoutes } from './routes.ts';

const described = {
  description:
    'Besides the parameters below the searchable fields of the types, such as `?costCentre=4711`.',
};

const ListQuery = Type.Object({
  ...FilterQuery.properties,
  ...pageQuery,
});

export function documentListRoutes(app: TypedApp, context: DocumentRoutes): void {
  list(app, context);
  counts(app, context);
  exported(app, context, 'csv');
  exported(app, context, 'ndjson');
}

function filterOfRequest({ query, actor }: FastifyRequest, { reader }: DocumentRoutes) {
  return filterOf(query as FilterQuery, reader.types, actor);
}

function list(app: TypedApp, context: DocumentRoutes): void {
  const { lists, present } = context;
  const schema = {
    tags,
    operationId: 'listDocuments',
    summary: 'List documents: first the open ones, then the closed ones, each newest first',
    ...described,
    querystring: ListQuery,
    response: { 200: DocumentList, ...problems(400, 403, 503) },
  };
  app.get('/documents', { schema }, async (request) => {
    const { limit = 50, cursor, ...query } = request.query;
    const filter = filterOf(query, context.reader.types, request.actor);
    const page = await lists.documents(filter, { limit, cursor, signal: request.signal });
    const documents = page.rows.map((row) => present.row(row));
    const at = (from?: string) => ({
      href: present.places.documents({ ...query, limit, cursor: from }),
    });
    const _links = {
      self: at(cursor),
      ...(page.next === undefined ? {} : { next: at(page.next) }),
      counts: { href: present.places.documents(query, '/counts') },
      csv: { href: present.places.documents(query, '.csv') },
      ndjson: { href: present.places.documents(query, '.ndjson') },
      home: { href: present.places.base },
    };
    return { count: documents.length, _embedded: { documents }, _links };
  });
}

const Counts = Type.Object({
  total: Type.Integer(),
  states: Type.Object(
    Object.fromEntries(DOCUMENT_STATES.map((state) => [state, Type.Integer()])) as Record<
      (typeof DOCUMENT_STATES)[number],
      ReturnType<typeof Type.Integer>
    >,
  ),
  _links: Links,
});

/** How long a count is good for. */
const COUNTS_MS = 5_000;
/** Counts that are remembered; the oldest goes first. */
const COUNTS_KEPT = 200;

function counts(app: TypedApp, context: DocumentRoutes): void {
  const { lists, present } = context;
  const kept = new Map<
    string,
    { readonly until: number; readonly states: Record<string, number> }
  >();
  const schema = {
    tags,
    operationId: 'countDocuments',
    summary: 'How many documents there are in each state; up to five seconds old',
    ...described,
    querystring: FilterQuery,
    response: { 200: Counts, ...problems(400, 403, 503) },
  };
  app.get('/documents/counts', { schema }, async (request) => {
    const filter = filterOfRequest(request, context);
    const key = filterKey(filter);
    let known = kept.get(key);
    if (!known || known.until < Date.now()) {
      const states = await lists.counts(filter, request.signal);
      known = { until: Date.now() + COUNTS_MS, states };
      kept.delete(key);
      kept.set(key, known);
      for (const oldest of kept.keys()) if (kept.size > COUNTS_KEPT) kept.delete(oldest);
    }
    const all = DOCUMENT_STATES.map((state) => [state, known.states[state] ?? 0] as const);
    const { places } = present;
    const query = request.query as Record<string, string>;
    return {
      total: all.reduce((sum, [, count]) => sum + count, 0),
      states: Object.fromEntries(all) as Record<(typeof DOCUMENT_STATES)[number], number>,
      _links: {
        self: { href: places.documents(query, '/counts') },
        documents: { href: places.documents(query) },
        home: { href: places.base },
      },
    };
  });
}

/** Rows that are asked for at a time. */
const AT_A_TIME = 500;

const FORMATS = { csv: 'text/csv; charset=utf-8; header=present', ndjson: 'application/x-ndjson' };

function exported(app: TypedApp, context: DocumentRoutes, format: 'csv' | 'ndjson'): void {
  const schema = {
    tags,
    operationId: `exportDocuments${format.toUpperCase()}`,
    summary: `The whole list as ${format.toUpperCase()}, streamed`,
    ...described,
    querystring: FilterQuery,
    response: {
      200: { content: { [FORMATS[format].split(';')[0] ?? '']: { schema: Type.String() } } },
      ...problems(400, 403, 503),
    },
  };
  app.get(`/documents.${format}`, { schema, ...ENDLESS }, async (request, reply) => {
    const rows = allRows(context, filterOfRequest(request, context), request.signal);
    // The first page before the first byte: what is wrong until then can still be told.
    const first = await rows.next();
    const all = Readable.from(prepended(first, rows));
    const stream =
      format === 'csv' ? all.pipe(csv()) : all.map((row) => `${JSON.stringify(row)}\n`);
    all.on('error', (error) => stream.destroy(error));
    return (
      reply
        .headers({
          'content-disposition': `attachment; filename="documents.${format}"`,
          'cache-control': 'no-store',
        })
        .type(FORMATS[format])
        // A stream goes out as it is; the schema says what is in it.
        .send(stream as unknown as string)
    );
  });
}

/** Every document of the filter once, page by page as the reader takes them. */
async function* allRows(
  { lists }: DocumentRoutes,
  filter: DocumentFilter,
  signal: AbortSignal,
): AsyncGenerator<DocumentSummary> {
  const seen = new Set<string>();
  let cursor: string | undefined;
  do {
    const page = await lists.documents(filter, { limit: AT_A_TIME, cursor, signal });
    for (const row of page.rows) {
      // One that closed meanwhile comes again, among the closed ones.
      if (!seen.has(row.id)) yield row;
      seen.add(row.id);
    }
    cursor = page.next;
  } while (cursor !== undefined);
}

async function* prepended<T>(first: IteratorResult<T>, rest: AsyncGenerator<T>): AsyncGenerator<T> {
  if (first.done) return;
  yield first.value;
  yield* rest;
}

/** Text that a spreadsheet would take for a formula is written as text (OWASP: CSV injection). */
function csv() {
  return stringify({
    header: true,
    escape_formulas: true,
    record_delimiter: 'windows',
    // Each of them ends a line for somebody, and what follows would be a cell of its own.
    quoted_match: /[\r\n]/,
    cast: { object: (value) => JSON.stringify(value), boolean: (value) => String(value) },
    columns: [
      'id',
      'type',
      'typeVersion',
      'title',
      'state',
      'owner',
      { key: 'progress.percent', header: 'percent' },
      'customStatus',
      'waitingFor',
      'dueAt',
      'overdue',
      'parent',
      'createdAt',
      'updatedAt',
      'closedAt',
    ],
  });
}
