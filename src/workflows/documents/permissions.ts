/** What can be done to a document now, and by whom: the part of the rules that needs no data, only state and actor. */
import type { Actor } from '../../contracts/caller.ts';
import type { Command, CommandKind } from '../../contracts/documents/commands.ts';
import type { Who } from '../../contracts/people.ts';
import type { Permissions } from '../../contracts/documents/definition.ts';
import type { Refusal } from '../../contracts/failures.ts';
import { actionName, actionsOf, sectionOf, unknownSection, type Action } from './actions.ts';
import { canBeFilled, isOpen, missingSections, unmet } from './requirements.ts';
import { approversNow, involved, isAskedNow, notAnApprover } from './approval.ts';
import { isDecision } from '../approvals/decide.ts';
import { closed, wrongState } from './obstacles.ts';
import { matches } from '../shared/people.ts';
import { mayRead, type Readable } from './readers.ts';
import type { DocumentState } from './state.ts';

/** What decides who may read this document. */
export function readableOf(state: DocumentState): Readable & Pick<DocumentState, 'definition'> {
  const { owner, definition, assignees } = state;
  const asked = involved(state);
  return { owner, definition, assignees, waitingFor: waitingFor(state), involved: asked };
}

/** The same for a document that is known in full. */
export function mayReadState(state: DocumentState, actor: Actor): boolean {
  return mayRead(readableOf(state), actor);
}

/** Whether the actor may see the sensitive fields of this section; without a section, those of the metadata. */
export function maySeeSensitive(state: DocumentState, actor: Actor, name?: string): boolean {
  const { sensitive } = state.definition.permissions;
  const fills = name !== undefined && unentitledToFill(state, name, actor) === undefined;
  return actor.operator || fills || sensitive.some((one) => matches(one, actor, state.owner));
}

/** Whether the type lets this actor edit the document: also what linking it below another one asks for. */
export function mayEdit(state: DocumentState, actor: Actor): boolean {
  return forbidden(state, { kind: 'edit' }, actor) === undefined;
}

/** Everything that this actor can do with the document now. Each of them may still fail on its data. */
export function allowedActions(state: DocumentState, actor: Actor): Action[] {
  if (state.suspended) return [];
  const all = [
    ...Object.keys(state.definition.sections).flatMap((section): Action[] => [
      { kind: 'fill', section },
      ...(state.sections[section] ? [{ kind: 'withdraw', section } as const] : []),
    ]),
    ...ACTIONS.map((kind): Action => ({ kind })),
  ];
  return all.filter(
    (action) =>
      !wrongState(state, action) &&
      !forbidden(state, action, actor) &&
      (!isDecision(action.kind) || isAskedNow(state, actor, action.kind)),
  );
}

/** What is offered as a template for the document as a whole. */
const ACTIONS: readonly CommandKind[] = [
  'submit',
  'approve',
  'reject',
  'request-changes',
  'delegate',
  'remind',
  'reopen',
  'edit',
  'assign',
  'extend',
  'comment',
  'transfer',
  'link',
  'unlink',
  'migrate',
  'archive',
  'cancel',
];

/** Why the command is out of the question whatever it carries, or undefined. */
export function barrier(state: DocumentState, command: Command, actor: Actor): Refusal | undefined {
  // Whoever may not read it must not learn that it is there.
  if (!mayReadState(state, actor)) {
    return { code: 'not-found', detail: `There is no document ${state.id}.` };
  }
  const actions = actionsOf(state, command);
  const unknown = actions.find(
    ({ section }) => section !== undefined && !sectionOf(state.definition, section),
  );
  if (unknown) return unknownSection(state.definition, unknown.section ?? '');
  const filled = filledAfter(state, command);
  // Closed: also for a command that amounts to nothing, such as filling no section at all.
  const problem = closed(state) ?? first(actions, (action) => wrongState(state, action, filled));
  if (problem !== undefined) return wrongStateNow(state, actor, problem);
  const reason = first(actions, (action) => forbidden(state, action, actor));
  return reason === undefined ? undefined : { code: 'forbidden', detail: reason };
}

/** A 409: why, and what this actor can do instead. */
export function wrongStateNow(state: DocumentState, actor: Actor, detail: string): Refusal {
  const allowed = allowedActions(state, actor).map(actionName);
  return { code: 'wrong-state', detail, state: state.state, allowed };
}

