/** What can be done to a wait, and what begins one. */
import { text } from '../approvals/commands.ts';
import {
  commandShapes,
  type Base,
  type CommandProperties,
  type Explained,
} from '../command-shapes.ts';
import type { JsonSchema } from '../documents/definition.ts';
import type { Json } from '../json.ts';
import { LIMITS } from '../limits.ts';
import { duration, who } from '../shape-parts.ts';
import { webhookUrl } from '../webhooks.ts';

export type WaitCommand =
  /** One of the events that it waits for has come. `data`: default null. */
  | (Base & { readonly kind: 'event'; readonly event: string; readonly data?: Json })
  /** Ends it now, whatever is still to come. */
  | (Base & { readonly kind: 'stop'; readonly data?: Json })
  /** The owner does not need it any more. */
  | (Explained & { readonly kind: 'cancel' });

export type WaitCommandKind = WaitCommand['kind'];

/** The properties of each; also the bodies of the routes. */
export const WAIT_COMMANDS: Readonly<Record<WaitCommandKind, CommandProperties>> = {
  event: {
    properties: { event: text(LIMITS.eventName), data: true },
    required: ['event'],
  },
  stop: { properties: { data: true }, required: [] },
  cancel: { properties: { reason: text(LIMITS.reason) }, required: [] },
};

export const WAIT_COMMAND_KINDS = Object.keys(WAIT_COMMANDS) as readonly WaitCommandKind[];

/** Each command, whole, by its kind. */
export const WAIT_SHAPES = commandShapes(WAIT_COMMANDS);

/** A `WaitRequest`. */
export const WAIT_REQUEST: JsonSchema = {
  type: 'object',
  properties: {
    events: {
      title: 'Events',
      description: 'Names of signals. Default: the name of the wait.',
      type: 'array',
      minItems: 1,
      maxItems: LIMITS.waitEvents,
      items: text(LIMITS.waitEventName),
    },
    mode: {
      title: 'Mode',
      description: 'any: the first of the events; all of them; or so many of them. Default: any.',
      anyOf: [
        { enum: ['any', 'all'] },
        { type: 'integer', minimum: 1, maximum: LIMITS.waitEvents },
      ],
      'x-expected': 'must be any, all or a number of events',
    },
    deadline: { type: 'string', format: 'date-time', maxLength: 40 },
    timeout: duration(['Timeout', 'From the start on. Default: it waits for ever.']),
    onTimeout: {
      title: 'On timeout',
      description: 'What the deadline makes of it: expired, or completed with what has come.',
      enum: ['expire', 'complete'],
      default: 'expire',
    },
    data: true,
    senders: {
      ...who(['Senders', 'Besides the owner: who may read it, send it events and stop it.']),
      maxItems: 10,
    },
    webhook: webhookUrl,
    actor: text(LIMITS.title),
  },
  additionalProperties: false,
};
