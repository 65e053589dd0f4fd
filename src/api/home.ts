/** Home: from where a client finds everything, and what it may create. */
import { Type } from 'typebox';
import { DocumentRow, Links, Templates, type Template } from '../contracts/documents/schemas.ts';
import type { DocumentType } from '../contracts/documents/types.ts';
import type { DocumentTypes } from '../document-types.ts';
import type { TypedApp } from './app.ts';
import { summaryOfListed } from './documents/executions.ts';
import type { DocumentLists } from './documents/lists.ts';
import type { DocumentPresenter } from './documents/presenter.ts';
import { fieldsOf, type Places } from './documents/resource.ts';
import { problem } from './errors.ts';
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
  documentType(app, context);
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
      documents: { href: `${places.documents()}{?type,state,limit,cursor}`, templated: true },
      document: { href: places.document('{id}'), templated: true },
      inbox: { href: `${places.base}/inbox` },
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

const DocumentTypeResource = Type.Object({
  name: Type.String(),
  version: Type.Integer(),
  title: Type.String(),
  description: Type.Optional(Type.String()),
  metadata: Type.Unknown(),
  sections: Type.Unknown(),
  approval: Type.Unknown(),
  _links: Links,
  _templates: Templates,
});

function documentType(app: TypedApp, { documentTypes, present }: HomeContext): void {
  const schema = {
    tags: ['documents'],
    operationId: 'readDocumentType',
    summary: 'A document type, with the form that creates one',
    params: Type.Object({ name: Type.String({ maxLength: 64 }) }),
    response: { 200: DocumentTypeResource, ...problems(400, 403, 404) },
  };
  app.get('/document-types/:name', { schema }, async ({ params }) => {
    const found = documentTypes.find(params.name);
    if (!found.ok) throw problem('not-found', found.refusal.detail);
    const { name, version, title, description, metadata, sections, approval } = found.value;
    return {
      name,
      version,
      title,
      metadata,
      sections,
      approval,
      ...(description === undefined ? {} : { description }),
      _links: {
        self: { href: present.places.documentType(name) },
        documents: { href: present.places.documents({ type: name }) },
        home: { href: present.places.base },
      },
      _templates: { default: createForm(present.places, found.value) },
    };
  });
}

function createForm(places: Places, type: DocumentType): Template {
  const own = [
    { name: 'type', value: type.name, readOnly: true, required: true },
    { name: 'title', prompt: 'Title', type: 'text', required: false },
  ];
  const metadata = fieldsOf(type.metadata).map((field) => ({
    ...field,
    name: `metadata.${String(field['name'])}`,
  }));
  return {
    title: `New: ${type.title}`,
    method: 'POST',
    target: places.documents(),
    contentType: 'application/json',
    properties: [...own, ...metadata],
  };
}

const Inbox = Type.Object({
  count: Type.Integer(),
  _embedded: Type.Object({
    tasks: Type.Array(Type.Object({ kind: Type.Literal('document'), ...DocumentRow.properties })),
  }),
  _links: Links,
});

function inbox(app: TypedApp, { lists, present }: HomeContext): void {
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
    const { rows, next } = await lists.waitingFor(actor, {
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
