/** What a document needs: which sections are required now, which can be filled, which are missing. Pure. */
import type { Condition } from '../../contracts/conditions.ts';
import type { DocumentType } from '../../contracts/documents/definition.ts';
import type { Json } from '../../contracts/json.ts';
import { isOpenState } from '../../contracts/documents/types.ts';
import { isTrue, valueAt } from '../shared/conditions.ts';
import type { DocumentState } from './state.ts';

/** The part of a document that conditions look at. */
export type Content = Pick<DocumentState, 'definition' | 'metadata' | 'sections'>;

/** Whether the document can still change. */
export function isOpen({ closedAt }: Pick<DocumentState, 'closedAt'>): boolean {
  return closedAt === undefined;
}

/** Whether it is being filled in: open and not submitted. */
export function isDraft({ state }: Pick<DocumentState, 'state'>): boolean {
  return state !== 'in-review' && isOpenState(state);
}

/** Whether the document is incomplete without this section, as things are. */
export function isRequired(content: Content, name: string): boolean {
  const { required = false } = content.definition.sections[name] ?? {};
  return typeof required === 'boolean' ? required : holds(required, content);
}

/** Whether everything that this section depends on is there. */
export function canBeFilled(content: Filled, name: string): boolean {
  return unmet(content, name).length === 0;
}

/** What is filled in; of that which is there only that it is there counts. */
interface Filled {
  readonly definition: DocumentType;
  readonly sections: Readonly<Record<string, unknown>>;
}

/** The sections that must be filled before this one and are not; `filled` where it shall count how things will be. */
export function unmet(
  { definition, sections }: Filled,
  name: string,
  filled = (section: string): boolean => Boolean(sections[section]),
): readonly string[] {
  return (definition.sections[name]?.dependsOn ?? []).filter((one) => !filled(one));
}

/** Why this section cannot be filled yet, or undefined; as {@link unmet}. */
export function tooEarly(...asked: Parameters<typeof unmet>): string | undefined {
  const before = unmet(...asked);
  return before.length === 0 ? undefined : `${asked[1]} comes after ${before.join(', ')}.`;
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
    definition.children[type]?.finishBeforeSubmit && isOpenState(state) ? [id] : [],
  );
}

/** Whether nothing is missing for a submission. */
export function isComplete(state: DocumentState): boolean {
  return missingSections(state).length === 0 && unfinishedChildren(state).length === 0;
}

/** Whether the condition is true of the document. */
export function holds(condition: Condition, content: Content): boolean {
  return isTrue(condition, (path) => fieldOf(content, path));
}

/** The value at `metadata.costCentre` or `Request.amount`; undefined when it is not there. */
export function fieldOf({ metadata, sections }: Content, path: string): Json | undefined {
  const [first = '', ...names] = path.split('.');
  return valueAt(first === 'metadata' ? metadata : sections[first]?.data, names);
}
