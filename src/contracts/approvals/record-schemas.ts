/** The HTTP shapes of approvals of their own, in TypeBox: what comes in and what goes out. */
import { Type, type Static } from 'typebox';
import { bodyOf } from '../command-shapes.ts';
import { Links, Suspended, Templates } from '../documents/schemas.ts';
import type { Json, JsonObject } from '../json.ts';
import { condition } from '../shape-parts.ts';
import { APPROVAL_REQUEST, RECORD_COMMANDS, type RecordCommandKind } from './record-commands.ts';
import { approvalParts } from './schemas.ts';
import { APPROVAL_STATES, type ApprovalRequest, type ApprovalStatus } from './types.ts';

const Instant = Type.String({ format: 'date-time' });
const State = Type.Unsafe<ApprovalStatus>({ type: 'string', enum: [...APPROVAL_STATES] });

const { stage, round, waitingFor, dueAt, overdue, ...parts } = approvalParts;

const summary = {
  id: Type.String(),
  title: Type.String(),
  state: State,
  customStatus: Type.String({ description: 'Where it stands; of an unusable start the reason.' }),
  stage,
  round,
  version: Type.Integer({ description: 'Counts content only; the strong ETag.' }),
  owner: Type.String(),
  waitingFor,
  dueAt,
  overdue,
  suspended: Suspended,
  createdAt: Instant,
  updatedAt: Instant,
  closedAt: Type.Optional(Instant),
};

export const ApprovalRow = Type.Object({ ...summary, _links: Links });
export type ApprovalRow = Static<typeof ApprovalRow>;

export const ApprovalList = Type.Object({
  count: Type.Integer({ description: 'Of this page.' }),
  _embedded: Type.Object({ approvals: Type.Array(ApprovalRow) }),
  _links: Links,
});

const ApprovalShape = Type.Object(
  {
    ...summary,
    ...Type.Partial(Type.Object(parts)).properties,
    subject: Type.Optional(Type.Unknown({ description: 'What is decided on.' })),
    revision: Type.Optional(Type.Integer({ description: 'Counts everything that happens.' })),
    comments: Type.Optional(
      Type.Array(
        Type.Object({
          by: Type.String(),
          at: Instant,
          text: Type.String(),
          section: Type.Optional(Type.String()),
        }),
        { description: 'The last twenty.' },
      ),
    ),
    closedReason: Type.Optional(Type.String()),
    _links: Links,
    _templates: Templates,
  },
  {
    $id: 'Approval',
    description: 'Of one that failed or was terminated there may be its summary only.',
  },
);
export type ApprovalResource = Static<typeof ApprovalShape>;
export const ApprovalSchema = Type.Unsafe<ApprovalResource>({ $ref: 'Approval#' });

export const ApprovalStatusSchema = Type.Object({
  ...summary,
  stuck: Type.Optional(
    Type.Boolean({ description: 'True when its workflow task has failed repeatedly: a defect.' }),
  ),
});

/** Conditions contain conditions, so they stand once under their `$id`; what validates bodies must know it, too. */
export const ConditionShape = Type.Unsafe<object>({
  $id: 'Condition',
  ...(byId(condition) as JsonObject),
});

/** The shapes with an `$id`; the app must know them before any route. */
export const APPROVAL_SHAPES = [ConditionShape, ApprovalShape];

/** Without `actor`, which is for those at the Temporal CLI. */
export const ApprovalBody = Type.Unsafe<ApprovalRequest>(approvalBody());

function approvalBody(): JsonObject {
  const { $defs: _defs, properties, ...rest } = byId(APPROVAL_REQUEST) as JsonObject;
  const { actor: _actor, ...given } = properties as JsonObject;
  return { ...rest, properties: given };
}

/** With references that hold outside of the shape, too. */
function byId(shape: Json): Json {
  if (Array.isArray(shape)) return shape.map(byId);
  if (typeof shape !== 'object' || shape === null) return shape;
  return Object.fromEntries(
    Object.entries(shape).map(([name, value]) =>
      name === '$ref' ? [name, 'Condition#'] : [name, byId(value)],
    ),
  );
}

/** The body of `POST /approvals/{id}/{kind}`: the command without its kind. */
export function recordBody(kind: RecordCommandKind) {
  return Type.Unsafe<object>(bodyOf(RECORD_COMMANDS[kind]));
}
