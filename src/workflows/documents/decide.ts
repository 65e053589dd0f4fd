/** The rules of documents: what a command leads to. Pure; knows neither Temporal nor HTTP, reads no clock. */
import type { Call } from '../../contracts/caller.ts';
import { newDeadline } from '../shared/deadline.ts';
import { reasonOf } from '../shared/reason.ts';
import { EDIT_KINDS, type Command } from '../../contracts/documents/commands.ts';
import type { DocumentType } from '../../contracts/documents/definition.ts';
import type { Child, DocumentEvent, Fact } from '../../contracts/documents/events.ts';
import {
  ok,
  refuse,
  type FieldError,
  type Refusal,
  type Result,
} from '../../contracts/failures.ts';
import { LIMITS } from '../../contracts/limits.ts';
import { awaitsEntry, decideOn, authorsChanged, policyChanged } from './approval.ts';
import { DRAFT } from './clocks.ts';
import { automatic, decideEdit, metadataErrors, sectionErrors, submission } from './edits.ts';
import { decideLink } from './links.ts';
import { barrier, notAFiller, wrongStateNow } from './permissions.ts';
import { evolve, stamped, type DocumentState } from './state.ts';

type Of<K extends Command['kind']> = Extract<Command, { kind: K }>;

/** What had to be looked up outside of the document before the command could be judged to the end. */
export interface Found {
  /** For `link`: the document that shall be below this one, after the link was noted. */
  readonly child?: Child;
  /** For `migrate`: the newest definition of the type. */
  readonly definition?: DocumentType;
}

/**
 * What the command leads to: events (none, when it changes nothing, such as filling in what is there already), or the
 * refusal. Checked in this order: may this actor know of it (404), does the section exist (404), is it possible now
 * (409), may this actor (403), is it based on the current version (428, 412), is there room for the section (413), does
 * the data fit (422), is there room in the document (413). A refused command changes nothing.
 *
 * `link` and `migrate` without what they need {@link Found}, and decisions in a stage that has not been entered, yield no
 * event: nothing speaks against looking it up.
 */
export function decide(
  state: DocumentState,
  command: Command,
  call: Call,
  found: Found = {},
): Result<readonly DocumentEvent[]> {
  const blocked = barrier(state, command, call.actor);
  if (blocked) return { ok: false, refusal: blocked };
  const stale = EDIT_KINDS.has(command.kind) ? undefined : staleness(state, command);
  if (stale) return stale;
  const facts = (...all: readonly Fact[]) => ok(stamped(state, call, all));
  switch (command.kind) {
    case 'submit':
      return current(state, command) ?? facts(...submission(state, false, reasonOf(command)));
    case 'approve':
    case 'reject':
    case 'request-changes':
    case 'delegate':
    case 'remind': {
      if (awaitsEntry(state, command.kind)) return facts();
      const decided = current(state, command) ?? decideOn(state, command, call);
      return decided.ok ? facts(...decided.value) : inState(state, call, decided);
    }
    case 'reopen':
      return facts({ kind: 'reopened', automatic: false, ...reasonOf(command) });
    case 'cancel':
      return facts({ kind: 'closed', state: 'cancelled', ...reasonOf(command) });
    case 'archive':
      // Put aside unfinished: its time is over, but nobody said that it was not wanted.
      return facts({ kind: 'closed', state: 'expired', ...reasonOf(command) });
    case 'comment': {
      const { text, section } = command;
      return facts({ kind: 'commented', text, ...(section === undefined ? {} : { section }) });
    }
    case 'assign':
      return facts(...assignment(state, command, call));
    case 'extend':
      return decideExtend(state, command, call);
    case 'transfer':
      return facts(...transfer(state, command));
    case 'link':
    case 'unlink':
      return decideLink(state, command, call, found.child);
    case 'migrate':
      return decideMigrate(state, call, found.definition);
    default:
      return decideEdit(state, command, call);
  }
}

/** Refused when anything has changed since the version that the command is based on. */
function staleness({ version }: DocumentState, { ifVersion }: Command) {
  if (ifVersion === undefined || ifVersion === '*' || ifVersion === version) return undefined;
  const detail = `The command is based on version ${ifVersion}, but the document is at version ${version}. Read it again and decide again.`;
  return refuse('version-mismatch', detail, { version });
}

