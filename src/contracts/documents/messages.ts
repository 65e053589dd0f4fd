/**
 * The shapes of what is sent to a document, as JSON Schema: one for HTTP and for Temporal. They are data, because a
 * schema library in the workflow bundle would cost every workflow (zod 400 kB, TypeBox 1.1 MB and more).
 */
import { ID_PATTERN } from '../ids.ts';
import { LIMITS } from '../limits.ts';
import type { CommandKind, JsonSchema } from './types.ts';

/** A `CreateRequest`. */
export const CREATE_REQUEST: JsonSchema = {
  type: 'object',
  properties: {
    type: { type: 'string', minLength: 1, maxLength: 64 },
    id: {
      type: 'string',
      pattern: ID_PATTERN,
      'x-expected': 'must be 1 to 128 of A-Z a-z 0-9 . _ -, not beginning with a dot',
    },
    title: { type: 'string', minLength: 1, maxLength: LIMITS.title },
    metadata: { type: 'object' },
    sections: { type: 'object', additionalProperties: { type: 'object' } },
    actor: { type: 'string', minLength: 1, maxLength: LIMITS.title },
  },
  required: ['type'],
  additionalProperties: false,
};

const text = (maxLength: number): JsonSchema => ({ type: 'string', minLength: 1, maxLength });
const version: JsonSchema = { type: 'integer', minimum: 1 };
const shape = (
  kind: CommandKind,
  properties: JsonSchema,
  required: readonly string[] = [],
): JsonSchema => ({
  type: 'object',
  properties: { kind: { const: kind }, actor: text(LIMITS.title), ...properties },
  required: ['kind', ...required],
  additionalProperties: false,
});
/** What may accompany a decision: why, and which version it is about. */
export const DECISION_PROPERTIES: JsonSchema = { reason: text(LIMITS.reason), version };
export const CANCEL_PROPERTIES: JsonSchema = { reason: text(LIMITS.reason) };
/** Each command by its kind. */
export const COMMAND_SHAPES: Readonly<Record<CommandKind, JsonSchema>> = {
  fill: shape(
    'fill',
    { section: { type: 'string' }, data: { type: 'object' }, ifVersion: version },
    ['section', 'data'],
  ),
  approve: shape('approve', DECISION_PROPERTIES),
  reject: shape('reject', DECISION_PROPERTIES),
  cancel: shape('cancel', CANCEL_PROPERTIES),
};
