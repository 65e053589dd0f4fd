/** Archives what was ended behind our back. Started by a Temporal Schedule and once when a worker starts. */
import { proxyActivities } from '@temporalio/workflow';
import type { Activities } from '../../activities/index.ts';

const { archiveEnded } = proxyActivities<Pick<Activities, 'archiveEnded'>>({
  startToCloseTimeout: '10m',
  heartbeatTimeout: '1m',
  retry: { initialInterval: '10s', maximumInterval: '5m', maximumAttempts: 5 },
  summary: 'Archive what was terminated, failed or timed out',
});

/** Returns how many were archived. What one round does not manage, the next one does. */
export async function reconcile(): Promise<number> {
  return archiveEnded();
}
