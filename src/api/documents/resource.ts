/** Documents as HAL resources: links to where one can go, templates for what this caller can do now. */
import type { Link, Template } from '../../contracts/documents/schemas.ts';
import type { DocumentType, JsonObject } from '../../contracts/documents/types.ts';
import { CANCEL_PROPERTIES, DECISION_PROPERTIES } from '../../contracts/documents/messages.ts';
import { isJsonObject } from '../../workflows/shared/json.ts';

/** Where things are. `base` is the prefix of our routes, such as /api. */
export class Places {
  readonly base: string;

  constructor(base: string) {
    this.base = base;
  }

  document(id: string, part = ''): string {
    return `${this.base}/documents/${id}${part}`;
  }

  documents(query: Readonly<Record<string, string | number | undefined>> = {}): string {
    const given = Object.entries(query).flatMap(([name, value]): [string, string][] =>
      value === undefined ? [] : [[name, String(value)]],
    );
    const text = new URLSearchParams(given).toString();
    return `${this.base}/documents${text === '' ? '' : `?${text}`}`;
  }

  documentType(name: string): string {
    return `${this.base}/document-types/${name}`;
  }
}

export function documentLinks(places: Places, id: string, type: string): Record<string, Link> {
  return {
    self: { href: places.document(id) },
    status: { href: places.document(id, '/status') },
    history: { href: places.document(id, '/history') },
    events: { href: places.document(id, '/events/{name}'), templated: true },
    collection: { href: places.documents() },
    ...(type === '' ? {} : { type: { href: places.documentType(type) } }),
    home: { href: places.base },
  };
}

/**
 * One template for each action name (`fill-ContractFeedback`, `approve`). `definition` gives the forms their fields; it
 * is missing when the document runs on a version of its type that is no longer in the directory.
 */
export function documentTemplates(
  places: Places,
  id: string,
  allowed: readonly string[],
  definition: DocumentType | undefined,
): Record<string, Template> {
  return Object.fromEntries(allowed.map((name) => [name, template(places, id, name, definition)]));
}

function template(
  places: Places,
  id: string,
  name: string,
  definition: DocumentType | undefined,
): Template {
  const section = name.startsWith('fill-') ? name.slice('fill-'.length) : undefined;
  const form = { contentType: 'application/json' };
  if (section !== undefined) {
    const { title = section, schema = {} } = definition?.sections[section] ?? {};
    const target = places.document(id, `/sections/${section}`);
    return { ...form, title, method: 'PUT', target, properties: fieldsOf(schema) };
  }
  const target = places.document(id, `/${name}`);
  const fields = name === 'cancel' ? CANCEL_PROPERTIES : DECISION_PROPERTIES;
  return {
    ...form,
    title: name,
    method: 'POST',
    target,
    properties: fieldsOf({ properties: fields }),
  };
}

/** The properties of an object schema as HAL-FORMS fields. Nested objects are left to the schema itself. */
export function fieldsOf(schema: JsonObject): Record<string, unknown>[] {
  const { properties, required } = schema;
  if (!isJsonObject(properties)) return [];
  const needed = Array.isArray(required) ? required : [];
  return Object.entries(properties).flatMap(([name, field]) =>
    isJsonObject(field) ? [fieldOf(name, field, needed.includes(name))] : [],
  );
}

const INPUT_TYPES: Readonly<Record<string, string>> = {
  boolean: 'checkbox',
  integer: 'number',
  number: 'number',
  date: 'date',
  'date-time': 'datetime-local',
  email: 'email',
  uri: 'url',
  time: 'time',
};

function inputType(name: unknown): string | undefined {
  return typeof name === 'string' ? INPUT_TYPES[name] : undefined;
}

function fieldOf(name: string, schema: JsonObject, required: boolean): Record<string, unknown> {
  const { type, format, title, enum: values } = schema;
  const limits = {
    minLength: 'minLength',
    maxLength: 'maxLength',
    pattern: 'regex',
    minimum: 'min',
    maximum: 'max',
  };
  return {
    name,
    prompt: typeof title === 'string' ? title : name,
    required,
    type: inputType(format) ?? inputType(type) ?? 'text',
    ...Object.fromEntries(
      Object.entries(limits).flatMap(([from, to]) =>
        schema[from] === undefined ? [] : [[to, schema[from]]],
      ),
    ),
    ...(Array.isArray(values) ? { options: { inline: values } } : {}),
  };
}
