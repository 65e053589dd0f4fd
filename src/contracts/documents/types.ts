/** The documents domain in plain types: states, and what creates a document. */
import type { JsonObject } from '../json.ts';

/**
 * States of a document; the first three are open. The last two only the engine brings about: `failed`, its start was
 * unusable; `terminated`, somebody ended the workflow in Temporal without asking the document.
 */
export const DOCUMENT_STATES = [
  'open',
  'in-review',
  'changes-requested',
  'approved',
  'rejected',
  'cancelled',
  'expired',
  'failed',
  'terminated',
] as const;
export type DocumentStatus = (typeof DOCUMENT_STATES)[number];

/** The states of documents that can still change. */
export const OPEN_STATES = [
  'open',
  'in-review',
  'changes-requested',
] as const satisfies readonly DocumentStatus[];

/** Whether a document in this state can still change. */
export function isOpenState(state: string): boolean {
  return OPEN_STATES.some((open) => open === state);
}

/** What a client sends to create a document, by HTTP or as the input of a workflow started with the CLI. */
export interface CreateRequest {
  readonly type: string;
  /** HTTP only; with the CLI the workflow id says it. */
  readonly id?: string;
  /** Default: `metadata.title`, else the type's title. */
  readonly title?: string;
  readonly metadata?: JsonObject;
  readonly sections?: Readonly<Record<string, JsonObject>>;
  /** The id of the document below which this one is linked from the beginning. */
  readonly parent?: string;
  /** A document, open or closed, whose data this one begins with. What the request itself gives goes before it. */
  readonly from?: string | ReuseRequest;
  /** Counts only when the start came through Temporal itself: who the owner is. */
  readonly actor?: string;
}

/** What to take from another document. */
export interface ReuseRequest {
  readonly id: string;
  /** Default: all that the type of the new document knows and the caller may see. */
  readonly sections?: readonly string[];
  /** Default true. */
  readonly metadata?: boolean;
}
