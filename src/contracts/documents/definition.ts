/** What a document type says: data in a file, not code. `parseDocumentType` checks it and fills the defaults in. */
import type { ApprovalPolicy } from '../approvals/policy.ts';
import type { Condition } from '../conditions.ts';
import type { JsonObject } from '../json.ts';
import type { Who } from '../people.ts';
import type { Webhook } from '../webhooks.ts';

/** A JSON Schema, draft 2020-12. Our one keyword of its own: `sensitive: true` on a property. */
export type JsonSchema = JsonObject;

/** `every`: a duration, such as P1D. The first comes one `every` after the wait begins. */
export interface Reminders {
  readonly every: string;
  /** At most so many. Default 10. */
  readonly max: number;
}

/** One part of a document, filled in by one person at one time. */
export interface SectionDefinition {
  readonly title: string;
  readonly description?: string;
  /** What its data must satisfy; the data is always a JSON object. */
  readonly schema: JsonSchema;
  /** Whether the document is incomplete without it; with a condition, whether it is now. Default true. */
  readonly required: boolean | Condition;
  /** Sections that must be filled before this one can be. Default none. */
  readonly dependsOn: readonly string[];
  /** Who may fill and correct it, and let somebody else by assigning it; once assigned, only the assignee. Default `anyone`. */
  readonly fill: readonly Who[];
  /** The document's custom status once this section has been filled; by default "{title} filled". */
  readonly status?: string;
  /** A duration after which a required section is overdue, from when it can be filled. */
  readonly deadline?: string;
  /** Reminds those waited for while a required section is open. */
  readonly reminders?: Reminders;
}

/** Who may do what with documents of a type. Filling a section is said at the section, deciding in the approval. */
export interface Permissions {
  /** Default `anyone`. */
  readonly create: readonly Who[];
  /** Besides the owner and those who are entitled to fill or to decide. Default `anyone`. */
  readonly read: readonly Who[];
  /** Title, metadata, links, assignments, deadlines, owner, definition. Default `owner`. Gives no right to fill. */
  readonly edit: readonly Who[];
  /** Submit, and reopen what was submitted. Default `owner`. */
  readonly submit: readonly Who[];
  /** Cancel and archive. Default `owner`. */
  readonly cancel: readonly Who[];
  /** See the fields marked `sensitive`, besides those who may fill their section. Default `owner`. */
  readonly sensitive: readonly Who[];
}

/** What holds for children of one type. */
export interface ChildRule {
  /** What happens to open children when the document is cancelled. Default `keep`. */
  readonly onCancel: 'cancel' | 'keep';
  /** Whether the document can be submitted only when all children of this type are closed. Default false. */
  readonly finishBeforeSubmit: boolean;
  /** How many there may be at a time. Default 100. */
  readonly max: number;
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

/** A document type. A running document keeps the definition that it started with, until it is migrated. */
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
  /** Fields by which documents are found, as in a {@link Condition}; their last parts are the query parameters. */
  readonly searchable: readonly string[];
  /** Whether documents are found by words of their title, which then stands unencrypted in Temporal. Default false. */
  readonly titleSearchable: boolean;
  /**
   * `manual`: somebody submits. `automatic`: the review begins as soon as everything required is there. Default
   * `manual`. Without an approval the submission is the end, and the document is approved.
   */
  readonly submit: 'manual' | 'automatic';
  /** Whether sections can be corrected while the decision is awaited. Default false. */
  readonly editableInReview: boolean;
  /** Whether a change must name the version that it is based on. Default false. */
  readonly requireIfMatch: boolean;
  /** A duration after which a document that was not submitted expires. */
  readonly deadline?: string;
  /** Reminds those waited for while the document is not submitted. */
  readonly reminders?: Reminders;
  readonly permissions: Permissions;
  /** Types of documents that may be linked below one of this type. */
  readonly children: Readonly<Record<string, ChildRule>>;
  readonly approval?: ApprovalPolicy;
  readonly webhooks: readonly Webhook[];
  /** Bytes of UTF-8 JSON; the defaults come from the settings. */
  readonly limits: { readonly section: number; readonly document: number };
  readonly texts: StatusTexts;
}
