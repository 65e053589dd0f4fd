/** From the query of a list to a filter: known names only, every value data. */
import { Type, type Static } from 'typebox';
import type { Actor } from '../../contracts/caller.ts';
import type { DocumentType } from '../../contracts/documents/definition.ts';
import { DOCUMENT_STATES, type DocumentStatus } from '../../contracts/documents/types.ts';
import type { FieldError } from '../../contracts/failures.ts';
import type { DocumentTypes } from '../../document-types/index.ts';
import { fieldTag } from '../../workflows/documents/console.ts';
import { wordsOf } from '../../store/text.ts';
import { problem } from '../errors.ts';
import { readersOf } from '../../workflows/documents/readers.ts';
import { matches } from '../../workflows/shared/people.ts';

/** Which documents. Instants are ISO 8601 in UTC, `From` inclusive, `To` exclusive. */
export interface DocumentFilter {
  readonly type?: string;
  readonly state?: DocumentStatus;
  readonly owner?: string;
  /** A user for whom something waits; closed documents wait for nobody. */
  readonly assignee?: string;
  readonly parent?: string;
  readonly createdFrom?: string;
  readonly createdTo?: string;
  readonly dueFrom?: string;
  readonly dueTo?: string;
  /** Words of the title, for types that allow it. */
  readonly title?: string;
  /** Searchable fields, as `name=value`. */
  readonly fields: readonly string[];
  /** What the caller may read. */
  readonly readable: Readable;
}

export interface Readable {
  readonly actor: Actor;
  /** Types all of whose documents the caller may read. */
  readonly types: readonly string[];
  /** Whether those are all there are. */
  readonly all: boolean;
}

const instant = Type.Optional(Type.String({ format: 'date-time' }));
const word = (maxLength: number) => Type.Optional(Type.String({ minLength: 1, maxLength }));

/** The parameters that every list knows; besides them the searchable fields of the types. */
export const FilterQuery = Type.Object({
  type: Type.Optional(Type.String({ pattern: '^[A-Za-z][A-Za-z0-9_-]{0,63}$' })),
  state: Type.Optional(Type.Unsafe<DocumentStatus>({ type: 'string', enum: [...DOCUMENT_STATES] })),
  owner: word(128),
  assignee: word(128),
  parent: word(3000),
  createdFrom: instant,
  createdTo: instant,
  dueFrom: instant,
  dueTo: instant,
  title: word(200),
});
export type FilterQuery = Static<typeof FilterQuery>;

const KNOWN = new Set(Object.keys(FilterQuery.properties));

/**
 * The filter that a query asks for. @throws Problem `invalid-request` for a name that is no parameter and no searchable
 * field (of the type, when one is given), for a field given twice, for a title without a word, for an instant that no
 * calendar has, and for a range that ends before it begins. `place` is where the query stands, for the pointers.
 */
export function filterOf(
  query: FilterQuery & Readonly<Record<string, unknown>>,
  types: DocumentTypes,
  actor: Actor,
  place = '/querystring',
): DocumentFilter {
  const given = Object.entries(query).filter(([name]) => !KNOWN.has(name));
  const candidates = types.all.filter(
    ({ name }) => query.type === undefined || name === query.type,
  );
  const searchable = new Set(candidates.flatMap(searchableNames));
  const errors = given.flatMap(([name, value]): FieldError[] => {
    const pointer = `${place}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
    if (!searchable.has(name)) return [{ pointer, detail: unknown(searchable) }];
    return typeof value === 'string' ? [] : [{ pointer, detail: 'is given twice' }];
  });
  // Without a word it would find everything, and a bulk action would be one on everything.
  if (query.title !== undefined && wordsOf(query.title) === '')
    errors.push({ pointer: `${place}/title`, detail: 'has no word' });
  for (const name of INSTANTS) {
    if (query[name] !== undefined && utc(query[name]) === undefined)
      errors.push({ pointer: `${place}/${name}`, detail: 'is no instant that can be compared' });
  }
  errors.push(...reversed(query, 'created', place), ...reversed(query, 'due', place));
  if (errors.length > 0)
    throw problem('invalid-request', 'The query does not have the right shape.', { errors });
  const plain = Object.fromEntries(
    Object.entries(query)
      .filter(([name, value]) => KNOWN.has(name) && value !== undefined)
      .map(([name, value]) => [name, /From$|To$/.test(name) ? utc(String(value)) : value]),
  );
  return {
    ...plain,
    fields: given.map(([name, value]) => fieldTag(name, String(value))),
    readable: readableBy(types, actor),
  };
}

/** The query parameters under which documents of the type are found. */
export function searchableNames({ searchable }: DocumentType): string[] {
  return searchable.map((path) => path.slice(path.lastIndexOf('.') + 1));
}

/** The types all of whose documents this actor may read. */
export function readableBy({ all }: DocumentTypes, actor: Actor): Readable {
  const types = all
    .filter((type) => readersOf(type).some((who) => who !== 'owner' && matches(who, actor, '')))
    .map(({ name }) => name);
  return { actor, types, all: types.length === all.length };
}

/** The filter as one text: what a cursor belongs to, and what a cached count is of. */
export function filterKey({ readable, ...filter }: DocumentFilter): string {
  const { actor, types } = readable;
  return JSON.stringify([filter, actor.id, actor.roles, types]);
}

function unknown(searchable: ReadonlySet<string>): string {
  const names = [...searchable].join(', ') || 'none';
  return `is no parameter; searchable fields here: ${names}`;
}

const INSTANTS = ['createdFrom', 'createdTo', 'dueFrom', 'dueTo'] as const;

function reversed(query: FilterQuery, name: 'created' | 'due', place: string): FieldError[] {
  const from = utc(query[`${name}From`] ?? '');
  const to = utc(query[`${name}To`] ?? '');
  if (from === undefined || to === undefined || from < to) return [];
  return [{ pointer: `${place}/${name}To`, detail: `is not after ${name}From` }];
}

/** In the form in which instants are kept; undefined for leap seconds and years of more than four digits. */
function utc(text: string): string | undefined {
  const date = new Date(text);
  const iso = Number.isNaN(date.getTime()) ? '' : date.toISOString();
  return /^\d{4}-/.test(iso) ? iso : undefined;
}
