/** Approvals of their own, in plain types: states, and what begins one. */
import type { Json, JsonObject } from '../json.ts';
import type { Webhook } from '../webhooks.ts';

/**
 * States of an approval of its own; the first two are open. The last three only the engine brings about: `failed`, its
 * start was unusable; `terminated` and `cancelled`, somebody ended the workflow in Temporal.
 */
export const APPROVAL_STATES = [
  'pending',
  'changes-requested',
  'approved',
  'rejected',
  'expired',
  'withdrawn',
  'failed',
  'terminated',
  'cancelled',
] as const;
export type ApprovalStatus = (typeof APPROVAL_STATES)[number];

/** The states of approvals that can still change. */
export const OPEN_APPROVAL_STATES = [
  'pending',
  'changes-requested',
] as const satisfies readonly ApprovalStatus[];

/** Whether an approval in this state can still change. */
export function isOpenApproval(state: string): boolean {
  return OPEN_APPROVAL_STATES.some((open) => open === state);
}

/** What begins an approval, by HTTP or as the input of a workflow started with the CLI or by another workflow. */
export interface ApprovalRequest {
  /** HTTP only; otherwise the workflow id says it. */
  readonly id?: string;
  readonly title: string;
  /** What is to be decided on: any JSON. Conditions of the policy see it as `subject`. Default null. */
  readonly subject?: Json;
  /** As in document types; see shape.ts. */
  readonly policy: JsonObject;
  /** A user id; default: whoever asks. Who asks on behalf of somebody else may not decide either. */
  readonly owner?: string;
  /** Who is told besides people; `on` defaults to everything. */
  readonly webhooks?: readonly (Pick<Webhook, 'url'> & Partial<Webhook>)[];
  /** Counts only when the start came through Temporal itself: who asks. */
  readonly actor?: string;
}
