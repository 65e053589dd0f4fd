/** Rules inside a workflow. */
import { refuse, type Result } from '../../contracts/failures.ts';

/** A defect in a rule must cost one command, not the workflow: an exception would wedge the workflow for ever. */
export function guarded<T>(rule: () => Result<T>): Result<T> {
  try {
    return rule();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return refuse('internal', `The rules failed: ${reason.slice(0, 500)}`);
  }
}

/** The workflow's clock: the same at every replay. */
export function now(): string {
  return new Date().toISOString();
}
