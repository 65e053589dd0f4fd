/** The HTTP shapes of waits, in TypeBox: what comes in and what goes out. */
import { Type, type Static } from 'typebox';
import { bodyOf } from '../command-shapes.ts';
import { Links, Suspended, Templates } from '../documents/schemas.ts';
import type { JsonObject } from '../json.ts';
import { LIMITS } from '../limits.ts';
import { WAIT_COMMANDS, WAIT_REQUEST } from './commands.ts';
import { WAIT_STATES, type WaitMode, type WaitRequest, type WaitStatus } from './types.ts';

const Instant = Type.String({ format: 'date-time' });
export const WaitState = Type.Unsafe<WaitStatus>({ type: 'string', enum: [...WAIT_STATES] });
/** Any text but NUL, which no database keeps. */
const anyText = (maxLength: number, description: string) =>
  Type.String({
    minLength: 1,
    maxLength,
    pattern: '^[^\\u0000]+$',
    description,
    'x-expected': `must be 1 to ${maxLength} characters, without NUL`,
  });
export const WaitName = anyText(LIMITS.waitName, 'What is waited for.');
export const WaitKeyText = anyText(LIMITS.waitKey, 'For what: any text.');

const data = Type.Optional(Type.Unknown({ description: 'Any JSON.' }));
const came = { at: Instant, by: Type.String(), data };
const Received = Type.Object({ event: Type.String(), ...came });
const Stop = Type.Object(came, { description: 'Who has stopped it, and with what.' });

const summary = {
  id: Type.String({ description: 'Of this one among all that ever had its key.' }),
  name: Type.String(),
  key: Type.String(),
  state: WaitState,
  customStatus: Type.String({ description: 'Where it stands; of an unusable start the reason.' }),
  events: Type.Array(Type.String()),
  mode: Type.Unsafe<WaitMode>({
    anyOf: [{ type: 'string', enum: ['any', 'all'] }, { type: 'integer' }],
    description: 'How many of the events it takes.',
  }),
  received: Type.Array(Received, { description: 'With their data once it has ended.' }),
  dueAt: Type.Optional(Instant),
  timedOut: Type.Optional(Type.Literal(true, { description: 'The deadline has ended it.' })),
  owner: Type.String(),
  senders: Type.Array(Type.String({ description: 'user:x, role:y or anyone' })),
  version: Type.Integer({ description: 'Counts everything that happens.' }),
  suspended: Suspended,
  createdAt: Instant,
  updatedAt: Instant,
  closedAt: Type.Optional(Instant),
  closedReason: Type.Optional(Type.String()),
};

export const WaitRow = Type.Object({ ...summary, _links: Links });
export type WaitRow = Static<typeof WaitRow>;

export const WaitList = Type.Object({
  count: Type.Integer({ description: 'Of this page.' }),
  _embedded: Type.Object({ waits: Type.Array(WaitRow) }),
  _links: Links,
});

const WaitShape = Type.Object(
  {
    ...summary,
    data,
    stop: Type.Optional(Stop),
    stuck: Type.Optional(
      Type.Boolean({ description: 'True when its workflow task has failed repeatedly: a defect.' }),
    ),
    _links: Links,
    _templates: Templates,
  },
  {
    $id: 'Wait',
    description:
      'Data is told once it has ended, and by the answer to its start; meanwhile the query `wait` of its workflow has it.',
  },
);
export type WaitResource = Static<typeof WaitShape>;
export const WaitSchema = Type.Unsafe<WaitResource>({ $ref: 'Wait#' });

export const WaitResultSchema = Type.Object({
  id: Type.String(),
  name: Type.String(),
  key: Type.String(),
  state: WaitState,
  timedOut: Type.Boolean({ description: 'Whether the deadline has ended it.' }),
  events: Type.Array(Received, { description: 'What came, in that order.' }),
  stop: Type.Optional(Stop),
  reason: Type.Optional(Type.String()),
  closedAt: Type.Optional(Instant),
  _links: Links,
});

/** The shapes with an `$id`; the app must know them before any route. */
export const WAIT_SHAPES = [WaitShape];

/** What becomes of a start while there is one with this key. */
export type IfExists = 'fail' | 'existing';

/** Without `actor`, which is for those at the Temporal CLI. */
export const WaitBody = Type.Unsafe<WaitRequest & { readonly ifExists?: IfExists }>(waitBody());

function waitBody(): JsonObject {
  const { properties, ...rest } = WAIT_REQUEST;
  const { actor: _actor, ...given } = properties as JsonObject;
  const ifExists = {
    title: 'If it exists',
    description: 'While one with this key goes on: refuse with 409, or answer that one with 200.',
    enum: ['fail', 'existing'],
    default: 'fail',
  };
  return { ...rest, properties: { ...given, ifExists } };
}

export const StopBody = Type.Unsafe<object>(bodyOf(WAIT_COMMANDS.stop));
export const CancelBody = Type.Unsafe<object>(bodyOf(WAIT_COMMANDS.cancel));
