/** Puts in order what was ended too soon: workflows behind our back, processes before a message had its effect. Started by a Temporal Schedule and once when a worker starts. */
import { patched, proxyActivities } from '@temporalio/workflow';
import type { Activities } from '../../activities/index.ts';

const { archiveEnded } = proxyActivities<Pick<Activities, 'archiveEnded'>>({
  startToCloseTimeout: '10m',
  heartbeatTimeout: '1m',
  retry: { initialInterval: '10s', maximumInterval: '5m', maximumAttempts: 5 },
  summary: 'Archive what was terminated, failed or timed out',
});

const { completeInbox } = proxyActivities<Pick<Activities, 'completeInbox'>>({
  startToCloseTimeout: '10m',
  heartbeatTimeout: '1m',
  retry: { initialInterval: '10s', maximumInterval: '5m', maximumAttempts: 5 },
  summary: 'Carry out what the inbox still has',
});

/** Returns how many were archived. What one round does not manage, the next one does. */
export async function reconcile(): Promise<number> {
  // First, because a message waits for it, and a workflow that ends because of it may be archived.
  if (patched('inbox')) await completeInbox();
  return archiveEnded();
}
