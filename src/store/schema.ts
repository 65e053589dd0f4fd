/** The tables, as the query builder types them. Migrations make them; see migrations/. */
import type { ColumnType, Generated } from 'kysely';
import type { DocumentEvent, RefusedCommand } from '../contracts/documents/events.ts';
import type { CallContext } from '../contracts/caller.ts';
import type { Refusal } from '../contracts/failures.ts';
import type { Json, JsonObject } from '../contracts/json.ts';
import type {
  AskedDecision,
  NotificationKind,
  NotifiedOutcome,
  Occasion,
} from '../contracts/notifications.ts';
import type { OrderSchema } from './orders/schema.ts';
import type { Effect } from '../contracts/triggers.ts';

/** A column that is read as a value and written as its JSON text. */
export type JsonText<T> = ColumnType<T, string, string>;
/** Likewise, null when there is none. */
export type OptionalJsonText<T> = ColumnType<T | null, string | null, string | null>;
/** Instants are kept as the ISO 8601 UTC text that they have everywhere else; such texts sort by time. */
export type Instant = string;

export interface Schema extends OrderSchema {
  /** Instances whose runs until then are deleted, although Temporal may still show them. */
  purged_instances: {
    workflow_id: string;
    started_at: Instant;
    purged_at: Instant;
  };
  /** Everything that happened to documents: the events, one row each. Rows are only ever added. */
  document_events: {
    document_id: string;
    sequence: number;
    event: JsonText<DocumentEvent>;
    /** Of the event. Null in rows from before 0002. */
    version: number | null;
    /** What of the document the event says anew; see events.ts. Null in rows from before 0002. */
    parts: readonly string[] | null;
  };
  /** What is finished, of every kind. Ids are unique for ever: creating looks here, and a deleted one leaves its row. */
  archive: {
    kind: string;
    id: string;
    workflow_id: string;
    type: string;
    state: string;
    owner: string;
    title: string;
    created_at: Instant;
    closed_at: Instant;
    /** The state, as the workflow of the kind left it. */
    body: OptionalJsonText<unknown>;
    refused: JsonText<readonly RefusedCommand[]>;
    refused_count: number;
    parent: string | null;
    due_at: Instant | null;
    /** `name=value`. */
    fields: readonly string[];
    /** The title in the form in which words are looked for. */
    words: string | null;
    /** What lists show. Null in rows from before 0002: then it is made of the columns. */
    summary: OptionalJsonText<JsonObject>;
    closed_by: string | null;
    deleted_at: Instant | null;
  };
  /** Commands over HTTP that were refused; the workflow never saw them. The last hundred of each document. */
  refused_commands: {
    number: Generated<number>;
    document_id: string;
    refusal: JsonText<RefusedCommand>;
  };
  /** Which document is linked below which. A document has one parent at most, and there are no cycles. */
  document_links: {
    child: string;
    parent: string;
  };
  /** What people were told. */
  notifications: {
    /** Read as text by one driver and as a number by the other. */
    number: Generated<number | string>;
    kind: NotificationKind;
    document_id: string;
    /** Of the occasion; unique within kind and document. */
    key: string;
    occasion: Occasion;
    recipients: readonly string[];
    section: string | null;
    stage: string | null;
    by_user: string | null;
    reason: string | null;
    outcome: NotifiedOutcome | null;
    due_at: Instant | null;
    decide: OptionalJsonText<AskedDecision>;
    title: string;
    type: string;
    at: Instant;
  };
  /** Which mails there are: one for each recipient of a notification who has an address. */
  mails: {
    /** The number of the notification. */
    notification: number | string;
    /** A user id. */
    recipient: string;
    /** When the server had taken it; null before that. */
    sent_at: Instant | null;
    /** Why it will never be sent; null otherwise. */
    refused: string | null;
  };
  /** Actions on many documents. */
  bulk_jobs: {
    id: string;
    action: string;
    by_user: string;
    created_at: Instant;
    request: JsonText<JsonObject>;
  };
  /** What became of each document of such an action. */
  bulk_outcomes: {
    job: string;
    document_id: string;
    outcome: string;
  };
  /** Messages that start or signal something, each once. */
  inbox: {
    /** Of source and id; see triggers. */
    key: string;
    source: string;
    message_id: string;
    type: string;
    /** Of what the message says; the same message says the same. */
    fingerprint: string;
    /** `received`: what it leads to may not be done yet. `refused`: it was not possible; nothing was done. */
    state: 'received' | 'done' | 'refused';
    effect: JsonText<Effect>;
    /** What the effect carries. Null once it is settled. */
    payload: OptionalJsonText<Json>;
    caller: JsonText<CallContext>;
    /** The run that gets a signal, from before it is sent. */
    run_id: string | null;
    refusal: OptionalJsonText<Refusal>;
    received_at: Instant;
    settled_at: Instant | null;
    /** When a settled one is forgotten. */
    kept_until: Instant | null;
  };
}
