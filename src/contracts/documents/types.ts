/** The documents domain in plain types: what document types, commands, events and states are made of. */
import type { Via } from '../caller.ts';
import type { FailureCode, FieldError } from '../failures.ts';

/** JSON as it comes out of `JSON.parse`. */
export type Json =
  null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };
export type JsonObject = { readonly [name: string]: Json };
/** A JSON Schema, draft 2020-12. */
export type JsonSchema = JsonObject;

/** Who may do something: everybody, the document's owner, one user, or everybody with a role. */
export type Who = 'anyone' | 'owner' | `user:${string}` | `role:${string}`;

/** One part of a document, filled in by one person at one time. */
export interface SectionDefinition {
  readonly title: string;
  readonly description?: string;
  /** What its data must satisfy; the data is always a JSON object. */
  readonly schema: JsonSchema;
  /** Whether the document is incomplete without it. Default true. */
  readonly required: boolean;
  /** Who may fill and correct it. Default `anyone`. */
  readonly fill: readonly Who[];
  /** The document's custom status once this section has been filled; by default "{title} filled". */
  readonly status?: string;
}

/** One step of an approval. */
export interface ApprovalStage {
  readonly name: string;
  readonly approvers: readonly Who[];
  /** How many of them must approve. */
  readonly quorum: number;
  /** Whether the owner may decide on the own document. Default false. */
  readonly ownerMayDecide: boolean;
}

export interface ApprovalPolicy {
  /** An external event that decides: `true`, `false` or `{approved, reason?}`. Default `Approval`. */
  readonly event: string;
  readonly stages: readonly ApprovalStage[];
}

/** Texts that clients see literally and may compare. */
export interface StatusTexts {
  /** Custom status while nothing has been filled in. */
  readonly open: string;
  /** Custom status while the decision is awaited. */
  readonly inReview: string;
  /** Custom status after the decision, and the result of the workflow types that return a text. */
  readonly approved: { readonly status: string; readonly output: string };
  readonly rejected: { readonly status: string; readonly output: string };
}

/** A document type: data, not code. A running document keeps the definition that it started with. */
export interface DocumentType {
  readonly name: string;
  /** A positive integer; raised when the definition changes. */
  readonly version: number;
  readonly title: string;
  readonly description?: string;
  /** What the metadata must satisfy. */
  readonly metadata: JsonSchema;
  /** In the order in which they are shown. */
  readonly sections: Readonly<Record<string, SectionDefinition>>;
  /** `automatic`: the review begins as soon as every required section is filled. */
  readonly submit: 'automatic';
  /** Whether sections can be corrected while the decision is awaited. Default false. */
  readonly editableInReview: boolean;
  /** Who may cancel. Default `owner`. */
  readonly cancel: readonly Who[];
  readonly approval: ApprovalPolicy;
  readonly texts: StatusTexts;
}

/** States that a document itself can be in; the first three are open. */
export const DOCUMENT_STATES = [
  'open',
  'in-review',
  'changes-requested',
  'approved',
  'rejected',
  'cancelled',
  'expired',
] as const;
export type DocumentStatus = (typeof DOCUMENT_STATES)[number];

/**
 * What lists show: the states, and two that only the engine can bring about. `failed`: its start was unusable;
 * `terminated`: somebody ended the workflow in Temporal without asking the document.
 */
export const LISTED_STATES = [...DOCUMENT_STATES, 'failed', 'terminated'] as const;
export type ListedState = (typeof LISTED_STATES)[number];

/** What a client sends to create a document, by HTTP or as the input of a workflow started with the CLI. */
export interface CreateRequest {
  readonly type: string;
  /** HTTP only; with the CLI the workflow id says it. */
  readonly id?: string;
  /** Default: `metadata.title`, else the type's title. */
  readonly title?: string;
  readonly metadata?: JsonObject;
  readonly sections?: Readonly<Record<string, JsonObject>>;
  /** Counts only when the start came through Temporal itself: who the owner is. */
  readonly actor?: string;
}

export type Decision = 'approved' | 'rejected';

/** What can be done to a document. The same words as the HTTP routes. */
export type Command =
  | {
      readonly kind: 'fill';
      readonly section: string;
      readonly data: JsonObject;
      readonly ifVersion?: number;
      readonly actor?: string;
    }
  | {
      readonly kind: 'approve' | 'reject';
      readonly reason?: string;
      readonly version?: number;
      readonly actor?: string;
    }
  | { readonly kind: 'cancel'; readonly reason?: string; readonly actor?: string };

export const COMMAND_KINDS = [
  'fill',
  'approve',
  'reject',
  'cancel',
] as const satisfies readonly Command['kind'][];
export type CommandKind = Command['kind'];

/** Who did it, when and how; part of every event. */
export interface Stamp {
  readonly at: string;
  readonly by: string;
  readonly via: Via;
}

/**
 * What has happened to a document. Events are the truth: the state is their fold, the history page is their list, the
 * database keeps them for ever under (document, sequence).
 */
export type DocumentEvent = Stamp & {
  /** 1, 2, 3 ... without gaps. */
  readonly sequence: number;
  /** The content version after the event. */
  readonly version: number;
} & (
    | {
        readonly kind: 'created';
        readonly title: string;
        readonly owner: string;
        readonly metadata: JsonObject;
        readonly sections: Readonly<Record<string, JsonObject>>;
      }
    | { readonly kind: 'section-filled'; readonly section: string; readonly data: JsonObject }
    | { readonly kind: 'review-requested' }
    | {
        readonly kind: 'decided';
        readonly stage: string;
        readonly decision: Decision;
        readonly reason?: string;
      }
    | { readonly kind: 'closed'; readonly state: DocumentStatus; readonly reason?: string }
  );

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

/** One field that an accepted command changed. `from` is missing when it was new, `to` when it is gone. */
export interface Change {
  readonly pointer: string;
  readonly from?: Json;
  readonly to?: Json;
}
