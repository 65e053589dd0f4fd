/** What can be done to an approval of its own; deciding is the same as in documents. */
import {
  CLIENT_ID,
  commandShapes,
  VERSION,
  type Base,
  type CommandProperties,
  type Explained,
} from '../command-shapes.ts';
import type { JsonSchema } from '../documents/definition.ts';
import type { Json } from '../json.ts';
import { LIMITS } from '../limits.ts';
import { condition, CONDITION } from '../shape-parts.ts';
import { APPROVAL_COMMANDS, text, USER, type ApprovalCommand } from './commands.ts';
import { webhooksShape } from '../webhooks.ts';
import { approvalShape } from './shape.ts';

export type RecordCommand =
  | (Base & ApprovalCommand)
  | (Base & { readonly kind: 'comment'; readonly text: string })
  /** The owner does not want the decision any more. */
  | (Explained & { readonly kind: 'withdraw' })
  /** After changes were requested: asks again, with or without other content. `version`: the one that it changes. */
  | (Explained & {
      readonly kind: 'submit';
      readonly title?: string;
      readonly subject?: Json;
      readonly version?: number;
    })
  /** Moves the deadline of the current stage. */
  | (Base & { readonly kind: 'extend'; readonly until: string });

export type RecordCommandKind = RecordCommand['kind'];

const reason = { reason: text(LIMITS.reason) };

/** The properties of each; also the bodies of the routes. */
export const RECORD_COMMANDS: Readonly<Record<RecordCommandKind, CommandProperties>> = {
  ...APPROVAL_COMMANDS,
  comment: { properties: { text: text(LIMITS.reason) }, required: ['text'] },
  withdraw: { properties: reason, required: [] },
  submit: {
    properties: { title: text(LIMITS.title), subject: true, version: VERSION, ...reason },
    required: [],
  },
  extend: {
    properties: { until: { type: 'string', format: 'date-time', maxLength: 40 } },
    required: ['until'],
  },
};

export const RECORD_COMMAND_KINDS = Object.keys(RECORD_COMMANDS) as readonly RecordCommandKind[];

/** Each command, whole, by its kind. */
export const RECORD_SHAPES = commandShapes(RECORD_COMMANDS);

/** An `ApprovalRequest`. */
export const APPROVAL_REQUEST: JsonSchema = {
  $defs: { condition },
  type: 'object',
  properties: {
    id: CLIENT_ID,
    title: text(LIMITS.title),
    subject: true,
    policy: approvalShape(CONDITION),
    owner: USER,
    webhooks: webhooksShape,
    actor: text(LIMITS.title),
  },
  required: ['title', 'policy'],
  additionalProperties: false,
};
