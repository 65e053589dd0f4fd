/** How a document begins: the checks on what was sent, and the first events. Pure; gateway and workflow both run it. */
import type { Actor } from '../../contracts/caller.ts';
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
import { mayFill, sectionOf } from './permissions.ts';
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
  const unfit = unfitPlaces(raw);
  const size = unfit.length > 0 ? 0 : jsonSize(raw);
  if (size > LIMITS.body) {
    return refuse('too-large', `The input takes ${size} bytes; ${LIMITS.body} are allowed.`);
  }
  // Only sound values go to the validator: it throws on a name with a lone surrogate.
  const errors = unfit.length > 0 ? unfit : schemaErrors(CREATE_REQUEST, raw);
  if (errors.length === 0) return ok(raw as unknown as CreateRequest);
  return refuse('invalid-request', 'This is not a request to create a document.', { errors });
}

/**
 * The first events of a document of this type: `created`, and `review-requested` when the request fills every required
 * section. The owner is whoever creates it.
 *
 * Refusals: `too-large`, `unknown-section`, `forbidden` (a section that the creator may not fill), `invalid-data` (all
 * wrong fields of metadata and sections at once).
 */
export function decideCreate(
  definition: DocumentType,
  request: CreateRequest,
  call: Call,
): Result<readonly DocumentEvent[]> {
  const { metadata = {}, sections = {} } = request;
  const room = roomFor(metadata, sections);
  if (!room.ok) return room;
  const errors = [...schemaErrors(definition.metadata, metadata, '/metadata')];
  for (const [name, data] of Object.entries(sections)) {
    const fit = sectionIsFor(definition, name, call.actor) ?? sectionFits(definition, name, data);
    if (fit.ok) continue;
    if (!fit.refusal.errors) return fit;
    for (const one of fit.refusal.errors) {
      errors.push({ ...one, pointer: `/sections/${name}${one.pointer}` });
    }
  }
  if (errors.length > 0) {
    const detail = `The data does not fit the type ${definition.name}.`;
    return refuse('invalid-data', detail, { errors: errors.slice(0, LIMITS.errors) });
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

function roomFor(metadata: JsonObject, sections: object): Result<void> {
  const head = jsonSize(metadata);
  if (head > LIMITS.section) {
    return refuse('too-large', `The metadata takes ${head} bytes; ${LIMITS.section} are allowed.`);
  }
  const size = head + jsonSize(sections);
  if (size <= LIMITS.document) return ok(undefined);
  return refuse(
    'too-large',
    `The document would take ${size} bytes; ${LIMITS.document} are allowed.`,
  );
}

/** Why the actor may not fill this section of a document of their own, or undefined. */
function sectionIsFor(definition: DocumentType, name: string, actor: Actor) {
  const section = sectionOf(definition, name);
  if (!section || mayFill(section, actor, actor.id)) return undefined;
  return refuse(
    'forbidden',
    `Section ${name} is for ${section.fill.join(', ')}; ${actor.id} is none of them.`,
  );
}

function titleOf(definition: DocumentType, request: CreateRequest, metadata: JsonObject): string {
  const { title } = metadata;
  const named =
    typeof title === 'string' ? Array.from(title.trim()).slice(0, LIMITS.title).join('') : '';
  return request.title ?? (named === '' ? definition.title : named);
}
