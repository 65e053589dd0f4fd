/** Signals with names that the SDK keeps for itself. */
import { isTemporalName } from '../../contracts/durable.ts';
import type { Job } from './jobs.ts';

/**
 * With a default signal handler, a signal named `__temporal_x` fails the workflow task for ever (SDK 1.24). Under another
 * name, `reserved:__temporal_x`, it reaches that handler like any unknown event. A pure function of the history, so it
 * replays.
 */
export function withoutReserved(jobs: readonly Job[]): void {
  for (const { signalWorkflow } of jobs) {
    const name = signalWorkflow?.signalName;
    if (signalWorkflow && name && isTemporalName(name))
      signalWorkflow.signalName = `reserved:${name}`;
  }
}
