/** Documents for tests of the rules: types, people, a clock that stands where it is put, and commands in few words. */
import type { Actor, Call } from '../../src/contracts/caller.ts';
import type { Command, PatchOperation } from '../../src/contracts/documents/commands.ts';
import type { DocumentType } from '../../src/contracts/documents/definition.ts';
import type { DocumentEvent } from '../../src/contracts/documents/events.ts';
import type { JsonObject } from '../../src/contracts/json.ts';
import type { CreateRequest } from '../../src/contracts/documents/types.ts';
import type { Refusal, Result } from '../../src/contracts/failures.ts';
import { loadDocumentTypes, parseDocumentType } from '../../src/document-types/index.ts';
import { NO_DIRECTORY } from '../../src/contracts/people.ts';
import { enterStage } from '../../src/people/stage.ts';
import { stageToEnter } from '../../src/workflows/documents/approval.ts';
import { decideCreate, type Reused } from '../../src/workflows/documents/create.ts';
import { decide, type Found } from '../../src/workflows/documents/decide.ts';
import { replay } from '../../src/workflows/documents/birth.ts';
import { evolve, type DocumentState } from '../../src/workflows/documents/state.ts';
import { hear, type Notice } from '../../src/workflows/documents/system.ts';

const shipped = (await loadDocumentTypes('document-types')).all;

/** One of the types that come with the service. */
export function shippedType(name: string): DocumentType {
  const type = shipped.find((one) => one.name === name);
  if (!type) throw new Error(`there is no document type ${name}`);
  return type;
}

export const onboarding = shippedType('employee-onboarding');

/** What a test says of a type; name, version and title need not be said. */
export function typeOf(raw: object): DocumentType {
  return value(parseDocumentType({ name: 'odd', version: 1, title: 'Odd', ...raw }));
}

/** A section that takes any object. */
export function anySection(more: object = {}): object {
  return { title: 'Any', schema: { type: 'object' }, ...more };
}

/** A section with one number, and nothing else. */
export function numberSection(more: object = {}): object {
  const schema = {
    type: 'object',
    properties: { n: { type: 'integer' } },
    required: ['n'],
    additionalProperties: false,
  };
  return { title: 'Number', schema, ...more };
}

export const ANYBODY_DECIDES = {
  stages: [{ name: 'one', approvers: ['anyone'], ownerMayDecide: true }],
};

/** Everything that the onboarding does not use: roles, an optional section, no edits in review, no deciding owner. */
export const purchase = typeOf({
  name: 'purchase',
  title: 'Purchase',
  sections: {
    Request: {
      title: 'Request',
      fill: ['owner'],
      schema: {
        type: 'object',
        properties: { item: { type: 'string', minLength: 1 }, amount: { type: 'number' } },
        required: ['item', 'amount'],
        additionalProperties: false,
      },
    },
    Check: anySection({ title: 'Check', fill: ['role:finance'] }),
    Note: anySection({ title: 'Note', fill: ['user:nora'], required: false }),
  },
  approval: { stages: [{ name: 'head', approvers: ['role:head', 'owner'] }] },
});

export const request = { item: 'Chair', amount: 10 };

export function person(id: string, ...roles: string[]): Actor {
  return { id, roles, operator: false };
}

export const owner = person('olga');
export const finance = person('fred', 'finance');
export const head = person('hana', 'head');
export const nora = person('nora');
export const stranger = person('sam');
export const operator: Actor = { id: 'operator', roles: [], operator: true };
const system: Actor = { id: 'system', roles: [], operator: true };

export const T0 = Date.UTC(2026, 2, 1, 12);
export const HOUR = 60 * 60 * 1000;
export const DAY = 24 * HOUR;

/** The instant so many milliseconds after the first one. */
export function time(ms = 0): string {
  return new Date(T0 + ms).toISOString();
}

export function callOf(actor: Actor = owner, ms = 0): Call {
  return { actor, at: time(ms), via: 'http' };
}

export function value<T>(result: Result<T>): T {
  if (result.ok) return result.value;
  throw new Error(JSON.stringify(result.refusal));
}

