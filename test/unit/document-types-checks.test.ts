/** What a shape cannot say about a document type: whether its parts fit together, and what is worth a warning. */
import { describe, expect, test } from 'vitest';
import type { FieldError } from '../../src/contracts/failures.ts';
import { NO_DIRECTORY } from '../../src/contracts/people.ts';
import { parseDocumentType, warningsOf } from '../../src/document-types/index.ts';
import {
  base,
  chain,
  nested,
  plain,
  schema,
  stages,
  withRequired,
  withSchema,
  withWhen,
} from '../support/request-type.ts';

describe('these fit together:', () => {
  test.each<[string, object]>([
    ['no approval at all', base],
    ['an approval', { ...base, approval: { stages } }],
    [
      'stages by conditions',
      withWhen({ all: [{ field: 'Request.amount', above: 50 }, nested(4)] }),
    ],
    ['a stage by the only section', withWhen({ field: 'metadata.costCentre', present: true })],
    ['a condition on metadata', withRequired({ field: 'metadata.costCentre', equals: 'x' })],
    ['a condition on a field', withRequired({ field: 'Request.amount', above: 50 })],
    ['a condition deeper down', withRequired({ field: 'Request.address.city', present: true })],
    ['a condition on null', withRequired({ field: 'Request.any', oneOf: [null, [1], {}] })],
    [
      'conditions of conditions',
      withRequired({ all: [{ any: [{ not: { field: 'Request.kind', equals: 'a' } }] }] }),
    ],
    ['five levels of conditions', withRequired(nested(5))],
    [
      'searchable fields',
      {
        ...base,
        searchable: [
          'metadata.costCentre',
          'Request.amount',
          'Request.kind',
          'Request.fixed',
          'Request.address.city',
        ],
      },
    ],
    ['a chain of dependencies', chain('A', 'B', 'C', 'D')],
    ['durations from a second', { ...base, deadline: 'PT1S', reminders: { every: '1s' } }],
    ['durations to ten years', { ...base, deadline: 'P3650D', reminders: { every: '87600h' } }],
    [
      'sensitive in properties and items',
      withSchema({
        properties: {
          a: { type: 'array', items: { properties: { b: { sensitive: true } } } },
        },
      }),
    ],
    [
      'what is only called so, and sensitive: false',
      withSchema({
        properties: { sensitive: { const: { sensitive: true } } },
        anyOf: [{ sensitive: false }, { default: { sensitive: true } }],
        dependentRequired: { sensitive: ['a'] },
      }),
    ],
    [
      'references, also to the schema that they are in',
      withSchema({
        properties: { a: { $ref: '#/$defs/a' }, child: { $ref: '#' }, b: { $ref: '#b' } },
        $defs: { a: { type: 'string' }, b: { $anchor: 'b' } },
      }),
    ],
    ['an expression with Unicode', withSchema({ properties: { a: { pattern: '^\\p{Lu}+$' } } })],
    ['an id of the schema', withSchema({ $id: 'https://example.com/x' })],
  ])('%s', (_what, raw) => {
    expect(errorsOf(raw)).toEqual([]);
  });
});

