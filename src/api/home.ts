/** Home: from where a client finds everything, and what it may create. */
import { Type } from 'typebox';
import { DocumentRow, Links } from '../contracts/documents/schemas.ts';
import { FilterQuery, readableBy } from './documents/filters.ts';
import type { DocumentTypes } from '../document-types/index.ts';
import type { TypedApp } from './app.ts';
import { summaryOfListed } from './documents/executions.ts';
import type { DocumentLists } from './documents/lists.ts';
import type { DocumentPresenter } from './documents/presenter.ts';
import { problems } from './problems.ts';

export interface HomeContext {
  readonly documentTypes: DocumentTypes;
  readonly lists: DocumentLists;
  readonly present: DocumentPresenter;
  readonly temporalUiUrl: string | undefined;
}

/** Home, what one may create, and what waits for the caller. */
export function homeRoutes(app: TypedApp, context: HomeContext): void {
  home(app, context);
  inbox(app, context);
}

function home(app: TypedApp, { documentTypes, present, temporalUiUrl }: HomeContext): void {
  const { places } = present;
  const schema = {
    tags: ['service'],
    operationId: 'home',
    summary: 'Home',
    response: { 200: Type.Object({ _links: Links }), ...problems(400, 403) },
  };
  app.get('/', { schema }, async () => ({
    _links: {
      self: { href: places.base },
      documents: {
        href: `${places.documents()}{?${[...Object.keys(FilterQuery.properties), 'limit', 'cursor'].join()}}`,
        templated: true,
      },
      counts: { href: places.documents({}, '/counts') },
      document: { href: places.document('{id}'), templated: true },
      inbox: { href: `${places.base}/inbox` },
      notifications: { href: `${places.base}/notifications` },
      stream: { href: `${places.base}/stream{?type,owner,parent}`, templated: true },
      'document-types': { href: `${places.base}/document-types` },
      'create-form': documentTypes.all.map(({ name, title }) => ({
        href: places.documentType(name),
        name,
        title,
      })),
      'service-desc': { href: `${places.base}/openapi.json` },
      'service-doc': { href: '/docs' },
      ...(temporalUiUrl === undefined ? {} : { 'temporal-ui': { href: temporalUiUrl } }),
    },
  }));
}

const Inbox = Type.Object({
  count: Type.Integer(),
  _embedded: Type.Object({
    tasks: Type.Array(Type.Object({ kind: Type.Literal('document'), ...DocumentRow.properties })),
  }),
  _links: Links,
});

function inbox(app: TypedApp, { documentTypes, lists, present }: HomeContext): void {
  const schema = {
    tags: ['documents'],
    operationId: 'inbox',
    summary: 'What waits for the caller',
    querystring: Type.Object(
      { cursor: Type.Optional(Type.String({ maxLength: 4000 })) },
      { additionalProperties: false },
    ),
    response: { 200: Inbox, ...problems(400, 403, 503) },
  };
  app.get('/inbox', { schema }, async ({ actor, query, signal }) => {
    const { rows, next } = await lists.waitingFor(readableBy(documentTypes, actor), {
      limit: 50,
      cursor: query.cursor,
      signal,
    });
    const tasks = rows.map((row) => ({
      kind: 'document' as const,
      ...present.row(summaryOfListed(row)),
    }));
    const self = `${present.places.base}/inbox`;
    const more = next === undefined ? {} : { next: { href: `${self}?cursor=${next}` } };
    return {
      count: tasks.length,
      _embedded: { tasks },
      _links: { self: { href: self }, ...more, home: { href: present.places.base } },
    };
  });
}
