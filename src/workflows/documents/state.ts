/**
 * The rules of documents. `decide` says what a command leads to, `evolve` folds events into the state; neither knows
 * Temporal or HTTP, neither reads a clock.
 */
import type { Actor, Via } from '../../contracts/caller.ts';
import type {
  Command,
  Decision,
  DocumentEvent,
  DocumentStatus,
  DocumentType,
  JsonObject,
} from '../../contracts/documents/types.ts';
import { ok, refuse, type Result } from '../../contracts/failures.ts';
import { LIMITS } from '../../contracts/limits.ts';
import { jsonSize, sameJson, schemaErrors } from '../shared/json.ts';
import { barrier, missingSections, sectionOf, unknownSection } from './permissions.ts';

/** A section that has been filled in. */
export interface SectionState {
  readonly data: JsonObject;
  /** Bytes of the data, so that nobody has to encode the whole document to know its size. */
  readonly size: number;
  readonly filledBy: string;
  readonly filledAt: string;
  /** How often it was filled again with other data. */
  readonly corrections: number;
  /** The document's version at the last change of this section: what If-Match is compared with. */
  readonly version: number;
}

export interface DecisionState {
  readonly by: string;
  readonly decision: Decision;
  readonly at: string;
  readonly stage: string;
  readonly version: number;
  readonly reason?: string;
}

/** All there is to know about a document. Plain data; carried over continue-as-new and kept in the archive as it is. */
export interface DocumentState {
  /** The shape of this record; raised when it changes, and older ones are converted in one place. */
  readonly schema: 1;
  readonly id: string;
  readonly definition: DocumentType;
  readonly title: string;
  readonly owner: string;
  readonly metadata: JsonObject;
  readonly state: DocumentStatus;
  /** Counts content only: 1 when created, one more with each filled or corrected section. The strong ETag. */
  readonly version: number;
  /** Sequence number of the last event; counts everything that happened. */
  readonly sequence: number;
  /** Filled sections only, by name. */
  readonly sections: Readonly<Record<string, SectionState>>;
  /** The section filled last while the document was open; the custom status tells it. */
  readonly lastFilled?: string;
  readonly decisions: readonly DecisionState[];
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly closedAt?: string;
  readonly closedReason?: string;
}

/** Who does it, when (ISO 8601, UTC), and how it arrived. */
export interface Call {
  readonly actor: Actor;
  readonly at: string;
  readonly via: Via;
}

/** What is particular to an event, without the stamp and the numbers that every event has. */
type Fact = DistributiveOmit<DocumentEvent, 'at' | 'by' | 'via' | 'sequence' | 'version'>;
type DistributiveOmit<T, K extends string> = T extends unknown ? Omit<T, K> : never;

/**
 * What the command leads to: events (none, when it changes nothing, such as filling in what is there already), or the
 * refusal. Checked in this order: does it exist (404), is it possible now (409), may this actor (403), is it based on
 * the current version (412), is there room for the section (413), does the data fit (422), is there room in the document
 * (413). A refused command changes nothing.
 */
export function decide(
  state: DocumentState,
  command: Command,
  call: Call,
): Result<readonly DocumentEvent[]> {
  const blocked = barrier(state, command, call.actor);
  if (blocked) return { ok: false, refusal: blocked };
  switch (command.kind) {
    case 'fill':
      return decideFill(state, command, call);
    case 'approve':
    case 'reject':
      return decideDecision(state, command, call);
    case 'cancel':
      return ok(
        stamped(state, call, [{ kind: 'closed', state: 'cancelled', ...reasonOf(command) }]),
      );
  }
}

function decideFill(
  state: DocumentState,
  command: Extract<Command, { kind: 'fill' }>,
  call: Call,
): Result<readonly DocumentEvent[]> {
  const { section: name, data, ifVersion } = command;
  const current = state.sections[name];
  if (ifVersion !== undefined && ifVersion > state.version) {
    const detail = `There is no version ${ifVersion} yet; the document is at version ${state.version}.`;
    return refuse('version-mismatch', detail, { version: state.version });
  }
  if (ifVersion !== undefined && (current?.version ?? 1) > ifVersion) {
    const detail = `Section ${name} was changed after version ${ifVersion}, in version ${current?.version}.`;
    return refuse('version-mismatch', detail, { version: state.version });
  }
  if (current && sameJson(current.data, data)) return ok([]);
  const fit = sectionFits(state.definition, name, data);
  if (!fit.ok) return fit;
  const total = documentSize(state) - (current?.size ?? 0) + fit.value;
  if (total > LIMITS.document) {
    return refuse(
      'too-large',
      `The document would grow to ${total} bytes; ${LIMITS.document} are allowed.`,
    );
  }
  const facts: Fact[] = [{ kind: 'section-filled', section: name, data }];
  if (state.state === 'open' && missingSections(state).every((missing) => missing === name)) {
    facts.push({ kind: 'review-requested' });
  }
  return ok(stamped(state, call, facts));
}

