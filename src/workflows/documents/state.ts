/**
 * The state of a document, and how events become state. No rules here: `decide` has them (decide.ts). Neither knows
 * Temporal or HTTP, neither reads a clock.
 */
import type { Call } from '../../contracts/caller.ts';
import type { DocumentType } from '../../contracts/documents/definition.ts';
import type { Child, DocumentEvent, Fact, Origin } from '../../contracts/documents/events.ts';
import type { JsonObject } from '../../contracts/json.ts';
import type { DocumentStatus } from '../../contracts/documents/types.ts';
import { LIMITS } from '../../contracts/limits.ts';
import { extended, paused, type ApprovalState } from '../approvals/state.ts';
import { jsonSize, lastOf } from '../shared/json.ts';
import { approvalAfter, authoredBy, migrated, submitted } from './approval-state.ts';
import { clocksAfter, type Clock } from './clocks.ts';

/** A section that has been filled in. */
export interface SectionState {
  readonly data: JsonObject;
  /** Bytes of the data, so that nobody has to encode the whole document to know its size. */
  readonly size: number;
  readonly filledBy: string;
  readonly filledAt: string;
  /** How often it was filled again with other data. */
  readonly corrections: number;
}

export interface CommentState {
  readonly by: string;
  readonly at: string;
  readonly text: string;
  readonly section?: string;
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
  /** Counts content only: 1 when created, one more with each command that changed content. The strong ETag. */
  readonly version: number;
  /** Sequence number of the last event; counts everything that happened, comments and reminders too. */
  readonly sequence: number;
  /** Filled sections only, by name. */
  readonly sections: Readonly<Record<string, SectionState>>;
  /** In which version each section was last filled or withdrawn: what If-Match is compared with. Others: 1. */
  readonly changedIn: Readonly<Record<string, number>>;
  /** In which version title or metadata last changed. */
  readonly detailsChangedIn: number;
  /** The section filled last while the document was open; the custom status tells it. */
  readonly lastFilled?: string;
  /** User ids, by section. */
  readonly assignees: Readonly<Record<string, string>>;
  /** Sections whose assignees may fill them because somebody who may has assigned them. */
  readonly delegated?: readonly string[];
  /** What is waited for until when, by section; under {@link import('./clocks.ts').DRAFT} the whole draft. */
  readonly clocks: Readonly<Record<string, Clock>>;
  readonly parent?: string;
  readonly children: Readonly<Record<string, Child>>;
  /** The last {@link LIMITS}.comments of them; all are in the history. */
  readonly comments: readonly CommentState[];
  readonly from?: Origin;
  /** Whoever has ever submitted it, or owned or changed it while it was in review; they may not decide on it. */
  readonly submittedBy?: readonly string[];
  /** From the first submission on, for types that have one. */
  readonly approval?: ApprovalState;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly closedAt?: string;
  readonly closedReason?: string;
  /** Only in what queries answer: the workflow is suspended, and nothing can be done. */
  readonly suspended?: true;
}

/** Facts that change what people have written. */
const CONTENT: ReadonlySet<Fact['kind']> = new Set([
  'created',
  'section-filled',
  'section-withdrawn',
  'details-changed',
  'migrated',
]);

/** Numbers and stamps the facts of one command so that they follow on the state; together they count one version. */
export function stamped(
  from: { readonly sequence: number; readonly version: number },
  call: Call,
  facts: readonly Fact[],
): readonly DocumentEvent[] {
  const version = from.version + (facts.some(({ kind }) => CONTENT.has(kind)) ? 1 : 0);
  return facts.map((fact, i) => ({
    ...fact,
    sequence: from.sequence + 1 + i,
    version,
    at: call.at,
    by: call.actor.id,
    via: call.via,
  }));
}

/** The state after the event. No rules here; it cannot fail. */
export function evolve(state: DocumentState, event: DocumentEvent): DocumentState {
  const { version, sequence, at: updatedAt } = event;
  const next = { ...state, ...changesOf(state, event), version, sequence, updatedAt };
  return { ...next, clocks: clocksAfter(next, event) };
}

