/** Changes of what people have written: fill, merge, patch, edit, withdraw. Pure. */
import type { Call } from '../../contracts/caller.ts';
import type { EditCommand } from '../../contracts/documents/commands.ts';
import type { DocumentType } from '../../contracts/documents/definition.ts';
import type { DocumentEvent, Fact } from '../../contracts/documents/events.ts';
import type { JsonObject } from '../../contracts/json.ts';
import { ok, refuse, type FieldError, type Result } from '../../contracts/failures.ts';
import { LIMITS } from '../../contracts/limits.ts';
import { applyJsonPatch } from '../shared/json-patch.ts';
import { jsonSize, mergePatch, sameJson, schemaErrors } from '../shared/json.ts';
import { reasonOf } from '../shared/reason.ts';
import { contentChanged, firstStage } from './approval.ts';
import { sectionOf, unknownSection } from './actions.ts';
import { isComplete, isDraft } from './requirements.ts';
import { documentSize, evolve, stamped, type DocumentState } from './state.ts';

/**
 * What the change leads to; nothing, when all is so already. Whoever may do it has been checked before. All wrong fields
 * of all sections are told at once, and one wrong section keeps the others out.
 */
export function decideEdit(
  state: DocumentState,
  command: EditCommand,
  call: Call,
): Result<readonly DocumentEvent[]> {
  const stale = staleParts(state, command);
  if (!stale.ok) return stale;
  const wanted = wantedParts(state, command);
  if (!wanted.ok) return wanted;
  const { sections, metadata } = wanted.value;
  // Where the body is the section itself, so are the pointers.
  const prefixOf = 'sections' in command ? undefined : () => '';
  const inSections = sectionErrors(state.definition, sections, prefixOf);
  if (!inSections.ok) return inSections;
  const inMetadata = metadata ? metadataErrors(state.definition, metadata) : ok([]);
  if (!inMetadata.ok) return inMetadata;
  const errors = [...inSections.value, ...inMetadata.value];
  if (errors.length > 0) {
    const where = 'section' in command ? `section ${command.section}` : 'the document';
    return refuse('invalid-data', `The data does not fit ${where}.`, {
      errors: errors.slice(0, LIMITS.errors),
    });
  }
  return settled(state, factsOf(state, command, wanted.value), call);
}

/** What the parts shall be afterwards; `null`: withdrawn. */
interface Wanted {
  readonly sections: Readonly<Record<string, JsonObject | null>>;
  readonly title?: string;
  readonly metadata?: JsonObject;
}

function wantedParts(state: DocumentState, command: EditCommand): Result<Wanted> {
  const current = (name: string): JsonObject => state.sections[name]?.data ?? {};
  const one = (data: JsonObject | null): Result<Wanted> =>
    ok({ sections: 'section' in command ? { [command.section]: data } : {} });
  switch (command.kind) {
    case 'fill':
      return one(command.data);
    case 'fill-many':
      return ok({ sections: command.sections });
    case 'withdraw':
      return one(null);
    case 'merge':
      return one(mergePatch(current(command.section), command.patch) as JsonObject);
    case 'patch': {
      const { section, operations } = command;
      const { section: most } = state.definition.limits;
      const patched = applyJsonPatch(current(section), operations, most);
      return patched.ok ? one(patched.value) : patched;
    }
    case 'edit': {
      const { title, metadata, sections = {} } = command;
      const merged = Object.entries(sections).map(([name, part]) => [
        name,
        part && mergePatch(current(name), part),
      ]);
      return ok({
        sections: Object.fromEntries(merged) as Wanted['sections'],
        ...(title === undefined ? {} : { title }),
        ...(metadata ? { metadata: mergePatch(state.metadata, metadata) as JsonObject } : {}),
      });
    }
  }
}

/** Whether what the command changes has changed after the version that it is based on. */
function staleParts(state: DocumentState, command: EditCommand): Result<void> {
  const { ifVersion } = command;
  if (ifVersion === '*') return ok(undefined);
  if (ifVersion === undefined) {
    if (!state.definition.requireIfMatch) return ok(undefined);
    const detail = `Documents of type ${state.definition.name} are changed with If-Match (by the CLI: ifVersion) only; the document is at version ${state.version}.`;
    return refuse('precondition-required', detail, { version: state.version });
  }
  const mismatch = (detail: string) =>
    refuse('version-mismatch', detail, { version: state.version });
  if (ifVersion > state.version) {
    return mismatch(
      `There is no version ${ifVersion} yet; the document is at version ${state.version}.`,
    );
  }
  for (const name of touched(command)) {
    const changed = state.changedIn[name] ?? 1;
    if (changed > ifVersion) {
      return mismatch(
        `Section ${name} was changed after version ${ifVersion}, in version ${changed}.`,
      );
    }
  }
  const details = command.kind === 'edit' && (command.title ?? command.metadata) !== undefined;
  if (!details || state.detailsChangedIn <= ifVersion) return ok(undefined);
  return mismatch(
    `Title or metadata were changed after version ${ifVersion}, in version ${state.detailsChangedIn}.`,
  );
}

