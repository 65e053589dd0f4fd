/** What people are told, and why: one notification for each occasion. */

/** What a notification can be about. */
export const NOTIFICATION_KINDS = ['document', 'approval'] as const;
export type NotificationKind = (typeof NOTIFICATION_KINDS)[number];

/** Why somebody is told. Each has its words in activities/mail/texts.ts. */
export const OCCASIONS = [
  'assigned',
  'reminder',
  'overdue',
  'expired',
  'approval-requested',
  'approval-reminder',
  'escalated',
  'delegated',
  'decided',
  'changes-requested',
  'finished',
] as const;
export type Occasion = (typeof OCCASIONS)[number];

/** What somebody has decided, or what it came to. */
export const NOTIFIED_OUTCOMES = ['approved', 'rejected', 'expired'] as const;
export type NotifiedOutcome = (typeof NOTIFIED_OUTCOMES)[number];

/** The recipients are asked for a decision, on exactly this. */
export interface AskedDecision {
  /** Of the content. */
  readonly version: number;
  /** How often it was begun to ask; from 1. */
  readonly round: number;
  /** The name of the approval's stage. */
  readonly stage: string;
}

/** One thing to tell. */
export interface NewNotification {
  readonly kind: NotificationKind;
  /** Of the document, or of whatever else `kind` says. */
  readonly documentId: string;
  /**
   * Names the occasion among all of the same document, however often the step that tells it is repeated: not by the
   * number of an event when a clock brings it about, because that strikes anew when a workflow task is lost.
   */
  readonly key: string;
  readonly occasion: Occasion;
  /** `user:x`, `role:y` or `anyone`. Longer ones than 1,000 bytes are kept shortened; looking for them finds them. */
  readonly recipients: readonly string[];
  readonly section?: string;
  /** Of an approval. */
  readonly stage?: string;
  /** The user id of whoever brought it about. */
  readonly by?: string;
  /** In the words of whoever brought it about. */
  readonly reason?: string;
  /** How it was decided, or how it ended. */
  readonly outcome?: NotifiedOutcome;
  /** Until when the recipients are waited for. ISO 8601, UTC. */
  readonly dueAt?: string;
  readonly decide?: AskedDecision;
  /** Of the document, as it was then. */
  readonly title: string;
  /** The document's. */
  readonly type: string;
  /** ISO 8601, UTC. */
  readonly at: string;
}

/** One that was told. */
export interface Notification extends NewNotification {
  /** Higher ones are newer. They have gaps. */
  readonly number: number;
}
