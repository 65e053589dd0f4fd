/** Documents below documents: the rules of the parent. Cycles are for the database to find, which knows all links. */
import type { Call } from '../../contracts/caller.ts';
import type { Command } from '../../contracts/documents/commands.ts';
import type { ChildRule, DocumentType } from '../../contracts/documents/definition.ts';
import type { Child, DocumentEvent } from '../../contracts/documents/events.ts';
import { ok, refuse, type Refusal, type Result } from '../../contracts/failures.ts';
import { LIMITS } from '../../contracts/limits.ts';
import { jsonSize } from '../shared/json.ts';
import { settledFacts } from './edits.ts';
import type { DocumentState } from './state.ts';

/** The rule for children of this type; undefined when none may be linked. */
export function childRule({ children }: DocumentType, type: string): ChildRule | undefined {
  return Object.hasOwn(children, type) ? children[type] : undefined;
}

/**
 * Why no document of this type may be linked below, or undefined. Checked before: whoever wants it, and whether anything
 * can be below at all.
 */
export function unlinkable(state: DocumentState, type: string): Refusal | undefined {
  const { definition, children } = state;
  const rule = childRule(definition, type);
  if (!rule) {
    const allowed = Object.keys(definition.children).join(', ');
    const detail = `Below ${definition.name} there may be ${allowed}, but no ${type}.`;
    return { code: 'not-linkable', detail };
  }
  if (Object.values(children).filter((child) => child.type === type).length >= rule.max) {
    const detail = `There are ${rule.max} of type ${type} below it already.`;
    return { code: 'not-linkable', detail };
  }
  if (jsonSize(children) < LIMITS.childrenBytes) return undefined;
  return { code: 'not-linkable', detail: 'There is no room for one more below it.' };
}

export function decideLink(
  state: DocumentState,
  { kind, child }: Extract<Command, { kind: 'link' | 'unlink' }>,
  call: Call,
  found: Child | undefined,
): Result<readonly DocumentEvent[]> {
  const linked = Object.hasOwn(state.children, child);
  if (kind === 'unlink') {
    return ok(linked ? settledFacts(state, call, [{ kind: 'child-unlinked', child }]) : []);
  }
  if (linked) return ok([]);
  if (child === state.id) return refuse('not-linkable', 'A document cannot be below itself.');
  // The first look: is there room for any type at all?
  const types = found ? [found.type] : Object.keys(state.definition.children);
  const reasons = types.map((type) => unlinkable(state, type));
  const [reason] = reasons;
  if (reason && reasons.every(Boolean)) return { ok: false, refusal: reason };
  return ok(found ? settledFacts(state, call, [{ kind: 'child-linked', child, is: found }]) : []);
}
