/** What a document needs: which sections are required now, which can be filled, which are missing. Pure. */
import type { Condition, DocumentType } from '../../contracts/documents/definition.ts';
import { OPEN_STATES, type Json } from '../../contracts/documents/types.ts';
import { isJsonObject, sameJson } from '../shared/json.ts';
import type { DocumentState } from './state.ts';

/** The part of a document that conditions look at. */
export type Content = Pick<DocumentState, 'definition' | 'metadata' | 'sections'>;

/** Whether the document can still change. */
export function isOpen({ closedAt }: Pick<DocumentState, 'closedAt'>): boolean {
  return closedAt === undefined;
}

/** Whether it is being filled in: open and not submitted. */
export function isDraft({ state }: Pick<DocumentState, 'state'>): boolean {
  return state !== 'in-review' && OPEN_STATES.some((open) => open === state);
}

/** Whether the document is incomplete without this section, as things are. */
export function isRequired(content: Content, name: string): boolean {
  const { required = false } = content.definition.sections[name] ?? {};
  return typeof required === 'boolean' ? required : holds(required, content);
}

/** Whether everything that this section depends on is there. */
export function canBeFilled({ definition, sections }: Content, name: string): boolean {
  return unmet(definition, sections, name).length === 0;
}

/** The sections that must be filled before this one. */
export function unmet(
  definition: DocumentType,
  filled: Readonly<Record<string, unknown>>,
  name: string,
): readonly string[] {
  return (definition.sections[name]?.dependsOn ?? []).filter((one) => !filled[one]);
}

/** Required sections that nobody has filled in yet, in the order of the type. */
export function missingSections(content: Content): string[] {
  return Object.keys(content.definition.sections).filter(
    (name) => !content.sections[name] && isRequired(content, name),
  );
}

/** Children that must be closed before the document can be submitted, and are not. */
export function unfinishedChildren({ definition, children }: DocumentState): string[] {
  return Object.entries(children).flatMap(([id, { type, state }]) =>
    definition.children[type]?.finishBeforeSubmit && OPEN_STATES.some((open) => open === state)
      ? [id]
      : [],
  );
}

/** Whether nothing is missing for a submission. */
export function isComplete(state: DocumentState): boolean {
  return missingSections(state).length === 0 && unfinishedChildren(state).length === 0;
}

/** Whether the condition is true of the document. */
export function holds(condition: Condition, content: Content): boolean {
  if ('all' in condition) return condition.all.every((one) => holds(one, content));
  if ('any' in condition) return condition.any.some((one) => holds(one, content));
  if ('not' in condition) return !holds(condition.not, content);
  const value = fieldOf(content, condition.field);
  if ('present' in condition) return (value !== undefined) === condition.present;
  if ('equals' in condition) return sameJson(value, condition.equals);
  if ('oneOf' in condition) return condition.oneOf.some((one) => sameJson(value, one));
  if (typeof value !== 'number') return false;
  if ('above' in condition) return value > condition.above;
  if ('atLeast' in condition) return value >= condition.atLeast;
  if ('below' in condition) return value < condition.below;
  return value <= condition.atMost;
}

/** The value at `metadata.costCentre` or `Request.amount`; undefined when it is not there. */
export function fieldOf({ metadata, sections }: Content, path: string): Json | undefined {
  const [first = '', ...names] = path.split('.');
  let value: Json | undefined = first === 'metadata' ? metadata : sections[first]?.data;
  for (const name of names) {
    value = isJsonObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
  }
  return value;
}
