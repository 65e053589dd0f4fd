/** What decision links are about, as the pages need to know it: documents, and approvals of their own. */
import type { Refusal } from '../../contracts/failures.ts';
import type { NotificationKind } from '../../contracts/notifications.ts';
import type { Request } from '../documents/service.ts';
import type { Idempotency } from '../idempotency.ts';

/** One decision that the link's user has taken. */
export interface Decided {
  readonly decision: 'approve' | 'reject';
  readonly version: number;
  readonly stage: string;
  /** Missing where there are no rounds. */
  readonly round?: number;
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly reason?: string;
}

/** How it stands now, for the link's user. */
export interface DecisionPreview {
  readonly title: string;
  /** The title of its type. */
  readonly type: string;
  /** The user id of whoever asks. */
  readonly owner: string;
  readonly state: string;
  readonly open: boolean;
  readonly version: number;
  readonly stage?: string;
  /** Missing where there are no rounds. */
  readonly round?: number;
  /** What the user has decided, oldest first. */
  readonly decided: readonly Decided[];
  /** Why the user cannot decide now, whatever the version; undefined when they can. */
  readonly obstacle?: Refusal;
}

/** Where the decision of a link is looked at and carried out. `request` is made in the name of the link's user. */
export interface DecisionSubject {
  /** @throws Problem `not-found`, also for a user who may not know of it; those of an engine that does not answer */
  preview(id: string, request: Request): Promise<DecisionPreview>;
  readonly commander: Commander;
}

/** Sends a command. @throws Problem when it was refused, or when it is not known whether it was carried out */
interface Commander {
  command(
    id: string,
    command: LinkCommand,
    request: Request,
    idempotency: Idempotency,
  ): Promise<unknown>;
}

/** What a link stands for. */
export interface LinkCommand {
  readonly kind: 'approve' | 'reject';
  readonly version: number;
  readonly round: number;
  readonly stage: string;
  readonly reason?: string;
}

export type DecisionSubjects = Readonly<Partial<Record<NotificationKind, DecisionSubject>>>;
