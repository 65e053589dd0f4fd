/** Live hints that documents have changed, as they travel between processes. */

/** How a document stands after a change. */
export interface Change {
  readonly id: string;
  /** The name of its type. */
  readonly type: string;
  readonly state: string;
  readonly owner: string;
  /** The content version. */
  readonly version: number;
  /** Counts everything that happened; of two hints about one document the higher is the later. */
  readonly revision: number;
  readonly parent?: string;
  /** `user:x`, `role:y` or `anyone`. */
  readonly waitingFor: readonly string[];
  /** There are more in `waitingFor` than would fit. */
  readonly partial?: true;
}
