/**
 * The shape of a document type as it stands in a file, as JSON Schema 2020-12. It serves the loader, which checks files
 * by it, and editors, which complete and explain by it: `npm run check-types -- --write-schema` writes it to a file.
 *
 * Our own keyword `x-expected` is what an error says about a wrong value at this place.
 */
import { approvalShape } from '../contracts/approvals/shape.ts';
import type { JsonSchema } from '../contracts/documents/definition.ts';
import { webhooksShape } from '../contracts/webhooks.ts';
import { LIMITS } from '../contracts/limits.ts';
import {
  condition,
  CONDITION,
  CONDITION_RULE,
  count,
  duration,
  flag,
  jsonSchema,
  name,
  named,
  object,
  prose,
  reminders,
  text,
  told,
  who,
} from '../contracts/shape-parts.ts';

/** Bytes of JSON that a whole definition may take: each document carries its definition along. */
export const MAX_DEFINITION = 256 * 1024;

const section = object(
  ['Section', 'One part of a document, filled in by one person at one time.'],
  {
    title: text(['Title', 'How people see the section.']),
    description: prose('Description'),
    schema: jsonSchema([
      'Schema',
      'What the data must satisfy: JSON Schema 2020-12, and sensitive: true on a property.',
    ]),
    required: {
      ...told([
        'Required',
        'Whether the document is incomplete without it: true, false, or a condition under which it is.',
      ]),
      type: ['boolean', 'object'],
      default: true,
      ...CONDITION,
      'x-expected': `must be true, false or a condition such as {field: Request.amount, above: 50}: ${CONDITION_RULE}`,
    },
    dependsOn: {
      ...told(['Depends on', 'Sections that must be filled before this one can be.']),
      type: 'array',
      uniqueItems: true,
      items: { type: 'string', 'x-expected': 'must be the name of a section' },
      default: [],
      'x-expected': 'must be a list of different names of sections',
    },
    fill: who(
      [
        'Fill',
        'Who may fill and correct it, and assign it to others; once assigned, only the assignee.',
      ],
      'anyone',
    ),
    status: text(['Status', 'The custom status once it is filled. Default: "{title} filled".']),
    deadline: duration(['Deadline', 'After which it is overdue, from when it can be filled.']),
    reminders: reminders('while the section is open'),
  },
  { required: ['title', 'schema'], 'x-expected': 'must be an object with title and schema' },
);

const permissions = object(['Permissions', 'Who may do what with documents of this type.'], {
  create: who(['Create', 'Who may create one.'], 'anyone'),
  read: who(['Read', 'Who may read, besides the owner and whoever may fill or decide.'], 'anyone'),
  edit: who(['Edit', 'Title, metadata, links, assignments, deadlines, owner.'], 'owner'),
  submit: who(['Submit', 'Submit, and reopen what was submitted.'], 'owner'),
  cancel: who(['Cancel', 'Cancel and archive.'], 'owner'),
  sensitive: who(['Sensitive', 'See sensitive fields, besides those who fill them.'], 'owner'),
});

const child = object(['Child', 'What holds for children of this type; {} for the defaults.'], {
  onCancel: {
    ...told(['On cancel', 'What happens to open children when the document is cancelled.']),
    enum: ['cancel', 'keep'],
    default: 'keep',
    'x-expected': 'must be cancel or keep',
  },
  finishBeforeSubmit: flag(['Finish before submit', 'All must be closed before it is submitted.']),
  max: count(['At most', 'So many at a time.'], 1, 1_000, { default: 100 }),
});

const outcome = (is: string): JsonSchema =>
  object([is, `What is said of a document that was ${is.toLowerCase()}.`], {
    status: text(['Status', 'The custom status.'], { default: is }),
    output: {
      ...told(['Output', 'The result of the workflow types that return a text.']),
      type: 'string',
      maxLength: 200,
      default: is,
      'x-expected': 'must be a text of at most 200 characters',
    },
  });
const texts = object(['Texts', 'Texts that clients see literally and may compare.'], {
  open: text(['Open', 'Custom status while nothing is filled in.'], { default: 'Open' }),
  inReview: text(['In review', 'Custom status while the decision is awaited.'], {
    default: 'In review',
  }),
  approved: outcome('Approved'),
  rejected: outcome('Rejected'),
});

const limits = object(['Limits', 'Bytes of UTF-8 JSON. The defaults come from the settings.'], {
  section: count(['Section', 'The data of one section; the metadata.'], 1, LIMITS.largestDocument),
  document: count(['Document', 'Metadata and all sections together.'], 1, LIMITS.largestDocument),
});

/** What a file of a document type must look like. What goes beyond a shape is checked in check.ts. */
export const SHAPE: JsonSchema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  ...object(
    ['Document type', 'A document type of Dossier: data in a file, not code.'],
    {
      $schema: {
        ...told(['Schema of this file', 'For editors of JSON files; nothing else reads it.']),
        type: 'string',
      },
      name: name(['Name', 'By which documents and queries name the type. Never changes.']),
      version: count(['Version', 'Raised when the definition changes.'], 1, undefined),
      title: text(['Title', 'How people see the type.']),
      description: prose('Description'),
      metadata: {
        ...jsonSchema(['Metadata', 'What the metadata must satisfy: JSON Schema 2020-12.']),
        default: { type: 'object' },
      },
      sections: named(['Sections', 'In the order in which they are shown.'], section, {
        minProperties: 1,
        maxProperties: LIMITS.sections,
        'x-expected': `must be an object with one to ${LIMITS.sections} sections`,
      }),
      searchable: {
        ...told([
          'Searchable',
          'Fields by which documents are found; their last parts are the query parameters.',
        ]),
        type: 'array',
        maxItems: 20,
        items: { type: 'string', 'x-expected': 'must be the path of a field, as Request.amount' },
        default: [],
        'x-expected': 'must be a list of at most 20 paths of fields, such as Request.amount',
      },
      titleSearchable: flag([
        'Title searchable',
        'Whether documents are found by words of their title, which then stands unencrypted in Temporal.',
      ]),
      submit: {
        ...told([
          'Submit',
          'manual: somebody submits. automatic: as soon as everything required is there.',
        ]),
        enum: ['manual', 'automatic'],
        default: 'manual',
        'x-expected': 'must be manual or automatic',
      },
      editableInReview: flag([
        'Editable in review',
        'Whether sections can be corrected while the decision is awaited.',
      ]),
      requireIfMatch: flag([
        'Require If-Match',
        'Whether a change must name the version that it is based on.',
      ]),
      deadline: duration(['Deadline', 'After which a document that was not submitted expires.']),
      reminders: reminders('while the document is not submitted'),
      permissions,
      children: named(
        ['Children', 'Types of documents that may be linked below one of this type.'],
        child,
        { default: {} },
      ),
      approval: approvalShape(CONDITION),
      webhooks: webhooksShape,
      limits,
      texts,
    },
    {
      required: ['name', 'version', 'title', 'sections'],
      'x-expected': 'must be an object with name, version, title and sections',
    },
  ),
  $defs: { condition },
};
