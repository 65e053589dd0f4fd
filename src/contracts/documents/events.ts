/** What has happened to documents, and how histories tell it. */
import type { ApprovalFact } from '../approvals/events.ts';
import type { Via } from '../caller.ts';
import type { FailureCode, FieldError } from '../failures.ts';
import type { DocumentType } from './definition.ts';
import type { Json, JsonObject } from '../json.ts';
import type { DocumentStatus } from './types.ts';

/** Who did it, when and how; part of every event. */
export interface Stamp {
  readonly at: string;
  readonly by: string;
  readonly via: Via;
}

/** Another document that this one is made from, as it was then. */
export interface Origin {
  readonly id: string;
  readonly version: number;
  /** Filled sections that were not taken, because the creator may not fill them or may not see all of them. */
  readonly leftOut?: readonly string[];
}

/** What a document knows of a document below it. */
export interface Child {
  readonly type: string;
  readonly title: string;
  readonly state: DocumentStatus;
}

/** What is particular to each kind of event. */
export type Fact =
  | {
      readonly kind: 'created';
      readonly title: string;
      readonly owner: string;
      readonly metadata: JsonObject;
      readonly sections: Readonly<Record<string, JsonObject>>;
      readonly parent?: string;
      readonly from?: Origin;
    }
  | { readonly kind: 'section-filled'; readonly section: string; readonly data: JsonObject }
  | { readonly kind: 'section-withdrawn'; readonly section: string; readonly reason?: string }
  /** Each as it is after the change, whole. */
  | { readonly kind: 'details-changed'; readonly title?: string; readonly metadata?: JsonObject }
  /** `automatic`: the type said so, nobody did it. */
  | {
      readonly kind: 'review-requested';
      readonly automatic: boolean;
      readonly reason?: string;
      /** The stage of the approval that begins with it. */
      readonly next?: number;
    }
  | { readonly kind: 'reopened'; readonly automatic: boolean; readonly reason?: string }
  | ApprovalFact
  /** `automatic`: nobody decided it; a change has left no stage of the approval. */
  | {
      readonly kind: 'closed';
      readonly state: DocumentStatus;
      readonly reason?: string;
      readonly automatic?: true;
    }
  | { readonly kind: 'commented'; readonly text: string; readonly section?: string }
  /** `delegated`: by somebody who may fill it, who so lets the assignee fill it too. */
  | {
      readonly kind: 'assigned';
      readonly section: string;
      readonly to?: string;
      readonly delegated?: true;
    }
  | { readonly kind: 'extended'; readonly section?: string; readonly until: string }
  | { readonly kind: 'transferred'; readonly to: string }
  | { readonly kind: 'child-linked'; readonly child: string; readonly is: Child }
  | { readonly kind: 'child-changed'; readonly child: string; readonly is: Child }
  | { readonly kind: 'child-unlinked'; readonly child: string }
  | { readonly kind: 'attached'; readonly parent: string }
  | { readonly kind: 'detached'; readonly parent: string }
  /** `before` makes it possible to read the versions before the migration. */
  | { readonly kind: 'migrated'; readonly definition: DocumentType; readonly before: DocumentType }
  /** Of a section, or of the whole draft; `number` counts from 1, those that were missed included. */
  | { readonly kind: 'reminded'; readonly section?: string; readonly number: number }
  | { readonly kind: 'overdue'; readonly section: string };

/**
 * Events are the truth: the state is their fold, the history page is their list, the database keeps them for ever under
 * (document, sequence).
 */
export type DocumentEvent = Stamp & {
  /** 1, 2, 3 ... without gaps. */
  readonly sequence: number;
  /** The content version after the event. */
  readonly version: number;
} & Fact;

/** A command or signal that was not carried out. */
export interface RefusedCommand extends Stamp {
  /** The command's kind, or the name of the signal. */
  readonly command: string;
  readonly code: FailureCode;
  readonly reason: string;
  readonly errors?: readonly FieldError[];
  /** The content version at that moment; 0 before the document existed. */
  readonly version: number;
}

/** One line of a document's history, as the HTTP API shows it. */
export interface HistoryEntry extends Stamp {
  readonly version: number;
  readonly command: string;
  readonly accepted: boolean;
  readonly code?: FailureCode;
  readonly reason?: string;
  readonly errors?: readonly FieldError[];
  readonly changes?: readonly Change[];
}

/**
 * One field that an accepted command changed. `from` is missing when it was new, `to` when it is gone; both are missing,
 * and `sensitive` is true, when the type keeps the field out of histories.
 */
export interface Change {
  readonly pointer: string;
  readonly from?: Json;
  readonly to?: Json;
  readonly sensitive?: true;
}
