/** Document types over HTTP: what can be created, with its schemas and its form. */
import { Type } from 'typebox';
import { Links, Templates, type Template } from '../contracts/documents/schemas.ts';
import type { DocumentType } from '../contracts/documents/definition.ts';
import type { DocumentTypes } from '../document-types/index.ts';
import type { TypedApp } from './app.ts';
import { searchableNames } from './documents/filters.ts';
import { fieldsOf, type Places } from './documents/resource.ts';
import { problem } from './errors.ts';
import { problems } from './problems.ts';

const Row = Type.Object({
  name: Type.String(),
  version: Type.Integer(),
  title: Type.String(),
  description: Type.Optional(Type.String()),
  _links: Links,
});

const List = Type.Object({
  count: Type.Integer(),
  _embedded: Type.Object({ documentTypes: Type.Array(Row) }),
  _links: Links,
});

const Resource = Type.Object({
  ...Row.properties,
  metadata: Type.Unknown({ description: 'A JSON Schema, draft 2020-12.' }),
  sections: Type.Unknown({
    description: 'By name: title, schema, who fills, when it is required.',
  }),
  searchable: Type.Array(Type.String({ description: 'A query parameter of the list.' })),
  titleSearchable: Type.Boolean(),
  submit: Type.String(),
  requireIfMatch: Type.Boolean(),
  permissions: Type.Unknown(),
  children: Type.Unknown(),
  approval: Type.Optional(Type.Unknown()),
  limits: Type.Unknown(),
  _templates: Templates,
});

const tags = ['documents'];

export function documentTypeRoutes(app: TypedApp, types: DocumentTypes, places: Places): void {
  const listSchema = {
    tags,
    operationId: 'listDocumentTypes',
    summary: 'Document types, by name',
    response: { 200: List, ...problems(400, 403) },
  };
  app.get('/document-types', { schema: listSchema }, async () => ({
    count: types.all.length,
    _embedded: { documentTypes: types.all.map((type) => rowOf(places, type)) },
    _links: { self: { href: places.documentType('').slice(0, -1) }, home: { href: places.base } },
  }));

  const readSchema = {
    tags,
    operationId: 'readDocumentType',
    summary: 'A document type, with the form that creates one',
    params: Type.Object({ name: Type.String({ maxLength: 64 }) }),
    response: { 200: Resource, ...problems(400, 403, 404) },
  };
  app.get('/document-types/:name', { schema: readSchema }, async ({ params }) => {
    const found = types.find(params.name);
    if (!found.ok) throw problem('not-found', found.refusal.detail);
    const type = found.value;
    const { metadata, sections, titleSearchable, submit, requireIfMatch } = type;
    const { permissions, children, approval, limits } = type;
    return {
      ...rowOf(places, type),
      metadata,
      sections,
      searchable: searchableNames(type),
      titleSearchable,
      submit,
      requireIfMatch,
      permissions,
      children,
      limits,
      ...(approval ? { approval } : {}),
      _templates: { default: createForm(places, type) },
    };
  });
}

function rowOf(places: Places, { name, version, title, description }: DocumentType) {
  return {
    name,
    version,
    title,
    ...(description === undefined ? {} : { description }),
    _links: {
      self: { href: places.documentType(name) },
      documents: { href: places.documents({ type: name }) },
      home: { href: places.base },
    },
  };
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
