/** How a document begins: the checks on what was sent, and the first events. Pure; gateway and workflow both run it. */
import type { Actor, Call } from '../../contracts/caller.ts';
import { CREATE_REQUEST } from '../../contracts/documents/commands.ts';
import type { DocumentType } from '../../contracts/documents/definition.ts';
import type { DocumentEvent, Fact, Origin } from '../../contracts/documents/events.ts';
import type { JsonObject } from '../../contracts/json.ts';
import type { CreateRequest, ReuseRequest } from '../../contracts/documents/types.ts';
import { ok, refuse, type Result } from '../../contracts/failures.ts';
import { LIMITS } from '../../contracts/limits.ts';
import { isJsonObject, jsonSize, sameJson, schemaErrors, unfitPlaces } from '../shared/json.ts';
import { isUndecodable } from '../shared/undecodable.ts';
import { automatic, metadataErrors, sectionErrors } from './edits.ts';
import { sectionOf, unknownSection } from './actions.ts';
import { maySeeSensitive, notAFiller } from './permissions.ts';
import { canBeFilled, tooEarly } from './requirements.ts';
import { isSensitiveField, withoutSensitive } from './sensitive.ts';
import { replay } from './birth.ts';
import { documentSize, stamped, type DocumentState } from './state.ts';
import { matches } from '../shared/people.ts';

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

/** What a new document takes from another one. */
export interface Reused {
  readonly from: Origin;
  readonly metadata: JsonObject;
  readonly sections: Readonly<Record<string, JsonObject>>;
}

/** What has to be known before a document can begin. */
export interface Admitted {
  readonly definition: DocumentType;
  /** With `from` in the request. */
  readonly reused?: Reused;
}

/** The request to reuse another document, in its long form; undefined when there is none. */
export function reuseOf({ from }: CreateRequest): ReuseRequest | undefined {
  return typeof from === 'string' ? { id: from } : from;
}

/**
 * What the new document may take from `source`. A section stays behind that the new type does not know, that the actor
 * may not fill, or whose sensitive fields the actor may not see; asked for by name, it is refused. What depends on
 * something that is missing then stays behind too. `given`: sections that the request itself fills.
 */
export function decideReuse(
  source: DocumentState,
  definition: DocumentType,
  { sections: wanted, metadata = true }: ReuseRequest,
  actor: Actor,
  given: readonly string[] = [],
): Result<Reused> {
  const absent = wanted?.find((name) => !Object.hasOwn(source.sections, name));
  if (absent !== undefined) {
    return refuse('unknown-section', `Document ${source.id} has nothing in a section ${absent}.`);
  }
  const sections: Record<string, JsonObject> = {};
  for (const [name, { data }] of Object.entries(source.sections)) {
    if (wanted && !wanted.includes(name)) continue;
    if (!sectionOf(definition, name)) {
      if (wanted) return { ok: false, refusal: unknownSection(definition, name) };
      continue;
    }
    const reason =
      notAFiller({ definition, owner: actor.id }, name, actor) ?? unseen(source, name, actor);
    if (reason === undefined) sections[name] = data;
    else if (wanted) return refuse('forbidden', reason);
  }
  const complete = wanted ? sections : withoutDangling(definition, sections, given);
  const all = metadata ? source.metadata : {};
  const kept = maySeeSensitive(source, actor)
    ? all
    : withoutSensitive(source.definition.metadata, all);
  const leftOut = Object.keys(source.sections).filter((name) => !complete[name]);
  const from: Origin = {
    id: source.id,
    version: source.version,
    ...(wanted || leftOut.length === 0 ? {} : { leftOut }),
  };
  return ok({ from, metadata: kept, sections: complete });
}

function unseen(source: DocumentState, name: string, actor: Actor): string | undefined {
  const { schema = {} } = sectionOf(source.definition, name) ?? {};
  const { data = {} } = source.sections[name] ?? {};
  if (maySeeSensitive(source, actor, name)) return undefined;
  if (sameJson(withoutSensitive(schema, data), data)) return undefined;
  return `Section ${name} holds sensitive fields that you may not see.`;
}

/** Without the sections that come after one that is not there. */
function withoutDangling(
  definition: DocumentType,
  sections: Readonly<Record<string, JsonObject>>,
  given: readonly string[],
): Record<string, JsonObject> {
  const there = { ...sections, ...Object.fromEntries(given.map((name) => [name, true])) };
  const kept = Object.entries(sections).filter(([name]) =>
    canBeFilled({ definition, sections: there }, name),
  );
  const rest = Object.fromEntries(kept);
  return kept.length === Object.keys(sections).length
    ? rest
    : withoutDangling(definition, rest, given);
}

