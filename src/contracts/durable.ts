/** Orchestrator functions: what clients of Durable Functions start, and which workflow each of them is. */

/** What a function stands for. */
export interface DurableFunction {
  readonly workflowType: string;
  readonly taskQueue: string;
}

/** By the names that clients use. */
export type DurableFunctions = ReadonlyMap<string, DurableFunction>;

/** The task queues whose workflows are instances: those of the functions. Others are none, whatever their ids. */
export function hubOf(functions: DurableFunctions): ReadonlySet<string> {
  return new Set([...functions.values()].map(({ taskQueue }) => taskQueue));
}

/** Where the contract leaves a choice. The defaults are what Azure does. */
export interface DurableOptions {
  /** What a start under the id of an instance that has not ended leads to; `replace` terminates that one. Default 500. */
  readonly duplicate: 500 | 409 | 'replace';
  /** What rewinding is answered of one that has not failed: 410 after the end and 500 before, or (as in newer apps) 412. */
  readonly rewind: 410 | 412;
  /** An event without a body. Default: refused as no JSON; `null` takes it for that value. */
  readonly emptyEvent: 'refused' | 'null';
  /** A text that is JSON itself, which the Python client makes of every input and event. Default: kept as the text that it is. */
  readonly text: 'kept' | 'unwrapped';
}

export const FAITHFUL: DurableOptions = {
  duplicate: 500,
  rewind: 410,
  emptyEvent: 'refused',
  text: 'kept',
};

/** What the gateway is told of the dialect. */
export interface DurableSettings {
  readonly functions: DurableFunctions;
  readonly options: DurableOptions;
  /** Whether functions can be started by GET, too, as the articles do. */
  readonly getCompat: boolean;
}

/** By its name; else by one that differs in its case only, as routes of Azure Functions do. */
export function functionNamed(
  functions: DurableFunctions,
  name: string,
): (DurableFunction & { readonly name: string }) | undefined {
  const exact = functions.get(name);
  if (exact) return { name, ...exact };
  const found = [...functions].find(([one]) => lower(one) === lower(name));
  return found && { name: found[0], ...found[1] };
}

/** Of ASCII only: others have letters that become these. */
function lower(text: string): string {
  return text.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase());
}

/**
 * Signals of the dialect itself; no external event can have their names. `terminate` goes to workflows of ours only, which
 * have things to put in order before they end; its payload is the reason.
 */
export const DURABLE_SIGNALS = {
  terminate: 'durable:terminate',
  suspend: 'durable:suspend',
  resume: 'durable:resume',
} as const;

/** Whether no event of anybody may be called so: these names are Temporal's, the dialect's, and our workflows' among themselves. */
export function isReservedEvent(name: string): boolean {
  return isTemporalName(name) || /^(durable|dossier):/.test(name);
}

/** Names that the SDK keeps for itself. */
export function isTemporalName(name: string): boolean {
  return /^__(temporal_|stack_trace$|enhanced_stack_trace$)/.test(name);
}

/** The patch that a foreign workflow has whose worker listed our interceptors when it began. */
export const SUSPENDABLE = 'dossier-durable';

/** What the memo `durable` of a workflow says, whose own status would tell clients of Durable Functions something else. */
export interface DurableEnd {
  readonly runtimeStatus: 'Terminated';
  readonly output: string | null;
}

/** For what was cancelled or withdrawn, whoever did it and however. */
export function terminated(reason: string | undefined): DurableEnd {
  return { runtimeStatus: 'Terminated', output: reason ?? null };
}

/** What the memo says of it, of a workflow of ours or of anybody's. */
export function durableEnd(
  memo: Readonly<Record<string, unknown>> | undefined,
): DurableEnd | undefined {
  const { runtimeStatus, output } = (memo?.['durable'] ?? {}) as Partial<DurableEnd>;
  if (runtimeStatus !== 'Terminated') return undefined;
  return { runtimeStatus, output: typeof output === 'string' ? output : null };
}