describe('these do not, and each is told at its place:', () => {
  const searching = (...searchable: string[]): object => ({ ...base, searchable });

  test.each<[string, object, string, string]>([
    [
      'a condition on a sensitive field',
      withRequired({ field: 'Request.secret', equals: 'x' }),
      '/sections/Other/required/field',
      'is sensitive; whoever sees what is required could tell its value',
    ],
    [
      'an approval by nobody but the owner, who may not decide',
      { ...base, approval: { stages: [{ name: 'one', approvers: ['owner'] }] } },
      '/approval/stages/0/approvers',
      'names nobody but the owner, who may not decide; add others or ownerMayDecide: true',
    ],
    [
      'two stages of the same name',
      {
        ...base,
        approval: { stages: [...stages, { name: 'two', approvers: ['manager'] }, ...stages] },
      },
      '/approval/stages/2/name',
      'is the name of a stage before; names must differ',
    ],
    [
      'a stage by a field that is not there',
      withWhen({ any: [nested(1), { field: 'Request.amuont', above: 1 }] }),
      '/approval/stages/1/when/any/1/field',
      'refers to "amuont", which is not among the properties of Request: amount, ',
    ],
    [
      'a stage by a section that is not there',
      withWhen({ field: 'Nope.x', present: true }),
      '/approval/stages/1/when/field',
      'must begin with one of metadata, Request, Other',
    ],
    [
      'a stage by a sensitive field',
      withWhen({ not: { field: 'Request.secret', equals: 'x' } }),
      '/approval/stages/1/when/not/field',
      'is sensitive; whoever sees the stages could tell its value',
    ],
    [
      'a stage by six levels of conditions',
      withWhen(nested(6)),
      '/approval/stages/1/when/not/not/not/not/not',
      'is nested deeper than 5 levels',
    ],
    [
      'a stage by what is no condition',
      withWhen({ field: 'Request.amount' }),
      '/approval/stages/1/when',
      'must be',
    ],
    ...['command', 'metadata', 'title', 'constructor', 'toString'].map(
      (name): [string, object, string, string] => [
        `a section named ${name}`,
        { ...base, sections: { [name]: plain } },
        `/sections/${name}`,
        `no section may be named "${name}"`,
      ],
    ),
    [
      'an event named as a section',
      { ...base, approval: { event: 'Other', stages } },
      '/approval/event',
      'is the name of a section',
    ],
    [
      'a section with the default name of the event',
      { ...base, sections: { Approval: plain }, approval: { stages } },
      '/approval/event',
      'is the name of a section',
    ],
    [
      'an event named command',
      { ...base, approval: { event: 'command', stages } },
      '/approval/event',
      'no event may be named',
    ],
    [
      'a dependency on itself',
      { ...base, sections: { A: { ...plain, dependsOn: ['A'] } } },
      '/sections/A/dependsOn/0',
      'is the section itself',
    ],
    [
      'a dependency on nothing',
      { ...base, sections: { A: { ...plain, dependsOn: ['toString'] } } },
      '/sections/A/dependsOn/0',
      '"toString" is not a section; there are: A',
    ],
    [
      'a condition on a section that is not there',
      withRequired({ field: 'Nope.x', equals: 1 }),
      '/sections/Other/required/field',
      'must begin with one of metadata, Request, Other',
    ],
    [
      'a condition on a field that is not there',
      withRequired({ any: [nested(1), { field: 'Request.amuont', above: 1 }] }),
      '/sections/Other/required/any/1/field',
      'refers to "amuont", which is not among the properties of Request: amount, ',
    ],
    [
      'a condition through what has no properties',
      withRequired({ not: { field: 'Request.any.x', present: true } }),
      '/sections/Other/required/not/field',
      'not among the properties of Request.any: none',
    ],
    [
      'a condition on an inherited name',
      withRequired({ all: [{ field: 'Request.constructor', equals: 1 }] }),
      '/sections/Other/required/all/0/field',
      'refers to "constructor"',
    ],
    [
      'a condition on a whole section',
      withRequired({ field: 'Request', present: true }),
      '/sections/Other/required/field',
      'names no field; write Request.<field>',
    ],
    [
      'a condition on the section itself',
      withRequired({ field: 'Other.x', present: true }),
      '/sections/Other/required/field',
      'refers to the section Other itself',
    ],
    [
      'six levels of conditions',
      withRequired(nested(6)),
      '/sections/Other/required/not/not/not/not/not',
      'is nested deeper than 5 levels',
    ],
    ...[
      {},
      { all: [] },
      { field: 'Request.amount' },
      { above: 5 },
      { field: 'Request.amount', above: 5, below: 9 },
      { all: [nested(1)], any: [nested(1)] },
      { ...nested(1), not: nested(1) },
    ].map((condition): [string, object, string, string] => [
      `${JSON.stringify(condition)} for a condition`,
      withRequired(condition),
      `/sections/Other/required${'all' in condition && condition.all.length === 0 ? '/all' : ''}`,
      'must be',
    ]),
    [
      'a comparison with a text',
      withRequired({ field: 'Request.amount', above: '5' }),
      '/sections/Other/required/above',
      'must be of type number, not string',
    ],
    ['search for what is not there', searching('Request.x'), '/searchable/0', 'refers to "x"'],
    ...['list', 'address', 'any', 'mixed', 'either', 'address.zip'].map(
      (name): [string, object, string, string] => [
        `search for ${name}`,
        searching('Request.amount', `Request.${name}`),
        '/searchable/1',
        'must be one value',
      ],
    ),
    ...['secret', 'vault.key'].map((name): [string, object, string, string] => [
      `search for ${name}`,
      searching(`Request.${name}`),
      '/searchable/0',
      'is sensitive',
    ]),
    [
      'search by the same name twice',
      searching('metadata.costCentre', 'Request.costCentre'),
      '/searchable/1',
      'as another searchable field does',
    ],
    ['search by a taken name', searching('metadata.state'), '/searchable/0', 'already means'],
    ['search by two words', searching('Request.two-words'), '/searchable/0', 'query parameter'],
    ['a deadline in months', { ...base, deadline: 'P1M' }, '/deadline', '"P1M" must be a duration'],
    ['a deadline of nothing', { ...base, deadline: 'PT0S' }, '/deadline', 'from 1 s to 10 years'],
    ['a deadline of 11 years', { ...base, deadline: 'P4015D' }, '/deadline', 'from 1 s to 10'],
    [
      'reminders all the time',
      { ...base, reminders: { every: '999ms' } },
      '/reminders/every',
      'is 999ms; it must be from 1 s',
    ],
    [
      'a deadline of a section that is no duration',
      { ...base, sections: { A: { ...plain, deadline: 'soon' } } },
      '/sections/A/deadline',
      '"soon" must be a duration',
    ],
    [
      'reminders of a section that are too rare',
      { ...base, sections: { A: { ...plain, reminders: { every: '999w' } } } },
      '/sections/A/reminders/every',
      'from 1 s to 10 years',
    ],
    ...[
      { anyOf: [{ sensitive: true }] },
      { $defs: { x: { sensitive: true } } },
      { properties: { a: { not: { properties: { b: { sensitive: true } } } } } },
      { additionalProperties: { sensitive: true } },
      { patternProperties: { '^x': { sensitive: true } } },
      { propertis: { ssn: { sensitive: true } } },
      { sensitive: true },
    ].map((more): [string, object, string, string] => [
      `sensitive in ${JSON.stringify(more)}`,
      withSchema(more),
      `/sections/Other/schema${pathToSensitive(more)}`,
      'must be on a property or an item',
    ]),
    [
      'sensitive: yes',
      withSchema({ properties: { a: { sensitive: 'yes' } } }),
      '/sections/Other/schema/properties/a/sensitive',
      'must be true or false',
    ],
    [
      'a reference to another place',
      withSchema({ properties: { a: { $ref: 'https://example.com/a' } } }),
      '/sections/Other/schema/properties/a/$ref',
      'must point into the same schema',
    ],
    [
      'a dynamic reference',
      withSchema({ properties: { a: { $dynamicRef: '#a' } } }),
      '/sections/Other/schema/properties/a/$dynamicRef',
      'is not supported; use $ref',
    ],
    [
      'a reference to nothing',
      withSchema({ properties: { a: { items: { $ref: '#/$defs/a' } } } }),
      '/sections/Other/schema/properties/a/items/$ref',
      'points at nothing',
    ],
    [
      'a reference round in a circle',
      withSchema({ allOf: [{ $ref: '#' }] }),
      '/sections/Other/schema/allOf/0/$ref',
      'comes back to itself without end',
    ],
    [
      'an expression that only works without Unicode',
      withSchema({ properties: { a: { pattern: '\\-' } } }),
      '/sections/Other/schema/properties/a/pattern',
      'flag u',
    ],
    [
      'such an expression for names',
      withSchema({ patternProperties: { 'a/[': {} } }),
      '/sections/Other/schema/patternProperties/a~1[',
      'flag u',
    ],
    [
      'a misspelt type',
      withSchema({ properties: { a: { type: 'strng' } } }),
      '/sections/Other/schema/properties/a/type',
      'must be one of array, boolean',
    ],
    [
      'a schema of another draft',
      withSchema({ $schema: 'http://json-schema.org/draft-07/schema#' }),
      '/sections/Other/schema/$schema',
      'no schema with key',
    ],
    [
      'a wrong place in metadata',
      { ...base, metadata: { ...schema, properties: { a: { minLength: -1 } } } },
      '/metadata/properties/a/minLength',
      'must be >= 0',
    ],
  ])('%s', (_what, raw, pointer, detail) => {
    expect(errorsOf(raw)).toContainEqual({ pointer, detail: expect.stringContaining(detail) });
  });

  test('a circle of dependencies is told once, with its way', () => {
    const sections = {
      A: { ...plain, dependsOn: ['B'] },
      B: { ...plain, dependsOn: ['C'] },
      C: { ...plain, dependsOn: ['A'] },
    };
    expect(errorsOf({ ...base, sections })).toEqual([
      { pointer: '/sections/A/dependsOn/0', detail: 'comes back to A: A -> B -> C -> A' },
    ]);
  });

  test('all at once', () => {
    const raw = { ...base, deadline: 'x', searchable: ['a.b'], sections: { title: plain } };
    expect(errorsOf(raw).map(({ pointer }) => pointer)).toEqual([
      '/sections/title',
      '/deadline',
      '/searchable/0',
    ]);
  });

  test('a wrong type leaves nothing behind that the next one meets', () => {
    const $id = 'https://json-schema.org/draft/2020-12/schema';
    expect(errorsOf(withSchema({ $id }))).toEqual([]);
    expect(errorsOf(withSchema({ $id, title: 'another' }))).toEqual([]);
    expect(errorsOf(base)).toEqual([]);
    expect(errorsOf(withSchema({ minProperties: 'x' }))).toHaveLength(1);
  });
});