/**
 * The first events of a document of this type: `created`, and the submission when the request fills everything and the
 * type submits by itself. The owner is whoever creates it. `reused` is what it takes from another document; what the
 * request itself gives goes before it.
 *
 * Refusals: `too-large`, `unknown-section`, `forbidden` (the type, or a section that the creator may not fill),
 * `wrong-state` (a section before those that it depends on), `invalid-data` (all wrong fields of metadata and sections at
 * once).
 */
export function decideCreate(
  definition: DocumentType,
  request: CreateRequest,
  call: Call,
  reused?: Reused,
): Result<readonly DocumentEvent[]> {
  const { actor } = call;
  const creators = definition.permissions.create;
  if (!actor.operator && !creators.some((who) => matches(who, actor, actor.id))) {
    const detail = `Documents of type ${definition.name} are created by ${creators.join(', ')}; ${actor.id} is none of them.`;
    return refuse('forbidden', detail);
  }
  const metadata = { ...reused?.metadata, ...request.metadata };
  const sections = { ...reused?.sections, ...request.sections };
  const allowed = sectionsAllowed(definition, request.sections ?? {}, sections, actor);
  if (!allowed.ok) return allowed;
  const fit = contentFits(definition, metadata, sections);
  if (!fit.ok) return fit;
  const created: Fact = {
    kind: 'created',
    title: titleOf(definition, request, metadata),
    owner: actor.id,
    metadata,
    sections,
    ...(request.parent === undefined ? {} : { parent: request.parent }),
    ...(reused ? { from: reused.from } : {}),
  };
  const events = stamped({ sequence: 0, version: 0 }, call, [created]);
  const state = replay('', definition, events);
  const size = documentSize(state);
  if (size > definition.limits.document) {
    const detail = `The document would take ${size} bytes; ${definition.limits.document} are allowed.`;
    return refuse('too-large', detail);
  }
  return ok([...events, ...stamped(state, call, automatic(state))]);
}

/** Whether the actor may fill those that were `given`, and whether all stand in the order that the type asks for. */
function sectionsAllowed(
  definition: DocumentType,
  given: Readonly<Record<string, JsonObject>>,
  all: Readonly<Record<string, JsonObject>>,
  actor: Actor,
): Result<void> {
  for (const name of Object.keys(given)) {
    const section = sectionOf(definition, name);
    if (!section) return { ok: false, refusal: unknownSection(definition, name) };
    const reason = notAFiller({ definition, owner: actor.id }, name, actor);
    if (reason !== undefined) return refuse('forbidden', reason);
  }
  for (const name of Object.keys(all)) {
    const reason = tooEarly({ definition, sections: all }, name);
    if (reason !== undefined) return refuse('wrong-state', reason);
  }
  return ok(undefined);
}

function contentFits(
  definition: DocumentType,
  metadata: JsonObject,
  sections: Readonly<Record<string, JsonObject>>,
): Result<void> {
  // Before the schemas: validating megabytes can take longer than a workflow task may.
  const size = jsonSize(metadata) + jsonSize(sections);
  const most = definition.limits.document;
  if (size > most + LIMITS.section) {
    return refuse('too-large', `The document would take ${size} bytes; ${most} are allowed.`);
  }
  const inMetadata = metadataErrors(definition, metadata);
  if (!inMetadata.ok) return inMetadata;
  const inSections = sectionErrors(definition, sections);
  if (!inSections.ok) return inSections;
  const errors = [...inMetadata.value, ...inSections.value];
  if (errors.length === 0) return ok(undefined);
  const detail = `The data does not fit the type ${definition.name}.`;
  return refuse('invalid-data', detail, { errors: errors.slice(0, LIMITS.errors) });
}

function titleOf(definition: DocumentType, request: CreateRequest, metadata: JsonObject): string {
  const { title } = metadata;
  // A title stands in lists, and unencrypted in Temporal.
  const secret = isSensitiveField(definition.metadata, 'title');
  const named =
    typeof title === 'string' && !secret
      ? Array.from(title.trim()).slice(0, LIMITS.title).join('')
      : '';
  return request.title ?? (named === '' ? definition.title : named);
}
