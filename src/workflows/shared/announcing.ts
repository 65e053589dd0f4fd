/** Live hints, outside of the history: they may be lost or come twice. */
import { proxySinks, type Sinks } from '@temporalio/workflow';
import type { Change } from '../../contracts/changes.ts';

export interface ChangeSinks extends Sinks {
  changes: { published(change: Change): void };
}

/** Up to which revision others were told of it; 0 at the beginning of a run. */
export interface Announced {
  announced: number;
}

/** Tells how it stands, unless that was told already. */
export function announce(told: Announced, change: Change): void {
  if (told.announced === change.revision) return;
  told.announced = change.revision;
  proxySinks<ChangeSinks>().changes.published(change);
}
