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

/** By its name; else by one that differs in its case only, as routes of Azure Functions do. */
export function functionNamed(
  functions: DurableFunctions,
  name: string,
): (DurableFunction & { readonly name: string }) | undefined {
  const exact = functions.get(name);
  if (exact) return { name, ...exact };
  const found = [...functions].find(([one]) => one.toLowerCase() === name.toLowerCase());
  return found && { name: found[0], ...found[1] };
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
