/** Orchestrator functions: what clients of Durable Functions start, and which workflow each of them is. */

/** What a function stands for. */
export interface DurableFunction {
  readonly workflowType: string;
  readonly taskQueue: string;
}

/** By the names that clients use. */
export type DurableFunctions = ReadonlyMap<string, DurableFunction>;

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
