/** Routes that change what people have written: PUT replaces, PATCH patches, DELETE withdraws. */
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { EditCommand } from '../../contracts/documents/commands.ts';
import { DocumentSchema } from '../../contracts/documents/schemas.ts';
import {
  EditBody,
  SectionBody,
  SectionPatchBody,
  SectionsBody,
} from '../../contracts/documents/bodies.ts';
import { LIMITS } from '../../contracts/limits.ts';
import type { TypedApp } from '../app.ts';
import { problem } from '../errors.ts';
import { idempotencyHeader } from '../idempotency.ts';
import { basisOf, ifMatchHeader } from '../if-match.ts';
import { JSON_PATCH, MERGE_PATCH } from '../plugins/json-body.ts';
import { problems } from '../problems.ts';
import { Accepted, carryOut } from './carry-out.ts';
import { DocumentId, SectionId, tags, type DocumentRoutes } from './routes.ts';

const headers = Type.Object({ ...ifMatchHeader, ...idempotencyHeader });
const common = {
  tags,
  headers,
  response: {
    200: DocumentSchema,
    202: Accepted,
    ...problems(400, 403, 404, 409, 412, 413, 415, 422, 428, 503),
  },
};

export function sectionRoutes(app: TypedApp, context: DocumentRoutes): void {
  replace(app, context);
  patch(app, context);
  withdraw(app, context);
  replaceMany(app, context);
  edit(app, context);
}

function replace(app: TypedApp, context: DocumentRoutes): void {
  const schema = {
    ...common,
    operationId: 'fillSection',
    summary: 'Fill or correct a section',
    params: SectionId,
    body: SectionBody,
  };
  app.put('/documents/:id/sections/:section', { schema }, async (request, reply) => {
    const { id, section } = request.params;
    const command: EditCommand = { kind: 'fill', section, data: request.body, ...basisOf(request) };
    await carryOut(context, id, command, request, reply);
    return reply;
  });
}

function patch(app: TypedApp, context: DocumentRoutes): void {
  const schema = {
    ...common,
    operationId: 'patchSection',
    summary: 'Change parts of a section',
    params: SectionId,
    body: SectionPatchBody,
  };
  app.patch('/documents/:id/sections/:section', { schema }, async (request, reply) => {
    const { id, section } = request.params;
    const { body } = request;
    const isList = isJsonPatch(request);
    if (Array.isArray(body) !== isList) {
      const detail = isList
        ? 'A JSON Patch is an array of operations.'
        : `An array of operations goes with Content-Type: ${JSON_PATCH}.`;
      throw problem('invalid-request', detail);
    }
    const command: EditCommand = Array.isArray(body)
      ? { kind: 'patch', section, operations: body, ...basisOf(request) }
      : { kind: 'merge', section, patch: body, ...basisOf(request) };
    await carryOut(context, id, command, request, reply);
    return reply;
  });
}

function withdraw(app: TypedApp, context: DocumentRoutes): void {
  const schema = {
    ...common,
    operationId: 'withdrawSection',
    summary: 'Take the data of a section out again',
    params: SectionId,
    querystring: Type.Object(
      { reason: Type.Optional(Type.String({ minLength: 1, maxLength: LIMITS.reason })) },
      { additionalProperties: false },
    ),
  };
  app.delete('/documents/:id/sections/:section', { schema }, async (request, reply) => {
    const { id, section } = request.params;
    const { reason } = request.query;
    const why = reason === undefined ? {} : { reason };
    const command: EditCommand = { kind: 'withdraw', section, ...why, ...basisOf(request) };
    await carryOut(context, id, command, request, reply);
    return reply;
  });
}

function replaceMany(app: TypedApp, context: DocumentRoutes): void {
  const schema = {
    ...common,
    operationId: 'fillSections',
    summary: 'Fill or correct several sections, all or none',
    params: DocumentId,
    body: SectionsBody,
  };
  app.put('/documents/:id/sections', { schema }, async (request, reply) => {
    const command: EditCommand = {
      kind: 'fill-many',
      sections: request.body,
      ...basisOf(request),
    };
    await carryOut(context, request.params.id, command, request, reply);
    return reply;
  });
}

function edit(app: TypedApp, context: DocumentRoutes): void {
  const schema = {
    ...common,
    operationId: 'editDocument',
    summary: 'Change title, metadata and sections together',
    params: DocumentId,
    body: EditBody,
  };
  app.patch('/documents/:id', { schema }, async (request, reply) => {
    if (isJsonPatch(request))
      throw problem('unsupported-media-type', `A whole document takes ${MERGE_PATCH} only.`);
    const command: EditCommand = { ...request.body, kind: 'edit', ...basisOf(request) };
    await carryOut(context, request.params.id, command, request, reply);
    return reply;
  });
}

function isJsonPatch({ headers: { 'content-type': type } }: FastifyRequest): boolean {
  return String(type).toLowerCase().startsWith(JSON_PATCH);
}