describe('a warning', () => {
  const required = (n: number): object =>
    withSchema({ required: Array.from({ length: n }, (_, i) => `f${i}`) });

  test('is given for more than seven required fields of a section', () => {
    const places = (raw: object) => warnings(raw).map(({ pointer }) => pointer);
    const sensitive = places(base);
    expect(places(required(7))).toEqual(sensitive);
    expect(places(required(8))).toEqual(['/sections/Other/schema/required', ...sensitive]);
  });

  test('is given for more than three sections in a row, at the last one', () => {
    expect(warnings(chain('A', 'B', 'C'))).toEqual([]);
    expect(warnings(chain('E', 'D', 'C', 'B', 'A'))).toEqual([
      {
        pointer: '/sections/E/dependsOn',
        detail: expect.stringContaining('5 sections (A, B, C, D, E)'),
      },
    ]);
  });

  test('is given for what is sensitive, because nothing encrypts it', () => {
    const { Request, ...sections } = base.sections;
    const filledByOwner = {
      ...base,
      sections: { ...sections, Request: { ...Request, fill: ['owner'] } },
    };
    expect(warnings(filledByOwner)).toEqual(
      ['secret', 'vault'].map((name) => ({
        pointer: `/sections/Request/schema/properties/${name}/sensitive`,
        detail:
          "payload encryption is off, so sensitive fields stand readable in Temporal's history",
      })),
    );
  });

  test('is given for titles that are searched', () => {
    expect(warnings({ ...chain('A'), titleSearchable: true })).toEqual([
      { pointer: '/titleSearchable', detail: expect.stringContaining('plain text') },
    ]);
  });
});

function pathToSensitive(schema_: object): string {
  for (const [key, value] of Object.entries(schema_)) {
    if (key === 'sensitive') return '/sensitive';
    if (typeof value === 'object') return `/${key}${pathToSensitive(value as object)}`;
  }
  return '';
}

function errorsOf(raw: object): readonly FieldError[] {
  const result = parseDocumentType(raw);
  return result.ok ? [] : (result.refusal.errors ?? []);
}

function warnings(raw: object): readonly FieldError[] {
  const result = parseDocumentType(raw);
  if (!result.ok) throw new Error(JSON.stringify(result.refusal));
  return warningsOf(result.value, NO_DIRECTORY);
}
