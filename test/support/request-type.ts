/** A document type as it stands in a file, and variations of it, for the tests of what is checked. */
/** The smallest schema there may be. */
export const schema = { type: 'object' };
/** A section that takes any object. */
export const plain = { title: 'Any', schema };
/** An approval by anybody. */
export const stages = [{ name: 'one', approvers: ['anyone'] }];

/** Two sections with fields of each kind, and metadata. */
export const base = {
  name: 'request',
  version: 1,
  title: 'Request',
  metadata: {
    type: 'object',
    properties: { costCentre: { type: 'string' }, state: { type: 'string' } },
  },
  sections: {
    Request: {
      title: 'Request',
      schema: {
        type: 'object',
        properties: {
          amount: { type: 'number' },
          costCentre: { type: 'string' },
          kind: { enum: ['a', 'b', 3] },
          fixed: { const: true },
          mixed: { enum: ['a', null] },
          either: { type: ['string', 'null'] },
          list: { type: 'array', items: { type: 'string' } },
          any: true,
          'two-words': { type: 'string' },
          secret: { type: 'string', sensitive: true },
          vault: {
            type: 'object',
            sensitive: true,
            properties: { key: { type: 'string' } },
          },
          address: {
            type: 'object',
            properties: { city: { type: 'string' }, zip: { $ref: '#/$defs/zip' } },
          },
        },
        $defs: { zip: { type: 'string' } },
      },
    },
    Other: plain,
  },
};

/** With this under `required` of the section Other. */
export const withRequired = (required: unknown): object => ({
  ...base,
  sections: { ...base.sections, Other: { ...plain, required } },
});
/** With this under `when` of a second stage. */
export const withWhen = (when: unknown): object => ({
  ...base,
  approval: { stages: [...stages, { name: 'two', approvers: ['anyone'], when }] },
});
/** With these keywords in the schema of the section Other. */
export const withSchema = (more: object): object => ({
  ...base,
  sections: { ...base.sections, Other: { title: 'Other', schema: { ...schema, ...more } } },
});
/** A condition of so many levels. */
export const nested = (levels: number): object =>
  levels <= 1 ? { field: 'Request.amount', above: 1 } : { not: nested(levels - 1) };
/** A section of each name, each depending on the next one. */
export const chain = (...names: string[]): object => ({
  ...base,
  sections: Object.fromEntries(
    names.map((name, i) => [name, { ...plain, dependsOn: names.slice(i + 1, i + 2) }]),
  ),
});
