/** What stands against an action as things are, whoever it is that wants it. Pure. */
import type { Action } from './actions.ts';
import {
  isComplete,
  isDraft,
  isOpen,
  missingSections,
  tooEarly,
  unfinishedChildren,
} from './requirements.ts';
import type { DocumentState } from './state.ts';

/**
 * Why this cannot be done now, or undefined. `filled`: the sections that are filled once the whole command is carried
 * out; missing for one action alone.
 */
export function wrongState(
  state: DocumentState,
  action: Action,
  filled?: ReadonlySet<string>,
): string | undefined {
  const ended = closed(state);
  if (ended !== undefined) return ended;
  const { kind, section = '' } = action;
  switch (kind) {
    case 'fill':
      return uneditable(state) ?? unmetBy(state, section, filled);
    case 'withdraw':
      return uneditable(state) ?? neededBy(state, section, filled);
    case 'edit':
      return uneditable(state);
    case 'extend':
      return runningDeadline(state) ? undefined : 'There is no deadline that runs now.';
    case 'link':
      return Object.keys(state.definition.children).length > 0
        ? undefined
        : `Nothing can be below ${state.definition.name}.`;
    case 'submit':
      return isDraft(state) ? incomplete(state) : 'The document is in review already.';
    case 'reopen':
      return state.state === 'in-review' ? undefined : 'The document is not in review; it is open.';
    case 'remind':
      return state.state === 'in-review' ? undefined : 'Nobody is asked to decide.';
    case 'approve':
    case 'reject':
    case 'request-changes':
    case 'delegate':
      if (state.state === 'in-review') return undefined;
      return incomplete(state) ?? 'It can be decided on once it is submitted.';
    default:
      return undefined;
  }
}

/** Why nothing at all can be done, or undefined. */
export function closed(state: DocumentState): string | undefined {
  if (isOpen(state)) return undefined;
  return `The document is ${state.state}; nothing in it can change any more.`;
}

function runningDeadline({ clocks, approval, state }: DocumentState): boolean {
  if (state === 'in-review') return approval?.current?.dueAt !== undefined;
  return Object.values(clocks).some(({ dueAt }) => dueAt !== undefined);
}

function uneditable(state: DocumentState): string | undefined {
  if (isDraft(state) || state.definition.editableInReview) return undefined;
  return 'The document is in review; nothing in it can change until it is reopened.';
}

function unmetBy(
  state: DocumentState,
  name: string,
  filled?: ReadonlySet<string>,
): string | undefined {
  // An edit that takes out what is not there needs nothing.
  if (filled && !filled.has(name)) return undefined;
  return tooEarly(state, name, filled && ((one) => filled.has(one)));
}

function neededBy(
  { definition, sections }: DocumentState,
  name: string,
  filled: ReadonlySet<string> = new Set(Object.keys(sections)),
): string | undefined {
  if (!sections[name]) return `${name} has not been filled in.`;
  const after = [...filled].filter((one) => definition.sections[one]?.dependsOn.includes(name));
  return after.length === 0
    ? undefined
    : `${after.join(', ')} depends on ${name}; withdraw that first.`;
}

function incomplete(state: DocumentState): string | undefined {
  if (isComplete(state)) return undefined;
  const children = unfinishedChildren(state).map((id) => `document ${id} to be finished`);
  const missing = [...missingSections(state), ...children].join(', ');
  return `The document is not complete; still missing: ${missing}.`;
}