function touched(command: EditCommand): readonly string[] {
  if ('section' in command) return [command.section];
  return Object.keys(command.sections ?? {});
}

function factsOf(state: DocumentState, command: EditCommand, wanted: Wanted): Fact[] {
  const { sections, title, metadata } = wanted;
  const reason = command.kind === 'withdraw' ? reasonOf(command) : {};
  const facts = Object.entries(sections).flatMap(([section, data]): Fact[] => {
    const current = state.sections[section];
    if (data === null) return current ? [{ kind: 'section-withdrawn', section, ...reason }] : [];
    if (current && sameJson(current.data, data)) return [];
    return [{ kind: 'section-filled', section, data }];
  });
  const renamed = title !== undefined && title !== state.title ? { title } : {};
  const described = metadata && !sameJson(metadata, state.metadata) ? { metadata } : {};
  if ('title' in renamed || 'metadata' in described) {
    facts.push({ kind: 'details-changed', ...renamed, ...described });
  }
  return facts;
}

/** The facts as events, with the submission or the return to the draft that they bring about, if there is room. */
function settled(
  state: DocumentState,
  facts: readonly Fact[],
  call: Call,
): Result<readonly DocumentEvent[]> {
  if (facts.length === 0) return ok([]);
  const events = stamped(state, call, facts);
  const after = events.reduce(evolve, state);
  const size = documentSize(after);
  const { document: most } = state.definition.limits;
  if (size > most && size > documentSize(state)) {
    return refuse('too-large', `The document would grow to ${size} bytes; ${most} are allowed.`);
  }
  const following = automatic(after);
  const more = following.length > 0 ? following : contentChanged(after);
  return ok(more.length === 0 ? events : stamped(state, call, [...facts, ...more]));
}

/** What follows by itself from how the document now is: the type's submission, or that a reviewed one lacks something. */
export function automatic(state: DocumentState): readonly Fact[] {
  if (isDraft(state)) {
    // What was sent back is submitted by whoever has corrected it, not by the first correction.
    return state.state === 'open' && state.definition.submit === 'automatic' && isComplete(state)
      ? submission(state, true)
      : [];
  }
  if (state.state !== 'in-review' || isComplete(state)) return [];
  return [{ kind: 'reopened', automatic: true, reason: 'Something required is missing again.' }];
}

/** The facts as events, with what follows by itself when they made the document complete, or incomplete again. */
export function settledFacts(
  state: DocumentState,
  call: Call,
  facts: readonly Fact[],
): readonly DocumentEvent[] {
  const after = stamped(state, call, facts).reduce(evolve, state);
  // Not whenever it is complete: a reminder must not submit what somebody has reopened to correct it.
  const more = isComplete(after) === isComplete(state) ? [] : automatic(after);
  return stamped(state, call, [...facts, ...more]);
}

/** The facts of a submission: without anybody to decide it is the end. */
export function submission(
  state: DocumentState,
  byItself: boolean,
  reason: { readonly reason?: string } = {},
): readonly Fact[] {
  const next = firstStage(state);
  const submitted: Fact = { kind: 'review-requested', automatic: byItself, ...reason };
  return next === undefined
    ? [submitted, { kind: 'closed', state: 'approved' }]
    : [{ ...submitted, next }];
}

/**
 * Every place where data does not fit its section, in the order of `sections`; `null` is a section that shall be empty.
 * `prefixOf` says what the pointers begin with. Refusals: those that concern a section as a whole, `unknown-section` and
 * `too-large`; the first of them is all that is told.
 */
export function sectionErrors(
  definition: DocumentType,
  sections: Readonly<Record<string, JsonObject | null>>,
  prefixOf: (name: string) => string = (name) => `/sections/${name}`,
): Result<readonly FieldError[]> {
  const errors: FieldError[] = [];
  for (const [name, data] of Object.entries(sections)) {
    if (data === null) continue;
    const section = sectionOf(definition, name);
    if (!section) return { ok: false, refusal: unknownSection(definition, name) };
    const size = jsonSize(data);
    // Before the schema: validating a megabyte can take longer than a workflow task may.
    if (size > definition.limits.section) {
      const detail = `Section ${name} would take ${size} bytes; ${definition.limits.section} are allowed.`;
      return refuse('too-large', detail);
    }
    const prefix = prefixOf(name);
    const found = schemaErrors(section.schema, data);
    errors.push(...found.map((one) => ({ ...one, pointer: prefix + one.pointer })));
  }
  return ok(errors);
}

/** Every place where the metadata does not fit the type; pointers begin with `/metadata`. Refusal: `too-large`. */
export function metadataErrors(
  definition: DocumentType,
  metadata: JsonObject,
): Result<readonly FieldError[]> {
  const size = jsonSize(metadata);
  if (size > definition.limits.section) {
    const detail = `The metadata takes ${size} bytes; ${definition.limits.section} are allowed.`;
    return refuse('too-large', detail);
  }
  return ok(schemaErrors(definition.metadata, metadata, '/metadata'));
}
