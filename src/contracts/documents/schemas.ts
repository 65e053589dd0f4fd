/** The HTTP shapes of documents, in TypeBox: validation, static types, response filtering and OpenAPI from one source. */
import { Type, type Static } from 'typebox';
import { approvalParts } from '../approvals/schemas.ts';
import { DOCUMENT_STATES } from './types.ts';

const Instant = Type.String({ format: 'date-time' });
const AnyObject = Type.Record(Type.String(), Type.Unknown());
const oneOf = <T extends string>(values: readonly T[]) =>
  Type.Unsafe<T>({ type: 'string', enum: [...values] });

/** A shape that stands once under its `$id` in the OpenAPI document, so that generated clients have one type for it. */
const ref = <T>(id: string) => Type.Unsafe<T>({ $ref: `${id}#` });

const LinkShape = Type.Object(
  {
    href: Type.String(),
    title: Type.Optional(Type.String()),
    templated: Type.Optional(Type.Boolean()),
    name: Type.Optional(Type.String()),
  },
  { $id: 'Link' },
);
export type Link = Static<typeof LinkShape>;
const Link = ref<Link>('Link');
export const Links = Type.Record(Type.String(), Type.Union([Link, Type.Array(Link)]), {
  description: 'HAL: where to go from here.',
});

/** A HAL-FORMS template: one thing that this caller can do now. */
export const Template = Type.Object({
  title: Type.Optional(Type.String()),
  method: Type.String(),
  target: Type.String(),
  contentType: Type.Optional(Type.String()),
  properties: Type.Optional(Type.Array(AnyObject)),
});
export type Template = Static<typeof Template>;
export const Templates = Type.Record(Type.String(), Template, {
  description: 'HAL-FORMS: what this caller can do now, and the form for it.',
});

export const ProgressSchema = Type.Object({
  done: Type.Integer(),
  total: Type.Integer(),
  missing: Type.Array(Type.String()),
  percent: Type.Integer(),
});

/** Of documents and approvals. */
export const Suspended = Type.Optional(
  Type.Literal(true, {
    description: 'Its workflow is suspended: nothing can be done until it is resumed.',
  }),
);

const summary = {
  id: Type.String(),
  type: Type.String(),
  typeVersion: Type.Integer(),
  title: Type.String(),
  state: oneOf(DOCUMENT_STATES),
  version: Type.Integer({ description: 'Counts content only; the strong ETag.' }),
  owner: Type.String(),
  progress: ProgressSchema,
  customStatus: Type.String(),
  waitingFor: Type.Array(Type.String(), { description: 'user:x, role:y or anyone' }),
  dueAt: Type.Optional(Instant),
  overdue: Type.Optional(Type.Literal(true, { description: 'A deadline has passed.' })),
  suspended: Suspended,
  parent: Type.Optional(Type.String()),
  createdAt: Instant,
  updatedAt: Instant,
  closedAt: Type.Optional(Instant),
};

export const DocumentRow = Type.Object(
  { ...summary, _links: Links },
  {
    description:
      'As of the last change of anything but content: `version` and `updatedAt` may lag behind a correction.',
  },
);
export type DocumentRow = Static<typeof DocumentRow>;

const SectionSchema = Type.Object({
  state: oneOf(['open', 'filled'] as const),
  data: Type.Optional(AnyObject),
  filledBy: Type.Optional(Type.String()),
  filledAt: Type.Optional(Instant),
  corrections: Type.Integer(),
  required: Type.Boolean({ description: 'Whether the document is incomplete without it now.' }),
  assignee: Type.Optional(Type.String()),
  dueAt: Type.Optional(Instant),
});

/** One section, read on its own. */
export const SectionResource = Type.Object({
  name: Type.String(),
  ...SectionSchema.properties,
  _links: Links,
  _templates: Templates,
});

const ChildSchema = Type.Object({
  type: Type.String(),
  title: Type.String(),
  state: oneOf(DOCUMENT_STATES),
});

const CommentSchema = Type.Object({
  by: Type.String(),
  at: Instant,
  text: Type.String(),
  section: Type.Optional(Type.String()),
});