function first(actions: readonly Action[], why: (action: Action) => string | undefined) {
  for (const action of actions) {
    const reason = why(action);
    if (reason !== undefined) return reason;
  }
  return undefined;
}

/** The names of the sections that are filled once the command is carried out: its parts may depend on each other. */
function filledAfter(state: DocumentState, command: Command): ReadonlySet<string> {
  const filled = new Set(Object.keys(state.sections));
  if ('sections' in command) {
    for (const [name, data] of Object.entries(command.sections ?? {})) {
      if (data === null) filled.delete(name);
      else filled.add(name);
    }
  } else if (command.kind === 'withdraw') filled.delete(command.section);
  else if ('section' in command && command.section !== undefined) filled.add(command.section);
  return filled;
}

function forbidden(state: DocumentState, action: Action, actor: Actor): string | undefined {
  if (actor.operator) return undefined;
  if (action.kind === 'fill' || action.kind === 'withdraw') {
    return unentitledToFill(state, action.section ?? '', actor);
  }
  const { kind } = action;
  if (isDecision(kind)) return notAnApprover(state, { ...action, kind }, actor);
  const who = entitled(state, action);
  if (who.some((one) => matches(one, actor, state.owner))) return undefined;
  return `${actionName(action)} is for ${who.join(', ')}; ${actor.id} is none of them.`;
}

/** Why the type does not let this actor fill the section, whoever it is assigned to; undefined when it does. */
export function notAFiller(
  { definition, owner }: Pick<DocumentState, 'definition' | 'owner'>,
  name: string,
  actor: Actor,
): string | undefined {
  const { fill = [] } = sectionOf(definition, name) ?? {};
  if (actor.operator || fill.some((one) => matches(one, actor, owner))) return undefined;
  return `Section ${name} is for ${fill.join(', ')}; ${actor.id} is none of them.`;
}

/**
 * The same with the assignments. One keeps all others out; it lets the assignee in only when the type does, or when
 * whoever made it may fill the section: nobody can give away what they do not have.
 */
function unentitledToFill(state: DocumentState, name: string, actor: Actor): string | undefined {
  const assignee = state.assignees[name];
  const delegated = assignee === actor.id && state.delegated?.includes(name);
  const reason = delegated ? undefined : notAFiller(state, name, actor);
  if (reason !== undefined) return reason;
  if (assignee === undefined || assignee === actor.id) return undefined;
  return `Section ${name} is assigned to ${assignee}.`;
}

/** Which permission of the type each action needs, except those below. */
const PERMISSION: Readonly<Partial<Record<CommandKind, keyof Permissions>>> = {
  submit: 'submit',
  reopen: 'submit',
  remind: 'submit',
  cancel: 'cancel',
  archive: 'cancel',
};

function entitled(state: DocumentState, action: Action): readonly Who[] {
  switch (action.kind) {
    case 'comment':
      // Whoever may read may comment, and nobody else gets as far as this.
      return ['anyone'];
    default:
      return state.definition.permissions[PERMISSION[action.kind] ?? 'edit'];
  }
}

/** For whom the section waits: whoever it is assigned to, else those whom the type names. */
function fillersOf(state: DocumentState, name: string): readonly Who[] {
  const assignee = state.assignees[name];
  if (assignee !== undefined) return [`user:${assignee}`];
  return sectionOf(state.definition, name)?.fill ?? [];
}

/** Who has to act next, as it stands in lists: `user:x`, `role:y` or `anyone`. Empty once the document is closed. */
export function waitingFor(state: DocumentState): string[] {
  if (!isOpen(state)) return [];
  const who = state.state === 'in-review' ? approversNow(state) : fillersNow(state);
  return [...new Set(who.map((one) => (one === 'owner' ? `user:${state.owner}` : one)))];
}

/** Those who can fill a missing section now; when none is missing, those who can submit. */
function fillersNow(state: DocumentState): readonly Who[] {
  const missing = missingSections(state);
  if (missing.length === 0) return state.definition.permissions.submit;
  return needed(state, missing)
    .filter((name) => canBeFilled(state, name))
    .flatMap((name) => fillersOf(state, name));
}

/** These, and what has to be filled before them: an optional section that a missing one depends on is waited for, too. */
function needed(state: DocumentState, names: readonly string[]): readonly string[] {
  const before = names.flatMap((name) => unmet(state, name));
  return before.length === 0 ? names : [...new Set([...names, ...needed(state, before)])];
}
