/** Live hints that something has changed, as they travel between processes. */

/** How a document or an order stands after a change. */
export interface Change {
  readonly kind: 'document' | 'order';
  readonly id: string;
  /** The name of the document's type; empty for what has none. */
  readonly type: string;
  readonly state: string;
  readonly owner: string;
  /** The content version of a document. */
  readonly version?: number;
  /** Counts everything that happened; of two hints about one thing the higher is the later. */
  readonly revision: number;
  readonly parent?: string;
  /** `user:x`, `role:y` or `anyone`. */
  readonly waitingFor: readonly string[];
  /** There are more in `waitingFor` than would fit. */
  readonly partial?: true;
}