const DocumentShape = Type.Object(
  {
    ...summary,
    revision: Type.Optional(
      Type.Integer({ description: 'Counts everything that happens, comments and reminders too.' }),
    ),
    metadata: Type.Optional(AnyObject),
    sections: Type.Optional(Type.Record(Type.String(), SectionSchema)),
    approval: Type.Optional(Type.Object(approvalParts)),
    children: Type.Optional(Type.Record(Type.String(), ChildSchema)),
    comments: Type.Optional(Type.Array(CommentSchema, { description: 'The last twenty.' })),
    from: Type.Optional(
      Type.Object({
        id: Type.String(),
        version: Type.Integer(),
        leftOut: Type.Optional(
          Type.Array(Type.String(), {
            description: 'Sections that the creator may not take over.',
          }),
        ),
      }),
    ),
    closedReason: Type.Optional(Type.String()),
    _links: Links,
    _templates: Templates,
  },
  { $id: 'Document' },
);
export type DocumentResource = Static<typeof DocumentShape>;
export const DocumentSchema = ref<DocumentResource>('Document');

export const DocumentList = Type.Object({
  count: Type.Integer({ description: 'Of this page.' }),
  _embedded: Type.Object({ documents: Type.Array(DocumentRow) }),
  _links: Links,
});

export const DocumentStatusSchema = Type.Object({
  id: Type.String(),
  state: oneOf(DOCUMENT_STATES),
  customStatus: Type.String(),
  version: Type.Integer({
    description: 'As of the last change of anything but content; GET of the document is exact.',
  }),
  progress: Type.Optional(ProgressSchema),
  sections: Type.Optional(
    Type.Record(
      Type.String(),
      Type.Object({
        state: oneOf(['open', 'filled', 'corrected'] as const),
        by: Type.Optional(Type.String()),
        assignee: Type.Optional(Type.String()),
        dueAt: Type.Optional(Instant),
      }),
    ),
  ),
  waitingFor: Type.Optional(Type.Array(Type.String())),
  dueAt: Type.Optional(Instant),
  overdue: Type.Optional(Type.Literal(true)),
  suspended: Suspended,
  stuck: Type.Optional(
    Type.Boolean({
      description:
        'True when the workflow task has failed repeatedly: a defect, see the Temporal Web UI.',
    }),
  ),
});

const FieldErrorSchema = Type.Object({ pointer: Type.String(), detail: Type.String() });

export const HistorySchema = Type.Object({
  _embedded: Type.Object({
    entries: Type.Array(
      Type.Object({
        version: Type.Integer(),
        at: Instant,
        by: Type.String(),
        via: Type.String(),
        command: Type.String(),
        accepted: Type.Boolean(),
        code: Type.Optional(Type.String()),
        reason: Type.Optional(Type.String()),
        errors: Type.Optional(Type.Array(FieldErrorSchema)),
        changes: Type.Optional(
          Type.Array(
            Type.Object({
              pointer: Type.String(),
              from: Type.Optional(Type.Unknown()),
              to: Type.Optional(Type.Unknown()),
              sensitive: Type.Optional(Type.Boolean()),
            }),
          ),
        ),
      }),
    ),
  }),
  refusedCount: Type.Integer({
    description: 'Refused signals in all; entries tell the last hundred.',
  }),
  _links: Links,
});

/** RFC 9457, with our members. */
const ProblemShape = Type.Object(
  {
    type: Type.String(),
    title: Type.String(),
    status: Type.Integer(),
    detail: Type.String(),
    instance: Type.String({ description: 'The request id; the log has it too.' }),
    code: Type.String(),
    errors: Type.Optional(Type.Array(FieldErrorSchema)),
    state: Type.Optional(Type.String()),
    allowed: Type.Optional(Type.Array(Type.String())),
    version: Type.Optional(Type.Integer()),
  },
  { $id: 'Problem' },
);

export const Problem = ref<Static<typeof ProblemShape>>('Problem');

/** The shapes with an `$id`; the app must know them before any route. */
export const SHARED_SHAPES = [LinkShape, DocumentShape, ProblemShape];

/** Without `actor`, which is for those at the Temporal CLI. */
