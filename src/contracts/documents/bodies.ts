/** The HTTP bodies that change documents, in TypeBox; the shapes of commands are in commands.ts. */
import { Type } from 'typebox';
import {
  COMMAND_PROPERTIES,
  CREATE_REQUEST,
  OPERATIONS,
  type CommandKind,
  type PatchOperation,
} from './commands.ts';
import { bodyOf } from '../command-shapes.ts';
import type { JsonObject } from '../json.ts';
import type { CreateRequest } from './types.ts';

export const CreateBody = Type.Unsafe<CreateRequest>({
  ...CREATE_REQUEST,
  properties: pick(CREATE_REQUEST['properties'] as JsonObject, [
    'type',
    'id',
    'title',
    'metadata',
    'sections',
    'parent',
    'from',
  ]),
});
/** What a restored document may have of its own. */
export const RestoreBody = Type.Unsafe<Pick<CreateRequest, 'id' | 'title' | 'parent'>>({
  type: 'object',
  properties: pick(CREATE_REQUEST['properties'] as JsonObject, ['id', 'title', 'parent']),
  additionalProperties: false,
});

/** The body of `POST /documents/{id}/{kind}`: the command without its kind. */
export function commandBody(kind: CommandKind) {
  return Type.Unsafe<object>(bodyOf(COMMAND_PROPERTIES[kind]));
}

export const SectionBody = Type.Unsafe<Record<string, never>>({
  type: 'object',
  description: 'What the section’s schema asks for; see /document-types/{name}.',
});
export const SectionsBody = Type.Unsafe<Record<string, JsonObject>>({
  type: 'object',
  additionalProperties: { type: 'object' },
  minProperties: 1,
  description: 'The data of several sections by their names; all or none is taken.',
});
export const EditBody = Type.Unsafe<{
  title?: string;
  metadata?: JsonObject;
  sections?: Record<string, JsonObject | null>;
}>({
  type: 'object',
  properties: COMMAND_PROPERTIES.edit.properties,
  additionalProperties: false,
  minProperties: 1,
  description: 'A JSON Merge Patch (RFC 7396); `null` withdraws a section.',
});
export const SectionPatchBody = Type.Unsafe<JsonObject | PatchOperation[]>({
  anyOf: [{ type: 'object' }, OPERATIONS],
  description:
    'application/merge-patch+json (RFC 7396): an object. application/json-patch+json (RFC 6902): an array of operations.',
});

function pick(from: JsonObject, names: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(from).filter(([name]) => names.includes(name)));
}
