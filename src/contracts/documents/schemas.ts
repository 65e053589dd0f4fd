/** The HTTP shapes of documents, in TypeBox: validation, static types, response filtering and OpenAPI from one source. */
import { Type, type Static } from 'typebox';
import { CANCEL_PROPERTIES, CREATE_REQUEST, DECISION_PROPERTIES } from './messages.ts';
import { LISTED_STATES, type CreateRequest } from './types.ts';

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

const summary = {
  id: Type.String(),
  type: Type.String(),
  typeVersion: Type.Integer(),
  title: Type.String(),
  state: oneOf(LISTED_STATES),
  version: Type.Integer({ description: 'Counts content only; the strong ETag.' }),
  owner: Type.String(),
  progress: ProgressSchema,
  customStatus: Type.String(),
  waitingFor: Type.Array(Type.String(), { description: 'user:x, role:y or anyone' }),
  createdAt: Instant,
  updatedAt: Instant,
  closedAt: Type.Optional(Instant),
};

export const DocumentRow = Type.Object({ ...summary, _links: Links });
export type DocumentRow = Static<typeof DocumentRow>;

const SectionSchema = Type.Object({
  state: oneOf(['open', 'filled'] as const),
  data: Type.Optional(AnyObject),
  filledBy: Type.Optional(Type.String()),
  filledAt: Type.Optional(Instant),
  corrections: Type.Integer(),
});

const ApprovalSchema = Type.Object({
  stage: Type.String(),
  event: Type.String(),
  decisions: Type.Array(
    Type.Object({
      by: Type.String(),
      decision: oneOf(['approved', 'rejected'] as const),
      at: Instant,
      version: Type.Integer(),
      reason: Type.Optional(Type.String()),
    }),
  ),
});

const DocumentShape = Type.Object(
  {
    ...summary,
    metadata: Type.Optional(AnyObject),
    sections: Type.Optional(Type.Record(Type.String(), SectionSchema)),
    approval: Type.Optional(ApprovalSchema),
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
  state: oneOf(LISTED_STATES),
  customStatus: Type.String(),
  version: Type.Integer(),
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

export const CreateBody = Type.Unsafe<CreateRequest>(CREATE_REQUEST);
const closed = (properties: object) => ({
  type: 'object',
  properties,
  additionalProperties: false,
});
export const DecisionBody = Type.Unsafe<{ reason?: string; version?: number }>(
  closed(DECISION_PROPERTIES),
);
export const CancelBody = Type.Unsafe<{ reason?: string }>(closed(CANCEL_PROPERTIES));
export const SectionBody = Type.Unsafe<Record<string, never>>({
  type: 'object',
  description: 'What the section’s schema asks for; see /document-types/{name}.',
});

export const ListQuery = Type.Object(
  {
    type: Type.Optional(Type.String({ pattern: '^[A-Za-z][A-Za-z0-9_-]{0,63}$' })),
    state: Type.Optional(oneOf(LISTED_STATES)),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200, default: 50 })),
    cursor: Type.Optional(Type.String({ maxLength: 4000, description: 'From `_links.next`.' })),
  },
  { additionalProperties: false },
);
