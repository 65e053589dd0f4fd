/** How a document shows itself: over HTTP, to queries and in lists. Pure; the engine's own pages are in console.ts. */
import type { Actor } from '../../contracts/caller.ts';
import type { Child, Origin, RefusedCommand } from '../../contracts/documents/events.ts';
import type { JsonObject } from '../../contracts/json.ts';
import type { DocumentStatus } from '../../contracts/documents/types.ts';
import { approvalView, type ApprovalView } from '../approvals/view.ts';
import { situationOf } from './approval.ts';
import { dueAt, isOverdue } from './clocks.ts';
import { maySeeSensitive, waitingFor } from './permissions.ts';
import { isOpen, isRequired, missingSections } from './requirements.ts';
import { withoutSensitive } from './sensitive.ts';
import type { CommentState, DocumentState } from './state.ts';

export interface Progress {
  /** Required sections that are filled, and how many there are. */
  readonly done: number;
  readonly total: number;
  /** Names of the required sections still open. */
  readonly missing: string[];
  /** 0 to 100, rounded down, so that 100 means complete. */
  readonly percent: number;
}

export interface SectionView {
  readonly state: 'open' | 'filled';
  readonly data?: JsonObject;
  readonly filledBy?: string;
  readonly filledAt?: string;
  readonly corrections: number;
  /** Whether the document is incomplete without it, as things are. */
  readonly required: boolean;
  readonly assignee?: string;
  readonly dueAt?: string;
}

/** What a list shows of a document; all of it is in the workflow's memo. */
export interface DocumentSummary {
  readonly id: string;
  readonly type: string;
  readonly typeVersion: number;
  readonly title: string;
  readonly state: DocumentStatus;
  /** In a memo, so in lists and at `/status`, as it was when anything but content last changed. */
  readonly version: number;
  readonly owner: string;
  readonly progress: Progress;
  readonly customStatus: string;
  readonly waitingFor: string[];
  /** The next deadline. */
  readonly dueAt?: string;
  /** True when a deadline has passed. */
  readonly overdue?: true;
  /** True while its workflow is suspended: nothing can be done with it. */
  readonly suspended?: true;
  readonly parent?: string;
  readonly createdAt: string;
  /** Like `version`. */
  readonly updatedAt: string;
  readonly closedAt?: string;
}

/** The document as HTTP clients see it, without links. `metadata` and the sections' `data` are the big parts. */
export interface DocumentView extends DocumentSummary {
  /** Counts everything that happens, comments and reminders too. */
  readonly revision: number;
  readonly metadata?: JsonObject;
  readonly sections: Readonly<Record<string, SectionView>>;
  readonly children?: Readonly<Record<string, Child>>;
  /** The last twenty. */
  readonly comments?: CommentState[];
  readonly from?: Omit<Origin, 'leftOut'> & { leftOut?: string[] };
  readonly closedReason?: string;
  readonly approval?: ApprovalView;
}

/** What the query `status` answers; fresh at any time, small whatever the document holds. */
export interface StatusView {
  readonly id: string;
  readonly type: string;
  readonly state: DocumentStatus | 'starting';
  readonly version: number;
  readonly customStatus: string;
  readonly progress?: Progress;
  readonly sections?: Readonly<Record<string, SectionProgress>>;
  readonly waitingFor?: string[];
  readonly dueAt?: string;
  readonly suspended?: true;
  /** Commands and signals that were not carried out: how many, and the last of them. */
  readonly refused: { readonly count: number; readonly last?: RefusedCommand };
}

export interface SectionProgress {
  readonly state: 'open' | 'filled' | 'corrected';
  readonly by?: string;
  readonly at?: string;
  readonly assignee?: string;
  readonly dueAt?: string;
}

/** The one text that Durable Functions clients watch. */
export function customStatusOf(state: DocumentState): string {
  const { texts, sections } = state.definition;
  switch (state.state) {
    case 'approved':
      return texts.approved.status;
    case 'rejected':
      return texts.rejected.status;
    case 'in-review':
      return texts.inReview;
    case 'cancelled':
    case 'expired':
    case 'failed':
    case 'terminated':
      return state.state[0]?.toUpperCase() + state.state.slice(1);
    case 'open':
    case 'changes-requested': {
      const last = state.lastFilled === undefined ? undefined : sections[state.lastFilled];
      return last ? (last.status ?? `${last.title} filled`) : texts.open;
    }
  }
}

export function progressOf(state: DocumentState): Progress {
  const names = Object.keys(state.definition.sections);
  const total = names.filter((name) => isRequired(state, name)).length;
  const missing = missingSections(state);
  const done = total - missing.length;
  return { done, total, missing, percent: total === 0 ? 100 : Math.floor((100 * done) / total) };
}