function changesOf(state: DocumentState, event: DocumentEvent): Partial<DocumentState> {
  switch (event.kind) {
    case 'section-filled':
      return {
        ...filled(state, event),
        ...authoredBy(state, event.by),
        lastFilled: event.section,
      };
    case 'section-withdrawn':
      return { ...withdrawn(state, event), ...authoredBy(state, event.by) };
    case 'details-changed': {
      const { title = state.title, metadata = state.metadata, version } = event;
      return { title, metadata, detailsChangedIn: version, ...authoredBy(state, event.by) };
    }
    case 'review-requested': {
      const { owner, submittedBy: before = [] } = state;
      const submittedBy = [...new Set([...before, owner, ...(event.automatic ? [] : [event.by])])];
      const changed = { state: 'in-review', submittedBy } as const;
      return { ...changed, ...submitted({ ...state, ...changed }, event.next) };
    }
    case 'reopened':
      return { state: 'open', ...(state.approval ? { approval: paused(state.approval) } : {}) };
    case 'decided':
      return {
        ...approvalAfter(state, event),
        ...(event.decision === 'changes-requested' ? { state: 'changes-requested' as const } : {}),
      };
    case 'stage-entered':
    case 'delegated':
    case 'approvers-reminded':
    case 'escalated':
    case 'timed-out':
    case 'approval-reset':
      return approvalAfter(state, event);
    case 'extended':
      // Of a draft the clocks know; see clocks.ts.
      return state.state === 'in-review' && state.approval
        ? { approval: extended(state.approval, event) }
        : {};
    case 'closed': {
      const { state: status, at, reason } = event;
      return {
        state: status,
        closedAt: at,
        ...(reason === undefined ? {} : { closedReason: reason }),
      };
    }
    default:
      return peopleAndLinks(state, event);
  }
}

function peopleAndLinks(state: DocumentState, event: DocumentEvent): Partial<DocumentState> {
  switch (event.kind) {
    case 'commented': {
      const { by, at, text, section } = event;
      const comment = { by, at, text, ...(section === undefined ? {} : { section }) };
      const all = [...state.comments, comment];
      return { comments: lastOf(all, LIMITS.comments, LIMITS.commentBytes) };
    }
    case 'assigned': {
      const { section, to, delegated } = event;
      const others = without(state.assignees, section);
      const kept = (state.delegated ?? []).filter((one) => one !== section);
      return {
        assignees: to === undefined ? others : { ...others, [section]: to },
        delegated: delegated ? [...kept, section] : kept,
      };
    }
    case 'transferred':
      return { owner: event.to, ...authoredBy(state, state.owner) };
    case 'child-linked':
    case 'child-changed':
      return { children: { ...state.children, [event.child]: event.is } };
    case 'child-unlinked':
      return { children: without(state.children, event.child) };
    case 'attached':
      return { parent: event.parent };
    case 'detached': {
      // Replaced by undefined and not taken out: JSON leaves it out, and the spread of evolve must see it.
      return { parent: undefined } as unknown as Partial<DocumentState>;
    }
    case 'migrated':
      return migrated(state, event);
    default:
      // `created` made the state; `reminded` and `overdue` concern the clocks alone.
      return {};
  }
}

function filled(
  state: DocumentState,
  event: Extract<DocumentEvent, { kind: 'section-filled' }>,
): Pick<DocumentState, 'sections' | 'changedIn'> {
  const { section: name, data, by, at, version } = event;
  const before = state.sections[name];
  const corrections = before ? before.corrections + 1 : 0;
  const section = { data, size: jsonSize(data), filledBy: by, filledAt: at, corrections };
  return {
    sections: { ...state.sections, [name]: section },
    changedIn: { ...state.changedIn, [name]: version },
  };
}

function withdrawn(
  state: DocumentState,
  event: Extract<DocumentEvent, { kind: 'section-withdrawn' }>,
): Partial<DocumentState> {
  const { section: name, version } = event;
  const sections = without(state.sections, name);
  const lastFilled = state.lastFilled === name ? Object.keys(sections).at(-1) : state.lastFilled;
  return {
    sections,
    changedIn: { ...state.changedIn, [name]: version },
    lastFilled,
  } as Partial<DocumentState>;
}

/** Bytes of what people put into the document. */
export function documentSize({ metadata, sections }: DocumentState): number {
  return Object.values(sections).reduce((sum, { size }) => sum + size, jsonSize(metadata));
}

/** The record without one of its names. */
function without<T>(record: Readonly<Record<string, T>>, name: string): Record<string, T> {
  return Object.fromEntries(Object.entries(record).filter(([one]) => one !== name));
}
