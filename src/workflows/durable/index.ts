/**
 * Orchestrators of Durable Functions, on Temporal: what they call `context.df` in words of their own, for those who port
 * them. Everything here is a few lines on what `@temporalio/workflow` has, and both can be mixed. See
 * docs/porting-from-durable-functions.md.
 */
export { waitForExternalEvent } from './events.ts';
export {
  callActivity,
  callActivityWithRetry,
  callSubOrchestrator,
  callSubOrchestratorWithRetry,
  RetryOptions,
} from './calls.ts';
export { continueAsNew } from './renewal.ts';
export { setCustomStatus } from './status.ts';
export { all, any, createTimer, type Duration, type Task } from './task.ts';
