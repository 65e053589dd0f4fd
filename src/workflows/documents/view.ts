/** How a document shows itself: over HTTP, to queries, in memo and search attributes, in the Temporal Web UI. Pure. */
import type { SearchAttributePair } from '@temporalio/common';
import {
  LISTED_STATES,
  type Decision,
  type DocumentStatus,
  type JsonObject,
  type ListedState,
  type RefusedCommand,
} from '../../contracts/documents/types.ts';
import {
  DossierCreatedAt,
  DossierKind,
  DossierOwner,
  DossierState,
  DossierType,
  DossierWaitingFor,
} from '../../contracts/search-attributes.ts';
import { isOpen, missingSections, waitingFor } from './permissions.ts';
import type { DocumentState } from './state.ts';

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
}

export interface ApprovalView {
  readonly stage: string;
  readonly event: string;
  readonly decisions: {
    by: string;
    decision: Decision;
    at: string;
    version: number;
    reason?: string;
  }[];
}

/** What a list shows of a document; all of it is in the workflow's memo. */
export interface DocumentSummary {
  readonly id: string;
  readonly type: string;
  readonly typeVersion: number;
  readonly title: string;
  readonly state: ListedState;
  readonly version: number;
  readonly owner: string;
  readonly progress: Progress;
  readonly customStatus: string;
  readonly waitingFor: string[];
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly closedAt?: string;
}

/** The document as HTTP clients see it, without links. `metadata` and the sections' `data` are the big parts. */
export interface DocumentView extends DocumentSummary {
  readonly metadata?: JsonObject;
  readonly sections: Readonly<Record<string, SectionView>>;
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
  readonly waitingFor?: string[];
  /** Commands and signals that were not carried out: how many, and the last of them. */
  readonly refused: { readonly count: number; readonly last?: RefusedCommand };
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
      return 'Cancelled';
    default: {
      const last = state.lastFilled === undefined ? undefined : sections[state.lastFilled];
      return last ? (last.status ?? `${last.title} filled`) : texts.open;
    }
  }
}

export function progressOf(state: DocumentState): Progress {
  const total = Object.values(state.definition.sections).filter(({ required }) => required).length;
  const missing = missingSections(state);
  const done = total - missing.length;
  return { done, total, missing, percent: total === 0 ? 100 : Math.floor((100 * done) / total) };
}

export function summaryOf(state: DocumentState): DocumentSummary {
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
    createdAt: state.createdAt,
    updatedAt: state.updatedAt,
    ...(state.closedAt === undefined ? {} : { closedAt: state.closedAt }),
  };
}

/** The document, with or without the sections' data. */
export function viewOf(state: DocumentState, include: { readonly data: boolean }): DocumentView {
  const sections = Object.keys(state.definition.sections).map((name): [string, SectionView] => {
    const section = state.sections[name];
    if (!section) return [name, { state: 'open', corrections: 0 }];
    const { data, filledBy, filledAt, corrections } = section;
    return [
      name,
      { state: 'filled', ...(include.data ? { data } : {}), filledBy, filledAt, corrections },
    ];
  });
  const { approval } = state.definition;
  return {
    ...summaryOf(state),
    metadata: state.metadata,
    sections: Object.fromEntries(sections),
    approval: {
      stage: approval.stages[0]?.name ?? '',
      event: approval.event,
      decisions: state.decisions.map(({ stage: _stage, ...decision }) => decision),
    },
  };
}

export function statusOf(state: DocumentState, refused: StatusView['refused']): StatusView {
  const { id, type, version, customStatus, progress, waitingFor } = summaryOf(state);
  return { id, type, state: state.state, version, customStatus, progress, waitingFor, refused };
}

/**
 * The memo: what never changes under `document`, what does under `now`, and `customStatus` for itself, because that key
 * is where the Durable Functions dialect looks for the custom status of any workflow.
 */
export function memoOf(state: DocumentState): Record<string, unknown> {
  const { id, type, typeVersion, title, owner, createdAt, customStatus, ...now } = summaryOf(state);
  return { document: { id, type, typeVersion, title, owner, createdAt }, now, customStatus };
}

/** What {@link memoOf} put there, or undefined when the memo is none of a document's. */
export function summaryFromMemo(
  memo: Record<string, unknown> | undefined,
): DocumentSummary | undefined {
  const { document, now, customStatus } = memo ?? {};
  const summary = { ...(document as object), ...(now as object), customStatus };
  return isSummary(summary) ? summary : undefined;
}

/** Anybody can start a workflow with any memo; one that only looks like ours must not break a list. */
function isSummary(
  value: Partial<Record<keyof DocumentSummary, unknown>>,
): value is DocumentSummary {
  const texts = [value.id, value.type, value.title, value.owner, value.customStatus];
  const instants = [value.createdAt, value.updatedAt];
  return (
    [...texts, ...instants].every((one) => typeof one === 'string') &&
    [value.typeVersion, value.version].every((one) => Number.isInteger(one)) &&
    LISTED_STATES.some((state) => state === value.state) &&
    Array.isArray(value.waitingFor) &&
    typeof value.progress === 'object' &&
    value.progress !== null
  );
}

export function searchAttributesOf(state: DocumentState): SearchAttributePair[] {
  return [
    { key: DossierKind, value: 'document' },
    { key: DossierType, value: state.definition.name },
    { key: DossierState, value: state.state },
    { key: DossierOwner, value: state.owner },
    { key: DossierWaitingFor, value: waitingFor(state) },
    { key: DossierCreatedAt, value: new Date(state.createdAt) },
  ];
}

/** One line for the Temporal Web UI, which shows it as Markdown: the type and the title. At most 200 characters. */
export function headlineOf({ definition, title }: DocumentState): string {
  return plain(`${definition.title}: ${title.slice(0, 80)}`).slice(0, 200);
}

/** Markdown for the Temporal Web UI: where the document stands and what happened last, never its data. */
export function detailsOf(state: DocumentState, refused: StatusView['refused']): string {
  const rows = Object.entries(state.definition.sections).map(([name, { title }]) => {
    const section = state.sections[name];
    const filled = section ? `filled by ${plain(section.filledBy)} at ${section.filledAt}` : 'open';
    return `| ${plain(title)} | ${filled} | ${section?.corrections ?? 0} |`;
  });
  const { done, total } = progressOf(state);
  const waits = isOpen(state)
    ? `Waiting for ${waitingFor(state).map(plain).join(', ')}.`
    : `Closed at ${state.closedAt}.`;
  const last = refused.last;
  return [
    `**${plain(customStatusOf(state))}** (${state.state}, version ${state.version}, ${done} of ${total} sections)`,
    waits,
    ['| Section | State | Corrections |', '| --- | --- | --- |', ...rows].join('\n'),
    ...state.decisions.map(
      (d) => `${d.decision} by ${plain(d.by)} at ${d.at}${d.reason ? `: ${plain(d.reason)}` : ''}`,
    ),
    ...(last
      ? [
          `${refused.count} refused; last: ${plain(last.command)} by ${plain(last.by)}: ${plain(last.reason)}`,
        ]
      : []),
  ].join('\n\n');
}

/** User text as Markdown that means nothing but itself, on one line. */
function plain(text: string): string {
  return text.replace(/[\\`*_{}[\]()#+!|<>&~:@]/g, '\\$&').replace(/\s+/g, ' ');
}
