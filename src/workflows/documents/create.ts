/** How a document begins: the checks on what was sent, and the first events. Pure; gateway and workflow both run it. */
import type {
  CreateRequest,
  DocumentEvent,
  DocumentType,
  JsonObject,
} from '../../contracts/documents/types.ts';
import { CREATE_REQUEST } from '../../contracts/documents/messages.ts';
import { ok, refuse, type Result } from '../../contracts/failures.ts';
import { LIMITS } from '../../contracts/limits.ts';
import { isJsonObject, jsonSize, schemaErrors, unfitPlaces } from '../shared/json.ts';
import { isUndecodable } from '../shared/undecodable.ts';
import { sectionFits, stamped, type Call } from './state.ts';

/** Takes the input of a start for what it is: anything at all. Says whether it is a request to create a document. */
export function parseCreateRequest(raw: unknown): Result<CreateRequest> {
  if (isUndecodable(raw))
    return refuse('malformed-json', `The input could not be decoded: ${raw.reason}.`);
  if (!isJsonObject(raw)) {
    return refuse(
      'invalid-request',
      'The input must be one JSON object such as {"type": "employee-onboarding"}.',
    );
  }
  const errors = [...unfitPlaces(raw), ...schemaErrors(CREATE_REQUEST, raw)];
  if (errors.length === 0) return ok(raw as unknown as CreateRequest);
  return refuse('invalid-request', 'This is not a request to create a document.', { errors });
}

/**
 * The first events of a document of this type: `created`, and `review-requested` when the request fills every required
 * section. The owner is whoever creates it.
 *
 * Refusals: `invalid-data` (all wrong fields of metadata and sections at once), `unknown-section`, `too-large`.
 */
export function decideCreate(
  definition: DocumentType,
  request: CreateRequest,
  call: Call,
): Result<readonly DocumentEvent[]> {
  const metadata = request.metadata ?? {};
  const sections = request.sections ?? {};
  const errors = [...schemaErrors(definition.metadata, metadata, '/metadata')];
  let size = jsonSize(metadata);
  for (const [name, data] of Object.entries(sections)) {
    const fit = sectionFits(definition, name, data);
    if (fit.ok) size += fit.value;
    else if (!fit.refusal.errors) return fit;
    else
      errors.push(
        ...fit.refusal.errors.map((e) => ({ ...e, pointer: `/sections/${name}${e.pointer}` })),
      );
  }
  if (errors.length > 0)
    return refuse('invalid-data', `The data does not fit the type ${definition.name}.`, { errors });
  if (size > LIMITS.document) {
    return refuse(
      'too-large',
      `The document would take ${size} bytes; ${LIMITS.document} are allowed.`,
    );
  }
  const title = titleOf(definition, request, metadata);
  const complete = Object.entries(definition.sections).every(
    ([name, { required }]) => !required || sections[name],
  );
  return ok(
    stamped({ sequence: 0, version: 0 }, call, [
      { kind: 'created', title, owner: call.actor.id, metadata, sections },
      ...(complete ? [{ kind: 'review-requested' } as const] : []),
    ]),
  );
}

function titleOf(definition: DocumentType, request: CreateRequest, metadata: JsonObject): string {
  const { title } = metadata;
  const named = typeof title === 'string' ? title.trim().slice(0, LIMITS.title) : '';
  return request.title ?? (named === '' ? definition.title : named);
}