/** A submission or decision about a version that is not the current one is refused. */
function current(state: DocumentState, command: Command) {
  const { kind } = command;
  const { version } = command as { readonly version?: number };
  if (version === undefined || version === state.version) return undefined;
  const what = kind === 'submit' ? 'submission' : 'decision';
  const detail = `The ${what} is for version ${version}, but the document is at version ${state.version}. Read it again and decide again.`;
  return refuse('version-mismatch', detail, { version: state.version });
}

/** Refusals of the approval as those of documents: a 409 says what is possible instead. */
function inState(
  state: DocumentState,
  { actor }: Call,
  refused: { readonly ok: false; readonly refusal: Refusal },
): { readonly ok: false; readonly refusal: Refusal } {
  const { code, detail } = refused.refusal;
  if (code === 'wrong-state') return { ok: false, refusal: wrongStateNow(state, actor, detail) };
  return { ok: false, refusal: { ...refused.refusal, version: state.version } };
}

function assignment(
  state: DocumentState,
  { section, to }: Of<'assign'>,
  { actor }: Call,
): readonly Fact[] {
  const assignee = to ?? undefined;
  if (state.assignees[section] === assignee) return [];
  if (assignee === undefined) return [{ kind: 'assigned', section }];
  const delegated = notAFiller(state, section, actor) === undefined;
  return [{ kind: 'assigned', section, to: assignee, ...(delegated ? { delegated } : {}) }];
}

function transfer(state: DocumentState, { to }: Of<'transfer'>): readonly Fact[] {
  if (to === state.owner) return [];
  return [{ kind: 'transferred', to }, ...authorsChanged({ ...state, owner: to })];
}

function decideExtend(
  state: DocumentState,
  { section, until }: Of<'extend'>,
  call: Call,
): Result<readonly DocumentEvent[]> {
  const inReview = state.state === 'in-review' && section === undefined;
  const clock = inReview ? state.approval?.current : state.clocks[section ?? DRAFT];
  if (clock?.dueAt === undefined) {
    const what = section === undefined ? 'The document' : `Section ${section}`;
    const refusal = wrongStateNow(state, call.actor, `${what} has no deadline that runs now.`);
    return { ok: false, refusal };
  }
  const moved = newDeadline(until, call.at);
  if (!moved.ok) return moved;
  const at = moved.value;
  if (at === clock.dueAt) return ok([]);
  const part = section === undefined ? {} : { section };
  return ok(stamped(state, call, [{ kind: 'extended', ...part, until: at }]));
}

/** To a newer definition, if all that is filled in fits it; else every place that does not. */
function decideMigrate(
  state: DocumentState,
  call: Call,
  definition: DocumentType | undefined,
): Result<readonly DocumentEvent[]> {
  if (!definition || definition.version === state.definition.version) return ok([]);
  const { name, version } = definition;
  if (name !== state.definition.name || version < state.definition.version) {
    const detail = `The document runs on version ${state.definition.version} of ${state.definition.name}; version ${version} of ${name} is not newer.`;
    return { ok: false, refusal: wrongStateNow(state, call.actor, detail) };
  }
  // One by one: a section that is gone or too large is one place among the others.
  const places = (found: Result<readonly FieldError[]>, pointer: string): readonly FieldError[] =>
    found.ok ? found.value : [{ pointer, detail: found.refusal.detail }];
  const errors = [
    ...Object.entries(state.sections).flatMap(([section, { data }]) =>
      places(sectionErrors(definition, { [section]: data }), `/sections/${section}`),
    ),
    ...places(metadataErrors(definition, state.metadata), '/metadata'),
  ];
  if (errors.length > 0) {
    const detail = `The document does not fit version ${version} of ${name}. Correct it, then migrate.`;
    return refuse('invalid-data', detail, { errors: errors.slice(0, LIMITS.errors) });
  }
  const fact: Fact = { kind: 'migrated', definition, before: state.definition };
  const after = stamped(state, call, [fact]).reduce(evolve, state);
  const following = automatic(after);
  const more = following.length > 0 ? following : policyChanged(after, state.definition);
  return ok(stamped(state, call, [fact, ...more]));
}
