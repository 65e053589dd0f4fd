/** What can be done to a document now, and by whom: the part of the rules that needs no data, only state and actor. */
import { ALL_ROLES, type Actor } from '../../contracts/caller.ts';
import type {
  Command,
  CommandKind,
  DocumentType,
  SectionDefinition,
  Who,
} from '../../contracts/documents/types.ts';
import type { Refusal } from '../../contracts/failures.ts';
import { LIMITS } from '../../contracts/limits.ts';
import type { DocumentState } from './state.ts';

/** One thing that can be done: a command, and for `fill` the section. */
export interface Action {
  readonly kind: CommandKind;
  readonly section?: string;
}

/** The name of an action in `_templates` and in the `allowed` of a 409: `fill-ContractFeedback`, `approve`. */
export function actionName(action: Action): string {
  return action.section === undefined ? action.kind : `${action.kind}-${action.section}`;
}

/** Whether this actor may fill the section of a document that `owner` owns. */
export function mayFill(section: SectionDefinition, actor: Actor, owner: string): boolean {
  return actor.operator || section.fill.some((who) => matches(who, actor, owner));
}

export function isOpen(state: DocumentState): boolean {
  return state.closedAt === undefined;
}

/** The section's definition; own properties only, so that `constructor` is no section. */
export function sectionOf(definition: DocumentType, name: string): SectionDefinition | undefined {
  return Object.hasOwn(definition.sections, name) ? definition.sections[name] : undefined;
}

export function unknownSection(definition: DocumentType, name: string): Refusal {
  const known = Object.keys(definition.sections).join(', ');
  return {
    code: 'unknown-section',
    detail: `${definition.name} has no section ${JSON.stringify(name.slice(0, LIMITS.errorText))}; it has ${known}.`,
  };
}

/** Required sections that nobody has filled in yet, in the order of the type. */
export function missingSections(state: DocumentState): string[] {
  return Object.entries(state.definition.sections)
    .filter(([name, section]) => section.required && !state.sections[name])
    .map(([name]) => name);
}

/** Everything that this actor can do with the document now. Each of them may still fail on its data. */
export function allowedActions(state: DocumentState, actor: Actor): Action[] {
  const all: Action[] = [
    ...Object.keys(state.definition.sections).map((section): Action => ({ kind: 'fill', section })),
    { kind: 'approve' },
    { kind: 'reject' },
    { kind: 'cancel' },
  ];
  return all.filter((action) => !wrongState(state, action) && !forbidden(state, action, actor));
}

/** Why the command is out of the question whatever it carries, or undefined. */
export function barrier(state: DocumentState, command: Command, actor: Actor): Refusal | undefined {
  const action: Action =
    command.kind === 'fill' ? { kind: 'fill', section: command.section } : { kind: command.kind };
  if (action.section !== undefined && !sectionOf(state.definition, action.section)) {
    return unknownSection(state.definition, action.section);
  }
  const problem = wrongState(state, action);
  if (problem) {
    const allowed = allowedActions(state, actor).map(actionName);
    return { code: 'wrong-state', detail: problem, state: state.state, allowed };
  }
  const reason = forbidden(state, action, actor);
  return reason === undefined ? undefined : { code: 'forbidden', detail: reason };
}

function wrongState(state: DocumentState, action: Action): string | undefined {
  if (!isOpen(state)) return `The document is ${state.state}; nothing in it can change any more.`;
  switch (action.kind) {
    case 'fill':
      if (state.state === 'open' || state.definition.editableInReview) return undefined;
      return 'The document is in review; its sections can no longer be changed.';
    case 'approve':
    case 'reject': {
      if (state.state === 'in-review') return undefined;
      return `It can be decided on once it is complete; still missing: ${missingSections(state).join(', ')}.`;
    }
    case 'cancel':
      return undefined;
  }
}

function forbidden(state: DocumentState, action: Action, actor: Actor): string | undefined {
  if (actor.operator) return undefined;
  const who = entitled(state, action);
  if (!who.some((one) => matches(one, actor, state.owner))) {
    return `${actionName(action)} is for ${who.join(', ')}; ${actor.id} is none of them.`;
  }
  const stage = state.definition.approval.stages[0];
  const decides = action.kind === 'approve' || action.kind === 'reject';
  if (decides && actor.id === state.owner && !stage?.ownerMayDecide) {
    return 'The owner of a document may not decide on it.';
  }
  return undefined;
}

function entitled(state: DocumentState, action: Action): readonly Who[] {
  const { sections, approval, cancel } = state.definition;
  switch (action.kind) {
    case 'fill':
      return sections[action.section ?? '']?.fill ?? [];
    case 'approve':
    case 'reject':
      return approval.stages[0]?.approvers ?? [];
    case 'cancel':
      return cancel;
  }
}

function matches(who: Who, actor: Actor, owner: string): boolean {
  if (who === 'anyone') return true;
  if (who === 'owner') return actor.id === owner;
  if (who.startsWith('user:')) return actor.id === who.slice('user:'.length);
  return actor.roles.includes(ALL_ROLES) || actor.roles.includes(who.slice('role:'.length));
}

/** Who has to act next, as it stands in lists: `user:x`, `role:y` or `anyone`. Empty once the document is closed. */
export function waitingFor(state: DocumentState): string[] {
  if (!isOpen(state)) return [];
  const who =
    state.state === 'in-review'
      ? (state.definition.approval.stages[0]?.approvers ?? [])
      : missingSections(state).flatMap((name) => state.definition.sections[name]?.fill ?? []);
  return [...new Set(who.map((one) => (one === 'owner' ? `user:${state.owner}` : one)))];
}
