/** Who sent a message to a workflow, from its headers. */
import { defaultPayloadConverter, type Headers } from '@temporalio/common';
import {
  CALL_HEADER,
  RELAY,
  type Actor,
  type CallContext,
  type Relayed,
  type Via,
} from '../../contracts/caller.ts';
import { DURABLE_SIGNALS } from '../../contracts/durable.ts';
import { isJsonObject } from './json.ts';

/** Handed to every handler as its second argument. */
export interface Caller {
  /** What the gateway sent along; undefined when the message came through Temporal itself. */
  readonly context?: CallContext;
  /** They may do what the message says, whatever the rules say of them; see {@link admitted}. */
  readonly admitted?: true;
}

/** What the interceptor has put behind the payload; the default signal handler's type has forgotten what it is. */
export function asCaller(argument: unknown): Caller {
  return isJsonObject(argument) ? argument : {};
}

/**
 * No header: the operator, at the CLI or the Web UI. A header that cannot be read: nobody in particular, without any
 * role. The failure must not turn a gateway's caller into the operator.
 */
export function callerFrom(headers: Headers): Caller {
  const payload = headers[CALL_HEADER];
  if (!payload) return {};
  try {
    const context: unknown = defaultPayloadConverter.fromPayload(payload);
    if (isContext(context)) return { context };
  } catch {
    // Falls through to nobody.
  }
  return NOBODY;
}

/**
 * Whoever gets the dialect to terminate something has been let in there, as an operator or by the code of the instance.
 * Nothing else sends a signal of that name.
 */
export function admitted(signal: string, caller: Caller): Caller {
  return signal === DURABLE_SIGNALS.terminate ? { ...caller, admitted: true } : caller;
}

const NOBODY: Caller = { context: { user: 'unknown', roles: [], via: 'signal' } };

/** What a {@link RELAY} stands for; undefined when the signal is none. */
export function relayed(
  signal: string,
  payload: unknown,
  { context }: Caller,
): { readonly name: string; readonly payload: unknown; readonly caller: Caller } | undefined {
  if (signal !== RELAY || context !== undefined || !isJsonObject(payload)) return undefined;
  const { name, payload: inner, caller } = payload as Partial<Record<keyof Relayed, unknown>>;
  // Temporal's own names wedge a workflow; see interceptors.ts.
  if (typeof name !== 'string' || name.startsWith('__')) return undefined;
  // Never `system`, whatever stands there.
  const by: Caller = isContext(caller) ? { context: { ...caller, via: 'signal' } } : NOBODY;
  return { name, payload: inner, caller: by };
}

function isContext(value: unknown): value is CallContext {
  return isJsonObject(value) && typeof value['user'] === 'string' && Array.isArray(value['roles']);
}

/**
 * The actor of a message. `claimed` is the `actor` of its payload, and counts only for the operator: somebody at the
 * CLI may say for whom they act.
 */
export function actorOf(caller: Caller, claimed?: string): Actor {
  const { context } = caller;
  if (context?.via === 'system') return { id: context.user, roles: [], operator: true };
  if (context)
    return { id: context.user, roles: context.roles, operator: caller.admitted === true };
  return { id: claimed ?? 'operator', roles: [], operator: true };
}

/** Whether another workflow of ours sent the message. */
export function isSystem({ context }: Caller): boolean {
  return context?.via === 'system';
}

/** How the message arrived: as the gateway says, else by the Temporal message that it is. */
export function viaOf(caller: Caller, otherwise: Via): Via {
  return caller.context?.via ?? otherwise;
}