function decideDecision(
  state: DocumentState,
  command: Extract<Command, { kind: 'approve' | 'reject' }>,
  call: Call,
): Result<readonly DocumentEvent[]> {
  if (command.version !== undefined && command.version !== state.version) {
    const detail = `The decision is for version ${command.version}, but the document is at version ${state.version}. Read it again and decide again.`;
    return refuse('version-mismatch', detail, { version: state.version });
  }
  const decision: Decision = command.kind === 'approve' ? 'approved' : 'rejected';
  const stage = state.definition.approval.stages[0]?.name ?? 'approval';
  return ok(
    stamped(state, call, [
      { kind: 'decided', stage, decision, ...reasonOf(command) },
      { kind: 'closed', state: decision, ...reasonOf(command) },
    ]),
  );
}

/** The size of the data in bytes when it may stand in this section, else why not. */
export function sectionFits(
  definition: DocumentType,
  name: string,
  data: JsonObject,
): Result<number> {
  const section = sectionOf(definition, name);
  if (!section) return { ok: false, refusal: unknownSection(definition, name) };
  const size = jsonSize(data);
  // Before the schema: validating a megabyte can take longer than a workflow task may.
  if (size > LIMITS.section) {
    const detail = `Section ${name} would take ${size} bytes; ${LIMITS.section} are allowed.`;
    return refuse('too-large', detail);
  }
  const errors = schemaErrors(section.schema, data);
  if (errors.length === 0) return ok(size);
  return refuse('invalid-data', `The data does not fit section ${name}.`, { errors });
}

/** Numbers and stamps facts so that they follow on the state. */
export function stamped(
  from: { readonly sequence: number; readonly version: number },
  call: Call,
  facts: readonly Fact[],
): readonly DocumentEvent[] {
  let { sequence, version } = from;
  return facts.map((fact) => {
    sequence += 1;
    if (fact.kind === 'created' || fact.kind === 'section-filled') version += 1;
    const stamp = { sequence, version, at: call.at, by: call.actor.id, via: call.via };
    return { ...fact, ...stamp };
  });
}

/** The state after the event. No rules here; it cannot fail. */
export function evolve(state: DocumentState, event: DocumentEvent): DocumentState {
  const next = { ...state, version: event.version, sequence: event.sequence, updatedAt: event.at };
  switch (event.kind) {
    case 'created':
      return next;
    case 'section-filled': {
      const before = state.sections[event.section];
      const section: SectionState = {
        data: event.data,
        size: jsonSize(event.data),
        filledBy: event.by,
        filledAt: event.at,
        corrections: before ? before.corrections + 1 : 0,
        version: event.version,
      };
      return {
        ...next,
        sections: { ...state.sections, [event.section]: section },
        lastFilled: event.section,
      };
    }
    case 'review-requested':
      return { ...next, state: 'in-review' };
    case 'decided': {
      const { by, at, decision, stage, version } = event;
      return {
        ...next,
        decisions: [...state.decisions, { by, at, decision, stage, version, ...reasonOf(event) }],
      };
    }
    case 'closed':
      return {
        ...next,
        state: event.state,
        closedAt: event.at,
        ...(event.reason === undefined ? {} : { closedReason: event.reason }),
      };
  }
}

/** Folds events, the first of which is `created`, into the state. */
export function replay(
  id: string,
  definition: DocumentType,
  events: readonly DocumentEvent[],
): DocumentState {
  const [created, ...rest] = events;
  if (created?.kind !== 'created')
    throw new Error('the first event of a document is not "created"');
  return rest.reduce(evolve, born(id, definition, created));
}

function born(
  id: string,
  definition: DocumentType,
  event: Extract<DocumentEvent, { kind: 'created' }>,
): DocumentState {
  const sections = Object.entries(event.sections).map(([name, data]): [string, SectionState] => [
    name,
    {
      data,
      size: jsonSize(data),
      filledBy: event.by,
      filledAt: event.at,
      corrections: 0,
      version: event.version,
    },
  ]);
  const last = sections.at(-1)?.[0];
  return {
    schema: 1,
    id,
    definition,
    title: event.title,
    owner: event.owner,
    metadata: event.metadata,
    state: 'open',
    version: event.version,
    sequence: event.sequence,
    sections: Object.fromEntries(sections),
    ...(last === undefined ? {} : { lastFilled: last }),
    decisions: [],
    createdAt: event.at,
    updatedAt: event.at,
  };
}

/** Bytes of what people put into the document. */
export function documentSize(state: DocumentState): number {
  return Object.values(state.sections).reduce(
    (sum, { size }) => sum + size,
    jsonSize(state.metadata),
  );
}

function reasonOf(from: { readonly reason?: string }): { reason?: string } {
  return from.reason === undefined ? {} : { reason: from.reason };
}