export function refusalOf(result: Result<unknown>): Refusal {
  if (!result.ok) return result.refusal;
  throw new Error(`it was accepted: ${JSON.stringify(result.value)}`);
}

type Request = Omit<CreateRequest, 'type'>;

export function creation(
  definition: DocumentType,
  request: Request = {},
  actor = owner,
  reused?: Reused,
): Result<readonly DocumentEvent[]> {
  return decideCreate(definition, { type: definition.name, ...request }, callOf(actor), reused);
}

export function create(
  definition: DocumentType,
  request: Request = {},
  actor = owner,
): DocumentState {
  return replay('d', definition, value(creation(definition, request, actor)));
}

export function outcome(
  state: DocumentState,
  command: Command,
  actor = owner,
  ms = 0,
  found: Found = {},
): Result<readonly DocumentEvent[]> {
  return decide(state, command, callOf(actor, ms), found);
}

/** The document with its approval's stage looked up, as the workflow does at once. */
export function entered(state: DocumentState, ms = 0, directory = NO_DIRECTORY): DocumentState {
  const request = stageToEnter(state, time(ms));
  if (!request || !state.approval) return state;
  const entry = enterStage(request, directory);
  const { round } = state.approval;
  return after(state, { kind: 'entered', stage: request.stage, round, entry }, ms);
}

/** The document after the command, which must be accepted, and the lookup that it may lead to. */
export function accepted(
  state: DocumentState,
  command: Command,
  actor = owner,
  ms = 0,
  found: Found = {},
): DocumentState {
  return entered(value(outcome(state, command, actor, ms, found)).reduce(evolve, state), ms);
}

/** The kinds of the events that the command leads to. */
export function kinds(
  state: DocumentState,
  command: Command,
  actor = owner,
  found: Found = {},
): string[] {
  return value(outcome(state, command, actor, 0, found)).map(({ kind }) => kind);
}

export function refused(
  state: DocumentState,
  command: Command,
  actor = owner,
  found: Found = {},
): Refusal {
  return refusalOf(outcome(state, command, actor, 0, found));
}

export function pointersOf({ errors = [] }: Refusal): string[] {
  return errors.map(({ pointer }) => pointer).toSorted();
}

export function heard(state: DocumentState, notice: Notice, ms = 0): readonly DocumentEvent[] {
  return hear(state, notice, { actor: system, at: time(ms), via: 'system' });
}

export function after(state: DocumentState, notice: Notice, ms = 0): DocumentState {
  return heard(state, notice, ms).reduce(evolve, state);
}

type Basis = number | '*';
const basis = (ifVersion: Basis | undefined) => (ifVersion === undefined ? {} : { ifVersion });

export function fill(section: string, data: object, ifVersion?: Basis): Command {
  return { kind: 'fill', section, data: data as JsonObject, ...basis(ifVersion) };
}

export function fillMany(sections: Record<string, object>, ifVersion?: Basis): Command {
  return {
    kind: 'fill-many',
    sections: sections as Record<string, JsonObject>,
    ...basis(ifVersion),
  };
}

export function merge(section: string, patch: object, ifVersion?: Basis): Command {
  return { kind: 'merge', section, patch: patch as JsonObject, ...basis(ifVersion) };
}

export function patch(section: string, operations: readonly object[], ifVersion?: Basis): Command {
  const all = operations as readonly PatchOperation[];
  return { kind: 'patch', section, operations: all, ...basis(ifVersion) };
}

export function withdraw(section: string, ifVersion?: Basis): Command {
  return { kind: 'withdraw', section, ...basis(ifVersion) };
}

export const feedback = { feedback: 'Convincing', isPassed: true };

/** An onboarding with all sections filled. */
export function complete(): DocumentState {
  return Object.keys(onboarding.sections).reduce(
    (state, section) => accepted(state, fill(section, feedback)),
    create(onboarding),
  );
}

/** A purchase with everything required. */
export function filledPurchase(): DocumentState {
  const begun = create(purchase, { sections: { Request: request } });
  return accepted(begun, fill('Check', {}), finance);
}

/** A purchase that awaits its decision. */
export function inReview(): DocumentState {
  return accepted(filledPurchase(), { kind: 'submit' });
}
