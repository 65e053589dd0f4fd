/** The document types in the OpenAPI document: each section a schema, so that generated clients are typed. */
import type { DocumentType, JsonSchema } from '../../contracts/documents/definition.ts';
import { CREATE_REQUEST } from '../../contracts/documents/commands.ts';
import type { Json, JsonObject } from '../../contracts/json.ts';
import { escapePointer, isJsonObject } from '../../workflows/shared/json.ts';

/** As much of an OpenAPI document as is touched here. */
interface OpenApi {
  paths?: Record<string, Record<string, Operation> | undefined>;
  components?: { schemas?: Record<string, unknown> };
}

interface Operation {
  requestBody?: { content: Record<string, { schema: unknown }> };
  responses?: Record<string, { content?: Record<string, { schema: unknown }> }>;
}

/**
 * Adds to `api`, for a type `expense-claim` with a section `Amounts`: the schemas `ExpenseClaim_Amounts` (and one for
 * each other section), `ExpenseClaim_Metadata`, `ExpenseClaim_Sections`, `ExpenseClaim_Create`, `ExpenseClaim_Document`.
 * Creating, reading and filling refer to them; `type` tells which of them it is. Without any type, nothing changes.
 */
export function describeDocumentTypes(
  api: OpenApi,
  types: readonly DocumentType[],
  prefix: string,
): void {
  const schemas = api.components?.schemas;
  if (!schemas || types.length === 0) return;
  const named = types.map((type) => ({ type, name: schemaName(type.name) }));
  for (const { type, name } of named) Object.assign(schemas, schemasOf(type, name));

  const byType = (suffix: string): JsonObject => ({
    oneOf: named.map(({ name }) => ref(name + suffix)),
    discriminator: {
      propertyName: 'type',
      mapping: Object.fromEntries(
        named.map(({ type, name }) => [type.name, `#/components/schemas/${name}${suffix}`]),
      ),
    },
  });
  const sections = named.flatMap(({ type, name }) =>
    Object.keys(type.sections).map((section) => ref(`${name}_${section}`)),
  );
  const documents = `${prefix}/documents`;
  setBody(api.paths?.[documents]?.['post'], byType('_Create'));
  setResponse(api.paths?.[documents]?.['post'], '201', byType('_Document'));
  setResponse(api.paths?.[`${documents}/{id}`]?.['get'], '200', byType('_Document'));
  setBody(api.paths?.[`${documents}/{id}/sections/{section}`]?.['put'], { anyOf: sections });
  setBody(api.paths?.[`${documents}/{id}/sections`]?.['put'], {
    anyOf: named.map(({ name }) => ref(`${name}_Sections`)),
  });
}

function schemasOf(type: DocumentType, name: string): Record<string, JsonObject> {
  const sections = Object.entries(type.sections);
  const part = (suffix: string, title: string, schema: JsonSchema): [string, JsonObject] => [
    `${name}_${suffix}`,
    { title, ...embedded(schema, `${name}_${suffix}`) },
  ];
  const properties = CREATE_REQUEST['properties'] as JsonObject;
  return {
    ...Object.fromEntries(
      sections.map(([section, { title, schema }]) => part(section, title, schema)),
    ),
    ...Object.fromEntries([part('Metadata', `${type.title}: metadata`, type.metadata)]),
    [`${name}_Sections`]: {
      type: 'object',
      properties: Object.fromEntries(
        sections.map(([section]) => [section, ref(`${name}_${section}`)]),
      ),
      additionalProperties: false,
    },
    [`${name}_Create`]: {
      type: 'object',
      title: type.title,
      properties: {
        ...properties,
        type: { type: 'string', const: type.name },
        metadata: ref(`${name}_Metadata`),
        sections: ref(`${name}_Sections`),
      },
      required: ['type'],
      additionalProperties: false,
    },
    [`${name}_Document`]: {
      title: type.title,
      allOf: [
        ref('Document'),
        {
          type: 'object',
          properties: {
            type: { type: 'string', const: type.name },
            metadata: ref(`${name}_Metadata`),
            sections: {
              type: 'object',
              properties: Object.fromEntries(
                sections.map(([section]) => [
                  section,
                  { type: 'object', properties: { data: ref(`${name}_${section}`) } },
                ]),
              ),
            },
          },
        },
      ],
    },
  };
}

/** `expense-claim` -> `ExpenseClaim`. */
function schemaName(type: string): string {
  return type
    .split(/[-_]/)
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('');
}

function ref(name: string): JsonObject {
  return { $ref: `#/components/schemas/${name}` };
}

/** The schema where it stands in the OpenAPI document: its references to itself lead there. */
function embedded(schema: JsonSchema, name: string): JsonObject {
  const root = `#/components/schemas/${escapePointer(name)}`;
  const move = (value: Json): Json => {
    if (Array.isArray(value)) return value.map(move);
    if (!isJsonObject(value)) return value;
    return Object.fromEntries(
      Object.entries(value)
        .filter(([key]) => key !== '$schema' && key !== '$id')
        .map(([key, item]) => [
          key,
          key === '$ref' && typeof item === 'string' ? item.replace(/^#/, root) : move(item),
        ]),
    );
  };
  return move(schema) as JsonObject;
}

function setBody(operation: Operation | undefined, schema: JsonObject): void {
  for (const content of Object.values(operation?.requestBody?.content ?? {}))
    content.schema = schema;
}

function setResponse(operation: Operation | undefined, status: string, schema: JsonObject): void {
  for (const content of Object.values(operation?.responses?.[status]?.content ?? {}))
    content.schema = schema;
}
