/** The shape of the directory's file, as JSON Schema 2020-12; `x-expected` is what an error says of a wrong value. */
import { USER } from '../contracts/approvals/commands.ts';
import type { JsonSchema } from '../contracts/documents/definition.ts';

/** More than this and a company has a directory of its own, which is better asked than copied. */
const MAX_USERS = 10_000;

const instant: JsonSchema = {
  type: 'string',
  format: 'date-time',
  maxLength: 40,
  'x-expected': 'must be an instant with its zone, such as 2026-08-01T00:00:00Z',
};

const person: JsonSchema = {
  type: 'object',
  properties: {
    id: USER,
    name: {
      type: 'string',
      // Names go into the header lines of mails.
      pattern: '^[^\\p{Cc}\\u2028\\u2029]{1,200}$',
      'x-expected': 'must be a text of 1 to 200 characters in one line',
    },
    mail: {
      type: 'string',
      maxLength: 254,
      // What browsers take for an address (WHATWG HTML); no comments, no quotes, so no lines either.
      pattern:
        "^[a-zA-Z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?(\\.[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)*$",
      'x-expected': 'must be an address such as anna@example.org',
    },
    roles: {
      type: 'array',
      maxItems: 100,
      items: {
        type: 'string',
        // As X-Roles can name them, without `*`, which means all.
        pattern: '^(?!\\*$)[\\x21-\\x2b\\x2d-\\x7e]{1,128}$',
        'x-expected':
          'must be the name of a role: 1 to 128 visible ASCII characters without commas, not *',
      },
      'x-expected': 'must be a list of at most 100 names of roles',
    },
    manager: USER,
    timeZone: {
      type: 'string',
      maxLength: 100,
      'x-expected': 'must be an IANA time zone such as Europe/Zurich',
    },
    away: {
      type: 'object',
      properties: { from: instant, to: instant, substitute: USER },
      required: ['from', 'to'],
      additionalProperties: false,
      'x-expected': 'must be an object with from and to',
    },
  },
  required: ['id'],
  additionalProperties: false,
  'x-expected': 'must be an object with id',
};

/** What the file must look like; what goes beyond a shape is checked in parse.ts. */
export const DIRECTORY_SHAPE: JsonSchema = {
  type: 'object',
  properties: {
    users: {
      type: 'array',
      maxItems: MAX_USERS,
      items: person,
      'x-expected': `must be a list of at most ${MAX_USERS} users`,
    },
  },
  required: ['users'],
  additionalProperties: false,
  'x-expected': 'must be an object with users',
};
