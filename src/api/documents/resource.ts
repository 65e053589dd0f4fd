/** Documents as HAL resources: links to where one can go, templates for what this caller can do now. */
import type { Link, Template } from '../../contracts/documents/schemas.ts';
import { COMMAND_PROPERTIES, type CommandKind } from '../../contracts/documents/commands.ts';
import type { DocumentType } from '../../contracts/documents/definition.ts';
import type { WaitKey } from '../../contracts/ids.ts';
import type { JsonObject } from '../../contracts/json.ts';
import { isJsonObject } from '../../workflows/shared/json.ts';

type Query = Readonly<Record<string, string | number | boolean | undefined>>;

function textOf(query: Query): string {
  const given = Object.entries(query).flatMap(([name, value]): [string, string][] =>
    value === undefined ? [] : [[name, String(value)]],
  );
  return given.length === 0 ? '' : `?${new URLSearchParams(given).toString()}`;
}

/** Where things are. `base` is the prefix of our routes, such as /api. */
export class Places {
  readonly base: string;

  constructor(base: string) {
    this.base = base;
  }

  document(id: string, part = ''): string {
    return `${this.base}/documents/${id}${part}`;
  }

  /** The list with this filter; with `part` what belongs to it, such as `/counts` or `.csv`. */
  documents(query: Query = {}, part = ''): string {
    return `${this.base}/documents${part}${textOf(query)}`;
  }

  approval(id: string, part = ''): string {
    return `${this.base}/approvals/${id}${part}`;
  }

  approvals(query: Query = {}): string {
    return `${this.base}/approvals${textOf(query)}`;
  }

  order(id: string, part = ''): string {
    return `${this.base}/orders/${id}${part}`;
  }

  orders(query: Query = {}): string {
    return `${this.base}/orders${textOf(query)}`;
  }

  product(sku: string, part = ''): string {
    return `${this.base}/products/${sku}${part}`;
  }

  products(query: Query = {}): string {
    return `${this.base}/products${textOf(query)}`;
  }

  coupon(code: string): string {
    return `${this.base}/coupons/${code}`;
  }

  coupons(query: Query = {}): string {
    return `${this.base}/coupons${textOf(query)}`;
  }

  /** Of the owner of the address. */
  credit(email: string): string {
    return `${this.base}/credit/${encodeURIComponent(email)}`;
  }

  customerMails(query: Query = {}): string {
    return `${this.base}/customer-mails${textOf(query)}`;
  }

  /** `part`: such as `/result`; `query`: of the wait itself. */
  wait({ name, key }: WaitKey, part = '', query: Query = {}): string {
    const [first, second] = [encodeURIComponent(name), encodeURIComponent(key)];
    return `${this.base}/waits/${first}/${second}${part}${textOf(query)}`;
  }

  waits(query: Query = {}): string {
    return `${this.base}/waits${textOf(query)}`;
  }

  documentType(name: string): string {
    return `${this.base}/document-types/${name}`;
  }
}

export function documentLinks(
  places: Places,
  id: string,
  type: string,
  {
    parent,
    children,
  }: { readonly parent: string | undefined; readonly children: readonly string[] },
): Record<string, Link | Link[]> {
  return {
    self: { href: places.document(id) },
    status: { href: places.document(id, '/status') },
    history: { href: places.document(id, '/history') },
    events: { href: places.document(id, '/events/{name}'), templated: true },
    stream: { href: places.document(id, '/stream') },
    ...(parent === undefined ? {} : { parent: { href: places.document(parent) } }),
    ...(children.length === 0
      ? {}
      : { children: children.map((child) => ({ href: places.document(child), name: child })) }),
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

const ABOUT_SECTION = /^(fill|withdraw)-(.+)$/s;

function template(
  places: Places,
  id: string,
  name: string,
  definition: DocumentType | undefined,
): Template {
  const form = { contentType: 'application/json' };
  const [, action, section] = ABOUT_SECTION.exec(name) ?? [];
  if (section !== undefined) {
    const { title = section, schema = {} } = definition?.sections[section] ?? {};
    const target = places.document(id, `/sections/${section}`);
    if (action === 'withdraw') return { title: `Withdraw ${title}`, method: 'DELETE', target };
    return { ...form, title, method: 'PUT', target, properties: fieldsOf(schema) };
  }
  const { properties, required } = COMMAND_PROPERTIES[name as CommandKind];
  const fields = fieldsOf({ properties, required });
  if (name === 'edit') {
    const contentType = 'application/merge-patch+json';
    const target = places.document(id);
    return { title: name, method: 'PATCH', target, contentType, properties: fields };
  }
  const target = places.document(id, `/${name}`);
  return { ...form, title: name, method: 'POST', target, properties: fields };
}

/** The form for what is sent as JSON of this shape. */
export function postForm(title: string, target: string, shape: object): Template {
  const properties = fieldsOf(shape as JsonObject);
  return { title, method: 'POST', target, contentType: 'application/json', properties };
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
