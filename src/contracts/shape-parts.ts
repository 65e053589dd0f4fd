/** What the shape of a document type is put together from. */
import { USER_PATTERN } from './people.ts';
import type { JsonSchema } from './documents/definition.ts';

/** What a name must look like; for errors, after "must be". */
export const NAME_RULE =
  'must be 1 to 64 letters, digits, "_" or "-", and begin with a letter of A-Z a-z';
const NAME = '^[A-Za-z][A-Za-z0-9_-]{0,63}$';

/** Title and description, as an editor shows them when somebody points at the property. */
type Told = readonly [title: string, description: string];

/** Any value. */
export const told = ([title, description]: Told): JsonSchema => ({ title, description });
/** A whole number. */
export const count = (
  is: Told,
  minimum: number,
  maximum: number | undefined,
  more = {},
): JsonSchema => ({
  ...told(is),
  type: 'integer',
  minimum,
  ...(maximum === undefined ? {} : { maximum }),
  'x-expected':
    maximum === undefined
      ? `must be a whole number from ${minimum}`
      : `must be a whole number from ${minimum} to ${maximum}`,
  ...more,
});
/** A short text. */
export const text = (is: Told, more = {}): JsonSchema => ({
  ...told(is),
  type: 'string',
  minLength: 1,
  maxLength: 200,
  'x-expected': 'must be a text of 1 to 200 characters; quote what YAML takes for something else',
  ...more,
});
/** A long text. */
export const prose = (title: string): JsonSchema => ({
  title,
  description: 'What people should know before they begin.',
  type: 'string',
  'x-expected': 'must be a text',
});
/** A name, by {@link NAME_RULE}. */
export const name = (is: Told, more = {}): JsonSchema => ({
  ...told(is),
  type: 'string',
  pattern: NAME,
  'x-expected': NAME_RULE,
  ...more,
});
/** Yes or no. */
export const flag = (is: Told, byDefault = false): JsonSchema => ({
  ...told(is),
  type: 'boolean',
  default: byDefault,
  'x-expected': 'must be true or false',
});
/** A duration; check.ts reads it. */
export const duration = (is: Told): JsonSchema => ({
  ...told(is),
  type: 'string',
  examples: ['P1D', 'PT8H', '30m'],
  'x-expected': 'must be a duration such as P1D, PT8H or 30m',
});
/** An object with these properties and no others; none is required unless `more` says so. */
export const object = (is: Told, properties: JsonSchema, more = {}): JsonSchema => ({
  ...told(is),
  type: 'object',
  properties,
  additionalProperties: false,
  'x-expected': 'must be an object',
  ...more,
});
/** An object with names of the author's choice. */
export const named = (is: Told, value: JsonSchema, more = {}): JsonSchema => ({
  ...told(is),
  type: 'object',
  patternProperties: { [NAME]: value },
  additionalProperties: false,
  'x-expected': 'must be an object with a name for each entry',
  ...more,
});
/** A list of who may do something. */
export const who = (is: Told, byDefault?: string): JsonSchema => ({
  ...told(is),
  type: 'array',
  minItems: 1,
  items: {
    type: 'string',
    maxLength: 200,
    pattern: `^(anyone|owner|${USER_PATTERN}|role:.+)$`,
    examples: ['anyone', 'owner', 'role:manager', 'user:anna'],
    'x-expected': 'must be anyone, owner, user:<name> or role:<name>',
  },
  'x-expected': 'must be a list of one or more of anyone, owner, user:<name> and role:<name>',
  ...(byDefault === undefined ? {} : { default: [byDefault] }),
});
/** A JSON Schema of an object; schemas.ts checks the rest. */
export const jsonSchema = (is: Told): JsonSchema => ({
  ...told(is),
  type: 'object',
  properties: {
    type: {
      title: 'Type',
      description: 'The data is always an object.',
      const: 'object',
      'x-expected': 'must be object, because the data is always one',
    },
  },
  required: ['type'],
  'x-expected': 'must be a JSON Schema, an object',
});
/** Reminders, while something is awaited. */
export const reminders = (while_: string): JsonSchema =>
  object(
    ['Reminders', `Reminds those waited for ${while_}.`],
    {
      every: duration(['Every', 'The first comes one such time after the wait begins.']),
      max: count(['At most', 'So many, then no more.'], 1, 100, { default: 10 }),
    },
    { required: ['every'] },
  );

const COMPARISONS: Readonly<Record<string, JsonSchema>> = {
  equals: told(['Equals', 'The field has this value.']),
  oneOf: { ...told(['One of', 'The field has one of these values.']), type: 'array', minItems: 1 },
  above: { ...told(['Above', 'The field is a number above this one.']), type: 'number' },
  atLeast: { ...told(['At least', 'The field is this number or above.']), type: 'number' },
  below: { ...told(['Below', 'The field is a number below this one.']), type: 'number' },
  atMost: { ...told(['At most', 'The field is this number or below.']), type: 'number' },
  present: { ...told(['Present', 'Whether the field is there.']), type: 'boolean' },
};
/** What a condition consists of; for errors. */
export const CONDITION_RULE = `one of all, any and not, or field and one of ${Object.keys(COMPARISONS).join(', ')}`;

/** Refers to {@link condition} in `$defs` of the shape, because conditions contain conditions. */
export const CONDITION = { $ref: '#/$defs/condition' };
const conditions = (is: Told): JsonSchema => ({
  ...told(is),
  type: 'array',
  minItems: 1,
  items: { type: 'object', ...CONDITION },
  'x-expected': 'must be a list of at least one condition',
});
/** A condition. Without a `type`, because a place may allow something else, too. */
export const condition: JsonSchema = {
  ...told(['Condition', 'A plain comparison on what is in the document, or several of them.']),
  properties: {
    all: conditions(['All', 'Each of these must hold.']),
    any: conditions(['Any', 'One of these must hold.']),
    not: { ...told(['Not', 'This must not hold.']), type: 'object', ...CONDITION },
    field: {
      ...told(['Field', 'metadata.costCentre or Request.amount, deeper with more dots.']),
      type: 'string',
      minLength: 1,
      maxLength: 200,
      'x-expected': 'must be the path of a field, such as Request.amount',
    },
    ...COMPARISONS,
  },
  additionalProperties: false,
  // Where a condition may also be true or false, those would fulfil every alternative.
  if: { type: 'boolean' },
  else: {
    oneOf: [
      ...['all', 'any', 'not'].map((one) => ({ required: [one], maxProperties: 1 })),
      ...Object.keys(COMPARISONS).map((one) => ({ required: ['field', one], maxProperties: 2 })),
    ],
  },
  'x-expected': `must be a condition: ${CONDITION_RULE}`,
};
