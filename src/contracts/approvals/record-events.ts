/** What happens to approvals of their own. */
import type { Stamp } from '../documents/events.ts';
import type { Json } from '../json.ts';
import type { Webhook } from '../webhooks.ts';
import type { ApprovalFact } from './events.ts';
import type { ApprovalPolicy } from './policy.ts';
import type { ApprovalStatus } from './types.ts';

export type RecordFact =
  /** `next`: the stage that begins with it; without one there is nothing to decide. */
  | {
      readonly kind: 'requested';
      readonly title: string;
      readonly subject: Json;
      readonly owner: string;
      /** Whoever asks for somebody else. */
      readonly submittedBy?: string;
      readonly policy: ApprovalPolicy;
      readonly webhooks?: readonly Webhook[];
      readonly next?: number;
    }
  | ApprovalFact
  /** Asked again; `title` and `subject` where they are others than before. */
  | {
      readonly kind: 'submitted';
      readonly title?: string;
      readonly subject?: Json;
      readonly reason?: string;
      readonly next?: number;
    }
  /** `section`: the part of the subject that it is about. */
  | { readonly kind: 'commented'; readonly text: string; readonly section?: string }
  | { readonly kind: 'extended'; readonly until: string }
  | { readonly kind: 'closed'; readonly state: ApprovalStatus; readonly reason?: string };

export type RecordEvent = Stamp & {
  /** 1, 2, 3 ... without gaps. */
  readonly sequence: number;
  /** The content version after the event. */
  readonly version: number;
} & RecordFact;
