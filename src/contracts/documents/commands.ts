/**
 * What can be done to a document: the same words for HTTP routes, for the argument of the update `command`, and for the
 * payload of the signal `command`. Shapes are JSON Schema, data and not code, because a schema library in the workflow
 * bundle would cost every workflow (zod 400 kB, TypeBox 1.1 MB and more).
 */
import { APPROVAL_COMMANDS, text, USER, type ApprovalCommand } from '../approvals/commands.ts';
import {
  CLIENT_ID,
  commandShapes,
  VERSION,
  type Base,
  type CommandProperties,
  type Explained,
} from '../command-shapes.ts';
import { LIMITS } from '../limits.ts';
import type { JsonSchema } from './definition.ts';
import type { Json, JsonObject } from '../json.ts';

/** One operation of a JSON Patch (RFC 6902). */
export interface PatchOperation {
  readonly op: 'add' | 'remove' | 'replace' | 'move' | 'copy' | 'test';
  readonly path: string;
  readonly from?: string;
  readonly value?: Json;
}

/** Changes of what people have written; each counts one version, whatever it touches. */
export type EditCommand = Base &
  (
    | { readonly kind: 'fill'; readonly section: string; readonly data: JsonObject }
    /** Several sections, all or none. */
    | { readonly kind: 'fill-many'; readonly sections: Readonly<Record<string, JsonObject>> }
    /** A JSON Merge Patch (RFC 7396) on one section; one that is open counts as `{}`. */
    | { readonly kind: 'merge'; readonly section: string; readonly patch: JsonObject }
    /** A JSON Patch (RFC 6902) on one section. */
    | {
        readonly kind: 'patch';
        readonly section: string;
        readonly operations: readonly PatchOperation[];
      }
    /** A JSON Merge Patch on title, metadata and sections together; `null` withdraws a section. */
    | {
        readonly kind: 'edit';
        readonly title?: string;
        readonly metadata?: JsonObject;
        readonly sections?: Readonly<Record<string, JsonObject | null>>;
      }
    /** Takes the data of a section out again. */
    | { readonly kind: 'withdraw'; readonly section: string; readonly reason?: string }
  );

/** One member of the union for each kind, so that a kind picks its own. */
type Each<Kind extends string, Rest> = Kind extends unknown
  ? Rest & { readonly kind: Kind }
  : never;

export type Command =
  | EditCommand
  /** `version`: the one that it is about; another is refused. */
  | Each<'submit', Explained & { readonly version?: number }>
  | (Base & ApprovalCommand)
  | Each<'cancel' | 'archive' | 'reopen', Explained>
  | (Base & { readonly kind: 'comment'; readonly text: string; readonly section?: string })
  /** Without `to`, to nobody in particular. */
  | (Base & { readonly kind: 'assign'; readonly section: string; readonly to?: string | null })
  /** Of a section, or of the whole draft. */
  | (Base & { readonly kind: 'extend'; readonly section?: string; readonly until: string })
  | (Base & { readonly kind: 'transfer'; readonly to: string })
  | Each<'link' | 'unlink', Base & { readonly child: string }>
  /** To the newest definition of its type. */
  | (Base & { readonly kind: 'migrate' });

export type CommandKind = Command['kind'];

const section: JsonSchema = { type: 'string', minLength: 1, maxLength: 100 };
const reason = { reason: text(LIMITS.reason) };
const instant: JsonSchema = { type: 'string', format: 'date-time', maxLength: 40 };
const id: JsonSchema = { type: 'string', minLength: 1, maxLength: 3000 };
const OPERATION: JsonSchema = {
  type: 'object',
  properties: {
    op: { enum: ['add', 'remove', 'replace', 'move', 'copy', 'test'] },
    path: { type: 'string', maxLength: 1000 },
    from: { type: 'string', maxLength: 1000 },
    value: true,
  },
  required: ['op', 'path'],
};
/** The body of a JSON Patch. */
export const OPERATIONS: JsonSchema = { type: 'array', maxItems: 200, items: OPERATION };

/** The properties of each command besides those that all have; also the bodies of the routes. */
export const COMMAND_PROPERTIES: Readonly<Record<CommandKind, CommandProperties>> = {
  fill: { properties: { section, data: { type: 'object' } }, required: ['section', 'data'] },
  'fill-many': {
    properties: { sections: { type: 'object', additionalProperties: { type: 'object' } } },
    required: ['sections'],
  },
  merge: { properties: { section, patch: { type: 'object' } }, required: ['section', 'patch'] },
  patch: { properties: { section, operations: OPERATIONS }, required: ['section', 'operations'] },
  edit: {
    properties: {
      title: text(LIMITS.title),
      metadata: { type: 'object' },
      sections: { type: 'object', additionalProperties: { type: ['object', 'null'] } },
    },
    required: [],
  },
  withdraw: { properties: { section, ...reason }, required: ['section'] },
  submit: { properties: { ...reason, version: VERSION }, required: [] },
  ...APPROVAL_COMMANDS,
  cancel: { properties: reason, required: [] },
  archive: { properties: reason, required: [] },
  reopen: { properties: reason, required: [] },
  comment: { properties: { text: text(LIMITS.reason), section }, required: ['text'] },
  assign: {
    properties: { section, to: { anyOf: [USER, { type: 'null' }] } },
    required: ['section'],
  },
  extend: { properties: { section, until: instant }, required: ['until'] },
  transfer: { properties: { to: USER }, required: ['to'] },
  link: { properties: { child: id }, required: ['child'] },
  unlink: { properties: { child: id }, required: ['child'] },
  migrate: { properties: {}, required: [] },
};

export const COMMAND_KINDS = Object.keys(COMMAND_PROPERTIES) as readonly CommandKind[];

/** Commands that change what people have written. */
export const EDIT_KINDS: ReadonlySet<CommandKind> = new Set<EditCommand['kind']>([
  'fill',
  'fill-many',
  'merge',
  'patch',
  'edit',
  'withdraw',
]);

/** Each command, whole, by its kind. */
export const COMMAND_SHAPES = commandShapes(COMMAND_PROPERTIES);

/** A `CreateRequest`. */
export const CREATE_REQUEST: JsonSchema = {
  type: 'object',
  properties: {
    type: { type: 'string', minLength: 1, maxLength: 64 },
    id: CLIENT_ID,
    title: text(LIMITS.title),
    metadata: { type: 'object' },
    sections: { type: 'object', additionalProperties: { type: 'object' } },
    parent: id,
    from: {
      anyOf: [
        id,
        {
          type: 'object',
          properties: {
            id,
            sections: { type: 'array', maxItems: 200, items: section },
            metadata: { type: 'boolean' },
          },
          required: ['id'],
          additionalProperties: false,
        },
      ],
    },
    actor: text(LIMITS.title),
  },
  required: ['type'],
  additionalProperties: false,
};
