/** What Temporal starts by itself: the reconciler. */
import { ScheduleAlreadyRunning, ScheduleOverlapPolicy } from '@temporalio/client';
import type { Temporal } from './client.ts';

/** Minutes between two rounds; a document that was terminated stays out of lists of closed ones for so long. */
const EVERY = '5m';

/** Makes sure that the reconciler runs from time to time, and once now. Several workers may do so at once. */
export async function scheduleReconciler({ call, taskQueue }: Temporal): Promise<void> {
  const scheduleId = `dossier-reconcile:${taskQueue}`;
  await call({ deadlineMs: 10_000 }, async ({ schedule }) => {
    try {
      await schedule.create({
        scheduleId,
        spec: { intervals: [{ every: EVERY }] },
        action: {
          type: 'startWorkflow',
          workflowType: 'reconcile',
          // Temporal adds the instant, and the rounds of all task queues of a namespace begin at the same one.
          workflowId: `reconcile:${taskQueue}`,
          taskQueue,
          workflowRunTimeout: '30m',
        },
        policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: '1m' },
        state: {
          note: 'Archives documents that were ended in Temporal.',
          triggerImmediately: true,
        },
      });
    } catch (error) {
      if (!(error instanceof ScheduleAlreadyRunning)) throw error;
      await schedule.getHandle(scheduleId).trigger();
    }
  });
}