export function summaryOf(state: DocumentState): DocumentSummary {
  const due = dueAt(state);
  return {
    id: state.id,
    type: state.definition.name,
    typeVersion: state.definition.version,
    title: state.title,
    state: state.state,
    version: state.version,
    owner: state.owner,
    progress: progressOf(state),
    customStatus: customStatusOf(state),
    waitingFor: waitingFor(state),
    ...(due === undefined ? {} : { dueAt: due }),
    ...(isOverdue(state) ? { overdue: true as const } : {}),
    ...(state.parent === undefined ? {} : { parent: state.parent }),
    ...(state.suspended && isOpen(state) ? { suspended: true as const } : {}),
    createdAt: state.createdAt,
    updatedAt: state.updatedAt,
    ...(state.closedAt === undefined ? {} : { closedAt: state.closedAt }),
  };
}

/**
 * The document for this reader, with or without the sections' data. Sensitive fields are there only for those who may
 * see them; without a `reader` for nobody.
 */
export function viewOf(
  state: DocumentState,
  { data, reader }: { readonly data: boolean; readonly reader?: Actor },
): DocumentView {
  const { approval } = state.definition;
  const names = Object.keys(state.definition.sections);
  return {
    ...summaryOf(state),
    revision: state.sequence,
    metadata: visibleMetadata(state, reader),
    sections: Object.fromEntries(
      names.map((name) => [
        name,
        sectionView(state, name, data ? visibleData(state, name, reader) : undefined),
      ]),
    ),
    ...(Object.keys(state.children).length === 0 ? {} : { children: state.children }),
    ...(state.comments.length === 0 ? {} : { comments: [...state.comments] }),
    ...(state.from ? { from: originView(state.from) } : {}),
    ...(state.closedReason === undefined ? {} : { closedReason: state.closedReason }),
    ...(approval ? { approval: approvalView(approval, situationOf(state), !state.closedAt) } : {}),
  };
}

function originView({ leftOut, ...from }: Origin) {
  return { ...from, ...(leftOut ? { leftOut: [...leftOut] } : {}) };
}

function sectionView(
  state: DocumentState,
  name: string,
  data: JsonObject | undefined,
): SectionView {
  const section = state.sections[name];
  const assignee = state.assignees[name];
  const due = state.clocks[name]?.dueAt;
  const more = {
    required: isRequired(state, name),
    ...(assignee === undefined ? {} : { assignee }),
    ...(due === undefined ? {} : { dueAt: due }),
  };
  if (!section) return { state: 'open', corrections: 0, ...more };
  const { filledBy, filledAt, corrections } = section;
  return { state: 'filled', ...(data ? { data } : {}), filledBy, filledAt, corrections, ...more };
}

/** The data of a section as this reader may see it; undefined when it is open. */
function visibleData(state: DocumentState, name: string, reader?: Actor): JsonObject | undefined {
  const data = state.sections[name]?.data;
  const schema = state.definition.sections[name]?.schema;
  if (!data || !schema || (reader && maySeeSensitive(state, reader, name))) return data;
  return withoutSensitive(schema, data);
}

function visibleMetadata(state: DocumentState, reader?: Actor): JsonObject {
  const { metadata, definition } = state;
  if (reader && maySeeSensitive(state, reader)) return metadata;
  return withoutSensitive(definition.metadata, metadata);
}

/** How far each section is, in the order of the type. */
export function sectionsProgress(state: DocumentState): Record<string, SectionProgress> {
  const sections = Object.keys(state.definition.sections).map((name): [string, SectionProgress] => {
    const {
      filledBy,
      filledAt,
      corrections,
      assignee,
      dueAt: until,
    } = sectionView(state, name, undefined);
    return [
      name,
      {
        state: filledBy === undefined ? 'open' : corrections > 0 ? 'corrected' : 'filled',
        ...(filledBy === undefined ? {} : { by: filledBy }),
        ...(filledAt === undefined ? {} : { at: filledAt }),
        ...(assignee === undefined ? {} : { assignee }),
        ...(until === undefined ? {} : { dueAt: until }),
      },
    ];
  });
  return Object.fromEntries(sections);
}

export function statusOf(state: DocumentState, refused: StatusView['refused']): StatusView {
  const { id, type, version, customStatus, progress, waitingFor, dueAt: due } = summaryOf(state);
  return {
    id,
    type,
    state: state.state,
    version,
    customStatus,
    progress,
    sections: sectionsProgress(state),
    waitingFor,
    ...(due === undefined ? {} : { dueAt: due }),
    ...(state.suspended ? { suspended: true } : {}),
    refused,
  };
}
