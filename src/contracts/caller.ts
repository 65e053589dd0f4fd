/**
 * Who acts, and how that crosses Temporal.
 *
 * The gateway puts a {@link CallContext} into a Temporal header of every start, signal and update. A message without
 * the header came through Temporal itself (CLI, Web UI, another client): whoever can do that operates the cluster, so
 * it is the operator's. Nothing in a payload makes anybody an operator.
 */
/** The Temporal header that carries a {@link CallContext} as JSON. */
export const CALL_HEADER = 'dossier-call';

/** All roles; what `AUTH_MODE=none` gives a caller who names none. */
export const ALL_ROLES = '*';

/** The role of those who look after the service: over HTTP it deletes documents and sees everybody's bulk actions. */
export const OPERATOR_ROLE = 'operator';

export interface Actor {
  /** Opaque user id; `operator` for somebody at the Temporal CLI who gave no name. */
  readonly id: string;
  /** Role names, or `['*']` for all. */
  readonly roles: readonly string[];
  /** Came through Temporal itself, or was let in by whoever asked: may do whatever the state allows, whatever the roles say. */
  readonly operator: boolean;
}

/** The way in which a command arrived; shown in the history. */
export type Via = 'http' | 'signal' | 'update' | 'start' | 'cancel-request' | 'system';

/** Who does it, when (ISO 8601, UTC), and how it arrived. */
export interface Call {
  readonly actor: Actor;
  readonly at: string;
  readonly via: Via;
}

/** What the gateway sends along with each call. */
export interface CallContext {
  readonly user: string;
  readonly roles: readonly string[];
  readonly via: Via;
  /**
   * With a start: what the gateway has already looked up and decided on, in the shape that the started workflow
   * documents. So its answer and the workflow agree to the millisecond, and the workflow needs no activity for it.
   */
  readonly resolved?: unknown;
  /** From `Idempotency-Key`: hashes of the key with its owner, and of what was asked. Repeated, it does nothing more. */
  readonly idempotency?: { readonly key: string; readonly fingerprint: string };
  /** The id of the bulk action that this command is part of. */
  readonly bulk?: string;
}

/**
 * The signal that stands for another one, on somebody's behalf: Temporal's batches drop headers. It counts only without
 * {@link CALL_HEADER}, so from whoever operates the cluster, and never gives more rights than that.
 */
export const RELAY = 'dossier:relay';
export interface Relayed {
  /** The name of the signal. */
  readonly name: string;
  readonly payload: unknown;
  readonly caller: CallContext;
}

/** Our own workflows, when they tell each other something. Nobody outside can have it: `via` is never the sender's. */
export const SYSTEM: CallContext = { user: 'system', roles: [], via: 'system' };
